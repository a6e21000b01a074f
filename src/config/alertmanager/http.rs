//! `http_config`. (Source: Prometheus docs, "http_config"; checks and texts of
//! `prometheus/common/config`.)

use std::sync::Arc;

use crate::config::read::{At, Pairs, ProxyUrl, Reader, section};
use crate::notify::integration::{Authorization, HttpOptions, SecretSource, TlsOptions};
use crate::secret::Secret;

use super::exclusive::{at_most_one, secret_source};
use super::global::Global;
use super::oauth2::RawOAuth2;
use super::proxy::ProxyKeys;
use super::tls::{Tls, refuse_reference};

section! {
    /// `http_config`
    struct Http("config.plain") {
        nonempty basic_auth: Option<BasicAuth>,
        nonempty authorization: Option<RawAuthorization>,
        nonempty oauth2: Option<Box<RawOAuth2>>,
        nonempty bearer_token: Secret,
        nonempty bearer_token_file: String,
        nonempty tls_config: Option<Tls>,
        always follow_redirects: bool = true,
        always enable_http2: bool = true,
        nonempty proxy_url: Option<ProxyUrl>,
        nonempty no_proxy: String,
        nonempty proxy_from_environment: bool,
        nonempty proxy_connect_header: Pairs<Vec<Secret>>,
        nonempty http_headers: Pairs<Header>,
    }
}

section! {
    /// `basic_auth`
    struct BasicAuth("config.plain") {
        nonempty username: String,
        nonempty username_file: String,
        nonempty username_ref: At<String>,
        nonempty password: Secret,
        nonempty password_file: String,
        nonempty password_ref: At<String>,
    }
}

section! {
    /// `authorization`
    struct RawAuthorization("config.Authorization") {
        nonempty kind("type"): At<String>,
        nonempty credentials: Secret,
        nonempty credentials_file: String,
        nonempty credentials_ref: At<String>,
    }
}

section! {
    /// One of `http_headers`.
    struct Header("config.Header") {
        nonempty values: Vec<String>,
        nonempty secrets: Vec<Secret>,
        nonempty files: Vec<String>,
    }
}

/// The most headers that one section may set.
pub const MAX_HEADERS: usize = 100;

/// Headers that are not the user's to set.
const RESERVED_HEADERS: [&str; 19] = [
    "Authorization",
    "Host",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "User-Agent",
    "Connection",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Www-Authenticate",
    "Accept-Encoding",
    "X-Prometheus-Remote-Write-Version",
    "X-Prometheus-Remote-Read-Version",
    "X-Prometheus-Scrape-Timeout-Seconds",
    "X-Amz-Date",
    "X-Amz-Security-Token",
    "X-Amz-Content-Sha256",
    "Transfer-Encoding",
];

/// A header's name as HTTP/1 libraries write it: `x-foo` is `X-Foo`. (Source: Go's
/// `textproto.CanonicalMIMEHeaderKey`.)
pub(super) fn canonical(name: &str) -> String {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !name.bytes().all(token) {
        return name.to_owned();
    }
    let mut upper = true;
    let letter = |character: char| {
        let letter = match upper {
            true => character.to_ascii_uppercase(),
            false => character.to_ascii_lowercase(),
        };
        upper = character == '-';
        letter
    };
    name.chars().map(letter).collect()
}

impl Http {
    /// Checks what excludes each other.
    pub(in crate::config) fn check(&self, reader: &mut Reader) {
        self.check_login(reader);
        self.proxy().check(self.at, reader);
        if let Some(tls) = &self.tls_config {
            tls.check(reader);
        }
        self.check_headers(reader);
    }

    fn check_headers(&self, reader: &mut Reader) {
        if self.http_headers.0.len() > MAX_HEADERS {
            reader.problem(self.at, format!("more than {MAX_HEADERS} http_headers"));
        }
        for (name, header) in self.http_headers.0.iter().take(MAX_HEADERS) {
            let canonical = check_name(name, reader);
            for value in &header.values {
                if http::HeaderValue::try_from(value).is_err() {
                    reader.problem(header.at, format!("invalid value of header {canonical:?}"));
                }
            }
        }
    }

    fn check_login(&self, reader: &mut Reader) {
        let at = self.at;
        let (token, token_file) =
            (!self.bearer_token.is_empty(), !self.bearer_token_file.is_empty());
        let (basic, oauth2) = (self.basic_auth.is_some(), self.oauth2.is_some());
        let authorization = self.authorization.is_some();
        at_most_one(reader, at, ("bearer_token", token), ("bearer_token_file", token_file));
        let bearer = token || token_file;
        if (basic || oauth2) && bearer {
            let all = "basic_auth, oauth2, bearer_token & bearer_token_file";
            reader.problem(at, format!("at most one of {all} must be configured"));
        }
        if authorization && bearer {
            let message = "authorization is not compatible with bearer_token & bearer_token_file";
            reader.problem(at, message);
        }
        if usize::from(basic) + usize::from(oauth2) + usize::from(authorization) > 1 {
            let all = "basic_auth, oauth2 & authorization";
            reader.problem(at, format!("at most one of {all} must be configured"));
        }
        if let Some(basic) = &self.basic_auth {
            basic.check(reader);
        }
        if let Some(authorization) = &self.authorization {
            authorization.check(reader);
        }
        if let Some(oauth2) = &self.oauth2 {
            oauth2.check(reader);
        }
    }

    fn proxy(&self) -> ProxyKeys<'_> {
        ProxyKeys {
            proxy_url: self.proxy_url.as_ref(),
            no_proxy: &self.no_proxy,
            from_environment: self.proxy_from_environment,
            connect_header: &self.proxy_connect_header,
        }
    }

    /// `file` turns a file's path into what is opened.
    pub(in crate::config) fn compile(&self, file: &dyn Fn(&str) -> String) -> HttpOptions {
        let mut headers: Vec<(Arc<str>, SecretSource)> = Vec::new();
        for (name, header) in self.http_headers.iter() {
            let name: Arc<str> = Arc::from(canonical(name));
            let mut add = |source| headers.push((Arc::clone(&name), source));
            header.values.iter().for_each(|value| {
                add(SecretSource::Inline(Secret::new(value.as_str())));
            });
            header.secrets.iter().for_each(|secret| add(SecretSource::Inline(secret.clone())));
            header.files.iter().for_each(|path| add(SecretSource::File(file(path).into())));
        }
        let mut options = HttpOptions {
            authorization: self.compile_login(file),
            tls: self.tls_config.as_ref().map_or_else(TlsOptions::default, |tls| tls.compile(file)),
            follow_redirects: self.follow_redirects,
            enable_http2: self.enable_http2,
            headers,
            ..HttpOptions::default()
        };
        self.proxy().compile(&mut options);
        options
    }

    fn compile_login(&self, file: &dyn Fn(&str) -> String) -> Option<Authorization> {
        let source = |inline: &Secret, path: &str| match path {
            "" => secret_source(inline, ""),
            path => secret_source(inline, &file(path)),
        };
        let nothing = || SecretSource::Inline(Secret::default());
        if let Some(basic) = &self.basic_auth {
            let username = source(&Secret::new(basic.username.as_str()), &basic.username_file);
            let password = source(&basic.password, &basic.password_file);
            let username = username.unwrap_or_else(nothing);
            return Some(Authorization::Basic { username, password });
        }
        if let Some(oauth2) = &self.oauth2 {
            return Some(Authorization::OAuth2(Box::new(oauth2.compile(file))));
        }
        let (scheme, credentials) = match &self.authorization {
            Some(authorization) => (
                authorization.scheme(),
                source(&authorization.credentials, &authorization.credentials_file)
                    .unwrap_or_else(nothing),
            ),
            None => ("Bearer", source(&self.bearer_token, &self.bearer_token_file)?),
        };
        Some(Authorization::Scheme { scheme: Arc::from(scheme), credentials })
    }
}

impl BasicAuth {
    fn check(&self, reader: &mut Reader) {
        let username = [
            !self.username.is_empty(),
            !self.username_file.is_empty(),
            !self.username_ref.is_empty(),
        ];
        let password = [
            !self.password.is_empty(),
            !self.password_file.is_empty(),
            !self.password_ref.is_empty(),
        ];
        for (name, set) in [("username", username), ("password", password)] {
            if set.iter().filter(|set| **set).count() > 1 {
                let all = format!("{name}, {name}_file & {name}_ref");
                let message = format!("at most one of basic_auth {all} must be configured");
                reader.problem(self.at, message);
            }
        }
        refuse_reference(&self.username_ref, reader);
        refuse_reference(&self.password_ref, reader);
    }
}

impl RawAuthorization {
    fn scheme(&self) -> &str {
        match self.kind.trim() {
            "" => "Bearer",
            kind => kind,
        }
    }

    fn check(&self, reader: &mut Reader) {
        if !self.credentials.is_empty() && !self.credentials_file.is_empty() {
            let all = "authorization credentials & credentials_file";
            reader.problem(self.at, format!("at most one of {all} must be configured"));
        }
        if self.scheme().eq_ignore_ascii_case("basic") {
            let message =
                r#"authorization type cannot be set to "basic", use "basic_auth" instead"#;
            reader.problem(self.kind.at, message);
        }
        refuse_reference(&self.credentials_ref, reader);
    }
}

/// Checks the name of a header; its canonical form.
fn check_name(name: &At<String>, reader: &mut Reader) -> String {
    let canonical = canonical(name);
    if RESERVED_HEADERS.contains(&canonical.as_str()) {
        let message = format!("setting header {canonical:?} is not allowed");
        reader.problem(name.at, message);
    }
    if http::HeaderName::try_from(name.as_str()).is_err() {
        reader.problem(name.at, format!("invalid header name {:?}", name.value));
    }
    canonical
}

/// Checks a header and its value.
pub(in crate::config) fn check_header(name: &At<String>, value: &Secret, reader: &mut Reader) {
    let canonical = check_name(name, reader);
    if http::HeaderValue::try_from(value.expose()).is_err() {
        reader.problem(name.at, format!("invalid value of header {canonical:?}"));
    }
}

/// A receiver's own settings replace the global ones entirely.
pub(super) fn inherit(own: &mut Option<Http>, global: &Global, reader: &mut Reader) {
    match own {
        Some(http) => http.check(reader),
        None => own.clone_from(&global.http_config),
    }
}
