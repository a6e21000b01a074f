//! Web configuration: TLS, logins and headers of what we serve.
//! (Source: Prometheus' exporter-toolkit, "web-configuration"; names, checks and texts of its
//! `web` package, as promtool 3.5 prints them.)

mod bcrypt;
mod tls;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::secret::Secret;
use crate::time::Span;

use super::read::{At, Field, GoDuration, Pairs, Reader, errors, section};
use super::yaml::{self, Documents, Position};
use super::{ConfigErrors, Expansion};

pub use tls::{CipherSuite, ClientAuth, Curve, TlsServer};

use tls::RawTls;

/// The most users that a file may name.
pub const MAX_USERS: usize = 10_000;

/// What a header may say.
enum Allowed {
    Anything,
    OneOf(&'static [&'static str]),
}

/// The headers that may be set.
const HEADERS: [(&str, Allowed); 5] = [
    ("Strict-Transport-Security", Allowed::Anything),
    ("X-Content-Type-Options", Allowed::OneOf(&["nosniff"])),
    ("X-Frame-Options", Allowed::OneOf(&["deny", "sameorigin"])),
    ("X-XSS-Protection", Allowed::Anything),
    ("Content-Security-Policy", Allowed::Anything),
];

/// How requests are taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WebConfig {
    /// TLS; without it connections are plain.
    pub tls: Option<TlsServer>,
    /// Which HTTP is spoken over TLS.
    pub protocols: Protocols,
    /// Headers of every answer.
    pub headers: Vec<(String, String)>,
    /// Who may ask: names and bcrypt hashes of their passwords; everybody when there are none.
    pub users: BTreeMap<String, Secret>,
    /// How many requests are taken; without it all are.
    pub rate_limit: Option<RateLimit>,
}

/// Which HTTP is spoken over TLS.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Protocols {
    /// HTTP/2, or HTTP/1.1 with clients that do not know it.
    #[default]
    Http2AndHttp1,
    /// HTTP/1.1 alone.
    Http1,
}

/// How many requests are taken.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// One request is taken in this time ...
    pub interval: Span,
    /// ... and so many at once.
    pub burst: u32,
}

section! {
    /// The file.
    struct RawWeb("web.Config") {
        nonempty tls_server_config: Option<RawTls>,
        nonempty http_server_config: Option<RawHttp>,
        nonempty rate_limit: Option<RawRateLimit>,
        nonempty basic_auth_users: Pairs<Secret>,
    }
}

section! {
    /// `http_server_config`
    struct RawHttp("web.HTTPConfig") {
        nonempty http2: bool = true,
        nonempty headers: Pairs<String>,
    }
}

section! {
    /// `rate_limit`
    struct RawRateLimit("web.RateLimiterConfig") {
        nonempty burst: i64,
        nonempty interval: GoDuration,
    }
}

/// Reads a web configuration. `file` is its path, for messages and for the paths in it. An empty
/// file asks for nothing: plain HTTP for everybody.
///
/// # Errors
/// Everything that is wrong with it, each with its place. Files that it names are not read.
pub fn parse(file: &str, text: &str) -> Result<WebConfig, ConfigErrors> {
    let documents = yaml::parse(text, Documents::First, Expansion::Off)
        .map_err(|problems| errors(file, problems))?;
    let mut reader = Reader::default();
    let raw = match documents.first() {
        Some(node) if !node.is_null() => RawWeb::read(node, &mut reader),
        _ => Some(RawWeb::empty(Position::default())),
    };
    let directory = Path::new(file).parent().unwrap_or(Path::new(""));
    let join = |path: &str| Arc::from(directory.join(path).to_string_lossy());
    let compiled = raw.map(|raw| raw.compile(&join, &mut reader));
    match compiled {
        Some(compiled) if reader.problems.is_empty() => Ok(compiled),
        _ => Err(reader.errors(file)),
    }
}

impl RawWeb {
    fn compile(self, file: &dyn Fn(&str) -> Arc<str>, reader: &mut Reader) -> WebConfig {
        let http = self.http_server_config.unwrap_or_else(|| RawHttp::empty(self.at));
        let headers = http.headers.0.iter();
        let headers = headers.map(|(name, value)| header(name, value, reader)).collect();
        if self.basic_auth_users.0.len() > MAX_USERS {
            reader.problem(self.at, format!("more than {MAX_USERS} users"));
        }
        let users = self.basic_auth_users.0.iter().map(|(name, hash)| {
            if let Err(error) = bcrypt::check(hash.value.expose()) {
                reader.problem(hash.at, error);
            }
            (name.value.clone(), hash.value.clone())
        });
        let users = users.collect();
        let rate_limit = self.rate_limit.and_then(|limit| limit.compile());
        WebConfig {
            tls: self.tls_server_config.and_then(|tls| tls.compile(file, reader)),
            protocols: if http.http2 { Protocols::Http2AndHttp1 } else { Protocols::Http1 },
            headers,
            users,
            rate_limit,
        }
    }
}

fn header(name: &At<String>, value: &At<String>, reader: &mut Reader) -> (String, String) {
    let (key, text) = (name.as_str(), value.as_str());
    match HEADERS.iter().find(|(known, _)| *known == key) {
        None => reader.problem(name.at, format!("HTTP header {key:?} can not be configured")),
        Some((_, Allowed::OneOf(values))) if !values.contains(&text) => {
            let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
            let values = values.join(" ");
            let message =
                format!("invalid value for {key}. Expected one of: [{values}], but got: {text:?}");
            reader.problem(value.at, message);
        }
        Some(_) if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) => {
            reader.problem(value.at, format!("HTTP header {key:?} has control characters"));
        }
        Some(_) => {}
    }
    (key.to_owned(), text.to_owned())
}

impl RawRateLimit {
    /// Without an interval nothing is limited.
    fn compile(self) -> Option<RateLimit> {
        let interval = self.interval.0;
        let burst = u32::try_from(self.burst.max(0)).unwrap_or(u32::MAX);
        (interval > Span::ZERO).then_some(RateLimit { interval, burst })
    }
}

#[cfg(test)]
mod tests;
