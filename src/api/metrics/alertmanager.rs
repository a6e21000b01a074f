//! `alertmanager_*`: alerts, configuration, build. (Source: Alertmanager 0.34's metrics, names and
//! labels.)

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use md5::{Digest, Md5};

use crate::engine::Notification;
use crate::route::Route;

use super::super::alertmanager::VERSION;
use super::super::counters::Counters;
use super::super::surface::Presence;
use super::Facts;
use super::page::{Family, Page};

/// Who is handed every alert that comes in.
const SUBSCRIBERS: [&str; 2] = ["dispatcher", "inhibitor"];

/// Alerts: how many there are and came in.
pub(super) fn alerts(page: &mut Page, facts: &Facts, counters: &Counters) {
    states(page, facts);
    let totals = &facts.totals;
    let (bad_firing, bad_resolved) = counters.invalid_alerts();
    let name = "alertmanager_alerts_received_total";
    let mut family = page.counter(name, "Alerts that came in, from rules and by API.");
    let firing = ("firing", totals.received_firing + bad_firing);
    let resolved = ("resolved", totals.received_resolved + bad_resolved);
    for (status, count) in [firing, resolved] {
        family.sample(&[("status", status), ("version", "v2")], count as f64);
    }
    let name = "alertmanager_alerts_invalid_total";
    let mut family = page.counter(name, "Alerts that were posted and refused.");
    family.sample(&[("version", "v2")], (bad_firing + bad_resolved) as f64);
    let limit = facts.setup.as_ref().and_then(|setup| setup.upkeep.alerts_per_name);
    page.gauge("alertmanager_alerts_per_alert_limit", "How many alerts of one name may fire.")
        .value(limit.unwrap_or(0) as f64);
    let name = "alertmanager_alerts_limited_total";
    let mut family = page.counter(name, "Alerts that were dropped: too many of their name fire.");
    match facts.labels.alert_name {
        Presence::Absent => family.value(totals.limited.values().sum::<u64>() as f64),
        Presence::Present => {
            for (alert, count) in &totals.limited {
                family.sample(&[("alertname", alert)], *count as f64);
            }
        }
    }
    let name = "alertmanager_alerts_subscriber_channel_writes_total";
    let mut family = page.counter(name, "Alerts that were handed on, by part.");
    let limited: u64 = totals.limited.values().sum();
    let stored = totals.received_firing + totals.received_resolved - limited;
    for subscriber in SUBSCRIBERS {
        family.sample(&[("subscriber", subscriber)], stored as f64);
    }
}

fn states(page: &mut Page, facts: &Facts) {
    let mut family = page.gauge("alertmanager_alerts", "How many alerts by state.");
    if facts.labels.group_key == Presence::Absent {
        let (active, suppressed) = facts.view.alert_counts(facts.now);
        return by_state(&mut family, &[], active, suppressed);
    }
    let mut groups: BTreeMap<_, (usize, usize)> = BTreeMap::new();
    for group in facts.view.groups(facts.now) {
        for (fingerprint, alert) in group.alerts(facts.now, |_| true) {
            let is_active = group.muted_by.is_empty()
                && facts.view.status(facts.now, fingerprint, alert).is_active();
            let (active, suppressed) = groups.entry(group.key).or_default();
            *if is_active { active } else { suppressed } += 1;
        }
    }
    for (key, (active, suppressed)) in groups {
        by_state(&mut family, &[("group_key", key)], active, suppressed);
    }
}

fn by_state(family: &mut Family<'_>, labels: &[(&str, &str)], active: usize, suppressed: usize) {
    // what came in is looked at before it is shown: nothing is unprocessed
    for (state, count) in [("active", active), ("suppressed", suppressed), ("unprocessed", 0)] {
        family.sample(&[labels, &[("state", state)]].concat(), count as f64);
    }
}

/// The dispatcher. Groups are made without limits, at the first try.
pub(super) fn dispatcher(page: &mut Page, facts: &Facts) {
    page.gauge("alertmanager_dispatcher_aggregation_groups", "Groups with an alert that fires.")
        .value(facts.view.group_count(facts.now) as f64);
    for (name, help) in [
        (
            "alertmanager_dispatcher_aggregation_group_limit_reached_total",
            "Groups that were not made because there were too many; there is no limit.",
        ),
        (
            "alertmanager_dispatcher_aggregation_group_creation_retries_total",
            "Second tries to make a group; none is needed.",
        ),
        (
            "alertmanager_dispatcher_aggregation_group_creation_given_up_total",
            "Groups that could not be made; all can.",
        ),
    ] {
        page.counter(name, help).value(0.0);
    }
    let (alerts, seconds) = facts.effort.alerts;
    let name = "alertmanager_dispatcher_alert_processing_duration_seconds";
    let mut family = page.summary(name, "How long alerts that come in take.");
    family.part("_sum", &[], seconds);
    family.part("_count", &[], alerts as f64);
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
        sizes(page, &setup.notification);
    }
    page.gauge("firebell_config_fragments_refused", "Configurations of the directory left out.")
        .value(counters.refused_fragments() as f64);
    page.gauge("alertmanager_cluster_enabled", "Whether there may be peers.").value(0.0);
    let mut family = page.gauge("alertmanager_build_info", "The Alertmanager this stands for.");
    let labels = [
        ("branch", "firebell"),
        ("goarch", architecture()),
        ("goos", std::env::consts::OS),
        ("goversion", "none"),
        ("revision", concat!("firebell-", env!("CARGO_PKG_VERSION"))),
        ("tags", "unknown"),
        ("version", VERSION),
    ];
    family.sample(&labels, 1.0);
    page.gauge("firebell_notification_log_entries", "What receivers are known to have been told.")
        .value(facts.log_entries as f64);
}

fn sizes(page: &mut Page, notification: &Notification) {
    let hash = "alertmanager_config_hash";
    page.gauge(hash, "A hash of the configuration as /api/v2/status shows it.")
        .value(hash_of(&notification.original));
    let used = used_receivers(&notification.route);
    let receivers = notification.receivers.iter().filter(|(name, _)| used.contains(*name));
    let integrations: usize = receivers.clone().map(|(_, one)| one.integrations.len()).sum();
    page.gauge("alertmanager_receivers", "Receivers that a route names.")
        .value(receivers.count() as f64);
    page.gauge("alertmanager_integrations", "Integrations of those receivers.")
        .value(integrations as f64);
    page.gauge("alertmanager_inhibition_rules", "Inhibition rules in the configuration.")
        .value(notification.inhibit_rules.len() as f64);
}

/// The receivers that the tree names.
pub(super) fn used_receivers(route: &Route) -> BTreeSet<Arc<str>> {
    let mut used: BTreeSet<_> = route.routes.iter().flat_map(used_receivers).collect();
    used.insert(Arc::clone(&route.options.receiver));
    used
}

/// The processor, by Go's name.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}

/// The first six bytes of the MD5 sum, little endian: what a float holds exactly.
fn hash_of(text: &str) -> f64 {
    let digest = Md5::digest(text);
    digest.iter().take(6).rev().fold(0.0, |sum, byte| sum * 256.0 + f64::from(*byte))
}
