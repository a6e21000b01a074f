//! How long it takes to make batches of records durable, and to read them again.

use std::path::Path;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use firebell::alerts::Alert;
use firebell::engine::{Record, RecordKey, RecordValue};
use firebell::label::Labels;
use firebell::state::{Committer, Outlives, codec};
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

/// A state directory with a runtime to wait in.
fn begin() -> (tempfile::TempDir, Committer, tokio::runtime::Runtime) {
    let directory = tempfile::tempdir().expect("temporary directory");
    let committer = Committer::open(directory.path()).expect("new state").committer;
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    (directory, committer, runtime)
}

/// A batch of new alerts, until it outlives the process.
#[divan::bench(args = [1, 100, 1_000, 10_000], sample_count = 50)]
fn commit_alerts(bencher: Bencher<'_, '_>, size: usize) {
    let (_directory, committer, _runtime) = begin();
    let records: Vec<_> = (0..size).map(alert).collect();
    bencher.counter(ItemsCount::new(size)).bench_local(|| {
        committer.commit(&records, Outlives::Process).written().expect("commit");
    });
}

/// One record, until it outlives the power supply: as long as a sync takes.
#[divan::bench(sample_count = 200)]
fn commit_synced(bencher: Bencher<'_, '_>) {
    let (_directory, committer, runtime) = begin();
    let records = [alert(7)];
    bencher.bench_local(|| {
        runtime.block_on(committer.commit(&records, Outlives::Power)).expect("commit");
    });
}

/// Many callers at once, each with one alert that is to outlive the power supply.
#[divan::bench(args = [1, 64, 1_024], sample_count = 20)]
fn commit_from_callers(bencher: Bencher<'_, '_>, callers: usize) {
    let (_directory, committer, runtime) = begin();
    let records: Vec<_> = (0..callers).map(|number| [alert(number)]).collect();
    bencher.counter(ItemsCount::new(callers)).bench_local(|| {
        let waiting: Vec<_> =
            records.iter().map(|record| committer.commit(record, Outlives::Power)).collect();
        for committed in waiting {
            runtime.block_on(committed).expect("commit");
        }
    });
}

/// Ends a state directory with so many alerts, and opens it again: `journal` as a killed process
/// leaves it, `snapshot` as one that ended well.
#[divan::bench(args = [("journal", 15_000), ("snapshot", 15_000), ("journal", 50_000), ("snapshot", 50_000)], sample_count = 5, sample_size = 1)]
fn open(bencher: Bencher<'_, '_>, (left, size): (&str, usize)) {
    let (directory, committer, runtime) = begin();
    for number in (0..size).step_by(100) {
        let records: Vec<_> = (number..number + 100).map(alert).collect();
        committer.commit(&records, Outlives::Process).written().expect("commit");
    }
    let copy = tempfile::tempdir().expect("temporary directory");
    if left == "snapshot" {
        runtime.block_on(committer.close()).expect("close");
    }
    bencher
        .counter(ItemsCount::new(size))
        .with_inputs(|| copy_files(directory.path(), copy.path()))
        .bench_local_values(|()| {
            let opened = Committer::open(copy.path()).expect("state");
            assert_eq!(opened.records.len(), size);
            runtime.block_on(opened.committer.close())
        });
}

fn copy_files(from: &Path, to: &Path) {
    for file in std::fs::read_dir(to).into_iter().flatten().flatten() {
        let _ = std::fs::remove_file(file.path());
    }
    for file in std::fs::read_dir(from).into_iter().flatten().flatten() {
        let _ = std::fs::copy(file.path(), to.join(file.file_name()));
    }
}

/// So many new alerts, from the journal into a snapshot and into their places in sled.
#[divan::bench(args = [1_000, 15_000], sample_count = 5, sample_size = 1)]
fn settle(bencher: Bencher<'_, '_>, size: usize) {
    let (directory, committer, runtime) = begin();
    let mut next = 0;
    bencher
        .counter(ItemsCount::new(size))
        .with_inputs(|| {
            next += size;
            let records: Vec<_> = (next - size..next).map(alert).collect();
            committer.commit(&records, Outlives::Process).written().expect("commit");
        })
        .bench_local_values(|()| {
            // the second waits until the first has settled everything
            runtime.block_on(committer.snapshot()).expect("snapshot");
            runtime.block_on(committer.snapshot()).expect("settled");
        });
    drop(directory);
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
