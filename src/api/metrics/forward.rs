//! What is sent on: `prometheus_notifications_*` and `prometheus_remote_storage_*`.
//! (Source: Prometheus 3.14's metrics, names and labels.)

use crate::drivers::live::forward::{AlertmanagerFigures, BUCKETS, Figures, WriteFigures};

use super::page::Page;

/// The quantiles of a summary.
const QUANTILES: [(&str, f64); 3] = [("0.5", 0.5), ("0.9", 0.9), ("0.99", 0.99)];

type OfPeer = (&'static str, &'static str, fn(&AlertmanagerFigures) -> u64);
type OfEndpoint = (&'static str, &'static str, fn(&WriteFigures) -> f64);

const PEERS: [OfPeer; 3] = [
    ("prometheus_notifications_sent_total", "Alerts in requests to an Alertmanager.", |peer| {
        peer.sent
    }),
    (
        "prometheus_notifications_errors_total",
        "Alerts in requests to an Alertmanager that failed.",
        |peer| peer.errors,
    ),
    (
        "prometheus_notifications_dropped_total",
        "Alerts that an Alertmanager never got: a failed request, or a full queue.",
        |peer| peer.dropped,
    ),
];

const COUNTERS: [OfEndpoint; 5] = [
    ("prometheus_remote_storage_samples_total", "Samples that were sent.", |one| {
        one.samples as f64
    }),
    ("prometheus_remote_storage_histograms_total", "Native histograms that were sent.", |one| {
        one.histograms as f64
    }),
    ("prometheus_remote_storage_samples_failed_total", "Samples that were refused.", |one| {
        one.failed as f64
    }),
    ("prometheus_remote_storage_samples_retried_total", "Samples that were sent again.", |one| {
        one.retried as f64
    }),
    ("prometheus_remote_storage_bytes_total", "Bytes of bodies that were taken.", |one| {
        one.bytes as f64
    }),
];

const GAUGES: [OfEndpoint; 8] = [
    ("prometheus_remote_storage_samples_pending", "Samples that wait or are under way.", |one| {
        one.waiting as f64
    }),
    ("prometheus_remote_storage_shards", "Shards that send.", |one| one.queue.shards as f64),
    ("prometheus_remote_storage_shards_min", "The fewest shards.", |one| one.queue.shards as f64),
    ("prometheus_remote_storage_shards_max", "The most shards.", |one| one.queue.shards as f64),
    ("prometheus_remote_storage_shards_desired", "The shards that would be right.", |one| {
        one.queue.shards as f64
    }),
    ("prometheus_remote_storage_shard_capacity", "Samples that may wait in a shard.", |one| {
        one.queue.capacity as f64
    }),
    ("prometheus_remote_storage_max_samples_per_send", "Samples of one request.", |one| {
        one.queue.batch as f64
    }),
    (
        "prometheus_remote_storage_queue_highest_sent_timestamp_seconds",
        "The newest sample that was taken.",
        |one| one.newest.map_or(0.0, |at| at.seconds()),
    ),
];

/// External Alertmanagers.
pub(super) fn alerts(page: &mut Page, figures: &Figures) {
    let peers = &figures.alertmanagers;
    let name = "prometheus_notifications_alertmanagers_discovered";
    page.gauge(name, "External Alertmanagers that get alerts.").value(peers.len() as f64);
    let name = "prometheus_notifications_queue_capacity";
    page.gauge(name, "Alerts that may wait for one Alertmanager.")
        .value(figures.queue_capacity as f64);
    for (name, help, count) in PEERS {
        let mut family = page.counter(name, help);
        for peer in peers {
            family.sample(&[("alertmanager", &*peer.url)], count(peer) as f64);
        }
    }
    let mut family = page.gauge("prometheus_notifications_queue_length", "Alerts that wait.");
    for peer in peers {
        family.sample(&[("alertmanager", &*peer.url)], peer.waiting as f64);
    }
    let name = "prometheus_notifications_latency_seconds";
    let mut family = page.summary(name, "How long requests with alerts take.");
    for peer in peers {
        let url = ("alertmanager", &*peer.url);
        for (text, quantile) in QUANTILES {
            family.sample(&[url, ("quantile", text)], peer.latency.quantile(quantile));
        }
        family.part("_sum", &[url], peer.latency.sum);
        family.part("_count", &[url], peer.latency.count as f64);
    }
}

/// Remote writes.
pub(super) fn samples(page: &mut Page, figures: &Figures) {
    let writes = &figures.remote_writes;
    if writes.is_empty() {
        return;
    }
    let name = "prometheus_remote_storage_highest_timestamp_in_seconds";
    let newest = figures.newest.map_or(0.0, |at| at.seconds());
    page.gauge(name, "The newest sample that was to be written on.").value(newest);
    for (name, help, count) in COUNTERS {
        let mut family = page.counter(name, help);
        for one in writes {
            family.sample(&labels(one), count(one));
        }
    }
    for (name, help, value) in GAUGES {
        let mut family = page.gauge(name, help);
        for one in writes {
            family.sample(&labels(one), value(one));
        }
    }
    let name = "prometheus_remote_storage_samples_dropped_total";
    let mut family = page.counter(name, "Samples that were not sent, by why.");
    for one in writes {
        let [name, url] = labels(one);
        let reasons = [
            ("dropped_series", one.relabelled_away),
            ("queue_full", one.pushed_out),
            ("too_old", one.too_old),
        ];
        for (reason, count) in reasons {
            family.sample(&[("reason", reason), name, url], count as f64);
        }
    }
    durations(page, writes);
}

fn durations(page: &mut Page, writes: &[WriteFigures]) {
    let name = "prometheus_remote_storage_sent_batch_duration_seconds";
    let mut family = page.histogram(name, "How long requests with samples take.");
    for one in writes {
        let [name, url] = labels(one);
        let durations = &one.durations;
        for (bound, count) in BUCKETS.iter().zip(durations.buckets) {
            family.part("_bucket", &[("le", &bound.to_string()), name, url], count as f64);
        }
        family.part("_bucket", &[("le", "+Inf"), name, url], durations.count as f64);
        family.part("_sum", &[name, url], durations.sum);
        family.part("_count", &[name, url], durations.count as f64);
    }
}

fn labels(one: &WriteFigures) -> [(&'static str, &str); 2] {
    [("remote_name", &*one.name), ("url", &*one.url)]
}
