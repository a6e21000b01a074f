//! `check web-config`. (Source of the texts: promtool, Go's `crypto/tls`, exporter-toolkit.)

use std::path::PathBuf;

use crate::api::listener::identity::Material;
use crate::config::ConfigErrors;
use crate::config::web::{self, TlsServer};
use anyhow::Result;
use clap::Args;

use super::input;
use super::report::{LintVerdict, Report, Severity, Subject};

/// Check web configurations: TLS, users, headers, and the certificates that they name.
#[derive(Args)]
#[command(
    after_help = "Exit codes: 0 good, 1 a file is refused.\n\nExample:\n  firebell check web-config web.yml"
)]
pub(in crate::cli) struct Arguments {
    /// Web configurations.
    #[arg(required = true, value_name = "WEB-CONFIG-FILES")]
    files: Vec<PathBuf>,
}

/// Checks what was asked for.
pub(in crate::cli) fn check(arguments: &Arguments) -> Result<Report> {
    input::must_exist(&arguments.files)?;
    let files = input::all(&arguments.files).into_iter();
    let subjects = files.map(|(name, text)| subject(&name, text)).collect();
    Ok(Report { subjects, lint: LintVerdict::default(), ..Report::default() })
}

fn subject(name: &str, text: Result<String, String>) -> Subject {
    let mut subject = Subject::new(name, "web-config");
    let parsed = match text {
        Ok(text) => web::parse(name, &text),
        Err(message) => {
            subject.err(format!("{name} FAILED: {message}"));
            subject.find(Severity::Error, "unreadable", None, message);
            return subject;
        }
    };
    match parsed {
        Err(errors) => {
            subject.err(format!("{name} FAILED: {}", told(&errors)));
            for error in errors.0 {
                let place = Some((error.line, error.column));
                subject.find(Severity::Error, "web-config", place, error.message);
            }
        }
        Ok(config) => match config.tls.as_ref().map_or(Ok(()), identity) {
            Ok(()) => subject.err(format!("{name} SUCCESS")),
            Err(message) => {
                subject.err(format!("{name} FAILED: {message}"));
                subject.find(Severity::Error, "tls", None, message);
            }
        },
    }
    subject
}

/// The errors as promtool tells them: all about the shape of the file, or else the first.
pub(in crate::cli) fn told(errors: &ConfigErrors) -> String {
    let is_shape =
        |message: &str| ["field ", "cannot unmarshal "].iter().any(|it| message.starts_with(it));
    let shape = errors.0.iter().filter(|error| is_shape(&error.message));
    let shape: Vec<String> =
        shape.map(|error| format!("  line {}: {}", error.line, error.message)).collect();
    if !shape.is_empty() {
        return format!("yaml: unmarshal errors:\n{}", shape.join("\n"));
    }
    errors.0.first().map(|error| error.message.clone()).unwrap_or_default()
}

/// Whether certificate and key can be read and belong together.
fn identity(tls: &TlsServer) -> Result<(), String> {
    Material::read(tls)?.identity().map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::report::Said;
    use super::*;

    /// What is said of a file beside a certificate, its key, another key and no PEM.
    fn said(text: &str) -> String {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let made = || rcgen::generate_simple_self_signed(vec!["x".to_owned()]).unwrap();
        let (one, other) = (made(), made());
        write("cert.pem", &one.cert.pem());
        write("key.pem", &one.signing_key.serialize_pem());
        write("other.pem", &other.signing_key.serialize_pem());
        write("junk.pem", "hello\n");
        let name = write("web.yml", text);
        let said = subject(&name, Ok(text.to_owned())).said;
        let [Said::Err(line)] = said.as_slice() else { panic!("{said:?}") };
        line.replace(&format!("{}/", directory.path().display()), "")
    }

    #[test]
    fn certificates_and_keys_are_tried() {
        let check = |cert: &str, key: &str, expected: &str| {
            let text = format!("tls_server_config: {{cert_file: {cert}, key_file: {key}}}\n");
            assert_eq!(said(&text), format!("web.yml {expected}"), "{cert} {key}");
        };
        check("cert.pem", "key.pem", "SUCCESS");
        let failed = |text: &str| format!("FAILED: failed to load X509KeyPair: tls: {text}");
        check("cert.pem", "other.pem", &failed("private key does not match public key"));
        check("junk.pem", "key.pem", &failed("failed to find any PEM data in certificate input"));
        check("cert.pem", "junk.pem", &failed("failed to find any PEM data in key input"));
        let switched = "failed to find certificate PEM data in certificate input, but did find a \
                        private key; PEM inputs may have been switched";
        check("key.pem", "cert.pem", &failed(switched));
        let missing = "FAILED: failed to read key_file (no.pem): open no.pem: no such file or \
                       directory";
        check("cert.pem", "no.pem", missing);
    }

    #[test]
    fn mistakes_in_the_shape_of_the_file_have_lines() {
        let unknown = "web.yml FAILED: yaml: unmarshal errors:\n  line 1: field foo not found in \
                       type web.Config";
        assert_eq!(said("foo: 1\n"), unknown);
        let missing = "web.yml FAILED: missing one of key or key_file";
        assert_eq!(said("tls_server_config: {cert_file: c.pem}\n"), missing);
        assert_eq!(said(""), "web.yml SUCCESS");
    }
}
