//! `tls_server_config`.

use std::sync::Arc;

use crate::config::read::{At, Reader, section};
use crate::notify::integration::{SecretSource, TlsVersion};
use crate::secret::Secret;

/// TLS as a server speaks it.
#[derive(Clone, Debug, PartialEq)]
pub struct TlsServer {
    /// The certificate and those that vouch for it, as PEM.
    pub cert: SecretSource,
    /// Its private key, as PEM.
    pub key: SecretSource,
    /// Who may vouch for clients, as PEM.
    pub client_ca: Option<SecretSource>,
    /// What is asked of clients.
    pub client_auth: ClientAuth,
    /// Names of which a client's certificate must have one; any when there are none.
    pub client_allowed_sans: Vec<String>,
    /// The cipher suites of TLS 1.2, all when there are none; those of TLS 1.3 cannot be chosen.
    pub cipher_suites: Vec<CipherSuite>,
    /// The curves, best first; all when there are none.
    pub curves: Vec<Curve>,
    /// The oldest version that is spoken.
    pub min_version: TlsVersion,
    /// The newest version that is spoken.
    pub max_version: TlsVersion,
}

/// What is asked of clients.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum ClientAuth {
    /// Nothing.
    #[default]
    NoClientCert,
    /// A certificate, which they may leave out and which is not verified.
    RequestClientCert,
    /// Any certificate.
    RequireAnyClientCert,
    /// A certificate, which they may leave out and which is verified.
    VerifyClientCertIfGiven,
    /// A certificate that can be verified.
    RequireAndVerifyClientCert,
}

/// A cipher suite by its standard name.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct CipherSuite(
    /// The name.
    pub &'static str,
);

/// An elliptic curve.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// Curve25519.
    X25519,
}

/// The suites that may be named: those that Go holds to be safe.
const CIPHER_SUITES: [&str; 13] = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
];

section! {
    /// `tls_server_config`
    struct RawTls("web.TLSConfig") {
        nonempty cert: String,
        nonempty key: Secret,
        nonempty client_ca: String,
        nonempty cert_file: String,
        nonempty key_file: String,
        nonempty client_auth_type: At<String>,
        nonempty client_ca_file: String,
        nonempty cipher_suites: Vec<At<String>>,
        nonempty curve_preferences: Vec<At<String>>,
        nonempty min_version: At<String>,
        nonempty max_version: At<String>,
        nonempty prefer_server_cipher_suites: bool = true,
        nonempty client_allowed_sans: Vec<String>,
    }
}

impl RawTls {
    /// `None` when nothing asks for TLS. A file is taken before a text, as upstream takes it.
    pub(super) fn compile(
        self,
        file: &dyn Fn(&str) -> Arc<str>,
        reader: &mut Reader,
    ) -> Option<TlsServer> {
        let min_version = version(&self.min_version, TlsVersion::Tls12, reader);
        let max_version = version(&self.max_version, TlsVersion::Tls13, reader);
        let cipher_suites =
            self.cipher_suites.iter().filter_map(|name| suite(name, reader)).collect();
        let curves = self.curve_preferences.iter().filter_map(|name| curve(name, reader)).collect();
        let source = |text: &str, path: &str| match (text, path) {
            ("", "") => None,
            (_, "") => Some(SecretSource::Inline(Secret::new(text))),
            _ => Some(SecretSource::File(file(path))),
        };
        let cert = source(&self.cert, &self.cert_file);
        let key = source(self.key.expose(), &self.key_file);
        let client_ca = source(&self.client_ca, &self.client_ca_file);
        let auth = self.client_auth_type.as_str();
        if cert.is_none() && key.is_none() && client_ca.is_none() && auth.is_empty() {
            return None;
        }
        if cert.is_none() {
            reader.problem(self.at, "missing one of cert or cert_file");
        } else if key.is_none() {
            reader.problem(self.at, "missing one of key or key_file");
        }
        let client_auth = client_auth(auth).unwrap_or_else(|| {
            reader.problem(self.client_auth_type.at, format!("invalid ClientAuth: {auth}"));
            ClientAuth::RequestClientCert
        });
        if client_ca.is_some() && client_auth == ClientAuth::NoClientCert {
            reader
                .problem(self.at, "client CA's have been configured without a Client Auth Policy");
        }
        Some(TlsServer {
            cert: cert?,
            key: key?,
            client_ca,
            client_auth,
            client_allowed_sans: self.client_allowed_sans,
            cipher_suites,
            curves,
            min_version,
            max_version,
        })
    }
}

fn client_auth(name: &str) -> Option<ClientAuth> {
    Some(match name {
        "" | "NoClientCert" => ClientAuth::NoClientCert,
        "RequestClientCert" => ClientAuth::RequestClientCert,
        "RequireAnyClientCert" | "RequireClientCert" => ClientAuth::RequireAnyClientCert,
        "VerifyClientCertIfGiven" => ClientAuth::VerifyClientCertIfGiven,
        "RequireAndVerifyClientCert" => ClientAuth::RequireAndVerifyClientCert,
        _ => return None,
    })
}

fn version(name: &At<String>, otherwise: TlsVersion, reader: &mut Reader) -> TlsVersion {
    match name.as_str() {
        "" => otherwise,
        "TLS10" => TlsVersion::Tls10,
        "TLS11" => TlsVersion::Tls11,
        "TLS12" => TlsVersion::Tls12,
        "TLS13" => TlsVersion::Tls13,
        unknown => {
            reader.problem(name.at, format!("unknown TLS version: {unknown}"));
            otherwise
        }
    }
}

fn suite(name: &At<String>, reader: &mut Reader) -> Option<CipherSuite> {
    let known = CIPHER_SUITES.iter().find(|known| **known == name.as_str());
    if known.is_none() {
        reader.problem(name.at, format!("unknown cipher: {}", name.value));
    }
    known.map(|known| CipherSuite(known))
}

fn curve(name: &At<String>, reader: &mut Reader) -> Option<Curve> {
    Some(match name.as_str() {
        "CurveP256" => Curve::P256,
        "CurveP384" => Curve::P384,
        "CurveP521" => Curve::P521,
        "X25519" => Curve::X25519,
        unknown => {
            reader.problem(name.at, format!("unknown curve: {unknown}"));
            return None;
        }
    })
}
