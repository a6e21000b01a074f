//! `firebell_*`: what no peer has. The embedded store, what is pushed into it, the state on disk.

use super::super::State;
use super::page::Page;

pub(super) fn write(page: &mut Page, state: &State) {
    if let Some(intake) = &state.intake {
        let (store, taken) = (intake.store().counts(), intake.counts());
        let gauges: [(&'static str, &str, f64); 4] = [
            ("firebell_store_series", "Series in the embedded store.", store.series as f64),
            ("firebell_store_samples", "Samples in the embedded store.", store.samples as f64),
            ("firebell_store_bytes", "Memory of the embedded store.", store.bytes as f64),
            ("firebell_push_groups", "Groups that were pushed and kept.", taken.groups as f64),
        ];
        for (name, help, value) in gauges {
            page.gauge(name, help).value(value);
        }
        let mut family = page
            .counter("firebell_store_samples_appended_total", "Samples by what became of them.");
        let samples =
            [("taken", store.appended), ("refused", store.refused), ("expired", store.expired)];
        for (outcome, count) in samples {
            family.sample(&[("outcome", outcome)], count as f64);
        }
        let mut family = page.counter("firebell_intake_requests_total", "Requests with samples.");
        let requests = [
            ("push", "taken", taken.pushes),
            ("push", "refused", taken.pushes_refused),
            ("remote_write", "taken", taken.writes),
            ("remote_write", "refused", taken.writes_refused),
        ];
        for (kind, outcome, count) in requests {
            family.sample(&[("kind", kind), ("outcome", outcome)], count as f64);
        }
    }
    let statistics = state.handle.state_statistics();
    let counters: [(&'static str, &str, u64); 4] = [
        ("firebell_state_commits_total", "Durable batches.", statistics.commits),
        ("firebell_state_commit_failures_total", "Batches that failed.", statistics.failures),
        ("firebell_state_recoveries_total", "Damaged stores replaced.", statistics.recoveries),
        ("firebell_state_snapshots_total", "Snapshots written.", statistics.snapshots),
    ];
    for (name, help, count) in counters {
        page.counter(name, help).value(count as f64);
    }
    let mut family = page.gauge("firebell_build_info", "What runs here.");
    family.sample(&[("version", env!("CARGO_PKG_VERSION"))], 1.0);
}
