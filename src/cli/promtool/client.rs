//! Questions to a server of Prometheus' API, and what can go wrong with them, in promtool's
//! words. (Source: Prometheus' `client_golang`, `api/prometheus/v1`.)

use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use reqwest::{Client, Url};
use serde_json::Value as Json;

use crate::config::http_client;
use crate::drivers::load::read_text;
use crate::forward::{Address, AddressError};
use crate::notify::integration::HttpOptions;
use crate::receivers::Caller;

/// How long a server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A server that is asked.
pub(super) struct Server {
    client: Client,
    headers: reqwest::header::HeaderMap,
    base: Url,
}

/// Why there is no answer.
#[derive(Debug, PartialEq)]
pub(super) struct ApiError {
    /// What kind of error the server says it is, or that it has not spoken the API.
    kind: String,
    message: String,
    /// What it said instead.
    detail: String,
}

/// How parameters travel: in the body or in the address.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Post,
}

/// The settings of `--http.config.file`.
pub(super) fn options(file: Option<&Path>) -> Result<HttpOptions> {
    let Some(file) = file else { return Ok(HttpOptions::default()) };
    anyhow::ensure!(file.exists(), "path '{}' does not exist, try --help", file.display());
    let read = read_text(file).map_err(anyhow::Error::msg);
    let text =
        read.with_context(|| format!("Failed to load HTTP config file {}", file.display()))?;
    let options = http_client::parse(&file.display().to_string(), &text);
    options.map_err(|errors| anyhow!("Failed to load HTTP config file: {errors}"))
}

/// A client for these settings, an address without its login, and the headers of every request.
pub(in crate::cli) async fn prepare(
    address: &str,
    mut options: HttpOptions,
) -> Result<(Client, Url, reqwest::header::HeaderMap)> {
    let address = Address::parse(address).map_err(|error| refusal(address, error))?;
    if let Some(login) = address.login {
        options.authorization.get_or_insert(login);
    }
    let url = Url::parse(&address.url).context("invalid URL")?;
    let (client, headers) = Caller::default().prepare(&options).await.map_err(|e| anyhow!(e))?;
    Ok((client, url, headers))
}

/// Why an address is not taken; the most frequent fault in Go's words.
fn refusal(address: &str, error: AddressError) -> anyhow::Error {
    let first = address.split('/').next().unwrap_or_default();
    match first.contains(':') && !first.starts_with(|first: char| first.is_ascii_alphabetic()) {
        true => anyhow!(
            "invalid URL: parse {address:?}: first path segment in URL cannot contain colon, try --help"
        ),
        false => anyhow!("invalid URL: {error}, try --help"),
    }
}

/// Why a request was not answered, as Go tells it.
pub(in crate::cli) fn unanswered(verb: &str, url: &Url, error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let refused = cause
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused);
    let port = url.port_or_known_default().unwrap_or(0);
    let host = url.host_str().unwrap_or_default();
    let text = match (refused, error.is_timeout()) {
        (true, _) => format!("dial tcp {host}:{port}: connect: connection refused"),
        (_, true) => "context deadline exceeded".to_owned(),
        _ => cause.to_string(),
    };
    format!("{verb} \"{url}\": {text}")
}

impl Server {
    pub(super) async fn new(address: &str, options: HttpOptions) -> Result<Server> {
        let (client, base, headers) = prepare(address, options).await?;
        Ok(Server { client, headers, base })
    }

    /// One more header of every request.
    pub(super) fn header(&mut self, name: &str, value: &str) -> Result<()> {
        let name = reqwest::header::HeaderName::from_bytes(name.as_bytes())?;
        self.headers.append(name, value.parse()?);
        Ok(())
    }

    /// Asks `/api/v1/...`; `POST` falls back to `GET` where the server does not take it.
    pub(super) async fn ask(
        &self,
        verb: Verb,
        path: &[&str],
        parameters: &[(&str, String)],
    ) -> Result<Json, ApiError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        let bare = url.clone();
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        if verb == Verb::Post {
            let form = url.query().unwrap_or_default().to_owned();
            let kind = "application/x-www-form-urlencoded";
            let request = self.client.post(bare.clone()).header("content-type", kind).body(form);
            let (status, body) = self.send(request, "Post", &bare).await?;
            if status != 405 && status != 501 {
                return read(status, &body);
            }
        }
        let (status, body) = self.send(self.client.get(url.clone()), "Get", &url).await?;
        read(status, &body)
    }

    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        verb: &str,
        url: &Url,
    ) -> Result<(u16, String), ApiError> {
        let silent = |error| ApiError::plain(unanswered(verb, url, &error));
        let request = request.headers(self.headers.clone()).timeout(TIMEOUT);
        let answer = request.send().await.map_err(silent)?;
        let status = answer.status().as_u16();
        Ok((status, answer.text().await.map_err(silent)?))
    }
}

/// The data of an answer.
fn read(status: u16, body: &str) -> Result<Json, ApiError> {
    let speaks = status == 400 || status == 422;
    if status / 100 != 2 && !speaks {
        let (kind, message) = match status {
            400..500 => ("client_error", format!("client error: {status}")),
            500..600 => ("server_error", format!("server error: {status}")),
            _ => ("bad_response", format!("bad response code {status}")),
        };
        return Err(ApiError { kind: kind.to_owned(), message, detail: body.trim().to_owned() });
    }
    let bad = |message: String| ApiError {
        kind: "bad_response".to_owned(),
        message,
        detail: String::new(),
    };
    let mut answer: Json = serde_json::from_str(body).map_err(|error| bad(error.to_string()))?;
    if speaks == (answer["status"] == "success") {
        return Err(bad("inconsistent body for response code".to_owned()));
    }
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    if speaks {
        let (kind, message) = (text("errorType"), text("error"));
        return Err(ApiError { kind, message, detail: String::new() });
    }
    Ok(answer["data"].take())
}

impl ApiError {
    /// An error of which the server knows nothing.
    pub(super) fn plain(message: String) -> ApiError {
        ApiError { kind: String::new(), message, detail: String::new() }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("query error: ")?;
        if !self.kind.is_empty() {
            write!(f, "{}: ", self.kind)?;
        }
        f.write_str(&self.message)?;
        match self.detail.is_empty() {
            true => Ok(()),
            false => write!(f, " (detail: {})", self.detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_in_promtools_words() {
        let check = |status, body: &str, expected: &str| {
            assert_eq!(read(status, body).unwrap_err().to_string(), expected, "{status} {body}");
        };
        let body = r#"{"status":"error","errorType":"bad_data","error":"no such thing"}"#;
        check(400, body, "query error: bad_data: no such thing");
        check(
            404,
            "404 page not found\n",
            "query error: client_error: client error: 404 (detail: 404 page not found)",
        );
        check(503, "", "query error: server_error: server error: 503");
        let success = r#"{"status":"success","data":[]}"#;
        check(422, success, "query error: bad_response: inconsistent body for response code");
        assert_eq!(read(200, success), Ok(serde_json::json!([])));
    }
}
