//! Requests to the server, and what can go wrong with them.

use std::fmt::Display;
use std::sync::Arc;

use http::{StatusCode, header};
use reqwest::{Client, Response, Url};
use serde::de::DeserializeOwned;

use super::TIMEOUT;
use super::answer::Envelope;
use crate::source::SourceError;

/// How much of a foreign error text is shown, in characters.
const SHOWN: usize = 200;

/// How parameters travel: in the body or in the address.
#[derive(Copy, Clone)]
pub(super) enum Verb {
    Get,
    Post,
}

#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    base: Url,
    user: Option<(String, Option<String>)>,
    /// The address without a password.
    shown: Arc<str>,
    max_answer: usize,
}

impl Http {
    pub(super) fn new(url: &str, max_answer: usize) -> Result<Http, SourceError> {
        let refuse = |message: String| SourceError::Refused { url: Arc::from("(bad)"), message };
        let mut base = Url::parse(url)
            .ok()
            .filter(|base| matches!(base.scheme(), "http" | "https") && base.has_host())
            .ok_or_else(|| refuse("expected an address such as http://host:9090".to_owned()))?;
        let password = base.password().map(decoded);
        let user = (!base.username().is_empty() || password.is_some())
            .then(|| (decoded(base.username()), password));
        // Neither call can fail: the address has a host.
        let _ = (base.set_username(""), base.set_password(None));
        base.set_query(None);
        base.set_fragment(None);
        // Whoever was first stays: the provider is one for the whole process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(TIMEOUT)
            .user_agent(concat!("firebell/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| refuse(error.to_string()))?;
        let shown = Arc::from(base.as_str().trim_end_matches('/'));
        Ok(Http { client, base, user, shown, max_answer })
    }

    pub(super) fn shown(&self) -> &Arc<str> {
        &self.shown
    }

    /// Asks `/api/v1/...` and reads the answer's data.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        verb: Verb,
        path: &[&str],
        parameters: &[(&str, &str)],
    ) -> Result<T, SourceError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        let request = match verb {
            Verb::Get => self.client.get(url),
            Verb::Post => {
                let form = url.query().unwrap_or_default().to_owned();
                url.set_query(None);
                let request = self.client.post(url).body(form);
                request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            }
        };
        let request = match &self.user {
            Some((name, password)) => request.basic_auth(name, password.as_ref()),
            None => request,
        };
        let response = request.send().await.map_err(|error| self.unavailable(&cause(&error)))?;
        self.read(response).await
    }

    pub(super) fn unavailable(&self, error: &dyn Display) -> SourceError {
        SourceError::Unavailable { url: Arc::clone(&self.shown), message: error.to_string() }
    }

    async fn read<T: DeserializeOwned>(&self, mut response: Response) -> Result<T, SourceError> {
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| self.unavailable(&cause(&error)))?
        {
            if body.len() + chunk.len() > self.max_answer {
                let (url, limit) = (&self.shown, self.max_answer);
                let message = format!("source {url}: answer of more than {limit} bytes");
                return Err(SourceError::Limit(message));
            }
            body.extend_from_slice(&chunk);
        }
        if !status.is_success() {
            return Err(self.failed(status, &body));
        }
        let refuse =
            |message: String| SourceError::Refused { url: Arc::clone(&self.shown), message };
        let envelope: Envelope<T> = serde_json::from_slice(&body)
            .map_err(|error| refuse(format!("no answer of a Prometheus API: {error}")))?;
        envelope.data.ok_or_else(|| refuse("an answer without data".to_owned()))
    }

    /// Servers that are overloaded or broken may do better next time; one that calls the
    /// question bad will not.
    fn failed(&self, status: StatusCode, body: &[u8]) -> SourceError {
        let said = serde_json::from_slice::<Envelope<serde_json::Value>>(body)
            .ok()
            .filter(|said| !said.error.is_empty())
            .map(|said| format!("{}: {}", said.error_type, said.error))
            .unwrap_or_else(|| String::from_utf8_lossy(body).trim().to_owned());
        let said: String = said.chars().take(SHOWN).collect();
        let message = format!("{status}: {said}").trim_end_matches(": ").to_owned();
        let again = status.is_server_error()
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
        if again {
            self.unavailable(&message)
        } else {
            SourceError::Refused { url: Arc::clone(&self.shown), message }
        }
    }
}

/// The innermost reason, which says more than "error sending request".
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if error.is_timeout() {
        return format!("no answer within {} seconds", TIMEOUT.as_secs());
    }
    innermost.to_string()
}

/// A user name or password without its percent escapes.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = after.get(..2).filter(|_| *first == b'%');
        let byte = escape
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
