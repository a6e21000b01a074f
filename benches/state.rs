//! How long it takes to make batches of records durable, and to read them again.

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use firebell::alerts::Alert;
use firebell::engine::{Record, RecordKey, RecordValue};
use firebell::label::Labels;
use firebell::state::{Batch, Committer, SledStore, Store, codec};
use firebell::time::{Details, Timestamp};

fn main() {
    divan::main();
}

fn alert(number: usize) -> Record {
    let instance = format!("host-{number:06}.example.org:9100");
    let labels = Labels::from_pairs([
        ("alertname", "NodeFilesystemAlmostOutOfSpace"),
        ("instance", instance.as_str()),
        ("job", "node"),
        ("severity", "critical"),
    ]);
    let annotations = Labels::from_pairs([("summary", "Filesystem has less than 3% space left")]);
    let fingerprint = labels.fingerprint();
    let alert = Alert {
        labels,
        annotations,
        starts_at: Timestamp::from_millis(1_700_000_000_000),
        ends_at: Timestamp::from_millis(1_700_000_300_000),
        updated_at: Timestamp::from_millis(1_700_000_060_000),
        timeout: true,
        generator_url: Arc::from("http://prometheus.example.org/graph?g0.expr=up"),
        details: Details::default(),
    };
    Record::Put(RecordKey::Alert(fingerprint), RecordValue::Alert(Arc::new(alert)))
}

/// One durable batch of new alerts.
#[divan::bench(args = [1, 100, 1_000, 10_000], sample_count = 20)]
fn commit_batch(bencher: Bencher<'_, '_>, size: usize) {
    let directory = tempfile::tempdir().expect("temporary directory");
    let mut store = SledStore::open(directory.path()).expect("new store");
    let mut next = 0;
    bencher
        .counter(ItemsCount::new(size))
        .with_inputs(|| {
            next += size;
            (next - size..next).map(|number| codec::encode(&alert(number))).collect::<Batch>()
        })
        .bench_local_refs(|batch| store.commit(batch).expect("commit"));
}

/// Many callers at once, each with one alert: group commit.
#[divan::bench(args = [1, 64, 1_024], sample_count = 20)]
fn commit_from_callers(bencher: Bencher<'_, '_>, callers: usize) {
    let directory = tempfile::tempdir().expect("temporary directory");
    let committer = Committer::open(directory.path()).expect("new state").committer;
    let mut next = 0;
    bencher
        .counter(ItemsCount::new(callers))
        .with_inputs(|| {
            next += callers;
            (next - callers..next).map(alert).collect::<Vec<_>>()
        })
        .bench_local_values(|records| {
            let waiting: Vec<_> =
                records.into_iter().map(|record| committer.commit(vec![record])).collect();
            for committed in waiting {
                committed.blocking_recv().expect("answer").expect("commit");
            }
        });
}

/// Opening a state directory with so many alerts.
#[divan::bench(args = [1_000, 50_000], sample_count = 5, sample_size = 1)]
fn open(bencher: Bencher<'_, '_>, size: usize) {
    let directory = tempfile::tempdir().expect("temporary directory");
    let mut store = SledStore::open(directory.path()).expect("new store");
    let batch: Batch = (0..size).map(|number| codec::encode(&alert(number))).collect();
    store.commit(&batch).expect("commit");
    drop(store);
    bencher.counter(ItemsCount::new(size)).bench_local(|| {
        let store = SledStore::open(directory.path()).expect("store");
        let entries = store.entries().expect("entries");
        entries
            .into_iter()
            .map(|(key, value)| codec::decode(&key, &value))
            .filter(Result::is_ok)
            .count()
    });
}

/// Stored bytes of an alert, there and back.
#[divan::bench]
fn encode_alert(bencher: Bencher<'_, '_>) {
    let record = alert(7);
    bencher.bench(|| codec::encode(divan::black_box(&record)));
}

/// See [`encode_alert`].
#[divan::bench]
fn decode_alert(bencher: Bencher<'_, '_>) {
    let (key, value) = codec::encode(&alert(7));
    let value = value.unwrap_or_default();
    bencher.bench(|| codec::decode(divan::black_box(&key), &value));
}
