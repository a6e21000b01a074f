//! `alertmanager_notification*`: notifications that ended, attempts, and what was not told.
//! (Source: Alertmanager 0.34's metrics, names and labels.)

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::view::{Channel, LATENCY_BUCKETS, Tally, Totals};
use crate::notify::FailureClass;

use super::super::surface::Presence;
use super::Facts;
use super::alertmanager::used_receivers;
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

/// Kind and, when wished, receiver; with what was counted.
type Rows = BTreeMap<(Arc<str>, Option<Arc<str>>), Tally>;
/// A family of one sample for each row: name, help, count.
type Counter = (&'static str, &'static str, fn(&Tally) -> u64);

const COUNTERS: [Counter; 3] = [
    ("alertmanager_notifications_total", "Notifications that came to an end.", |tally| {
        tally.notifications
    }),
    ("alertmanager_notification_requests_total", "Attempts to notify.", |tally| tally.requests),
    (
        "alertmanager_notification_requests_failed_total",
        "Attempts to notify that failed.",
        |tally| tally.failed_requests,
    ),
];

/// Notifications, attempts, and what was kept back.
pub(super) fn write(page: &mut Page, facts: &Facts) {
    let rows = rows(facts);
    for (name, help, count) in COUNTERS {
        let mut family = page.counter(name, help);
        for (row, tally) in &rows {
            family.sample(&labels(row), count(tally) as f64);
        }
    }
    let name = "alertmanager_notifications_failed_total";
    let mut family = page.counter(name, "Notifications that failed for good.");
    for (row, tally) in &rows {
        for class in CLASSES {
            let count = tally.failures.get(&class).copied().unwrap_or(0)
                + if class == FailureClass::Other { not_sent(tally) } else { 0 };
            family.sample(&[&*labels(row), &[("reason", class.text())]].concat(), count as f64);
        }
    }
    latencies(page, &rows);
    suppressed(page, &facts.totals);
}

/// What never left the house counts as `other`.
fn not_sent(tally: &Tally) -> u64 {
    tally.failures.get(&FailureClass::NotSent).copied().unwrap_or(0)
}

fn latencies(page: &mut Page, rows: &Rows) {
    let name = "alertmanager_notification_latency_seconds";
    let mut family = page.histogram(name, "How long attempts to notify took.");
    for (row, Tally { latency, .. }) in rows {
        let labels = labels(row);
        for (bound, count) in LATENCY_BUCKETS.iter().zip(latency.at_most) {
            let bound = bound.to_string();
            family.part("_bucket", &[&*labels, &[("le", &*bound)]].concat(), count as f64);
        }
        let all = latency.count as f64;
        family.part("_bucket", &[&*labels, &[("le", "+Inf")]].concat(), all);
        family.part("_sum", &labels, latency.sum);
        family.part("_count", &labels, all);
    }
}

fn suppressed(page: &mut Page, totals: &Totals) {
    let name = "alertmanager_notifications_suppressed_total";
    let mut family = page.counter(name, "Alerts that were kept from a receiver.");
    for reason in SUPPRESSIONS {
        let count = totals.suppressed.get(reason).copied().unwrap_or(0);
        family.sample(&[("reason", reason)], count as f64);
    }
}

/// What was counted: by kind, every kind; or by kind and receiver, all that are configured.
fn rows(facts: &Facts) -> Rows {
    let by_receiver = facts.labels.receiver_name == Presence::Present;
    let mut rows = Rows::new();
    if by_receiver {
        let notification = facts.setup.as_ref().map(|setup| &setup.notification);
        if let Some(notification) = notification {
            let used = used_receivers(&notification.route);
            let used = used.iter().filter_map(|name| notification.receivers.get(name));
            let kinds = used.flat_map(|one| one.integrations.iter().map(move |it| (one, it)));
            for (receiver, integration) in kinds {
                let kind = Arc::from(integration.settings.kind());
                rows.entry((kind, Some(Arc::clone(&receiver.name)))).or_default();
            }
        }
    } else {
        rows.extend(KINDS.map(|kind| ((Arc::from(kind), None), Tally::default())));
    }
    for (Channel { kind, receiver }, tally) in &facts.totals.channels {
        let receiver = by_receiver.then(|| Arc::clone(receiver));
        rows.entry((Arc::clone(kind), receiver)).or_default().add(tally);
    }
    rows
}

fn labels((kind, receiver): &(Arc<str>, Option<Arc<str>>)) -> Vec<(&'static str, &str)> {
    let receiver = receiver.iter().map(|name| ("receiver_name", &**name));
    [("integration", &**kind)].into_iter().chain(receiver).collect()
}
