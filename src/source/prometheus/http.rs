//! Requests to the server, and what can go wrong with them.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, StatusCode, header};
use reqwest::{Response, Url};
use serde::de::DeserializeOwned;

use super::answer::Envelope;
use super::{ATTEMPTS, Manner};
use crate::notify::integration::{Authorization, HttpOptions};
use crate::receivers::Caller;
use crate::source::SourceError;

/// How we introduce ourselves.
const USER_AGENT: &str = concat!("firebell/", env!("CARGO_PKG_VERSION"));

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
    caller: Caller,
    options: HttpOptions,
    base: Url,
    /// The address without a password.
    shown: Arc<str>,
    /// How long an answer may take, all attempts together.
    timeout: Duration,
    /// How long is waited before the second attempt; before later ones longer.
    pause: Duration,
    max_answer: usize,
}

/// The data of an answer, and what the server warns of.
pub(super) struct Told<T> {
    pub(super) data: T,
    pub(super) warnings: Vec<String>,
}

impl Http {
    pub(super) fn new(url: &str, manner: Manner) -> Result<Http, SourceError> {
        let refuse = |message: String| SourceError::Refused { url: Arc::from("(bad)"), message };
        let mut base = Url::parse(url)
            .ok()
            .filter(|base| matches!(base.scheme(), "http" | "https") && base.has_host())
            .ok_or_else(|| refuse("expected an address such as http://host:9090".to_owned()))?;
        let mut options = manner.http;
        if !base.username().is_empty() || base.password().is_some() {
            let login = Authorization::of_url(base.username(), base.password());
            options.authorization.get_or_insert(login);
        }
        // Neither call can fail: the address has a host.
        let _ = (base.set_username(""), base.set_password(None));
        base.set_query(None);
        base.set_fragment(None);
        let shown = Arc::from(base.as_str().trim_end_matches('/'));
        let (caller, timeout, pause) = (Caller::default(), manner.timeout, manner.pause);
        Ok(Http { caller, options, base, shown, timeout, pause, max_answer: manner.max_answer })
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
        self.ask_fully(verb, path, parameters).await.map(|told| told.data)
    }

    /// Asks, and asks again when the server could not answer: every question only reads.
    pub(super) async fn ask_fully<T: DeserializeOwned>(
        &self,
        verb: Verb,
        path: &[&str],
        parameters: &[(&str, &str)],
    ) -> Result<Told<T>, SourceError> {
        let attempts = async {
            let mut pause = self.pause;
            for _ in 1..ATTEMPTS {
                match self.attempt(verb, path, parameters).await {
                    Err(SourceError::Unavailable { .. }) => {}
                    done => return done,
                }
                tokio::time::sleep(pause).await;
                pause *= 4;
            }
            self.attempt(verb, path, parameters).await
        };
        let late = |_| {
            let seconds = self.timeout.as_secs_f64();
            self.unavailable(&format!("no answer within {seconds} seconds"))
        };
        tokio::time::timeout(self.timeout, attempts).await.map_err(late)?
    }

    async fn attempt<T: DeserializeOwned>(
        &self,
        verb: Verb,
        path: &[&str],
        parameters: &[(&str, &str)],
    ) -> Result<Told<T>, SourceError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        // files that cannot be read now may be there the next time
        let prepared = self.caller.prepare(&self.options).await;
        let (client, headers) = prepared.map_err(|error| self.unavailable(&error))?;
        let request = match verb {
            Verb::Get => client.get(url),
            Verb::Post => {
                let form = url.query().unwrap_or_default().to_owned();
                url.set_query(None);
                let request = client.post(url).body(form);
                request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            }
        };
        let request = request.header(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        let response = request.headers(headers).send().await;
        let response = response.map_err(|error| self.unavailable(&cause(&error)))?;
        self.read(response).await
    }

    pub(super) fn unavailable(&self, error: &dyn Display) -> SourceError {
        SourceError::Unavailable { url: Arc::clone(&self.shown), message: error.to_string() }
    }

    async fn read<T: DeserializeOwned>(
        &self,
        mut response: Response,
    ) -> Result<Told<T>, SourceError> {
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
        let data = envelope.data.ok_or_else(|| refuse("an answer without data".to_owned()))?;
        Ok(Told { data, warnings: envelope.warnings })
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
    innermost.to_string()
}
