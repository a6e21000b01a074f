//! Alerts that are posted, through the whole API: a request of 100 alerts is read, stepped through
//! and committed in memory. What an alert costs must not grow with how many there are. Run with
//! `cargo bench --bench ingest`.

#![allow(clippy::unwrap_used, reason = "the tests' router is used here too")]

#[path = "../tests/api/mod.rs"]
mod api;

use api::Server;
use divan::Bencher;
use divan::counter::ItemsCount;
use firebell::alerts::{Admission, PostedAlert, Store};
use firebell::label::{Labels, PairList};
use firebell::time::{Details, Span, Timestamp};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CONFIG: &str = "\
route: {receiver: none, group_by: [alertname, cluster, service]}
receivers: [{name: none}]
";
/// The alerts of a request.
const BATCH: usize = 100;

fn main() {
    divan::main();
}

/// The labels of an alert, in an order that is not that of names.
fn labels(number: usize) -> Vec<(&'static str, String)> {
    let group = number / BATCH;
    vec![
        ("alertname", format!("HighRequestErrorRate{:02}", group % 50)),
        ("cluster", "prod-eu-1".to_owned()),
        ("service", format!("svc-{group:05}")),
        ("namespace", format!("team-{:02}", group % 20)),
        ("job", format!("svc-{group:05}")),
        ("severity", if group.is_multiple_of(2) { "page" } else { "ticket" }.to_owned()),
        ("instance", format!("10.0.{}.{}:9100", number >> 8 & 255, number & 255)),
        ("pod", format!("svc-{group:05}-7f9c4d-{number:06}")),
        ("team", format!("team-{:02}", group % 20)),
        ("region", format!("region-{}", number % 4)),
        ("prometheus", "monitoring/k8s-0".to_owned()),
    ]
}

fn object(pairs: &[(&str, String)]) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name:?}: {value:?}")).collect();
    format!("{{{}}}", pairs.join(", "))
}

/// Requests of 100 alerts each; `round` is in an annotation of each.
fn bodies(count: usize, round: usize) -> Vec<String> {
    let alert = |number: usize| {
        let summary = format!("Error rate of svc-{:05} is high", number / BATCH);
        let text = "More than 5% of the requests of this instance have failed for 10 minutes";
        let annotations = [
            ("summary", summary),
            ("description", format!("{text}: current value {}%", number % 97)),
            ("round", round.to_string()),
        ];
        format!(
            "{{\"labels\": {}, \"annotations\": {}, \"startsAt\": \"2026-01-01T00:00:00.000Z\", \
             \"endsAt\": \"2999-01-01T00:00:0{}.000Z\", \
             \"generatorURL\": \"http://prometheus.example.org:9090/graph?g0.expr=up&g0.tab=1\"}}",
            object(&labels(number)),
            object(&annotations),
            round % 10,
        )
    };
    let batch = |first: usize| {
        let alerts: Vec<_> = (first..first + BATCH).map(alert).collect();
        format!("[{}]", alerts.join(", "))
    };
    (0..count / BATCH).map(|index| batch(index * BATCH)).collect()
}

async fn post_all(server: &Server, bodies: &[String]) {
    for body in bodies {
        let answer = server.post("/api/v2/alerts", body.clone()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

/// Everything is new.
#[divan::bench(args = [1_000, 10_000, 100_000], sample_count = 3, sample_size = 1)]
fn post_new(bencher: Bencher<'_, '_>, count: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    bencher
        .counter(ItemsCount::new(count))
        .with_inputs(|| (runtime.block_on(Server::start(CONFIG, Vec::new())), bodies(count, 0)))
        .bench_local_refs(|(server, bodies)| runtime.block_on(post_all(server, bodies)));
}

/// Everything is there, and comes again with another end and another annotation.
#[divan::bench(args = [1_000, 10_000, 100_000], sample_count = 3, sample_size = 1)]
fn post_again(bencher: Bencher<'_, '_>, count: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(Server::start(CONFIG, Vec::new()));
    runtime.block_on(post_all(&server, &bodies(count, 0)));
    let mut round = 0;
    bencher
        .counter(ItemsCount::new(count))
        .with_inputs(|| {
            round += 1;
            bodies(count, round)
        })
        .bench_local_refs(|bodies| runtime.block_on(post_all(&server, bodies)));
}

/// Borrowed pairs become a set.
#[divan::bench]
fn encode_labels(bencher: Bencher<'_, '_>) {
    let (labels, mut list) = (labels(7), PairList::default());
    bencher.bench_local(|| {
        for (name, value) in &labels {
            list.push((*name).into(), value.as_str().into());
        }
        list.take_labels()
    });
}

fn posted(number: usize, round: usize) -> PostedAlert {
    PostedAlert {
        labels: Labels::from_pairs(labels(number)),
        annotations: Labels::from_pairs([("round", round.to_string())]),
        starts_at: Some(Timestamp::from_millis(0)),
        ends_at: None,
        generator_url: "".into(),
        details: Details::default(),
    }
}

/// Known alerts are taken in again, while somebody looks at what the store was.
#[divan::bench(args = [1_000, 10_000, 100_000])]
fn upsert_known_beside_a_reader(bencher: Bencher<'_, '_>, count: usize) {
    let (mut store, mut admission) = (Store::default(), Admission::<()>::default());
    let mut take = |store: &mut Store, number, round| {
        admission.upsert(
            store,
            Timestamp::from_millis(0),
            posted(number, round),
            Span::from_mins(5),
        )
    };
    for number in 0..count {
        assert!(take(&mut store, number, 0).is_some());
    }
    let mut round = 0;
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        let seen = store.clone();
        round += 1;
        for number in 0..BATCH {
            divan::black_box(take(&mut store, (round * BATCH + number * 7) % count, round));
        }
        seen
    });
}
