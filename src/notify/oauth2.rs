//! Tokens that a server gives out, for the `Authorization` header.

use std::sync::Arc;

use super::integration::{HttpOptions, SecretSource};

/// How a token is asked for. (Source: Prometheus docs, "oauth2".)
#[derive(Clone, Debug, PartialEq)]
pub struct OAuth2 {
    /// Who asks.
    pub client_id: Arc<str>,
    /// By what right.
    pub grant: Grant,
    /// What the token is to be good for.
    pub scopes: Vec<String>,
    /// Who is asked.
    pub token_url: Arc<str>,
    /// What else is said; with client credentials only.
    pub parameters: Vec<(String, String)>,
    /// How the request is made: its TLS and its proxy.
    pub http: HttpOptions,
}

/// By what right a token is given.
#[derive(Clone, Debug, PartialEq)]
pub enum Grant {
    /// The client's own secret. (Source: RFC 6749, section 4.4.)
    ClientCredentials {
        /// The secret.
        secret: Option<SecretSource>,
    },
    /// A signed statement. (Source: RFC 7523, section 2.1.)
    JwtBearer(Box<JwtBearer>),
}

/// What a signed statement says, and by which key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JwtBearer {
    /// PEM of the RSA key.
    pub key: Option<SecretSource>,
    /// How the server knows the key.
    pub key_id: Option<Arc<str>>,
    /// How it is signed.
    pub algorithm: SignatureAlgorithm,
    /// Who says it; the client when none is named.
    pub issuer: Option<Arc<str>>,
    /// To whom; the token's address when none is named.
    pub audience: Option<Arc<str>>,
    /// What else it says.
    pub claims: serde_json::Map<String, serde_json::Value>,
}

/// RSA with PKCS #1 padding. (Source: RFC 7518, section 3.3.)
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// With SHA-256.
    #[default]
    Rs256,
    /// With SHA-384.
    Rs384,
    /// With SHA-512.
    Rs512,
}

impl SignatureAlgorithm {
    /// Its name in a statement's head.
    pub fn name(self) -> &'static str {
        match self {
            SignatureAlgorithm::Rs256 => "RS256",
            SignatureAlgorithm::Rs384 => "RS384",
            SignatureAlgorithm::Rs512 => "RS512",
        }
    }
}
