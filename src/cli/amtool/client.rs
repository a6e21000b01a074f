//! Requests to Alertmanager's API v2, and what goes wrong with them in amtool's words.
//! (Source: the OpenAPI document; a genuine amtool for the texts.)

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use reqwest::{Method, Response, Url};
use serde::de::DeserializeOwned;

use crate::api::ALERTMANAGER_VERSION as VERSION;
use crate::cli::check::web_config::told;
use crate::cli::promtool::client::{self, unanswered};
use crate::config::http_client;
use crate::drivers::load::read_text;
use crate::notify::integration::HttpOptions;
use crate::template::json_text;

use super::Bare;
use super::model::Status;

/// The longest answer that is read.
const MAX_ANSWER_BYTES: usize = 1 << 30;

/// The host and port of an address that names none.
const DEFAULT_HOST: &str = "localhost:9093";

/// A server that is asked.
#[derive(Clone)]
pub(super) struct Api {
    client: reqwest::Client,
    headers: reqwest::header::HeaderMap,
    base: Url,
    deadline: Instant,
    /// Whether requests are told of on stderr.
    pub(super) tells: bool,
}

/// A thing to ask for.
#[derive(Copy, Clone)]
pub(super) struct Operation {
    name: &'static str,
    method: Verb,
    path: &'static str,
    /// The errors that the document lists, and whether they say more.
    errors: &'static [(u16, &'static str, Says)],
}

#[derive(Copy, Clone)]
enum Verb {
    Get,
    Post,
    Delete,
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Says {
    Nothing,
    Why,
}

const BAD: (u16, &str, Says) = (400, "BadRequest", Says::Why);
const BROKEN: (u16, &str, Says) = (500, "InternalServerError", Says::Why);
const MISSING: (u16, &str, Says) = (404, "NotFound", Says::Nothing);

const STATUS: Operation =
    Operation { name: "getStatus", method: Verb::Get, path: "/status", errors: &[] };
pub(super) const GET_ALERTS: Operation =
    Operation { name: "getAlerts", method: Verb::Get, path: "/alerts", errors: &[BAD, BROKEN] };
pub(super) const POST_ALERTS: Operation =
    Operation { name: "postAlerts", method: Verb::Post, path: "/alerts", errors: &[BAD, BROKEN] };
pub(super) const GET_SILENCES: Operation =
    Operation { name: "getSilences", method: Verb::Get, path: "/silences", errors: &[BAD, BROKEN] };
pub(super) const POST_SILENCES: Operation = Operation {
    name: "postSilences",
    method: Verb::Post,
    path: "/silences",
    errors: &[BAD, (404, "NotFound", Says::Why)],
};
pub(super) const GET_SILENCE: Operation = Operation {
    name: "getSilence",
    method: Verb::Get,
    path: "/silence/{silenceID}",
    errors: &[MISSING, BROKEN],
};
pub(super) const DELETE_SILENCE: Operation = Operation {
    name: "deleteSilence",
    method: Verb::Delete,
    path: "/silence/{silenceID}",
    errors: &[MISSING, BROKEN],
};

/// Why a request came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    /// The server refused it.
    #[error("{text}")]
    Refused {
        /// The status.
        status: u16,
        /// amtool's words.
        text: String,
    },
    /// There is no answer, or it cannot be understood.
    #[error("{0}")]
    Other(String),
}

/// An address as requests need it: with a scheme, a host and a port. `None` when it is no URL.
pub(super) fn address(text: &str) -> Option<String> {
    let is_scheme = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    let before_path = text.split(['/', '?', '#']).next().unwrap_or_default();
    let (scheme, rest) = match before_path.split_once(':') {
        Some((scheme, _)) if is_scheme(scheme) => (scheme, &text[scheme.len() + 1..]),
        Some(_) => return None,
        None => ("http", text),
    };
    let (host, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
        None => ("", rest.split(['?', '#']).next().unwrap_or_default()),
    };
    let login = host.rsplit_once('@').map_or(0, |(login, _)| login.len() + 1);
    let (login, host) = host.split_at(login);
    let host = if host.is_empty() { DEFAULT_HOST } else { host };
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
    Some(format!("{scheme}://{login}{host}/{path}"))
}

/// The settings of `--http.config.file`.
fn options(file: Option<&str>) -> Result<HttpOptions> {
    let Some(file) = file else { return Ok(HttpOptions::default()) };
    let failed = |text: String| Bare(format!("failed to load HTTP config file: {text}"));
    let text = read_text(Path::new(file)).map_err(failed)?;
    Ok(http_client::parse(file, &text).map_err(|errors| failed(told(&errors)))?)
}

impl Api {
    /// The server at an address that [`address`] made.
    ///
    /// # Errors
    /// Addresses and settings that are no use.
    pub(super) async fn new(text: &str, file: Option<&str>, deadline: Instant) -> Result<Api> {
        let scheme = text.split("://").next().unwrap_or_default();
        if !matches!(scheme, "http" | "https") {
            bail!(
                "unsupported protocol scheme {scheme:?} in --alertmanager.url, expected http://host:port"
            );
        }
        if file.is_some() && text.contains('@') {
            let text = "basic authentication and http.config.file are mutually exclusive";
            return Err(Bare(text.to_owned()).into());
        }
        let (client, mut base, headers) = client::prepare(text, options(file)?).await?;
        if let Ok(mut segments) = base.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v2"]);
        }
        Ok(Api { client, headers, base, deadline, tells: false })
    }

    /// Warns when the server is another version. One that does not answer is no matter here: the
    /// request proper will tell.
    pub(super) async fn compare_version(&self) {
        let Ok(status) = self.status().await else { return };
        let theirs = status.version_info.version;
        if release(&theirs) != release(VERSION) {
            eprintln!(
                "Warning: amtool version ({VERSION}) and alertmanager version ({theirs}) are different."
            );
        }
    }

    /// What runs there.
    pub(super) async fn status(&self) -> Result<Status, ApiError> {
        self.ask(STATUS, "", &[], None).await
    }

    /// Asks, and reads the answer. `id` fills the path, where it has a place for it.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        operation: Operation,
        id: &str,
        parameters: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<T, ApiError> {
        let answer = self.tell(operation, id, parameters, body).await?;
        serde_json::from_slice(&answer).map_err(|error| {
            let what = format!("[{} {}]", operation.verb(), operation.path);
            ApiError::Other(format!("{what}: cannot read the answer: {error}"))
        })
    }

    /// Asks where the answer says nothing.
    pub(super) async fn tell(
        &self,
        operation: Operation,
        id: &str,
        parameters: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Vec<u8>, ApiError> {
        let url = self.url(operation, id, parameters);
        let method = match operation.method {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
            Verb::Delete => Method::DELETE,
        };
        let mut request = self.client.request(method, url.clone()).headers(self.headers.clone());
        request = request.header("accept", "application/json");
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        let verb = match operation.method {
            Verb::Get => "Get",
            Verb::Post => "Post",
            Verb::Delete => "Delete",
        };
        let silent = |error: reqwest::Error| ApiError::Other(unanswered(verb, &url, &error));
        let answer = request.timeout(left).send().await.map_err(silent)?;
        let status = answer.status().as_u16();
        if self.tells {
            eprintln!("{} {url}: {status}", operation.verb());
        }
        let is_json = is_json(&answer);
        let body = read(answer).await.map_err(silent)?;
        match status {
            200..300 => Ok(body),
            _ => Err(refused(operation, status, &body, is_json)),
        }
    }

    fn url(&self, operation: Operation, id: &str, parameters: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            let parts = operation.path.split('/').skip(1);
            segments.extend(parts.map(|part| if part.starts_with('{') { id } else { part }));
        }
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        url
    }
}

impl Operation {
    fn verb(self) -> &'static str {
        match self.method {
            Verb::Get => "GET",
            Verb::Post => "POST",
            Verb::Delete => "DELETE",
        }
    }
}

fn is_json(answer: &Response) -> bool {
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/json"))
}

/// The body, as far as there is memory for it.
async fn read(mut answer: Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What amtool says of an answer that is none.
fn refused(operation: Operation, status: u16, body: &[u8], is_json: bool) -> ApiError {
    let head = format!("[{} {}]", operation.verb(), operation.path);
    let listed = operation.errors.iter().find(|(listed, ..)| *listed == status);
    let name = operation.name;
    let text = match listed {
        None => format!("{head} {name} (status {status}): {{}}"),
        Some((_, kind, Says::Nothing)) => format!("{head}[{status}] {name}{kind}"),
        Some((_, kind, Says::Why)) => {
            let said = String::from_utf8_lossy(body);
            let why = serde_json::from_slice::<String>(body).ok().filter(|_| is_json);
            format!(
                "{head}[{status}] {name}{kind} {}",
                json_text(&why.unwrap_or(said.into_owned()))
            )
        }
    };
    ApiError::Refused { status, text }
}

/// The first two numbers of a version.
fn release(version: &str) -> Vec<&str> {
    version.trim_start_matches('v').split('.').take(2).collect()
}

/// A body that is posted.
pub(super) fn body(value: &impl serde::Serialize) -> Result<Option<String>> {
    serde_json::to_string(value).map(Some).map_err(|error| anyhow!(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_filled_up_as_amtool_fills_them_up() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(address(text).as_deref(), expected, "{text}");
        };
        check("http://a:1", Some("http://a:1/"));
        check("https://a/b/", Some("https://a/b"));
        check("http://u:p@a:1/b?c#d", Some("http://u:p@a:1/b"));
        check("http://[::1]:9093", Some("http://[::1]:9093/"));
        check("http://", Some("http://localhost:9093/"));
        check("", Some("http://localhost:9093/"));
        check("abc", Some("http://localhost:9093/abc"));
        check("//a/b", Some("http://a/b"));
        check("localhost:9093", Some("localhost://localhost:9093/9093"));
        check("127.0.0.1:9", None);
        check("::", None);
    }

    #[test]
    fn refusals_are_told_in_amtools_words() {
        let check = |operation, status, body: &str, expected: &str| {
            let error = refused(operation, status, body.as_bytes(), true).to_string();
            assert_eq!(error, expected, "{status} {body}");
        };
        let bad = r#"[GET /alerts][400] getAlertsBadRequest "bad \u003cx\u003e""#;
        check(GET_ALERTS, 400, r#""bad <x>""#, bad);
        check(
            GET_ALERTS,
            500,
            "oops\n",
            r#"[GET /alerts][500] getAlertsInternalServerError "oops\n""#,
        );
        check(GET_ALERTS, 503, "busy", "[GET /alerts] getAlerts (status 503): {}");
        check(POST_SILENCES, 500, "x", "[POST /silences] postSilences (status 500): {}");
        check(GET_SILENCE, 404, "x", "[GET /silence/{silenceID}][404] getSilenceNotFound");
        check(STATUS, 400, "x", "[GET /status] getStatus (status 400): {}");
    }

    #[test]
    fn only_the_release_of_a_version_is_compared() {
        assert_eq!(release("0.34.1"), release("v0.34.0-rc.0"));
        assert_ne!(release("0.33.1"), release("0.34.0"));
    }
}
