//! What a server shows of itself: its certificate and the key that belongs to it.
//! (Source of the texts: Go's `crypto/tls`, exporter-toolkit.)

use std::io::ErrorKind;
use std::path::Path;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::config::web::TlsServer;
use crate::drivers::load::read_text;
use crate::notify::integration::SecretSource;

/// The texts that a configuration names, as they are now.
#[derive(Clone, PartialEq, Eq)]
pub struct Material {
    /// The certificate and those that vouch for it, as PEM.
    pub certificate: String,
    /// Its private key, as PEM.
    pub key: String,
    /// Who may vouch for clients, as PEM.
    pub client_ca: Option<String>,
}

impl Material {
    /// Reads what a configuration names.
    ///
    /// # Errors
    /// Which file cannot be read, and why.
    pub fn read(tls: &TlsServer) -> Result<Material, String> {
        Ok(Material {
            certificate: named("cert_file", &tls.cert)?,
            key: named("key_file", &tls.key)?,
            client_ca: tls.client_ca.as_ref().map(read).transpose()?,
        })
    }

    /// Certificate and key, which belong together.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn identity(&self) -> Result<CertifiedKey, String> {
        let pair = |text: String| format!("failed to load X509KeyPair: tls: {text}");
        let chain = chain(&self.certificate).map_err(pair)?;
        let key = private_key(&self.key).map_err(pair)?;
        CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                pair("private key does not match public key".into())
            }
            error => pair(error.to_string()),
        })
    }
}

fn named(field: &str, source: &SecretSource) -> Result<String, String> {
    read(source).map_err(|error| match source {
        SecretSource::File(path) => format!("failed to read {field} ({path}): {error}"),
        SecretSource::Inline(_) => error,
    })
}

fn read(source: &SecretSource) -> Result<String, String> {
    let path = match source {
        SecretSource::Inline(text) => return Ok(text.expose().to_owned()),
        SecretSource::File(path) => path,
    };
    let problem = match std::fs::metadata(&**path).map_err(|error| error.kind()) {
        Ok(_) => {
            return read_text(Path::new(&**path)).map_err(|error| format!("open {path}: {error}"));
        }
        Err(ErrorKind::NotFound) => "no such file or directory".to_owned(),
        Err(ErrorKind::PermissionDenied) => "permission denied".to_owned(),
        Err(kind) => kind.to_string(),
    };
    Err(format!("open {path}: {problem}"))
}

fn chain(text: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let chain = chain.map_err(|error| error.to_string())?;
    let problem = match PrivateKeyDer::from_pem_slice(text.as_bytes()) {
        _ if !chain.is_empty() => return Ok(chain),
        Ok(_) => {
            "failed to find certificate PEM data in certificate input, but did find a private \
             key; PEM inputs may have been switched"
        }
        Err(_) => "failed to find any PEM data in certificate input",
    };
    Err(problem.to_owned())
}

fn private_key(text: &str) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
        let problem = match CertificateDer::from_pem_slice(text.as_bytes()) {
            Ok(_) => "found a certificate rather than a key in the PEM for the private key",
            Err(_) => "failed to find any PEM data in key input",
        };
        problem.to_owned()
    })
}
