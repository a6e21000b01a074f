//! TLS towards receivers: what a `tls_config` means in rustls' words.

use std::sync::{Arc, OnceLock};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

use crate::notify::integration::{TlsOptions, TlsVersion};
use crate::secret::Secret;

use super::secrets::{self, SecretFileError};
use super::verify::{Trust, Verifier};

/// Why no TLS can be spoken with these options.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    #[error("no certificate found in {0}: is it PEM?")]
    NoCertificate(&'static str),
    #[error("bad certificate in ca: {0}")]
    BadAuthority(rustls::Error),
    #[error("no private key found in key: is it PEM?")]
    NoKey,
    #[error("cert and key do not serve: {0}")]
    BadIdentity(rustls::Error),
    #[error("min_version and max_version leave no version that is spoken: TLS12 and TLS13 are")]
    NoVersion,
    #[error("server name {0:?} is no host name or address")]
    BadName(Arc<str>, #[source] InvalidDnsNameError),
}

/// [`TlsOptions`] with the files' contents instead of their names.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct TlsMaterial {
    ca: Option<Secret>,
    cert: Option<Secret>,
    key: Option<Secret>,
    server_name: Option<Arc<str>>,
    insecure_skip_verify: bool,
    min_version: Option<TlsVersion>,
    max_version: Option<TlsVersion>,
}

impl TlsMaterial {
    /// Reads what the options name.
    pub(super) async fn read(options: &TlsOptions) -> Result<TlsMaterial, SecretFileError> {
        Ok(TlsMaterial {
            ca: secrets::resolve_some(options.ca.as_ref()).await?,
            cert: secrets::resolve_some(options.cert.as_ref()).await?,
            key: secrets::resolve_some(options.key.as_ref()).await?,
            server_name: options.server_name.clone(),
            insecure_skip_verify: options.insecure_skip_verify,
            min_version: options.min_version,
            max_version: options.max_version,
        })
    }

    /// The configuration of a client that offers these application protocols, best first.
    pub(super) fn client_config(&self, protocols: &[&str]) -> Result<ClientConfig, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let verifier = Arc::new(Verifier::new(Arc::clone(&provider), self.trust()?));
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&self.versions())
            .map_err(|_| TlsError::NoVersion)?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match self.identity()? {
            Some((chain, key)) => {
                builder.with_client_auth_cert(chain, key).map_err(TlsError::BadIdentity)?
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols =
            protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Ok(config)
    }

    /// The name to ask the server for: the configured one, or the host's.
    pub(super) fn server_name(&self, host: &str) -> Result<ServerName<'static>, TlsError> {
        parse_name(self.server_name.as_deref().unwrap_or(host))
    }

    fn versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        let spoken = [
            (TlsVersion::Tls12, &rustls::version::TLS12),
            (TlsVersion::Tls13, &rustls::version::TLS13),
        ];
        spoken
            .into_iter()
            .filter(|(version, _)| self.min_version.is_none_or(|least| *version >= least))
            .filter(|(version, _)| self.max_version.is_none_or(|most| *version <= most))
            .map(|(_, supported)| supported)
            .collect()
    }

    fn trust(&self) -> Result<Trust, TlsError> {
        if self.insecure_skip_verify {
            return Ok(Trust::Anyone);
        }
        let (roots, pinned) = match &self.ca {
            Some(ca) => authorities(ca)?,
            None => (system_roots(), Vec::new()),
        };
        let name = self.server_name.as_deref().map(parse_name).transpose()?;
        Ok(Trust::Authorities { roots, pinned, name })
    }

    fn identity(&self) -> Result<Option<Identity>, TlsError> {
        let (Some(cert), Some(key)) = (&self.cert, &self.key) else { return Ok(None) };
        let chain = certificates(cert, "cert")?;
        let key =
            PrivateKeyDer::from_pem_slice(key.expose().as_bytes()).map_err(|_| TlsError::NoKey)?;
        Ok(Some((chain, key)))
    }
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn parse_name(name: &str) -> Result<ServerName<'static>, TlsError> {
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    ServerName::try_from(bare.to_owned())
        .map_err(|source| TlsError::BadName(Arc::from(name), source))
}

fn authorities(
    ca: &Secret,
) -> Result<(Arc<RootCertStore>, Vec<CertificateDer<'static>>), TlsError> {
    let pinned = certificates(ca, "ca")?;
    let mut roots = RootCertStore::empty();
    for certificate in &pinned {
        roots.add(certificate.clone()).map_err(TlsError::BadAuthority)?;
    }
    Ok((Arc::new(roots), pinned))
}

fn certificates(
    pem: &Secret,
    field: &'static str,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(pem.expose().as_bytes()).collect();
    match found {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(TlsError::NoCertificate(field)),
    }
}

/// The system's authorities, read once: they take milliseconds.
fn system_roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    Arc::clone(ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(roots)
    }))
}

#[cfg(test)]
mod tests;
