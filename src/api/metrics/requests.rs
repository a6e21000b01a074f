//! Requests under the names of both peers.

use std::collections::BTreeMap;

use super::super::counters::Counters;
use super::super::traffic::{BUCKETS, Durations, Kind, SIZE_BUCKETS};
use super::page::Page;

/// What Alertmanager serves too; the rest is Prometheus'.
const ALERTMANAGER: [&str; 3] = ["/api/v2/", "/-/", "/metrics"];

/// Alertmanager's durations, and Prometheus' counts of everything.
pub(super) fn write(page: &mut Page, counters: &Counters) {
    let kinds = counters.traffic().counts();
    let name = "alertmanager_http_request_duration_seconds";
    let mut family = page.histogram(name, "How long answers took.");
    for (kind, durations) in &kinds {
        if !is_alertmanagers(&kind.handler) {
            continue;
        }
        let code = kind.code.to_string();
        let labels = [("code", &*code), ("handler", &*kind.handler), ("method", kind.method)];
        family.distribution(&labels, durations);
    }
    sizes(page, counters);
    let name = "alertmanager_http_requests_in_flight";
    let mut family = page.gauge(name, "GET requests under way.");
    family.sample(&[("method", "get")], counters.crowd().in_flight() as f64);
    let name = "alertmanager_http_concurrency_limit_exceeded_total";
    let mut family = page.counter(name, "GET requests refused: too many were under way.");
    family.sample(&[("method", "get")], counters.crowd().refused() as f64);
    scrapes(page, counters, &kinds);
    let mut family = page.counter("prometheus_http_requests_total", "Requests that were answered.");
    for ((handler, code), count) in by_handler(&kinds) {
        family.sample(&[("code", &code.to_string()), ("handler", handler)], count as f64);
    }
}

fn is_alertmanagers(handler: &str) -> bool {
    ALERTMANAGER.iter().any(|prefix| handler.starts_with(prefix))
}

fn sizes(page: &mut Page, counters: &Counters) {
    let name = "alertmanager_http_response_size_bytes";
    let mut family = page.histogram(name, "How large answers were.");
    for ((handler, method), sizes) in &counters.traffic().sizes() {
        if !is_alertmanagers(handler) {
            continue;
        }
        let labels = [("handler", &**handler), ("method", *method)];
        let bounds = SIZE_BUCKETS.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(sizes.at_most.iter().chain([&sizes.count])) {
            family.part("_bucket", &[&labels[..], &[("le", &*bound)]].concat(), *count as f64);
        }
        family.part("_sum", &labels, sizes.sum);
        family.part("_count", &labels, sizes.count as f64);
    }
}

/// What Go's client library says of scrapes.
fn scrapes(page: &mut Page, counters: &Counters, kinds: &BTreeMap<Kind, Durations>) {
    let name = "promhttp_metric_handler_requests_total";
    let mut family = page.counter(name, "Scrapes that were answered.");
    for (text, code) in [("200", 200), ("500", 500), ("503", 503)] {
        let scrapes =
            kinds.iter().filter(|(kind, _)| kind.handler == "/metrics" && kind.code == code);
        let count: u64 = scrapes.map(|(_, durations)| durations.count).sum();
        family.sample(&[("code", text)], count as f64);
    }
    let name = "promhttp_metric_handler_requests_in_flight";
    page.gauge(name, "Scrapes under way.").value(counters.crowd().in_flight().min(1) as f64);
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
