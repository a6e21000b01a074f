//! Which way a request goes: over a connection in clear text, or by a client that knows TLS,
//! proxies and redirections.

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};

use crate::notify::integration::{HttpOptions, TlsOptions};

use super::clients::Clients;
use super::http::RequestError;
use super::plain::Answering;

/// An answer whose body is still to be read.
pub(super) enum Answer {
    Web(Response),
    Plain(Answering),
}

/// What is posted.
#[derive(Clone)]
pub(super) struct Posted {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Posts something to an `http` or `https` URL with a host.
pub(super) async fn post(
    clients: &Clients,
    options: &HttpOptions,
    url: Url,
    posted: Posted,
) -> Result<Answer, RequestError> {
    if !is_plain(&url, options) {
        let Posted { headers, body } = posted;
        return web(clients.get(options).await?.post(url).headers(headers).body(body)).await;
    }
    let answering = clients.plain.post(&url, posted.clone()).await?;
    match redirection(&url, &answering).filter(|_| options.follow_redirects) {
        None => Ok(Answer::Plain(answering)),
        Some(next) => {
            let client = clients.get(options).await?;
            web(redirected(&client, &url, next, posted)).await
        }
    }
}

impl Answer {
    /// Its status and headers.
    pub(super) fn head(&self) -> (StatusCode, &HeaderMap) {
        match self {
            Answer::Web(response) => (response.status(), response.headers()),
            Answer::Plain(answering) => (answering.head().status(), answering.head().headers()),
        }
    }

    /// The next part of its body; nothing when that ended, well or not.
    pub(super) async fn chunk(&mut self) -> Option<Bytes> {
        match self {
            Answer::Web(response) => response.chunk().await.ok()?,
            Answer::Plain(answering) => answering.chunk().await,
        }
    }

    /// Keeps the connection for later, where that is ours to do.
    pub(super) fn finish(self) {
        if let Answer::Plain(answering) = self {
            answering.finish();
        }
    }
}

/// Whether a request needs neither TLS nor a proxy nor a login that stands in the URL.
fn is_plain(url: &Url, options: &HttpOptions) -> bool {
    url.scheme() == "http"
        && url.username().is_empty()
        && url.password().is_none()
        && options.proxy_url.is_none()
        && !options.proxy_from_environment
        && options.tls == TlsOptions::default()
}

async fn web(request: RequestBuilder) -> Result<Answer, RequestError> {
    let sent = request.send().await;
    sent.map(Answer::Web).map_err(|error| RequestError::Transport(error.without_url()))
}

/// Whether a redirected request keeps its method and body. (Source: RFC 9110, 15.4.)
#[derive(Copy, Clone, PartialEq, Eq)]
enum Repost {
    Yes,
    No,
}

/// Where an answer sends us, and whether the same is to be posted there.
fn redirection(url: &Url, answering: &Answering) -> Option<(Url, Repost)> {
    let repost = match answering.head().status().as_u16() {
        301..=303 => Repost::No,
        307 | 308 => Repost::Yes,
        _ => return None,
    };
    let location = answering.head().headers().get(LOCATION)?.to_str().ok()?;
    Some((url.join(location).ok()?, repost))
}

/// The request that follows a redirection; what says who we are stays on the server.
fn redirected(
    client: &Client,
    from: &Url,
    (next, repost): (Url, Repost),
    Posted { mut headers, body }: Posted,
) -> RequestBuilder {
    let port = Url::port_or_known_default;
    if (next.host(), port(&next)) != (from.host(), port(from)) {
        headers.remove(AUTHORIZATION);
        headers.remove(COOKIE);
    }
    if repost == Repost::Yes {
        return client.post(next).headers(headers).body(body);
    }
    headers.remove(CONTENT_TYPE);
    client.get(next).headers(headers)
}
