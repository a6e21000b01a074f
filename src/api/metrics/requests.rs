//! Requests under the names of both peers.

use std::collections::BTreeMap;

use super::super::counters::Counters;
use super::super::traffic::{BUCKETS, Durations, Kind};
use super::page::Page;

/// What Alertmanager serves too; the rest is Prometheus'.
const ALERTMANAGER: [&str; 3] = ["/api/v2/", "/-/", "/metrics"];

/// Alertmanager's durations, and Prometheus' counts of everything.
pub(super) fn write(page: &mut Page, counters: &Counters) {
    let kinds = counters.traffic().counts();
    let name = "alertmanager_http_request_duration_seconds";
    let mut family = page.histogram(name, "How long answers took.");
    for (kind, durations) in &kinds {
        if !ALERTMANAGER.iter().any(|prefix| kind.handler.starts_with(prefix)) {
            continue;
        }
        let code = kind.code.to_string();
        let labels = [("code", &*code), ("handler", &*kind.handler), ("method", kind.method)];
        family.distribution(&labels, durations);
    }
    let mut family = page.counter("prometheus_http_requests_total", "Requests that were answered.");
    for ((handler, code), count) in by_handler(&kinds) {
        family.sample(&[("code", &code.to_string()), ("handler", handler)], count as f64);
    }
}

fn by_handler(kinds: &BTreeMap<Kind, Durations>) -> BTreeMap<(&str, u16), u64> {
    let mut counts = BTreeMap::new();
    for (kind, durations) in kinds {
        *counts.entry((&*kind.handler, kind.code)).or_default() += durations.count;
    }
    counts
}

impl super::page::Family<'_> {
    /// A histogram: its buckets, its sum, its count.
    fn distribution(&mut self, labels: &[(&str, &str)], durations: &Durations) {
        let bounds = BUCKETS.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        let counts = durations.at_most.iter().chain([&durations.count]);
        for (bound, count) in bounds.zip(counts) {
            let labels = [labels, &[("le", &*bound)]].concat();
            self.part("_bucket", &labels, *count as f64);
        }
        self.part("_sum", labels, durations.sum);
        self.part("_count", labels, durations.count as f64);
    }
}
