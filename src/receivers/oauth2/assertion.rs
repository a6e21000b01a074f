//! The signed statement by which a client asks for a token.
//! (Source: RFC 7523, section 3; RFC 7515, section 3.1 for its form.)

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Map, Value, json};

use crate::notify::oauth2::{JwtBearer, OAuth2, SignatureAlgorithm};
use crate::secret::Secret;

use super::TokenError;

/// The grant's name.
pub(super) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How long a statement is good.
const LIFETIME: Duration = Duration::from_secs(600);

/// A statement of now, signed with the key of this PEM.
pub(super) fn sign(
    settings: &OAuth2,
    statement: &JwtBearer,
    key: &Secret,
) -> Result<String, TokenError> {
    let key = key_pair(key)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let id = uuid::Uuid::new_v4().to_string();
    let signed =
        format!("{}.{}", encoded(&head(statement)), encoded(&claims(settings, statement, now, id)));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(padding(statement.algorithm), &SystemRandom::new(), signed.as_bytes(), &mut signature)
        .map_err(|_| TokenError::Key("the key does not sign"))?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn head(statement: &JwtBearer) -> Value {
    let mut head = json!({"alg": statement.algorithm.name(), "typ": "JWT"});
    if let Some(id) = &statement.key_id {
        head["kid"] = Value::from(&**id);
    }
    head
}

/// The user's own claims win.
fn claims(settings: &OAuth2, statement: &JwtBearer, now: Duration, id: String) -> Value {
    let or = |text: &Option<std::sync::Arc<str>>, other: &str| {
        Value::from(text.as_deref().unwrap_or(other))
    };
    let mut claims = Map::new();
    claims.insert("iss".into(), or(&statement.issuer, &settings.client_id));
    claims.insert("sub".into(), Value::from(&*settings.client_id));
    claims.insert("aud".into(), or(&statement.audience, &settings.token_url));
    claims.insert("jti".into(), id.into());
    claims.insert("iat".into(), now.as_secs().into());
    claims.insert("exp".into(), (now + LIFETIME).as_secs().into());
    if !settings.scopes.is_empty() {
        claims.insert("scope".into(), settings.scopes.join(" ").into());
    }
    claims.extend(statement.claims.iter().map(|(name, value)| (name.clone(), value.clone())));
    Value::Object(claims)
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn padding(algorithm: SignatureAlgorithm) -> &'static dyn RsaEncoding {
    match algorithm {
        SignatureAlgorithm::Rs256 => &RSA_PKCS1_SHA256,
        SignatureAlgorithm::Rs384 => &RSA_PKCS1_SHA384,
        SignatureAlgorithm::Rs512 => &RSA_PKCS1_SHA512,
    }
}

fn key_pair(pem: &Secret) -> Result<RsaKeyPair, TokenError> {
    let der = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes())
        .map_err(|_| TokenError::Key("no private key found in it: is it PEM?"))?;
    let pair = match &der {
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
        PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
        _ => return Err(TokenError::Key("it is not an RSA key")),
    };
    pair.map_err(|_| TokenError::Key("it is not an RSA key of 2048 to 4096 bits"))
}
