//! HTTP clients, one for each way of making requests: they hold connections and take a while
//! to build.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, NoProxy, Proxy, Url, redirect};

use crate::notify::integration::HttpOptions;
use crate::secret::Secret;

use super::USER_AGENT;
use super::oauth2::Tokens;
use super::plain::Plain;
use super::secrets::SecretFileError;
use super::tls::{TlsError, TlsMaterial};

/// The most clients that are kept; all are dropped when one more is needed.
const CLIENT_LIMIT: usize = 64;
/// How long an idle connection is kept. (Source: prometheus/common, `HTTPClientConfig`.)
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_secs(300);
/// The most redirects that are followed. (Source: Go, `net/http.Client`.)
const REDIRECT_LIMIT: usize = 10;
/// How proxies are spoken to; with `socks5h` the proxy looks up names.
const PROXY_SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];

/// Where the environment names proxies, and what each is for. (Source: Go,
/// `net/http.ProxyFromEnvironment`.)
type EnvironmentProxy = (&'static [&'static str], fn(&str) -> reqwest::Result<Proxy>);
const ENVIRONMENT_PROXIES: [EnvironmentProxy; 2] = [
    (&["HTTP_PROXY", "http_proxy"], |url| Proxy::http(url)),
    (&["HTTPS_PROXY", "https_proxy"], |url| Proxy::https(url)),
];

/// Why there is no client for some options.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientError {
    #[error(transparent)]
    SecretFile(#[from] SecretFileError),
    #[error("tls_config: {0}")]
    Tls(#[from] TlsError),
    #[error("proxy_url must be an absolute http, https or socks5 URL")]
    Proxy,
    #[error("proxy_connect_header: header {0:?} cannot be sent")]
    ProxyHeader(Arc<str>),
    #[error("cannot set up an HTTP client: {}", super::chain(.0))]
    Build(reqwest::Error),
}

/// The clients by how they make requests.
#[derive(Default)]
pub(super) struct Clients {
    known: Mutex<HashMap<Manner, Client>>,
    /// The tokens that their requests carry.
    pub(super) tokens: Tokens,
    /// For requests that need no client.
    pub(super) plain: Plain,
}

/// Everything that needs a client of its own; headers do not.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Manner {
    tls: TlsMaterial,
    follow_redirects: bool,
    versions: Versions,
    proxy_url: Option<Secret>,
    no_proxy: Option<Arc<str>>,
    proxy_from_environment: bool,
    proxy_headers: Vec<(Arc<str>, Secret)>,
}

/// Which versions of HTTP a client speaks.
#[derive(Copy, Clone, PartialEq, Eq, Hash)]
enum Versions {
    One,
    OneAndTwo,
    #[cfg(feature = "otlp")]
    Two,
}

impl Clients {
    /// The client for these options. TLS files are read every time, so that new certificates
    /// are taken up.
    pub(super) async fn get(&self, options: &HttpOptions) -> Result<Client, ClientError> {
        let both = if options.enable_http2 { Versions::OneAndTwo } else { Versions::One };
        self.speaking(both, options).await
    }

    /// The same for servers that are known to speak HTTP/2.
    #[cfg(feature = "otlp")]
    pub(super) async fn get_http2(&self, options: &HttpOptions) -> Result<Client, ClientError> {
        self.speaking(Versions::Two, options).await
    }

    async fn speaking(
        &self,
        versions: Versions,
        options: &HttpOptions,
    ) -> Result<Client, ClientError> {
        let manner = Manner {
            tls: TlsMaterial::read(&options.tls).await?,
            follow_redirects: options.follow_redirects,
            versions,
            proxy_url: options.proxy_url.clone(),
            no_proxy: options.no_proxy.clone(),
            proxy_from_environment: options.proxy_from_environment,
            proxy_headers: options.proxy_headers.clone(),
        };
        let mut clients = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&manner) {
            return Ok(client.clone());
        }
        let client = manner.client()?;
        if clients.len() >= CLIENT_LIMIT {
            clients.clear();
        }
        clients.insert(manner, client.clone());
        Ok(client)
    }
}

impl Manner {
    fn client(&self) -> Result<Client, ClientError> {
        let protocols: &[&str] = match self.versions {
            Versions::One => &["http/1.1"],
            Versions::OneAndTwo => &["h2", "http/1.1"],
            #[cfg(feature = "otlp")]
            Versions::Two => &["h2"],
        };
        let redirects = match self.follow_redirects {
            true => redirect::Policy::limited(REDIRECT_LIMIT),
            false => redirect::Policy::none(),
        };
        let mut builder = Client::builder()
            .tls_backend_preconfigured(self.tls.client_config(protocols)?)
            .user_agent(USER_AGENT)
            .redirect(redirects)
            .referer(false)
            .no_gzip()
            .pool_idle_timeout(IDLE_TIMEOUT);
        match self.versions {
            Versions::One => builder = builder.http1_only(),
            Versions::OneAndTwo => {}
            #[cfg(feature = "otlp")]
            Versions::Two => builder = builder.http2_prior_knowledge(),
        }
        let own = self.proxies()?;
        if !self.proxy_from_environment || !own.is_empty() {
            builder = builder.no_proxy();
        }
        for proxy in own {
            builder = builder.proxy(proxy);
        }
        builder.build().map_err(ClientError::Build)
    }

    /// The proxies that are set up here; those of the environment only when they are told
    /// something of ours, else the library sees to them.
    fn proxies(&self) -> Result<Vec<Proxy>, ClientError> {
        let headers = self.proxy_headers()?;
        if let Some(proxy) = self.proxy()? {
            return Ok(vec![proxy.headers(headers)]);
        }
        if !self.proxy_from_environment || headers.is_empty() {
            return Ok(Vec::new());
        }
        let mut proxies = Vec::new();
        for (names, proxy) in ENVIRONMENT_PROXIES {
            if let Some(url) = names.iter().find_map(|name| std::env::var(name).ok()) {
                let proxy = proxy(&url).map_err(|_| ClientError::Proxy)?;
                proxies.push(proxy.no_proxy(NoProxy::from_env()).headers(headers.clone()));
            }
        }
        Ok(proxies)
    }

    fn proxy_headers(&self) -> Result<HeaderMap, ClientError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.proxy_headers {
            let bad = || ClientError::ProxyHeader(Arc::clone(name));
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            let mut value = HeaderValue::from_str(value.expose()).map_err(|_| bad())?;
            value.set_sensitive(true);
            headers.append(key, value);
        }
        Ok(headers)
    }

    fn proxy(&self) -> Result<Option<Proxy>, ClientError> {
        let Some(url) = &self.proxy_url else { return Ok(None) };
        let url = Url::parse(url.expose()).map_err(|_| ClientError::Proxy)?;
        if !PROXY_SCHEMES.contains(&url.scheme()) || !url.has_host() {
            return Err(ClientError::Proxy);
        }
        let proxy = Proxy::all(url).map_err(|_| ClientError::Proxy)?;
        let exceptions = self.no_proxy.as_deref().and_then(NoProxy::from_string);
        Ok(Some(proxy.no_proxy(exceptions)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::integration::{SecretSource, TlsVersion};

    #[tokio::test]
    async fn options_that_differ_in_headers_only_share_a_client() {
        let clients = Clients::default();
        let plain = HttpOptions::default();
        let headers = vec![("X-Team".into(), SecretSource::Inline(Secret::new("infra")))];
        clients.get(&plain).await.unwrap();
        clients.get(&HttpOptions { headers, ..plain.clone() }).await.unwrap();
        assert_eq!(clients.known.lock().unwrap().len(), 1);
        clients.get(&HttpOptions { follow_redirects: false, ..plain }).await.unwrap();
        assert_eq!(clients.known.lock().unwrap().len(), 2);
    }

    #[tokio::test]
    async fn no_more_clients_are_kept_than_the_limit() {
        let clients = Clients::default();
        for number in 0..=CLIENT_LIMIT {
            let no_proxy = Some(format!("host{number}").into());
            clients.get(&HttpOptions { no_proxy, ..HttpOptions::default() }).await.unwrap();
            assert!(clients.known.lock().unwrap().len() <= CLIENT_LIMIT);
        }
        assert_eq!(clients.known.lock().unwrap().len(), 1);
    }

    async fn refused(change: impl Fn(&mut HttpOptions)) -> String {
        let mut options = HttpOptions::default();
        change(&mut options);
        Clients::default().get(&options).await.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn options_that_cannot_be_met_are_explained_without_secrets() {
        let pem = |text: &str| Some(SecretSource::Inline(Secret::new(text)));
        for url in ["s3cret", "ftp://s3cret", "socks5://"] {
            let message = refused(|options| options.proxy_url = Some(Secret::new(url))).await;
            assert_eq!(message, "proxy_url must be an absolute http, https or socks5 URL");
        }
        let message = refused(|options| options.tls.ca = pem("s3cret")).await;
        assert_eq!(message, "tls_config: no certificate found in ca: is it PEM?");
        let message = refused(|options| options.tls.max_version = Some(TlsVersion::Tls11)).await;
        assert!(message.contains("leave no version"), "{message}");
        let message = refused(|options| options.tls.server_name = Some("a b".into())).await;
        assert_eq!(message, "tls_config: server name \"a b\" is no host name or address");
    }
}
