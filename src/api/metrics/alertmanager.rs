//! `alertmanager_*`. (Source: Alertmanager 0.34's metrics, names and labels.)

use std::collections::BTreeMap;
use std::sync::Arc;

use md5::{Digest, Md5};

use crate::engine::view::Totals;
use crate::notify::FailureClass;
use crate::silence::SilenceState;

use super::super::alertmanager::VERSION;
use super::super::counters::Counters;
use super::Facts;
use super::page::Page;

/// Every kind of integration there is: each has its failures at 0 from the start, so that a rate
/// sees the first one.
const KINDS: [&str; 18] = [
    "discord",
    "email",
    "incidentio",
    "jira",
    "mattermost",
    "msteams",
    "msteamsv2",
    "opsgenie",
    "pagerduty",
    "pushover",
    "rocketchat",
    "slack",
    "sns",
    "telegram",
    "victorops",
    "webex",
    "webhook",
    "wechat",
];
const CLASSES: [FailureClass; 7] = [
    FailureClass::Other,
    FailureClass::ClientError,
    FailureClass::ServerError,
    FailureClass::ContextCanceled,
    FailureClass::ContextDeadlineExceeded,
    FailureClass::AuthError,
    FailureClass::RateLimited,
];
const SUPPRESSIONS: [&str; 4] =
    ["silence", "inhibition", "mute_time_interval", "active_time_interval"];

/// Alerts and silences: how many there are and came in.
pub(super) fn alerts(page: &mut Page, facts: &Facts, counters: &Counters) {
    let (active, suppressed) = facts.view.alert_counts(facts.now);
    let mut family = page.gauge("alertmanager_alerts", "How many alerts by state.");
    family.sample(&[("state", "active")], active as f64);
    family.sample(&[("state", "suppressed")], suppressed as f64);
    family.sample(&[("state", "unprocessed")], 0.0);
    let totals = &facts.totals;
    let name = "alertmanager_alerts_received_total";
    let mut family = page.counter(name, "Valid alerts that came in, from rules and by API.");
    let received = [("firing", totals.received_firing), ("resolved", totals.received_resolved)];
    for (status, count) in received {
        family.sample(&[("status", status), ("version", "v2")], count as f64);
    }
    let name = "alertmanager_alerts_invalid_total";
    let mut family = page.counter(name, "Alerts that were posted and refused.");
    family.sample(&[("version", "v2")], counters.invalid_alerts() as f64);
    page.gauge("alertmanager_dispatcher_aggregation_groups", "Groups with an alert that fires.")
        .value(facts.view.group_count(facts.now) as f64);
    let mut family = page.gauge("alertmanager_silences", "How many silences by state.");
    let states = [
        ("active", SilenceState::Active),
        ("expired", SilenceState::Expired),
        ("pending", SilenceState::Pending),
    ];
    for (text, state) in states {
        let silences = facts.silences.iter().filter(|silence| silence.state(facts.now) == state);
        family.sample(&[("state", text)], silences.count() as f64);
    }
}

/// Notifications: those that ended, the attempts, and what was not told.
pub(super) fn notifications(page: &mut Page, totals: &Totals) {
    let name = "alertmanager_notifications_total";
    by_kind(page, name, "Notifications that came to an end.", &totals.notifications);
    let name = "alertmanager_notification_requests_total";
    by_kind(page, name, "Attempts to notify.", &totals.requests);
    let name = "alertmanager_notification_requests_failed_total";
    by_kind(page, name, "Attempts to notify that failed.", &totals.failed_requests);
    let name = "alertmanager_notifications_failed_total";
    let mut family = page.counter(name, "Notifications that failed for good.");
    for kind in KINDS {
        for class in CLASSES {
            let count = totals.failures.get(&(Arc::from(kind), class)).copied();
            let labels = [("integration", kind), ("reason", class.text())];
            family.sample(&labels, count.unwrap_or(0) as f64);
        }
    }
    let name = "alertmanager_notifications_suppressed_total";
    let mut family = page.counter(name, "Alerts that were kept from a receiver.");
    for reason in SUPPRESSIONS {
        let count = totals.suppressed.get(reason).copied().unwrap_or(0);
        family.sample(&[("reason", reason)], count as f64);
    }
}

fn by_kind(page: &mut Page, name: &'static str, help: &str, counts: &BTreeMap<Arc<str>, u64>) {
    let mut family = page.counter(name, help);
    for kind in KINDS {
        let count = counts.get(kind).copied().unwrap_or(0);
        family.sample(&[("integration", kind)], count as f64);
    }
}

/// The configuration in force, and what we are.
pub(super) fn configuration(page: &mut Page, facts: &Facts, counters: &Counters) {
    let (good, at) = counters.last_load();
    let good = if good { 1.0 } else { 0.0 };
    page.gauge("alertmanager_config_last_reload_successful", "Whether the last load was good.")
        .value(good);
    let name = "alertmanager_config_last_reload_success_timestamp_seconds";
    page.gauge(name, "When a configuration was last put in force.").value(at.seconds());
    if let Some(setup) = &facts.setup {
        let notification = &setup.notification;
        let integrations = notification.receivers.values();
        let integrations: usize = integrations.map(|receiver| receiver.integrations.len()).sum();
        let hash = "alertmanager_config_hash";
        page.gauge(hash, "A hash of the configuration as /api/v2/status shows it.")
            .value(hash_of(&notification.original));
        page.gauge("alertmanager_receivers", "Receivers in the configuration.")
            .value(notification.receivers.len() as f64);
        page.gauge("alertmanager_integrations", "Integrations in the configuration.")
            .value(integrations as f64);
        page.gauge("alertmanager_inhibition_rules", "Inhibition rules in the configuration.")
            .value(notification.inhibit_rules.len() as f64);
    }
    page.gauge("alertmanager_cluster_enabled", "Whether there may be peers.").value(0.0);
    let mut family = page.gauge("alertmanager_build_info", "The Alertmanager this stands for.");
    let revision = concat!("firebell-", env!("CARGO_PKG_VERSION"));
    family.sample(&[("branch", "firebell"), ("revision", revision), ("version", VERSION)], 1.0);
    page.gauge("firebell_notification_log_entries", "What receivers are known to have been told.")
        .value(facts.log_entries as f64);
}

/// The first six bytes of the MD5 sum, little endian: what a float holds exactly.
fn hash_of(text: &str) -> f64 {
    let digest = Md5::digest(text);
    digest.iter().take(6).rev().fold(0.0, |sum, byte| sum * 256.0 + f64::from(*byte))
}
