//! The hot paths of the embedded store and of remote write: append, select, decode.

use std::sync::Arc;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use firebell::ingest::remote_write;
use firebell::label::{Labels, Matcher, Matchers};
use firebell::sample::Selection;
use firebell::source::Batch;
use firebell::source::embedded::Store;
use firebell::time::{Span, Timestamp};

const SERIES: usize = 100_000;
const SAMPLES: usize = 10;
/// Samples of each series where a history is selected from.
const HISTORY: usize = 131;

fn main() {
    divan::main();
}

fn labels(number: usize) -> Labels {
    let instance = format!("10.0.{}.{}:9100", number / 250 % 250, number % 250);
    let mode = ["idle", "user", "system", "iowait"][number % 4];
    let cpu = (number / 62_500).to_string();
    Labels::from_pairs([
        ("__name__", "node_cpu_seconds_total"),
        ("cluster", "eu-west-1"),
        ("cpu", &cpu),
        ("instance", &instance),
        ("job", "node"),
        ("mode", mode),
    ])
}

/// `SAMPLES` samples for each of `SERIES` series, 15 s apart, after `start` (in ms).
fn batch(start: i64) -> Batch {
    let mut batch = Batch::new();
    for number in 0..SERIES {
        for step in 0..SAMPLES as i64 {
            batch.float(start + step * 15_000, number as f64 + step as f64);
        }
        batch.end(&labels(number));
    }
    batch
}

fn store() -> Store {
    let store = Store::new();
    store.append(&batch(1_000));
    store
}

/// A store in which `series` counters have a history of 15 s steps, ending at that time.
fn history(series: usize) -> (Store, Timestamp) {
    let store = Store::new();
    for first in (0..HISTORY).step_by(SAMPLES) {
        let mut batch = Batch::new();
        for number in 0..series {
            for step in first..HISTORY.min(first + SAMPLES) {
                let noise = (number * 7919 + step * 104_729) % 200;
                batch.float(step as i64 * 15_000, (step * (number % 400) + noise) as f64);
            }
            batch.end(&labels(number));
        }
        store.append(&batch);
    }
    (store, Timestamp::from_millis((HISTORY as i64 - 1) * 15_000))
}

fn selection(matchers: Vec<Matcher>) -> [Selection; 1] {
    let (after, until) = (Timestamp::from_millis(-1), Timestamp::from_millis(1_000_000));
    [Selection { matchers: Matchers(matchers), after, until, narrowing: None }]
}

#[divan::bench]
fn append_to_known_series(bencher: Bencher) {
    let store = store();
    store.set_retention(Span::from_secs(500));
    let mut start = 1_000;
    bencher
        .counter(ItemsCount::new(SERIES * SAMPLES))
        .with_inputs(|| {
            start += SAMPLES as i64 * 15_000;
            store.evict(Timestamp::from_millis(start));
            batch(start)
        })
        .bench_local_refs(|batch| {
            let appended = store.append(batch);
            assert_eq!(appended.samples, SERIES * SAMPLES);
        });
}

#[divan::bench]
fn append_new_series(bencher: Bencher) {
    let batch = batch(1_000);
    bencher.counter(ItemsCount::new(SERIES)).with_inputs(Store::new).bench_local_values(|store| {
        store.append(&batch);
        store
    });
}

#[divan::bench]
fn select_all_samples_of_a_metric(bencher: Bencher) {
    let store = store();
    let all = selection(vec![Matcher::equal("__name__", "node_cpu_seconds_total")]);
    bencher
        .counter(ItemsCount::new(SERIES * SAMPLES))
        .bench_local(|| store.select(black_box(&all)));
}

#[divan::bench]
fn select_the_last_five_minutes_of_a_metric(bencher: Bencher) {
    let (store, until) = history(SERIES);
    let matchers = Matchers(vec![Matcher::equal("__name__", "node_cpu_seconds_total")]);
    let last = [Selection { matchers, after: until - Span::from_mins(5), until, narrowing: None }];
    bencher.counter(ItemsCount::new(SERIES)).bench_local(|| store.select(black_box(&last)));
}

#[divan::bench]
fn select_a_whole_history(bencher: Bencher) {
    let (store, _) = history(1_000);
    let all = selection(Vec::new());
    let all = [Selection { until: Timestamp::MAX, ..all[0].clone() }];
    bencher.counter(ItemsCount::new(1_000 * HISTORY)).bench_local(|| store.select(black_box(&all)));
}

#[divan::bench]
fn append_one_sample_to_each_series(bencher: Bencher) {
    let (store, until) = history(SERIES);
    let mut time = until.millis();
    bencher
        .counter(ItemsCount::new(SERIES))
        .with_inputs(|| {
            time += 15_000;
            let mut batch = Batch::new();
            for number in 0..SERIES {
                batch.float(time, number as f64);
                batch.end(&labels(number));
            }
            batch
        })
        .bench_local_refs(|batch| store.append(batch));
}

#[divan::bench]
fn select_one_series_of_many(bencher: Bencher) {
    let store = store();
    let one = selection(labels(7).iter().map(|(n, v)| Matcher::equal(n, v)).collect());
    bencher.counter(ItemsCount::new(1usize)).bench_local(|| store.select(black_box(&one)));
}

#[divan::bench]
fn decode_remote_write(bencher: Bencher) {
    let body = remote_write_body(2_000);
    let now = Timestamp::from_millis(i64::MAX / 2);
    bencher
        .counter(ItemsCount::new(2_000 * SAMPLES))
        .bench_local(|| remote_write::decode(black_box(&body), now));
}

/// A request of that many series with `SAMPLES` samples each.
fn remote_write_body(series: usize) -> Arc<[u8]> {
    let field = |tag: u8, bytes: &[u8], message: &mut Vec<u8>| {
        message.push(tag << 3 | 2);
        prost::encoding::encode_varint(bytes.len() as u64, message);
        message.extend_from_slice(bytes);
    };
    let mut request = Vec::new();
    for number in 0..series {
        let mut one = Vec::new();
        for (name, value) in &labels(number) {
            let mut label = Vec::new();
            field(1, name.as_bytes(), &mut label);
            field(2, value.as_bytes(), &mut label);
            field(1, &label, &mut one);
        }
        for step in 0..SAMPLES as u64 {
            let mut sample = vec![0x09];
            sample.extend_from_slice(&(number as f64 * 1.5).to_le_bytes());
            sample.push(0x10);
            prost::encoding::encode_varint(1_700_000_000_000 + step * 15_000, &mut sample);
            field(2, &sample, &mut one);
        }
        field(1, &one, &mut request);
    }
    let packed = snap::raw::Encoder::new().compress_vec(&request);
    packed.map(Arc::from).unwrap_or_default()
}
