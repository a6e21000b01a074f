//! `tls_config`.

use std::sync::Arc;

use crate::config::read::{At, Reader, section};
use crate::notify::integration::{SecretSource, TlsOptions, TlsVersion};
use crate::secret::Secret;

use super::exclusive::secret_source;

section! {
    /// `tls_config`
    struct Tls("config.plain") {
        nonempty ca: String,
        nonempty cert: String,
        nonempty key: Secret,
        nonempty ca_file: String,
        nonempty cert_file: String,
        nonempty key_file: String,
        nonempty ca_ref: At<String>,
        nonempty cert_ref: At<String>,
        nonempty key_ref: At<String>,
        nonempty server_name: String,
        always insecure_skip_verify: bool,
        nonempty min_version: At<String>,
        nonempty max_version: At<String>,
    }
}

impl Tls {
    /// Checks what belongs together and what excludes each other.
    pub(super) fn check(&self, reader: &mut Reader) {
        let ca = [!self.ca.is_empty(), !self.ca_file.is_empty(), !self.ca_ref.is_empty()];
        let cert = [!self.cert.is_empty(), !self.cert_file.is_empty(), !self.cert_ref.is_empty()];
        let key = [!self.key.is_empty(), !self.key_file.is_empty(), !self.key_ref.is_empty()];
        for (name, set) in [("ca", ca), ("cert", cert), ("key", key)] {
            if set.iter().filter(|set| **set).count() > 1 {
                let message =
                    format!("at most one of {name}, {name}_file & {name}_ref must be configured");
                reader.problem(self.at, message);
            }
        }
        for (has, lacks, what, whose) in [
            (cert.contains(&true), !key.contains(&true), "key or key_file", "certificate"),
            (key.contains(&true), !cert.contains(&true), "cert or cert_file", "key"),
        ] {
            if has && lacks {
                let message = format!(
                    "exactly one of {what} must be configured when a client {whose} is configured"
                );
                reader.problem(self.at, message);
            }
        }
        for reference in [&self.ca_ref, &self.cert_ref, &self.key_ref] {
            refuse_reference(reference, reader);
        }
        for version in [&self.min_version, &self.max_version] {
            if !version.is_empty() && tls_version(version).is_none() {
                let message = format!("unknown TLS version: {}", version.value);
                reader.problem(version.at, message);
            }
        }
    }

    /// `file` turns a file's path into what is opened.
    pub(super) fn compile(&self, file: &dyn Fn(&str) -> String) -> TlsOptions {
        let source = |inline: &Secret, path: &str| match path {
            "" => secret_source(inline, ""),
            path => Some(SecretSource::File(Arc::from(file(path)))),
        };
        TlsOptions {
            ca: source(&Secret::new(self.ca.as_str()), &self.ca_file),
            cert: source(&Secret::new(self.cert.as_str()), &self.cert_file),
            key: source(&self.key, &self.key_file),
            server_name: (!self.server_name.is_empty()).then(|| self.server_name.as_str().into()),
            insecure_skip_verify: self.insecure_skip_verify,
            min_version: tls_version(&self.min_version),
            max_version: tls_version(&self.max_version),
        }
    }
}

/// Secret managers do not exist here.
pub(super) fn refuse_reference(reference: &At<String>, reader: &mut Reader) {
    if !reference.is_empty() {
        let message = "references to a secret manager are not supported yet: write the value \
                       itself or name a file";
        reader.problem(reference.at, message);
    }
}

fn tls_version(name: &str) -> Option<TlsVersion> {
    match name {
        "TLS10" => Some(TlsVersion::Tls10),
        "TLS11" => Some(TlsVersion::Tls11),
        "TLS12" => Some(TlsVersion::Tls12),
        "TLS13" => Some(TlsVersion::Tls13),
        _ => None,
    }
}
