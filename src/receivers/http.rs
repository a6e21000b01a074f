//! One HTTP request and the answer to it.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url};
use tokio::time::{Instant, timeout_at};

use crate::notify::integration::{Authorization, HttpOptions};
use crate::notify::message::HttpMessage;
use crate::notify::{FailureClass, Verdict};
use crate::secret::Secret;
use crate::time::Span;

use super::clients::{ClientError, Clients};
use super::oauth2::TokenError;
use super::plain::PlainError;
use super::secrets::{self, SecretFileError};
use super::way::{self, Answer, Posted};
use super::{REDACTED, chain, rejected, retry};

/// The most bytes of an answer that are read; what follows cannot change a verdict.
pub(super) const ANSWER_LIMIT: usize = 256 << 10;

/// Why a request was not made, or not answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    #[error(transparent)]
    SecretFile(#[from] SecretFileError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("unsupported URL: must be an absolute http or https URL")]
    Url,
    #[error("header {0:?} cannot be sent: its name or value has characters that may not be")]
    Header(String),
    #[error("{}", chain(.0))]
    Transport(reqwest::Error),
    #[error(transparent)]
    Plain(#[from] PlainError),
}

/// Posts the message and has the answer judged.
pub(super) async fn attempt(
    clients: &Clients,
    message: &HttpMessage,
    judge: impl Fn(u16, &str, &str) -> Verdict,
    deadline: Instant,
) -> Verdict {
    let own = message.timeout.and_then(|span| Instant::now().checked_add(duration(span)));
    let end = own.map_or(deadline, |own| own.min(deadline));
    let mut answer = match timeout_at(end, exchange(clients, message)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return refusal(&error, message),
        Err(_) if end < deadline => return too_late(message.timeout),
        Err(_) => return too_late(None),
    };
    let (status, headers) = answer.head();
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let (status, kind) = (status.as_u16(), kind.unwrap_or_default().to_owned());
    let body = read(&mut answer, end).await;
    answer.finish();
    judge(status, &kind, &String::from_utf8_lossy(&body))
}

async fn exchange(clients: &Clients, message: &HttpMessage) -> Result<Answer, RequestError> {
    let url = Url::parse(message.url.expose()).map_err(|_| RequestError::Url)?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(RequestError::Url);
    }
    let headers = headers(clients, message).await?;
    let body = Bytes::copy_from_slice(message.body.as_bytes());
    way::post(clients, &message.options, url, Posted { headers, body }).await
}

/// Everything the options and the message put into the request's head; the message wins.
async fn headers(clients: &Clients, message: &HttpMessage) -> Result<HeaderMap, RequestError> {
    let mut headers = option_headers(clients, &message.options).await?;
    for (name, value) in &message.headers {
        headers.insert(header_name(name)?, header_value(name, value)?);
    }
    Ok(headers)
}

/// Everything the options put into the request's head.
async fn option_headers(
    clients: &Clients,
    options: &HttpOptions,
) -> Result<HeaderMap, RequestError> {
    let HttpOptions { authorization, headers: additional, .. } = options;
    let mut headers = HeaderMap::new();
    for (name, value) in additional {
        let value = secrets::resolve(value).await?;
        headers.append(header_name(name)?, header_value(name, value.expose())?);
    }
    if let Some(authorization) = authorization {
        let text = credentials(clients, authorization).await?;
        let mut value = header_value("Authorization", text.expose())?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}

/// Makes requests by the same options as receivers do, for whoever asks servers something.
#[derive(Default)]
pub struct Caller {
    clients: Clients,
}

impl Caller {
    /// A client for these options, and the headers that each of its requests has to carry. Files
    /// that the options name are read now, so that new secrets and certificates are taken up.
    ///
    /// # Errors
    /// What is wrong with the options or their files, in words, without secrets.
    pub async fn prepare(&self, options: &HttpOptions) -> Result<(Client, HeaderMap), String> {
        let client = self.clients.get(options).await.map_err(|error| error.to_string())?;
        let headers =
            option_headers(&self.clients, options).await.map_err(|error| error.to_string())?;
        Ok((client, headers))
    }

    /// The same for servers that are known to speak HTTP/2, in the open too.
    ///
    /// # Errors
    /// As [`Caller::prepare`].
    #[cfg(feature = "otlp")]
    pub async fn prepare_http2(
        &self,
        options: &HttpOptions,
    ) -> Result<(Client, HeaderMap), String> {
        let client = self.clients.get_http2(options).await.map_err(|error| error.to_string())?;
        let headers =
            option_headers(&self.clients, options).await.map_err(|error| error.to_string())?;
        Ok((client, headers))
    }
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Caller")
    }
}

async fn credentials(
    clients: &Clients,
    authorization: &Authorization,
) -> Result<Secret, RequestError> {
    match authorization {
        Authorization::Basic { username, password } => {
            let username = secrets::resolve(username).await?;
            let password = secrets::resolve_some(password.as_ref()).await?.unwrap_or_default();
            let pair = format!("{}:{}", username.expose(), password.expose());
            Ok(Secret::new(format!("Basic {}", STANDARD.encode(pair))))
        }
        Authorization::Scheme { scheme, credentials } => {
            let credentials = secrets::resolve(credentials).await?;
            Ok(Secret::new(format!("{scheme} {}", credentials.expose())))
        }
        Authorization::OAuth2(settings) => Ok(clients.tokens.header(clients, settings).await?),
    }
}

fn header_name(name: &str) -> Result<HeaderName, RequestError> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| RequestError::Header(name.to_owned()))
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, RequestError> {
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| RequestError::Header(name.to_owned()))
}

/// The body as far as it comes in time. The status is known, so an answer that breaks off is
/// judged by what is there instead of being asked for again.
async fn read(answer: &mut Answer, end: Instant) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < ANSWER_LIMIT {
        match timeout_at(end, answer.chunk()).await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    body.truncate(ANSWER_LIMIT);
    body
}

fn refusal(error: &RequestError, message: &HttpMessage) -> Verdict {
    let mut text = error.to_string();
    let proxy = message.options.proxy_url.as_ref().map(|url| url.expose());
    for url in [Some(message.url.expose()), proxy].into_iter().flatten() {
        if !url.is_empty() {
            text = text.replace(url, REDACTED);
        }
    }
    let text = format!("Post \"{REDACTED}\": {text}");
    match error {
        RequestError::Url | RequestError::Header(_) => rejected(FailureClass::NotSent, text),
        RequestError::Transport(error) if error.is_connect() => retry(FailureClass::NotSent, text),
        RequestError::Transport(error) if error.is_timeout() => {
            retry(FailureClass::ContextDeadlineExceeded, text)
        }
        RequestError::Transport(_)
        | RequestError::Plain(PlainError::Exchange(_) | PlainError::Ended) => {
            retry(FailureClass::Other, text)
        }
        _ => retry(FailureClass::NotSent, text),
    }
}

fn too_late(own: Option<Span>) -> Verdict {
    let why = match own {
        Some(span) => {
            let length = humantime::format_duration(duration(span));
            format!("configured timeout reached ({length})")
        }
        None => "the deadline of the notification passed".to_owned(),
    };
    retry(FailureClass::ContextDeadlineExceeded, format!("Post \"{REDACTED}\": {why}"))
}

fn duration(span: Span) -> Duration {
    Duration::from_millis(u64::try_from(span.millis()).unwrap_or(0))
}
