//! One POST of any body, for those who read the answer's status themselves.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderValue, RETRY_AFTER, USER_AGENT};
use reqwest::{Response, Url};
use tokio::time::timeout;

use crate::notify::integration::HttpOptions;
use crate::time::Span;

use super::{Caller, chain};

/// How we introduce ourselves.
const NAME: &str = concat!("firebell/", env!("CARGO_PKG_VERSION"));
/// How much of an answer is kept, in bytes.
const SAID_LIMIT: usize = 256;

/// A request.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    /// Where to, without user and password.
    pub url: &'a str,
    /// How.
    pub options: &'a HttpOptions,
    /// Headers beside those of the options; they win.
    pub headers: &'a [(&'static str, &'static str)],
    /// The body.
    pub body: &'a Bytes,
    /// How long it may take, the answer included.
    pub timeout: Span,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The beginning of the body's first line.
    pub said: String,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Span>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// The options cannot be met, or their files not be read.
    #[error("{0}")]
    Options(String),
    /// The address is none.
    #[error("not an http or https URL")]
    Address,
    /// Nobody answered, or the connection broke.
    #[error("{0}")]
    Connection(String),
    /// It took too long.
    #[error("no answer in time")]
    Timeout,
}

/// Makes a request. What its body says beyond the first line is not read.
///
/// # Errors
/// When there is no answer; any status is one.
pub async fn post(caller: &Caller, request: Post<'_>) -> Result<Answered, PostError> {
    let millis = u64::try_from(request.timeout.millis()).unwrap_or(0);
    match timeout(Duration::from_millis(millis), exchange(caller, request)).await {
        Ok(answered) => answered,
        Err(_) => Err(PostError::Timeout),
    }
}

async fn exchange(caller: &Caller, request: Post<'_>) -> Result<Answered, PostError> {
    let url = Url::parse(request.url).map_err(|_| PostError::Address)?;
    let (client, mut headers) =
        caller.prepare(request.options).await.map_err(PostError::Options)?;
    headers.insert(USER_AGENT, HeaderValue::from_static(NAME));
    for (name, value) in request.headers {
        headers.insert(*name, HeaderValue::from_static(value));
    }
    let sent = client.post(url).headers(headers).body(request.body.clone()).send().await;
    let mut response = sent.map_err(failure)?;
    Ok(Answered {
        status: response.status().as_u16(),
        retry_after: retry_after(&response),
        said: first_line(&mut response).await,
    })
}

fn failure(error: reqwest::Error) -> PostError {
    PostError::Connection(chain(&error.without_url()))
}

/// In seconds; the other form, a date, is rare and not read.
fn retry_after(response: &Response) -> Option<Span> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse::<u32>().ok().map(|seconds| Span::from_secs(seconds.into()))
}

/// Reads on to the end of a short body, so that the connection can be used again.
async fn first_line(response: &mut Response) -> String {
    let mut body = Vec::new();
    while body.len() < SAID_LIMIT
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(SAID_LIMIT);
    let text = String::from_utf8_lossy(&body);
    text.lines().next().unwrap_or_default().trim().to_owned()
}
