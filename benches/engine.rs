//! The engine's hot paths: alerts come in, come again, are flushed, and how that grows with
//! silences, inhibition rules and groups. Run with `cargo bench --bench engine`.

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use firebell::alerts::PostedAlert;
use firebell::drivers::simulate;
use firebell::engine::{Effect, Engine, Input, Setup, Step};
use firebell::inhibit::InhibitRule;
use firebell::label::{Labels, Matcher, Matchers};
use firebell::notify::{Receipt, Verdict};
use firebell::silence::{Silence, SilenceCommand};
use firebell::time::{Details, Span, Timestamp};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const START: Timestamp = simulate::START;

fn main() {
    divan::main();
}

fn alert(number: usize, groups: usize) -> PostedAlert {
    PostedAlert {
        labels: Labels::from_pairs([
            ("alertname", format!("Alert{}", number % groups)),
            ("instance", format!("10.0.{}.{}:9100", number / 250, number % 250)),
            ("job", "node".to_owned()),
            ("severity", if number.is_multiple_of(2) { "warning" } else { "critical" }.to_owned()),
        ]),
        annotations: Labels::from_pairs([("summary", "something is wrong with this instance")]),
        starts_at: Some(START),
        ends_at: None,
        generator_url: Arc::from("http://prometheus.example/graph"),
        details: Details::default(),
    }
}

fn posts(count: usize, groups: usize) -> Vec<PostedAlert> {
    (0..count).map(|number| alert(number, groups)).collect()
}

fn engine(setup: Setup) -> Engine {
    let mut engine = Engine::new();
    drop_step(engine.step(START, Input::Configure(Arc::new(setup))));
    engine
}

fn drop_step(step: Step) {
    drop(divan::black_box(step));
}

/// First posts, 100 a batch, into groups of 100: what an alert costs must not grow with them.
#[divan::bench(args = [1_000, 10_000, 100_000])]
fn ingest_new(bencher: Bencher<'_, '_>, count: usize) {
    let bencher = bencher.counter(divan::counter::ItemsCount::new(count));
    bencher.with_inputs(|| (engine(simulate::setup()), posts(count, count / 100))).bench_values(
        |(mut engine, posts)| {
            for batch in posts.chunks(100) {
                drop_step(engine.step(START, Input::Alerts(batch.to_vec())));
            }
            engine
        },
    );
}

/// The same alerts again a minute later.
#[divan::bench(args = [1_000, 10_000, 100_000])]
fn ingest_again(bencher: Bencher<'_, '_>, count: usize) {
    bencher
        .counter(divan::counter::ItemsCount::new(count))
        .with_inputs(|| {
            let mut engine = engine(simulate::setup());
            drop_step(engine.step(START, Input::Alerts(posts(count, count / 100))));
            (engine, posts(count, count / 100))
        })
        .bench_values(|(mut engine, posts)| {
            for batch in posts.chunks(100) {
                drop_step(engine.step(START + Span::from_mins(1), Input::Alerts(batch.to_vec())));
            }
            engine
        });
}

/// Every group is flushed once, every delivery is reported: the same for each group.
#[divan::bench(args = [100, 1_000, 10_000])]
fn flush_groups(bencher: Bencher<'_, '_>, groups: usize) {
    flush_all(bencher, groups, groups * 5);
}

/// The same of 10 000 alerts in fewer, larger groups: the same for each alert, but for sorting.
#[divan::bench(args = [1, 10, 100, 1_000])]
fn flush_groups_of(bencher: Bencher<'_, '_>, size: usize) {
    flush_all(bencher, 10_000 / size, 10_000);
}

fn flush_all(bencher: Bencher<'_, '_>, groups: usize, alerts: usize) {
    bencher
        .counter(ItemsCount::new(groups))
        .with_inputs(|| {
            let mut engine = engine(simulate::setup());
            drop_step(engine.step(START, Input::Alerts(posts(alerts, groups))));
            engine
        })
        .bench_values(|mut engine| {
            let now = START + Span::from_mins(1);
            let step = engine.step(now, Input::Wake);
            for effect in step.effects {
                if let Effect::Deliver(delivery) = effect {
                    let receipt = Receipt { delivery: delivery.id, verdict: Verdict::Delivered };
                    drop_step(engine.step(now, Input::Delivered(receipt)));
                }
            }
            engine
        });
}

/// Virtual days of 1 000 groups that nothing happens to but repeats, with Alertmanager's default
/// intervals: what a unit test over a month costs.
#[divan::bench(args = [1, 30], sample_count = 3, sample_size = 1)]
fn days_of_repeats(bencher: Bencher<'_, '_>, days: i64) {
    bencher
        .with_inputs(|| {
            let mut setup = simulate::setup();
            if let Some(notification) = Arc::get_mut(&mut setup.notification) {
                notification.route.options.group_interval = Span::from_mins(5);
                notification.route.options.repeat_interval = Span::from_mins(4 * 60);
            }
            let mut engine = engine(setup);
            let end = Some(START + Span::from_mins(60 * 24 * (days + 1)));
            let last = |alert| PostedAlert { ends_at: end, ..alert };
            let alerts = posts(1_000, 1_000).into_iter().map(last).collect();
            drop_step(engine.step(START, Input::Alerts(alerts)));
            engine
        })
        .bench_values(|mut engine| {
            let (mut now, mut told) = (START, 0);
            let end = START + Span::from_mins(60 * 24 * days);
            while now < end {
                let step = engine.step(now, Input::Wake);
                let mut wake = step.wake;
                for effect in step.effects {
                    if let Effect::Deliver(delivery) = effect {
                        let receipt =
                            Receipt { delivery: delivery.id, verdict: Verdict::Delivered };
                        wake = engine.step(now, Input::Delivered(receipt)).wake;
                        told += 1;
                    }
                }
                now = wake.map_or(end, |wake| wake.at.max(now));
            }
            told
        });
}

/// A flush of 1 000 alerts beside a growing number of silences that do not match.
#[divan::bench(args = [0, 100, 1_000])]
fn flush_beside_silences(bencher: Bencher<'_, '_>, silences: usize) {
    bencher
        .with_inputs(|| {
            let mut engine = engine(simulate::setup());
            for number in 0..silences {
                drop_step(engine.step(START, Input::Silence(silence(number))));
            }
            drop_step(engine.step(START, Input::Alerts(posts(1_000, 10))));
            engine
        })
        .bench_values(|mut engine| {
            drop_step(engine.step(START + Span::from_mins(1), Input::Wake));
            engine
        });
}

/// A flush of 1 000 alerts under inhibition rules with as many sources.
#[divan::bench(args = [0, 20])]
fn flush_under_inhibition(bencher: Bencher<'_, '_>, rules: usize) {
    bencher
        .with_inputs(|| {
            let mut setup = simulate::setup();
            if let Some(notification) = Arc::get_mut(&mut setup.notification) {
                notification.inhibit_rules = (0..rules).map(|_| inhibition()).collect();
            }
            let mut engine = engine(setup);
            drop_step(engine.step(START, Input::Alerts(posts(1_000, 10))));
            engine
        })
        .bench_values(|mut engine| {
            drop_step(engine.step(START + Span::from_mins(1), Input::Wake));
            engine
        });
}

fn silence(number: usize) -> SilenceCommand {
    let matcher = Matcher::equal("instance", &format!("nowhere-{number}"));
    let silence = Silence {
        id: Arc::from(""),
        matcher_sets: vec![Matchers(vec![matcher])],
        starts_at: START,
        ends_at: START + Span::from_mins(60),
        updated_at: START,
        created_by: "bench".into(),
        comment: "".into(),
        annotations: Labels::empty(),
    };
    SilenceCommand::Set { silence: Box::new(silence), new_id: Arc::from(format!("s{number}")) }
}

fn inhibition() -> InhibitRule {
    InhibitRule {
        name: String::new(),
        source: Matchers(vec![Matcher::equal("severity", "critical")]),
        target: Matchers(vec![Matcher::equal("severity", "warning")]),
        equal: vec!["instance".to_owned()],
    }
}
