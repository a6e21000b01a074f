//! `alerting`.

use crate::config::alertmanager::Anything;
use crate::config::read::{At, Field, PromDuration, Reader, Yaml, section};
use crate::config::yaml::{Entry, Node, Position};
use crate::time::Span;

use super::relabel::{self, RawRelabel};

/// How long an Alertmanager may take when the file does not say.
const TIMEOUT: Span = Span::from_secs(10);

section! {
    /// `alerting`
    struct RawAlerting("config.plain") {
        nonempty alert_relabel_configs: Vec<RawRelabel>,
        nonempty alertmanagers: Vec<Discovered>,
    }
}

section! {
    /// One of `alertmanagers`.
    struct RawAlertmanager("config.plain") {
        nonempty scheme: String = "http".to_owned(),
        nonempty path_prefix: String,
        nonempty timeout: PromDuration = PromDuration(TIMEOUT),
        nonempty api_version: At<String>,
        nonempty static_configs: Vec<StaticConfig>,
        nonempty relabel_configs: Vec<RawRelabel>,
        nonempty alert_relabel_configs: Vec<RawRelabel>,
        nonempty sigv4: Option<At<Anything>>,
        nonempty basic_auth: Option<At<Anything>>,
        nonempty authorization: Option<At<Anything>>,
        nonempty oauth2: Option<At<Anything>>,
        nonempty bearer_token: Anything,
        nonempty bearer_token_file: Anything,
        nonempty tls_config: Anything,
        nonempty proxy_url: Anything,
        nonempty no_proxy: Anything,
        nonempty proxy_from_environment: Anything,
        nonempty proxy_connect_header: Anything,
        nonempty follow_redirects: bool = true,
        nonempty enable_http2: bool = true,
        nonempty http_headers: Anything,
    }
}

section! {
    /// One of `static_configs`.
    struct StaticConfig("struct") {
        nonempty targets: Vec<At<String>>,
        nonempty labels: Anything,
    }
}

/// An Alertmanager, however it is found: the many `*_sd_configs` are not looked into.
#[derive(Clone, Debug)]
pub(in crate::config) struct Discovered(RawAlertmanager);

impl Field for Discovered {
    fn read(node: &Node, reader: &mut Reader) -> Option<Discovered> {
        let Node::Map(at, entries) = node else {
            return RawAlertmanager::read(node, reader).map(Discovered);
        };
        let looked_into = |entry: &&Entry| !entry.key.text.ends_with("_sd_configs");
        let entries = entries.iter().filter(looked_into).cloned().collect();
        RawAlertmanager::read(&Node::Map(*at, entries), reader).map(Discovered)
    }

    fn null(at: Position, reader: &mut Reader) -> Option<Discovered> {
        reader.problem(at, "empty or null alertmanager config section");
        None
    }

    fn write(&self) -> Yaml {
        self.0.write()
    }
}

impl RawAlerting {
    pub(super) fn check(&self, reader: &mut Reader) {
        relabel::check(&self.alert_relabel_configs, reader);
        for Discovered(alertmanager) in &self.alertmanagers {
            alertmanager.check(reader);
        }
    }

    /// How many relabelling rules for alerts there are.
    pub(super) fn relabel_rules(&self) -> usize {
        self.alert_relabel_configs.len()
    }

    /// The base URLs of the targets that are listed.
    pub(super) fn urls(&self) -> Vec<String> {
        self.alertmanagers.iter().flat_map(|Discovered(alertmanager)| alertmanager.urls()).collect()
    }
}

impl RawAlertmanager {
    fn check(&self, reader: &mut Reader) {
        if !matches!(self.api_version.as_str(), "" | "v2") {
            let given = &self.api_version.value;
            let message =
                format!("expected Alertmanager api version to be one of [v2] but got {given}");
            reader.problem(self.api_version.at, message);
        }
        let logins = [&self.basic_auth, &self.oauth2, &self.authorization];
        if logins.iter().filter(|login| login.is_some()).count() > 1 {
            let message = "at most one of basic_auth, oauth2 & authorization must be configured";
            reader.problem(self.at, message);
        }
        // relabelling may mend an address
        if self.relabel_configs.is_empty() {
            for target in self.static_configs.iter().flat_map(|group| &group.targets) {
                if target.contains('/') {
                    let message = format!("{:?} is not a valid hostname", target.value);
                    reader.problem(target.at, message);
                }
            }
        }
        relabel::check(&self.relabel_configs, reader);
        relabel::check(&self.alert_relabel_configs, reader);
    }

    fn urls(&self) -> Vec<String> {
        let prefix = self.path_prefix.trim_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        let targets = self.static_configs.iter().flat_map(|group| &group.targets);
        let url =
            |target: &At<String>| format!("{}://{}{slash}{prefix}", self.scheme, target.value);
        targets.map(url).collect()
    }
}
