//! How requests are made to a server: keys that Prometheus' sections have beside their own.
//! Alertmanager's `http_config` is a section of the same keys, so they are read as one.

use crate::config::alertmanager::http::Http;
use crate::config::read::{Field, Reader};
use crate::config::yaml::{Entry, Node, Position};

/// The keys.
const KEYS: [&str; 13] = [
    "basic_auth",
    "authorization",
    "oauth2",
    "bearer_token",
    "bearer_token_file",
    "tls_config",
    "follow_redirects",
    "enable_http2",
    "proxy_url",
    "no_proxy",
    "proxy_from_environment",
    "proxy_connect_header",
    "http_headers",
];

/// Takes the keys out of a section's entries and reads them.
pub(super) fn read(at: Position, entries: &mut Vec<Entry>, reader: &mut Reader) -> Http {
    let (keys, others) = std::mem::take(entries)
        .into_iter()
        .partition(|entry| KEYS.contains(&entry.key.text.as_str()));
    *entries = others;
    Http::read(&Node::Map(at, keys), reader).unwrap_or_else(|| Http::empty(at))
}
