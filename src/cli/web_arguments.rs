//! The `--web.*` flags of a server, by Alertmanager's and Prometheus' names.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::api::Surface;
use crate::time::Span;
use crate::time::duration::{format_go, parse_flag};

use super::address::{Given, Listen};

/// Where it is served, and to how many.
#[derive(Args)]
pub(super) struct WebArguments {
    /// Where to listen; repeatable, everything is served on every address.
    #[arg(long = "web.listen-address", value_name = "ADDRESS", default_value = ":9093")]
    addresses: Vec<String>,
    /// Take the sockets that systemd has opened instead.
    #[arg(long = "web.systemd-socket")]
    systemd_socket: bool,
    /// TLS, client certificates, logins and headers: a web configuration, read again whenever it
    /// changes.
    #[arg(long = "web.config.file", value_name = "FILE")]
    pub(super) web_config: Option<PathBuf>,
    /// The URL under which others reach us; links in messages begin with it.
    #[arg(long = "web.external-url", value_name = "URL")]
    external_url: Option<String>,
    /// What all paths begin with; else the path of the external URL.
    #[arg(long = "web.route-prefix", value_name = "PATH")]
    route_prefix: Option<String>,
    /// How many GET requests are answered at a time, more are refused; 0 for any number.
    #[arg(long = "web.get-concurrency", value_name = "NUMBER", default_value_t = 0)]
    get_concurrency: usize,
    /// After which time a request is given up; 0 for never.
    #[arg(long = "web.timeout", value_name = "DURATION", default_value = "0", value_parser = any_duration)]
    request_timeout: Span,
}

impl WebArguments {
    /// Where to listen.
    pub(super) fn listen(&self) -> Listen {
        match self.systemd_socket {
            true => Listen::Inherited,
            false => Listen::Addresses(self.addresses.clone()),
        }
    }

    /// How others reach us.
    pub(super) fn given(&self) -> Given {
        let (external_url, route_prefix) = (self.external_url.clone(), self.route_prefix.clone());
        Given { external_url, route_prefix }
    }

    /// How much is served, and to how many.
    pub(super) fn surface(&self) -> Surface {
        Surface {
            get_concurrency: (self.get_concurrency > 0).then_some(self.get_concurrency),
            timeout: timeout(self.request_timeout),
            ..Surface::default()
        }
    }

    /// The flags as `/api/v1/status/flags` shows them.
    pub(super) fn flags(&self) -> [(&'static str, String); 7] {
        let config = self.web_config.as_ref().map(|path| path.display().to_string());
        [
            ("web.listen-address", self.addresses.join(",")),
            ("web.systemd-socket", self.systemd_socket.to_string()),
            ("web.config.file", config.unwrap_or_default()),
            ("web.external-url", self.external_url.clone().unwrap_or_default()),
            ("web.route-prefix", self.route_prefix.clone().unwrap_or_default()),
            ("web.get-concurrency", self.get_concurrency.to_string()),
            ("web.timeout", format_go(self.request_timeout)),
        ]
    }
}

/// After which time requests are given up; never when the flag says nothing or less.
pub(super) fn timeout(span: Span) -> Option<Duration> {
    let millis = u64::try_from(span.millis()).ok().filter(|millis| *millis > 0)?;
    Some(Duration::from_millis(millis))
}

fn any_duration(text: &str) -> Result<Span, String> {
    parse_flag(text).map_err(|error| error.to_string())
}
