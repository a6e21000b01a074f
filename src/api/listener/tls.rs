//! A web configuration's TLS as rustls wants it.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, SupportedKxGroup, ring};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    CipherSuite as Number, ServerConfig, SupportedCipherSuite, SupportedProtocolVersion, version,
};

use crate::config::web::{CipherSuite, Curve, Protocols, TlsServer};
use crate::notify::integration::TlsVersion;

use super::identity::Material;
use super::verify;

/// Builds it. What is older than TLS 1.2 and suites without authenticated encryption are not
/// spoken, even when they are asked for; an error says when nothing is left.
pub(super) fn server_config(
    tls: &TlsServer,
    protocols: Protocols,
    material: &Material,
) -> Result<ServerConfig, String> {
    let provider = Arc::new(provider(tls)?);
    let versions = versions(tls)?;
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions)
        .map_err(|error| format!("tls_server_config: {error}"))?;
    let clients = verify::clients(tls, material.client_ca.as_deref(), &provider)?;
    let builder = match clients {
        Some(clients) => builder.with_client_cert_verifier(clients),
        None => builder.with_client_cert_verifier(WebPkiClientVerifier::no_client_auth()),
    };
    let identity = Arc::new(rustls::sign::SingleCertAndKey::from(material.identity()?));
    let mut config = builder.with_cert_resolver(identity);
    let names: &[&[u8]] = match protocols {
        Protocols::Http2AndHttp1 => &[b"h2", b"http/1.1"],
        Protocols::Http1 => &[b"http/1.1"],
    };
    config.alpn_protocols = names.iter().map(|name| name.to_vec()).collect();
    Ok(config)
}

fn versions(tls: &TlsServer) -> Result<Vec<&'static SupportedProtocolVersion>, String> {
    let known = [(TlsVersion::Tls13, &version::TLS13), (TlsVersion::Tls12, &version::TLS12)];
    let wanted = tls.min_version..=tls.max_version;
    let spoken = known.into_iter().filter(|(version, _)| wanted.contains(version));
    let spoken: Vec<_> = spoken.map(|(_, version)| version).collect();
    if spoken.is_empty() {
        return Err("min_version and max_version leave nothing: TLS12 and TLS13 are spoken".into());
    }
    Ok(spoken)
}

fn provider(tls: &TlsServer) -> Result<CryptoProvider, String> {
    let mut provider = ring::default_provider();
    if !tls.cipher_suites.is_empty() {
        let is_wanted = |suite: &SupportedCipherSuite| {
            suite.version() == &version::TLS13 || tls.cipher_suites.contains(&named(suite.suite()))
        };
        provider.cipher_suites.retain(is_wanted);
        let has_older = provider.cipher_suites.iter().any(|it| it.version() == &version::TLS12);
        if !has_older && tls.max_version <= TlsVersion::Tls12 {
            return Err("cipher_suites leave nothing that is spoken: name one of the GCM or \
                        CHACHA20 suites"
                .into());
        }
    }
    if !tls.curves.is_empty() {
        let groups: Vec<_> = tls.curves.iter().filter_map(|curve| group(*curve)).collect();
        if groups.is_empty() {
            return Err("curve_preferences leave nothing: X25519, CurveP256 and CurveP384 are \
                        spoken"
                .into());
        }
        provider.kx_groups = groups;
    }
    Ok(provider)
}

/// A suite of TLS 1.2 by the name that a configuration has for it.
fn named(suite: Number) -> CipherSuite {
    CipherSuite(match suite {
        Number::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => {
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
        }
        Number::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => {
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
        }
        Number::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => {
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
        }
        Number::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        Number::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        Number::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => {
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
        }
        _ => "",
    })
}

fn group(curve: Curve) -> Option<&'static dyn SupportedKxGroup> {
    match curve {
        Curve::X25519 => Some(ring::kx_group::X25519),
        Curve::P256 => Some(ring::kx_group::SECP256R1),
        Curve::P384 => Some(ring::kx_group::SECP384R1),
        // ring does not have it
        Curve::P521 => None,
    }
}
