//! The hot paths of queries: reading them, and evaluating them over many series.

use std::fmt::Write as _;
use std::sync::Arc;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use firebell::label::Labels;
use firebell::promql::syntax::{Features, parse};
use firebell::promql::{Grid, Limits, Options, Query};
use firebell::sample::{Histogram, Sample, SeriesSet, Value};
use firebell::source::Batch;
use firebell::source::embedded::Store;
use firebell::time::{Span, Timestamp};

/// From one sample to the next, in milliseconds.
const INTERVAL: i64 = 15_000;
/// When instant queries look.
const NOW: Timestamp = Timestamp::from_millis(3_600_000);

fn main() {
    divan::main();
}

/// A query with everything it reads.
struct Loaded {
    query: Query,
    series: Vec<SeriesSet>,
    grid: Grid,
}

impl Loaded {
    fn new(text: &str, store: &Store, grid: Grid) -> Loaded {
        let expr = parse(text, &Features::ALL).expect("a good expression");
        let query = Query::new(&expr, &Options::default()).expect("a good plan");
        let series = store.select(&query.needs(&grid).expect("what it reads"));
        Loaded { query, series, grid }
    }

    fn bench(&self, bencher: Bencher) {
        let samples: usize = self.series.iter().map(SeriesSet::sample_count).sum();
        let limits = Limits::default();
        bencher.counter(ItemsCount::new(samples)).bench_local(|| {
            self.query.run(&self.grid, black_box(&self.series), &limits).expect("an answer")
        });
    }
}

fn instant() -> Grid {
    Grid::instant(NOW)
}

/// Requests of `count` series, 20 to an instance, over an hour.
fn requests(count: usize) -> Store {
    let mut batch = Batch::new();
    for number in 0..count {
        for step in 1..=240 {
            batch.float(step * INTERVAL, step as f64 * (number % 17) as f64);
        }
        let (instance, path) = ((number / 20).to_string(), (number % 5).to_string());
        let (code, job) = ((200 + number / 5 % 4).to_string(), (number / 2_000).to_string());
        batch.end(&Labels::from_pairs([
            ("__name__", "requests_total"),
            ("code", &code),
            ("instance", &format!("10.0.0.{instance}:9090")),
            ("job", &job),
            ("path", &path),
        ]));
    }
    stored(&batch)
}

fn stored(batch: &Batch) -> Store {
    let store = Store::new();
    assert_eq!(store.append(batch).refused(), 0);
    store
}

#[divan::bench]
fn parse_a_rule(bencher: Bencher) {
    let text = "sum by (job, code) (rate(requests_total{job=~\"api|web\", code!=\"200\"}[5m] offset 1m)) \
                / on (job) group_left () sum by (job) (rate(requests_total[5m])) > 0.01";
    bencher.bench(|| parse(black_box(text), &Features::ALL).expect("a good expression"));
}

#[divan::bench]
fn parse_a_long_sum(bencher: Bencher) {
    let mut text = String::from("a");
    for number in 0..200 {
        let _ = write!(text, " + b{number}{{x=\"{number}\"}}");
    }
    bencher.bench(|| parse(black_box(&text), &Features::ALL).expect("a good expression"));
}

#[divan::bench]
fn sum_of_rates_over_20k_series(bencher: Bencher) {
    let text = "sum by (job, code) (rate(requests_total[5m]))";
    Loaded::new(text, &requests(20_000), instant()).bench(bencher);
}

#[divan::bench]
fn hour_of_rates_over_1k_series(bencher: Bencher) {
    let grid = Grid::range(Timestamp::from_millis(0), NOW, Span::from_secs(15));
    Loaded::new("rate(requests_total[5m])", &requests(1_000), grid).bench(bencher);
}

#[divan::bench]
fn hour_of_summed_rates_over_1k_series(bencher: Bencher) {
    let grid = Grid::range(Timestamp::from_millis(0), NOW, Span::from_secs(15));
    let text = "sum by (code) (rate(requests_total[5m]))";
    Loaded::new(text, &requests(1_000), grid).bench(bencher);
}

#[divan::bench]
fn quantiles_of_10k_buckets(bencher: Bencher) {
    let bounds = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf"];
    let mut batch = Batch::new();
    for number in 0..1_000 {
        for (index, bound) in bounds.iter().enumerate() {
            for step in 221..=240 {
                batch.float(step * INTERVAL, (step * (index as i64 + 1)) as f64);
            }
            let instance = number.to_string();
            let pairs = [("__name__", "latency_bucket"), ("instance", &instance), ("le", bound)];
            batch.end(&Labels::from_pairs(pairs));
        }
    }
    let text = "histogram_quantile(0.9, rate(latency_bucket[5m]))";
    Loaded::new(text, &stored(&batch), instant()).bench(bencher);
}

#[divan::bench]
fn join_of_10k_and_100_series(bencher: Bencher) {
    let mut batch = Batch::new();
    for number in 0..10_000 {
        batch.float(NOW.millis(), f64::from(number));
        let (host, cpu) = ((number % 100).to_string(), (number / 100).to_string());
        batch.end(&Labels::from_pairs([("__name__", "busy"), ("cpu", &cpu), ("host", &host)]));
    }
    for number in 0..100 {
        batch.float(NOW.millis(), 1.0);
        let host = number.to_string();
        let pairs = [("__name__", "machine"), ("host", &host), ("rack", "r1")];
        batch.end(&Labels::from_pairs(pairs));
    }
    let text = "busy * on (host) group_left (rack) machine";
    Loaded::new(text, &stored(&batch), instant()).bench(bencher);
}

#[divan::bench]
fn top_of_20k_series(bencher: Bencher) {
    Loaded::new("topk(10, requests_total)", &requests(20_000), instant()).bench(bencher);
}

#[divan::bench]
fn rates_of_1k_native_histograms(bencher: Bencher) {
    let mut batch = Batch::new();
    for number in 0..1_000 {
        for step in 221..=240 {
            let histogram = Histogram {
                schema: 3,
                count: (step * 40) as f64,
                sum: (step * 100) as f64,
                zero_threshold: 1e-9,
                positive_spans: vec![(-5, 20), (3, 20)],
                positive_buckets: vec![step as f64; 40],
                ..Histogram::default()
            };
            let at = Timestamp::from_millis(step * INTERVAL);
            let sample = Sample { at, value: Value::Histogram(Arc::new(histogram)) };
            batch.sample(sample.at, &sample.value);
        }
        let instance = number.to_string();
        batch.end(&Labels::from_pairs([("__name__", "native"), ("instance", &instance)]));
    }
    Loaded::new("rate(native[5m])", &stored(&batch), instant()).bench(bencher);
}
