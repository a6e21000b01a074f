//! What is asked of clients' certificates. (Source: Go's `tls.ClientAuthType`, and the
//! exporter-toolkit for `client_allowed_sans`.)

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    SignatureScheme,
};

use crate::config::web::{ClientAuth, TlsServer};

use super::names::alternative_names;

/// See the module.
pub(super) struct Clients {
    /// Who vouches for them; `None` when nobody has to.
    vouched: Option<Arc<dyn ClientCertVerifier>>,
    required: Required,
    /// Names of which a certificate must have one, unless there are none.
    names: Vec<String>,
    algorithms: WebPkiSupportedAlgorithms,
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Required {
    Yes,
    No,
}

/// What is asked of clients; `None` when nothing is. `authorities` are those of the
/// configuration as PEM, the system's when there are none.
pub(super) fn clients(
    tls: &TlsServer,
    authorities: Option<&str>,
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Arc<Clients>>, String> {
    let (verified, required) = match tls.client_auth {
        ClientAuth::NoClientCert => return Ok(None),
        ClientAuth::RequestClientCert => (false, Required::No),
        ClientAuth::RequireAnyClientCert => (false, Required::Yes),
        ClientAuth::VerifyClientCertIfGiven => (true, Required::No),
        ClientAuth::RequireAndVerifyClientCert => (true, Required::Yes),
    };
    let vouched = if verified { Some(vouched(authorities, provider)?) } else { None };
    let names = tls.client_allowed_sans.clone();
    // a name cannot be checked where there is no certificate
    let required = if names.is_empty() { required } else { Required::Yes };
    let algorithms = provider.signature_verification_algorithms;
    Ok(Some(Arc::new(Clients { vouched, required, names, algorithms })))
}

fn vouched(
    authorities: Option<&str>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let roots = match authorities {
        Some(text) => own(text)?,
        None => of_the_system(),
    };
    let builder = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider));
    builder.build().map_err(|error| format!("client_ca: {error}"))
}

fn own(text: &str) -> Result<Arc<RootCertStore>, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
        let certificate = certificate.map_err(|error| format!("client_ca: {error}"))?;
        roots.add(certificate).map_err(|error| format!("client_ca: {error}"))?;
    }
    if roots.is_empty() {
        return Err("client_ca has no certificate".to_owned());
    }
    Ok(Arc::new(roots))
}

/// The system's authorities, read once: they take milliseconds.
fn of_the_system() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    Arc::clone(ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(roots)
    }))
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").field("names", &self.names).finish_non_exhaustive()
    }
}

impl ClientCertVerifier for Clients {
    fn client_auth_mandatory(&self) -> bool {
        self.required == Required::Yes
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.vouched.as_ref().map_or(&[], |vouched| vouched.root_hint_subjects())
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if let Some(vouched) = &self.vouched {
            vouched.verify_client_cert(end_entity, intermediates, now)?;
        }
        let is_allowed = |name: &String| self.names.contains(name);
        if self.names.is_empty() || alternative_names(end_entity).iter().any(is_allowed) {
            return Ok(ClientCertVerified::assertion());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
