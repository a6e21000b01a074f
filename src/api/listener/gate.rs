//! What every request passes: the rate, the headers of the answer, the login. All by the file as
//! it is at that moment. (Source: exporter-toolkit, `webHandler`; its statuses and bodies.)

use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tracing::error;

use super::{Caller, Peer, Web};

/// Wraps every request; [`Caller`] is among its extensions afterwards.
pub(super) async fn pass(
    State(web): State<Option<Arc<Web>>>,
    ConnectInfo(Peer(address)): ConnectInfo<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut caller = Caller { user: None, address: Some(address) };
    let Some(web) = web else {
        request.extensions_mut().insert(caller);
        return next.run(request).await;
    };
    let config = match web.config() {
        Ok(config) => config,
        Err(error) => {
            error!(%error, "a request is refused");
            return said(StatusCode::INTERNAL_SERVER_ERROR);
        }
    };
    if !web.rate.allows(config.rate_limit) {
        return said(StatusCode::TOO_MANY_REQUESTS);
    }
    let mut response = if config.users.is_empty() {
        request.extensions_mut().insert(caller);
        next.run(request).await
    } else {
        let user = match credentials(request.headers()) {
            Some((user, password)) => web.logins.proves(&config.users, user, password).await,
            None => None,
        };
        if user.is_some() {
            caller.user = user;
            request.extensions_mut().insert(caller);
            next.run(request).await
        } else {
            let mut refused = said(StatusCode::UNAUTHORIZED);
            refused.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic"));
            refused
        }
    };
    for (name, value) in &config.headers {
        let name = HeaderName::try_from(name.as_str());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            // what a handler says of its own answer is more particular
            response.headers_mut().entry(name).or_insert(value);
        }
    }
    response
}

/// A status and its name.
fn said(status: StatusCode) -> Response {
    let text = format!("{}\n", status.canonical_reason().unwrap_or_default());
    let headers =
        [(CONTENT_TYPE, "text/plain; charset=utf-8"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (status, headers, text).into_response()
}

/// The name and the password of `Authorization: Basic`.
fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_read_as_go_reads_them() {
        let check = |value: &str, expect: Option<(&str, &str)>| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            let expect = expect.map(|(user, password)| (user.to_owned(), password.to_owned()));
            assert_eq!(credentials(&headers), expect, "{value}");
        };
        let encoded = |text: &str| BASE64_STANDARD.encode(text);
        check(&format!("Basic {}", encoded("ann:a:b")), Some(("ann", "a:b")));
        check(&format!("bAsIc {}", encoded("ann:")), Some(("ann", "")));
        check(&format!("Basic {}", encoded("ann")), None);
        check(&format!("Bearer {}", encoded("ann:a")), None);
        check("Basic", None);
        check("Basic !", None);
        assert_eq!(credentials(&HeaderMap::new()), None);
    }
}
