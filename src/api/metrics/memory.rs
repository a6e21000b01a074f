//! `alertmanager_nflog_*` and `alertmanager_silences_*`: what is remembered.
//! (Source: Alertmanager 0.34's metrics, names and labels.)
//!
//! Both are part of one state here, written continuously; the snapshots of all of it are theirs,
//! and `firebell_state_*` tells how the writing goes. Look-ups are far below the first bucket and
//! are counted, not measured.

use crate::silence::SilenceState;

use super::super::traffic::BUCKETS;
use super::Facts;
use super::page::Page;

/// Where the notification log and the silences have the same families.
struct Names {
    maintenance: &'static str,
    maintenance_errors: &'static str,
    queries: &'static str,
    query_errors: &'static str,
    query_duration: &'static str,
    gossip: &'static str,
    collection: &'static str,
    snapshot: &'static str,
    snapshot_size: &'static str,
}

const LOG: Names = Names {
    maintenance: "alertmanager_nflog_maintenance_total",
    maintenance_errors: "alertmanager_nflog_maintenance_errors_total",
    queries: "alertmanager_nflog_queries_total",
    query_errors: "alertmanager_nflog_query_errors_total",
    query_duration: "alertmanager_nflog_query_duration_seconds",
    gossip: "alertmanager_nflog_gossip_messages_propagated_total",
    collection: "alertmanager_nflog_gc_duration_seconds",
    snapshot: "alertmanager_nflog_snapshot_duration_seconds",
    snapshot_size: "alertmanager_nflog_snapshot_size_bytes",
};
const SILENCES: Names = Names {
    maintenance: "alertmanager_silences_maintenance_total",
    maintenance_errors: "alertmanager_silences_maintenance_errors_total",
    queries: "alertmanager_silences_queries_total",
    query_errors: "alertmanager_silences_query_errors_total",
    query_duration: "alertmanager_silences_query_duration_seconds",
    gossip: "alertmanager_silences_gossip_messages_propagated_total",
    collection: "alertmanager_silences_gc_duration_seconds",
    snapshot: "alertmanager_silences_snapshot_duration_seconds",
    snapshot_size: "alertmanager_silences_snapshot_size_bytes",
};

/// Snapshots of the state.
#[derive(Copy, Clone)]
pub(super) struct Snapshots {
    pub(super) written: u64,
    /// How long it took to write all of them.
    pub(super) seconds: f64,
    /// What the last one has of the kind in question.
    pub(super) bytes: u64,
}

/// The notification log.
pub(super) fn log(page: &mut Page, facts: &Facts, snapshots: Snapshots) {
    shared(page, facts, &LOG, facts.totals.log_queries, snapshots);
}

/// The silences; `queries` are those of the API.
pub(super) fn silences(page: &mut Page, facts: &Facts, queries: u64, snapshots: Snapshots) {
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
    let queries = facts.totals.silence_queries + queries;
    shared(page, facts, &SILENCES, queries, snapshots);
    let all = facts.silences.len() as f64;
    for (name, help) in [
        ("alertmanager_silences_state_size", "Silences that are remembered."),
        ("alertmanager_silences_matcher_index_size", "Silences whose matchers are compiled."),
        ("alertmanager_silences_version_index_size", "Silences in the index."),
    ] {
        page.gauge(name, help).value(all);
    }
    for (name, help) in [
        ("alertmanager_silences_gc_errors_total", "Old silences that could not be forgotten."),
        (
            "alertmanager_silences_query_silences_scanned_total",
            "Silences looked at one by one; an index finds them.",
        ),
        (
            "alertmanager_silences_query_silences_skipped_total",
            "Silences passed over one by one; an index finds them.",
        ),
    ] {
        page.counter(name, help).value(0.0);
    }
    let name = "alertmanager_silences_matcher_compile_errors_total";
    let mut family = page.counter(name, "Matchers that could not be compiled.");
    for stage in ["index", "load_snapshot"] {
        family.sample(&[("stage", stage)], 0.0);
    }
}

fn shared(page: &mut Page, facts: &Facts, names: &Names, queries: u64, snapshots: Snapshots) {
    let counters: [(&'static str, &str, u64); 5] = [
        (names.maintenance, "How often old ones were looked for.", facts.totals.maintenances),
        (names.maintenance_errors, "How often that failed.", 0),
        (names.queries, "Look-ups.", queries),
        (names.query_errors, "Look-ups that failed.", 0),
        (names.gossip, "Messages passed on to peers; there are none.", 0),
    ];
    for (name, help, count) in counters {
        page.counter(name, help).value(count as f64);
    }
    let mut family = page.histogram(names.query_duration, "Look-ups, which are not measured.");
    for bound in BUCKETS.iter().map(f64::to_string).chain(["+Inf".to_owned()]) {
        family.part("_bucket", &[("le", &bound)], queries as f64);
    }
    family.part("_sum", &[], 0.0);
    family.part("_count", &[], queries as f64);
    let (runs, seconds) = facts.effort.maintenance;
    let summaries = [
        (names.collection, "How long it took to forget old ones.", runs, seconds),
        (
            names.snapshot,
            "How long it took to write snapshots, which are of the whole state.",
            snapshots.written,
            snapshots.seconds,
        ),
    ];
    for (name, help, count, sum) in summaries {
        let mut family = page.summary(name, help);
        family.part("_sum", &[], sum);
        family.part("_count", &[], count as f64);
    }
    let size = "Their part of the last snapshot.";
    page.gauge(names.snapshot_size, size).value(snapshots.bytes as f64);
}
