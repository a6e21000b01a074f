//! Where a server listens, and how others reach it.
//! (Source: Alertmanager, `--web.listen-address`, `--web.external-url`, `--web.route-prefix`.)

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use tokio::net::TcpListener;

/// Where listeners come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Listen {
    /// These addresses are taken.
    Addresses(Vec<String>),
    /// Who started us has taken them already: `LISTEN_FDS` of systemd.
    Inherited,
}

/// What the command line says of how others reach us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Given {
    /// `--web.external-url`
    pub external_url: Option<String>,
    /// `--web.route-prefix`
    pub route_prefix: Option<String>,
}

/// How others reach us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Our URL, without a slash at its end; links in messages begin with it.
    pub url: Arc<str>,
    /// What our paths begin with, without a slash at its end; empty when nothing.
    pub prefix: Arc<str>,
}

/// Takes addresses, or the sockets that are there already.
pub(super) async fn listeners(listen: &Listen) -> Result<Vec<TcpListener>> {
    match listen {
        Listen::Addresses(addresses) => bind(addresses).await,
        Listen::Inherited => inherited(),
    }
}

/// Takes addresses; `:port` is every address of this machine, of both families when it can.
pub(super) async fn bind(addresses: &[String]) -> Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    for address in addresses {
        if address.starts_with("vsock://") {
            bail!("cannot listen on {address}: vsock is not supported, write host:port");
        }
        let listener = match address.strip_prefix(':') {
            Some(port) => match TcpListener::bind(format!("[::]:{port}")).await {
                Ok(listener) => Ok(listener),
                // a machine without IPv6
                Err(_) => TcpListener::bind(format!("0.0.0.0:{port}")).await,
            },
            None => TcpListener::bind(address).await,
        };
        listeners.push(listener.with_context(|| format!("cannot listen on {address}"))?);
    }
    Ok(listeners)
}

fn inherited() -> Result<Vec<TcpListener>> {
    let mut given = listenfd::ListenFd::from_env();
    let mut listeners = Vec::new();
    for index in 0..given.len() {
        let listener = given.take_tcp_listener(index);
        let listener = listener.context("a socket of systemd is not one of TCP")?;
        let listener = listener.context("a socket of systemd is taken twice")?;
        listener.set_nonblocking(true)?;
        listeners.push(TcpListener::from_std(listener)?);
    }
    if listeners.is_empty() {
        bail!("--web.systemd-socket: no sockets in LISTEN_FDS; start firebell from a socket unit");
    }
    Ok(listeners)
}

impl Given {
    /// How others reach a server on this port.
    ///
    /// # Errors
    /// An external URL that is none.
    pub(super) fn place(&self, port: u16) -> Result<Place> {
        let url = match self.external_url.as_deref() {
            Some(url) if !url.is_empty() => external(url)?,
            _ => format!("http://{}:{port}", host_name()),
        };
        let prefix = match self.route_prefix.as_deref() {
            Some(prefix) if !prefix.is_empty() => prefix,
            _ => path_of(&url),
        };
        let prefix = match prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("/{prefix}"),
        };
        Ok(Place { url: Arc::from(url), prefix: Arc::from(prefix) })
    }
}

/// Checks a URL and takes the slashes off its end.
fn external(url: &str) -> Result<String> {
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
        bail!("{url:?}: invalid {scheme:?} scheme, only 'http' and 'https' are supported");
    }
    let rest = &url[scheme.len() + 1..];
    let Some(rest) = rest.strip_prefix("//").filter(|rest| !rest.is_empty()) else {
        bail!("{url:?}: write the host after http://");
    };
    if rest.contains(|c: char| c.is_whitespace() || c.is_control()) {
        bail!("{url:?}: an external URL has no blanks");
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// The path of a URL that [`external`] took.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let path = rest.find('/').map_or("", |start| &rest[start..]);
    path.split(['?', '#']).next().unwrap_or_default()
}

fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, prefix: &str, expect: (&str, &str)) {
        let some = |text: &str| Some(text.to_owned());
        let given = Given { external_url: some(url), route_prefix: some(prefix) };
        let place =
            given.place(9093).map(|place| (place.url.to_string(), place.prefix.to_string()));
        let got = place.unwrap_or_else(|error| (error.to_string(), String::new()));
        assert_eq!((&*got.0, &*got.1), expect, "{url:?} {prefix:?}");
    }

    #[test]
    fn urls_and_prefixes_are_settled_as_the_peer_does() {
        let host = host_name();
        check("", "", (&format!("http://{host}:9093"), ""));
        check("http://a.example/", "", ("http://a.example", ""));
        check("http://a.example/pre/fix//", "", ("http://a.example/pre/fix", "/pre/fix"));
        check("https://a.example/pre", "/", ("https://a.example/pre", ""));
        check("https://a.example/pre", "other/", ("https://a.example/pre", "/other"));
        check("http://a.example", "/x/y", ("http://a.example", "/x/y"));
        let scheme = "\"ftp://a\": invalid \"ftp\" scheme, only 'http' and 'https' are supported";
        check("ftp://a", "", (scheme, ""));
        let none = "\"a.example\": invalid \"\" scheme, only 'http' and 'https' are supported";
        check("a.example", "", (none, ""));
        check("http://", "", ("\"http://\": write the host after http://", ""));
    }
}
