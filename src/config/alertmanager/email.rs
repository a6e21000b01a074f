//! `email_configs`.

use std::collections::HashSet;
use std::sync::Arc;

use crate::config::read::{At, HostPort, Pairs, Reader, section};
use crate::notify::integration::{Email, Settings, Threading, TlsOptions};
use crate::secret::Secret;

use super::exclusive::secret_source;
use super::global::Global;
use super::http::canonical;
use super::tls::Tls;

section! {
    /// One of `email_configs`.
    struct RawEmail("config.plain", null: "missing email config") {
        always send_resolved: bool = false,
        nonempty to: String,
        nonempty from: String,
        nonempty hello: String,
        nonempty smarthost: HostPort,
        nonempty auth_username: String,
        nonempty auth_password: Secret,
        nonempty auth_password_file: String,
        nonempty auth_secret: Secret,
        nonempty auth_secret_file: String,
        nonempty auth_identity: String,
        nonempty headers: Pairs<String>,
        always html: String = "{{ template \"email.default.html\" . }}".to_owned(),
        nonempty text: String,
        nonempty require_tls: Option<bool>,
        nonempty tls_config: Option<Tls>,
        nonempty force_implicit_tls: Option<bool>,
        nonempty threading: Option<RawThreading>,
    }
}

section! {
    /// `threading`
    struct RawThreading("config.ThreadingConfig") {
        always enabled: bool,
        nonempty thread_by_date: String,
    }
}

impl RawEmail {
    /// Hands the global settings down and checks.
    pub(super) fn resolve(&mut self, global: &Global, reader: &mut Reader) {
        if self.to.is_empty() {
            reader.problem(self.at, "missing to address in email config");
        }
        self.resolve_headers(reader);
        self.check_threading(reader);
        self.inherit_server(global);
        self.inherit_login(global);
        if self.smarthost.port.is_empty() && global.whole {
            reader.problem(self.at, "no global SMTP smarthost set");
        } else if self.from.is_empty() && global.whole {
            reader.problem(self.at, "no global SMTP from set");
        }
        for (name, value) in [
            ("Subject", "{{ template \"email.default.subject\" . }}"),
            ("To", &self.to),
            ("From", &self.from),
        ] {
            if self.headers.iter().all(|(written, _)| written != name) {
                let name = At { at: self.at, value: name.to_owned() };
                self.headers.0.push((name, At { at: self.at, value: value.to_owned() }));
            }
        }
        if let Some(tls) = &self.tls_config {
            tls.check(reader);
        }
    }

    fn resolve_headers(&mut self, reader: &mut Reader) {
        let mut seen: HashSet<String> = HashSet::new();
        for (name, _) in &mut self.headers.0 {
            name.value = canonical(&name.value);
            if !seen.insert(name.value.clone()) {
                let message = format!("duplicate header {:?} in email config", name.value);
                reader.problem(name.at, message);
            }
            let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b':';
            if name.value.is_empty() || !name.value.bytes().all(allowed) {
                let message = format!("invalid header name {:?} in email config", name.value);
                reader.problem(name.at, message);
            }
        }
    }

    fn check_threading(&self, reader: &mut Reader) {
        let Some(threading) = self.threading.as_ref().filter(|threading| threading.enabled) else {
            return;
        };
        if !["none", "daily"].contains(&threading.thread_by_date.as_str()) {
            let message = "threading.thread_by_date must be either 'none' or 'daily'";
            reader.problem(threading.at, message);
        }
        for (name, _) in &self.headers.0 {
            if name.value == "References" || name.value == "In-Reply-To" {
                let message = format!(
                    "conflicting configuration: threading.enabled conflicts with custom {} header",
                    name.value
                );
                reader.problem(name.at, message);
            }
        }
    }

    fn inherit_server(&mut self, global: &Global) {
        if self.smarthost.port.is_empty() {
            self.smarthost = global.smtp_smarthost.clone();
        }
        if self.from.is_empty() {
            self.from.clone_from(&global.smtp_from);
        }
        if self.hello.is_empty() {
            self.hello.clone_from(&global.smtp_hello);
        }
        self.require_tls.get_or_insert(global.smtp_require_tls);
        if self.tls_config.is_none() {
            self.tls_config.clone_from(&global.smtp_tls_config);
        }
        if self.force_implicit_tls.is_none() {
            self.force_implicit_tls = global.smtp_force_implicit_tls;
        }
    }

    fn inherit_login(&mut self, global: &Global) {
        if self.auth_username.is_empty() {
            self.auth_username.clone_from(&global.smtp_auth_username);
        }
        if self.auth_password.is_empty() && self.auth_password_file.is_empty() {
            self.auth_password = global.smtp_auth_password.clone();
            self.auth_password_file.clone_from(&global.smtp_auth_password_file);
        }
        if self.auth_secret.is_empty() && self.auth_secret_file.is_empty() {
            self.auth_secret = global.smtp_auth_secret.clone();
            self.auth_secret_file.clone_from(&global.smtp_auth_secret_file);
        }
        if self.auth_identity.is_empty() {
            self.auth_identity.clone_from(&global.smtp_auth_identity);
        }
    }

    /// The integration as the pipeline has it, and whether it is told of resolved alerts. The
    /// files of `tls_config` are seen from the working directory, as Alertmanager does it.
    pub(super) fn compile(&self) -> (bool, Settings) {
        let threading = self.threading.as_ref().filter(|threading| threading.enabled);
        let as_written = |path: &str| path.to_owned();
        let mut headers: Vec<(String, String)> =
            self.headers.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        headers.sort();
        let email = Email {
            to: self.to.clone(),
            from: self.from.clone(),
            hello: self.hello.clone(),
            smarthost: (
                Arc::from(self.smarthost.host.as_str()),
                self.smarthost.number().unwrap_or_default(),
            ),
            auth_username: self.auth_username.clone(),
            auth_password: secret_source(&self.auth_password, &self.auth_password_file),
            auth_secret: secret_source(&self.auth_secret, &self.auth_secret_file),
            auth_identity: self.auth_identity.clone(),
            headers,
            html: self.html.clone(),
            text: self.text.clone(),
            require_tls: self.require_tls.unwrap_or(true),
            force_implicit_tls: self.force_implicit_tls,
            tls: self
                .tls_config
                .as_ref()
                .map_or_else(TlsOptions::default, |tls| tls.compile(&as_written)),
            threading: threading.map(|threading| match threading.thread_by_date.as_str() {
                "daily" => Threading::GroupAndDay,
                _ => Threading::Group,
            }),
        };
        (self.send_resolved, Settings::Email(Box::new(email)))
    }
}
