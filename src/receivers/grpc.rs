//! One call by gRPC, of a method that takes one message and gives one back.
//!
//! ```text
//! POST /package.Service/Method      content-type: application/grpc, te: trailers
//!   flag (1 = compressed) | length (4 bytes, big endian) | message
//! 200                               the answer's message, which nobody reads
//!   trailers: grpc-status, grpc-message; in the head when there is no message
//! ```
//! (Source: gRPC, "gRPC over HTTP2".)

use std::time::Duration;

use http_body_util::BodyExt;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TE};
use reqwest::{Body, Url};
use tokio::time::timeout;

use crate::notify::integration::HttpOptions;
use crate::time::Span;

use super::{Caller, PostError, chain};

/// The most bytes of an answer that are read.
const ANSWER_LIMIT: usize = 256 << 10;
/// What an answer without a status is: unknown.
const UNKNOWN: u32 = 2;
/// What an answer of HTTP alone is, when the server may come back: unavailable.
const UNAVAILABLE: u32 = 14;

/// A call.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The server and the method.
    pub url: &'a str,
    /// How.
    pub options: &'a HttpOptions,
    /// The message, compressed already when `encoding` says so.
    pub message: &'a [u8],
    /// How the message is compressed, if it is.
    pub encoding: Option<&'static str>,
    /// How long it may take, the answer included.
    pub timeout: Span,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// 0 when it was good.
    pub code: u32,
    /// What was said about it.
    pub message: String,
}

/// Makes a call.
///
/// # Errors
/// When there is no answer; any status is one.
pub async fn call(caller: &Caller, request: Call<'_>) -> Result<Status, PostError> {
    let millis = u64::try_from(request.timeout.millis()).unwrap_or(0);
    match timeout(Duration::from_millis(millis), exchange(caller, request)).await {
        Ok(status) => status,
        Err(_) => Err(PostError::Timeout),
    }
}

async fn exchange(caller: &Caller, request: Call<'_>) -> Result<Status, PostError> {
    let url = Url::parse(request.url).map_err(|_| PostError::Address)?;
    let (client, mut headers) =
        caller.prepare_http2(request.options).await.map_err(PostError::Options)?;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(TE, HeaderValue::from_static("trailers"));
    if let Some(encoding) = request.encoding {
        let name = HeaderName::from_static("grpc-encoding");
        headers.insert(name, HeaderValue::from_static(encoding));
    }
    let body = framed(request.message, request.encoding.is_some())?;
    let sent = client.post(url).headers(headers).body(body).send().await;
    let response = sent.map_err(failure)?;
    let http = response.status();
    if let Some(status) = status(response.headers()) {
        return Ok(status);
    }
    if !http.is_success() {
        let code = if matches!(http.as_u16(), 429 | 502..=504) { UNAVAILABLE } else { UNKNOWN };
        return Ok(Status { code, message: format!("HTTP status {}", http.as_u16()) });
    }
    let mut body = Body::from(response);
    let mut read = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(failure)?;
        if let Some(status) = frame.trailers_ref().and_then(status) {
            return Ok(status);
        }
        read += frame.data_ref().map_or(0, |data| data.len());
        if read > ANSWER_LIMIT {
            break;
        }
    }
    Ok(Status { code: UNKNOWN, message: "the answer has no grpc-status".to_owned() })
}

fn framed(message: &[u8], compressed: bool) -> Result<Vec<u8>, PostError> {
    let length = u32::try_from(message.len())
        .map_err(|_| PostError::Options("the message is too long".to_owned()))?;
    let mut framed = Vec::with_capacity(message.len() + 5);
    framed.push(u8::from(compressed));
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(message);
    Ok(framed)
}

fn status(headers: &HeaderMap) -> Option<Status> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let code = text("grpc-status")?.parse().unwrap_or(UNKNOWN);
    let message: String = text("grpc-message").unwrap_or_default().chars().take(256).collect();
    Some(Status { code, message })
}

fn failure(error: reqwest::Error) -> PostError {
    PostError::Connection(chain(&error.without_url()))
}
