//! `remote_write`.

use std::collections::HashSet;

use crate::config::alertmanager::Anything;
use crate::config::read::{At, HttpUrl, Pairs, PromDuration, Reader, section};
use crate::time::Span;

use super::relabel::{self, RawRelabel};

/// How long a write may take when the file does not say.
const TIMEOUT: Span = Span::from_secs(30);

/// Headers that writing needs for itself.
const RESERVED_HEADERS: [&str; 16] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "user-agent",
    "www-authenticate",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
    "x-prometheus-remote-read-version",
    "x-prometheus-remote-write-version",
];

section! {
    /// One of `remote_write`.
    struct RawRemoteWrite("config.plain", null: "empty or null remote write config section") {
        nonempty url: Option<HttpUrl>,
        nonempty name: At<String>,
        nonempty remote_timeout: PromDuration = PromDuration(TIMEOUT),
        nonempty write_relabel_configs: Vec<RawRelabel>,
        nonempty headers: Pairs<String>,
        nonempty send_exemplars: bool,
        nonempty send_native_histograms: bool,
        nonempty round_robin_dns: bool,
        nonempty protobuf_message: String,
        nonempty queue_config: Anything,
        nonempty metadata_config: Anything,
        nonempty sigv4: Option<At<Anything>>,
        nonempty azuread: Option<At<Anything>>,
        nonempty google_iam: Option<At<Anything>>,
        nonempty basic_auth: Option<At<Anything>>,
        nonempty authorization: Option<At<Anything>>,
        nonempty oauth2: Option<At<Anything>>,
        nonempty bearer_token: Anything,
        nonempty bearer_token_file: Anything,
        nonempty tls_config: Anything,
        nonempty proxy_url: Anything,
        nonempty no_proxy: Anything,
        nonempty proxy_from_environment: Anything,
        nonempty proxy_connect_header: Anything,
        nonempty follow_redirects: bool = true,
        nonempty enable_http2: bool = true,
        nonempty http_headers: Anything,
    }
}

pub(super) fn check(writes: &[RawRemoteWrite], reader: &mut Reader) {
    let mut names = HashSet::new();
    for write in writes {
        write.check(reader);
        if !write.name.is_empty() && !names.insert(write.name.as_str()) {
            let message =
                format!("found multiple remote write configs with job name {:?}", write.name.value);
            reader.problem(write.name.at, message);
        }
    }
}

impl RawRemoteWrite {
    fn check(&self, reader: &mut Reader) {
        if self.url.is_none() && self.whole {
            reader.problem(self.at, "url for remote_write is empty");
        }
        let logins = [
            &self.basic_auth,
            &self.authorization,
            &self.oauth2,
            &self.sigv4,
            &self.azuread,
            &self.google_iam,
        ];
        if logins.iter().filter(|login| login.is_some()).count() > 1 {
            let message = "at most one of basic_auth, authorization, oauth2, sigv4, azuread & \
                           google_iam must be configured";
            reader.problem(self.at, message);
        }
        self.check_headers(reader);
        relabel::check(&self.write_relabel_configs, reader);
    }

    fn check_headers(&self, reader: &mut Reader) {
        for (name, _) in &self.headers.0 {
            let lower = name.to_lowercase();
            if lower == "authorization" {
                let message = "authorization header must be changed via the basic_auth, \
                               authorization, oauth2, or sigv4 parameter";
                reader.problem(name.at, message);
            } else if RESERVED_HEADERS.contains(&lower.as_str()) {
                let name_text = &name.value;
                let message = format!("{name_text} is a reserved header. It must not be changed");
                reader.problem(name.at, message);
            }
        }
    }

    /// Where to.
    pub(super) fn url(&self) -> String {
        self.url.as_ref().map(|url| url.0.clone()).unwrap_or_default()
    }
}
