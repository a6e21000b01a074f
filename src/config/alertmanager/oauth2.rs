//! `oauth2`. (Source: Prometheus docs, "oauth2"; checks and texts of `prometheus/common/config`.)

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::config::read::{At, Pairs, ProxyUrl, Reader, section};
use crate::notify::integration::{HttpOptions, Payload, SecretSource};
use crate::notify::oauth2::{Grant, JwtBearer, OAuth2, SignatureAlgorithm};
use crate::secret::Secret;

use super::exclusive::secret_source;
use super::proxy::ProxyKeys;
use super::tls::{Tls, refuse_reference};

/// The grant of RFC 7523; everything else means client credentials.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

section! {
    /// `oauth2`
    struct RawOAuth2("config.plain") {
        always client_id: String,
        nonempty client_secret: Secret,
        nonempty client_secret_file: String,
        nonempty client_secret_ref: At<String>,
        nonempty client_certificate_key_id: String,
        nonempty client_certificate_key: Secret,
        nonempty client_certificate_key_file: String,
        nonempty client_certificate_key_ref: At<String>,
        nonempty grant_type: String,
        nonempty signature_algorithm: At<String>,
        nonempty iss: String,
        nonempty audience: String,
        nonempty claims: Pairs<Payload>,
        nonempty scopes: Vec<String>,
        always token_url: String,
        nonempty endpoint_params: Pairs<String>,
        nonempty tls_config: Option<Tls>,
        nonempty proxy_url: Option<ProxyUrl>,
        nonempty no_proxy: String,
        nonempty proxy_from_environment: bool,
        nonempty proxy_connect_header: Pairs<Vec<Secret>>,
    }
}

impl RawOAuth2 {
    pub(super) fn check(&self, reader: &mut Reader) {
        for (name, missing) in
            [("client_id", self.client_id.is_empty()), ("token_url", self.token_url.is_empty())]
        {
            if missing && self.whole {
                reader.problem(self.at, format!("oauth2 {name} must be configured"));
            }
        }
        self.check_grant(reader);
        self.proxy().check(self.at, reader);
        if let Some(tls) = &self.tls_config {
            tls.check(reader);
        }
        refuse_reference(&self.client_secret_ref, reader);
        refuse_reference(&self.client_certificate_key_ref, reader);
    }

    /// Only what the grant uses is looked at.
    fn check_grant(&self, reader: &mut Reader) {
        let jwt = self.grant_type == JWT_BEARER;
        let (name, set, grant) = if jwt {
            let set = [
                !self.client_certificate_key.is_empty(),
                !self.client_certificate_key_file.is_empty(),
                !self.client_certificate_key_ref.is_empty(),
            ];
            ("client_certificate_key", set, JWT_BEARER)
        } else {
            let set = [
                !self.client_secret.is_empty(),
                !self.client_secret_file.is_empty(),
                !self.client_secret_ref.is_empty(),
            ];
            ("client_secret", set, "client_credentials")
        };
        if set.iter().filter(|set| **set).count() > 1 {
            let all = format!("{name}, {name}_file & {name}_ref");
            let message =
                format!("at most one of oauth2 {all} must be configured using grant-type={grant}");
            reader.problem(self.at, message);
        }
        if jwt && algorithm(&self.signature_algorithm).is_none() {
            let message = "valid signature algorithms are RS256, RS384 and RS512";
            reader.problem(self.signature_algorithm.at, message);
        }
    }

    /// `file` turns a file's path into what is opened.
    pub(super) fn compile(&self, file: &dyn Fn(&str) -> String) -> OAuth2 {
        let tls = self.tls_config.as_ref().map(|tls| tls.compile(file)).unwrap_or_default();
        let mut http = HttpOptions { tls, ..HttpOptions::default() };
        self.proxy().compile(&mut http);
        let parameters: BTreeMap<_, _> = self.endpoint_params.iter().collect();
        OAuth2 {
            client_id: Arc::from(self.client_id.as_str()),
            grant: self.grant(file),
            scopes: self.scopes.clone(),
            token_url: Arc::from(self.token_url.as_str()),
            parameters: parameters
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.clone()))
                .collect(),
            http,
        }
    }

    fn grant(&self, file: &dyn Fn(&str) -> String) -> Grant {
        let source = |inline: &Secret, path: &str| -> Option<SecretSource> {
            secret_source(inline, &if path.is_empty() { String::new() } else { file(path) })
        };
        if self.grant_type != JWT_BEARER {
            return Grant::ClientCredentials {
                secret: source(&self.client_secret, &self.client_secret_file),
            };
        }
        let text = |text: &str| (!text.is_empty()).then(|| Arc::from(text));
        Grant::JwtBearer(Box::new(JwtBearer {
            key: source(&self.client_certificate_key, &self.client_certificate_key_file),
            key_id: text(&self.client_certificate_key_id),
            algorithm: algorithm(&self.signature_algorithm).unwrap_or_default(),
            issuer: text(&self.iss),
            audience: text(&self.audience),
            claims: sorted(self.claims.iter()),
        }))
    }

    fn proxy(&self) -> ProxyKeys<'_> {
        ProxyKeys {
            proxy_url: self.proxy_url.as_ref(),
            no_proxy: &self.no_proxy,
            from_environment: self.proxy_from_environment,
            connect_header: &self.proxy_connect_header,
        }
    }
}

fn algorithm(name: &str) -> Option<SignatureAlgorithm> {
    match name {
        "" | "RS256" => Some(SignatureAlgorithm::Rs256),
        "RS384" => Some(SignatureAlgorithm::Rs384),
        "RS512" => Some(SignatureAlgorithm::Rs512),
        _ => None,
    }
}

/// A claim as it is written: nothing in it is a template.
fn json(claim: &Payload) -> Value {
    match claim {
        Payload::Text(text) => text.as_str().into(),
        Payload::Plain(value) => value.clone(),
        Payload::List(items) => items.iter().map(json).collect(),
        Payload::Map(entries) => {
            sorted(entries.iter().map(|(name, value)| (name.as_str(), value))).into()
        }
    }
}

/// Claims in name order, however they are written.
fn sorted<'a>(claims: impl Iterator<Item = (&'a str, &'a Payload)>) -> Map<String, Value> {
    let claims: BTreeMap<_, _> = claims.collect();
    claims.into_iter().map(|(name, claim)| (name.to_owned(), json(claim))).collect()
}
