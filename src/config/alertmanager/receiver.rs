//! `receivers`.

use std::collections::HashSet;
use std::sync::Arc;

use crate::config::read::{At, Pairs, Reader, section};
use crate::label::Labels;
use crate::label::matcher::is_valid_name;
use crate::notify::integration::{Integration, Receiver, Settings};
use crate::template::quote;

use super::email::RawEmail;
use super::global::Global;
use super::join;
use super::later::NotYet;
use super::pagerduty::RawPagerDuty;
use super::slack::RawSlack;
use super::webhook::RawWebhook;

section! {
    /// A receiver as it was written.
    struct RawReceiver("config.plain") {
        nonempty name: At<String>,
        nonempty labels: Pairs<String>,
        nonempty discord_configs: NotYet,
        nonempty email_configs: Vec<RawEmail>,
        nonempty incidentio_configs: NotYet,
        nonempty pagerduty_configs: Vec<RawPagerDuty>,
        nonempty slack_configs: Vec<RawSlack>,
        nonempty webhook_configs: Vec<RawWebhook>,
        nonempty opsgenie_configs: NotYet,
        nonempty wechat_configs: NotYet,
        nonempty pushover_configs: NotYet,
        nonempty victorops_configs: NotYet,
        nonempty sns_configs: NotYet,
        nonempty telegram_configs: NotYet,
        nonempty webex_configs: NotYet,
        nonempty msteams_configs: NotYet,
        nonempty msteamsv2_configs: NotYet,
        nonempty jira_configs: NotYet,
        nonempty rocketchat_configs: NotYet,
        nonempty mattermost_configs: NotYet,
    }
}

/// Receivers are told apart by their names.
pub(super) fn check_names(receivers: &[RawReceiver], reader: &mut Reader) {
    let mut seen = HashSet::new();
    for RawReceiver { at, name, whole, .. } in receivers {
        if name.is_empty() {
            if *whole {
                reader.problem(*at, "missing name in receiver");
            }
        } else if !seen.insert(name.as_str()) {
            let message = format!("notification config name {} is not unique", quote(name));
            reader.problem(name.at, message);
        }
    }
}

impl RawReceiver {
    /// Hands the global settings down and checks every integration.
    pub(super) fn resolve(&mut self, global: &Global, reader: &mut Reader) {
        self.refuse_other_kinds(reader);
        self.resolve_labels(reader);
        for webhook in self.webhook_configs.iter_mut().filter(|raw| raw.whole) {
            webhook.resolve(global, reader);
        }
        for email in self.email_configs.iter_mut().filter(|raw| raw.whole) {
            email.resolve(global, reader);
        }
        for pagerduty in self.pagerduty_configs.iter_mut().filter(|raw| raw.whole) {
            pagerduty.resolve(global, reader);
        }
        for slack in self.slack_configs.iter_mut().filter(|raw| raw.whole) {
            slack.resolve(global, reader);
        }
    }

    fn refuse_other_kinds(&self, reader: &mut Reader) {
        for (kind, list) in [
            ("discord", &self.discord_configs),
            ("incidentio", &self.incidentio_configs),
            ("opsgenie", &self.opsgenie_configs),
            ("wechat", &self.wechat_configs),
            ("pushover", &self.pushover_configs),
            ("victorops", &self.victorops_configs),
            ("sns", &self.sns_configs),
            ("telegram", &self.telegram_configs),
            ("webex", &self.webex_configs),
            ("msteams", &self.msteams_configs),
            ("msteamsv2", &self.msteamsv2_configs),
            ("jira", &self.jira_configs),
            ("rocketchat", &self.rocketchat_configs),
            ("mattermost", &self.mattermost_configs),
        ] {
            if let Some(at) = list.0 {
                let message = format!(
                    "{kind}_configs is not supported yet: slack, pagerduty, email and webhook are"
                );
                reader.problem(at, message);
            }
        }
    }

    /// The name is a label too.
    fn resolve_labels(&mut self, reader: &mut Reader) {
        for (name, value) in &self.labels.0 {
            if **name == *"name" && value.value != self.name.value {
                let (name, other) = (quote(&self.name), quote(&value.value));
                let message =
                    format!("receiver label \"name\" must match receiver name {name}, got {other}");
                reader.problem(value.at, message);
            } else if !is_valid_name(name, reader.mode) {
                let message = format!("invalid label name {} in receiver labels", quote(name));
                reader.problem(name.at, message);
            }
        }
        if !self.name.is_empty() && self.labels.iter().all(|(name, _)| name != "name") {
            let name = At { at: self.name.at, value: "name".to_owned() };
            self.labels.0.push((name, self.name.clone()));
        }
    }

    /// The receiver as the pipeline has it; integrations in Alertmanager's order of kinds.
    pub(super) fn compile(&self, config_file: &str) -> Receiver {
        let file = |path: &str| join(config_file, path);
        let mut integrations = Vec::new();
        let mut add =
            |kind: Vec<(bool, Settings)>| {
                let numbered = kind.into_iter().enumerate();
                integrations.extend(numbered.map(|(index, (send_resolved, settings))| {
                    Integration { index, send_resolved, settings }
                }));
            };
        add(self.webhook_configs.iter().map(|raw| raw.compile(&file)).collect());
        add(self.email_configs.iter().map(RawEmail::compile).collect());
        add(self.pagerduty_configs.iter().map(|raw| raw.compile(&file)).collect());
        add(self.slack_configs.iter().map(|raw| raw.compile(&file)).collect());
        Receiver {
            name: Arc::from(self.name.as_str()),
            labels: Labels::from_pairs(self.labels.iter()),
            integrations,
        }
    }
}
