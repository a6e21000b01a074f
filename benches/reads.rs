//! What readers cost, and how that grows: with alerts, groups, routes, silences and inhibition
//! rules; and a reload with its routes. Run with `cargo bench --bench reads`.

#![allow(clippy::unwrap_used)] // a bench that cannot go on fails

use std::fmt::Write;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use firebell::alerts::PostedAlert;
use firebell::config::Expansion;
use firebell::config::alertmanager;
use firebell::drivers::simulate;
use firebell::engine::view::{Extent, View};
use firebell::engine::{Engine, Input, Setup};
use firebell::inhibit::InhibitRule;
use firebell::label::matcher::{Mode, parse_list};
use firebell::label::{Labels, Matchers};
use firebell::route::Tree;
use firebell::silence::{Silence, SilenceCommand};
use firebell::time::{Details, Span, Timestamp};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const START: Timestamp = simulate::START;

fn main() {
    divan::main();
}

fn alert(number: usize) -> PostedAlert {
    let service = number / 100;
    PostedAlert {
        labels: Labels::from_pairs([
            ("alertname", format!("HighErrorRate{}", service % 50)),
            ("class", format!("c{}", number % 20)),
            ("instance", format!("10.0.{}.{}:9100", number / 500, number / 2 % 250)),
            ("kind", if number.is_multiple_of(2) { "source" } else { "target" }.to_owned()),
            ("pod", format!("svc-{service:05}-7f9c4d-{number:06}")),
            ("service", format!("svc-{service:05}")),
        ]),
        annotations: Labels::from_pairs([("summary", "something is wrong with this instance")]),
        starts_at: Some(START),
        ends_at: Some(START + Span::from_mins(120)),
        generator_url: Arc::from("http://prometheus.example/graph"),
        details: Details::default(),
    }
}

fn loaded(setup: Setup, alerts: usize) -> Engine {
    let mut engine = Engine::new();
    drop(engine.step(START, Input::Configure(Arc::new(setup))));
    let posts: Vec<_> = (0..alerts).map(alert).collect();
    for batch in posts.chunks(100) {
        drop(engine.step(START, Input::Alerts(batch.to_vec())));
    }
    engine
}

fn matchers(text: &str) -> Matchers {
    parse_list(text, Mode::default()).unwrap().value
}

/// How many alerts nothing keeps quiet.
fn active(view: &View) -> usize {
    let alerts = view.alerts(START);
    alerts.filter(|(print, alert)| view.status(START, *print, alert).is_active()).count()
}

/// All alerts with what keeps them quiet and the routes they end at.
#[divan::bench(args = [1_000, 10_000, 100_000])]
fn list_alerts(bencher: Bencher<'_, '_>, alerts: usize) {
    let engine = loaded(simulate::setup(), alerts);
    bencher.counter(ItemsCount::new(alerts)).bench_local(|| {
        let (view, mut routes, mut ends) = (engine.view(Extent::Alerts), Vec::new(), 0);
        for (print, alert) in view.alerts(START) {
            divan::black_box(view.status(START, print, alert));
            view.tree().find(&alert.labels, &mut routes);
            ends += routes.len();
        }
        ends
    });
}

/// The alerts of one service among all.
#[divan::bench(args = [1_000, 10_000, 100_000])]
fn filter_alerts(bencher: Bencher<'_, '_>, alerts: usize) {
    let engine = loaded(simulate::setup(), alerts);
    let wanted = matchers("service=~\"svc-000.[37]\"");
    bencher.counter(ItemsCount::new(alerts)).bench_local(|| {
        let view = engine.view(Extent::Alerts);
        view.alerts(START).filter(|(_, alert)| wanted.matches(&alert.labels)).count()
    });
}

/// All groups with their alerts in the order of messages.
#[divan::bench(args = [1_000, 10_000, 100_000])]
fn list_groups(bencher: Bencher<'_, '_>, alerts: usize) {
    let engine = loaded(simulate::setup(), alerts);
    bencher.counter(ItemsCount::new(alerts)).bench_local(|| {
        let view = engine.view(Extent::Groups);
        view.groups(START).map(|group| group.alerts(START, |_| true).len()).sum::<usize>()
    });
}

fn silence(number: usize) -> SilenceCommand {
    let text = format!("service=~\"svc-0*{}\", pod=~\"svc-.+-7f9c4d-0*{number}\"", number / 100);
    let silence = Silence {
        id: Arc::from(""),
        matcher_sets: vec![matchers(&text)],
        starts_at: START,
        ends_at: START + Span::from_mins(60),
        updated_at: START,
        created_by: "bench".into(),
        comment: "".into(),
        annotations: Labels::empty(),
    };
    SilenceCommand::Set { silence: Box::new(silence), new_id: Arc::from(format!("s{number}")) }
}

fn silenced(silences: usize) -> Engine {
    let mut engine = loaded(simulate::setup(), 1_000);
    for number in 0..silences {
        drop(engine.step(START, Input::Silence(silence(number))));
    }
    engine
}

/// 1 000 alerts beside silences with two regular expressions each, looked at the first time.
#[divan::bench(args = [100, 1_000, 10_000], sample_count = 5, sample_size = 1)]
fn silences_first(bencher: Bencher<'_, '_>, silences: usize) {
    let view = |engine: Engine| engine.view(Extent::Alerts);
    bencher.with_inputs(|| view(silenced(silences))).bench_local_values(|view| active(&view));
}

/// The same, looked at again.
#[divan::bench(args = [100, 1_000, 10_000])]
fn silences_again(bencher: Bencher<'_, '_>, silences: usize) {
    let engine = silenced(silences);
    active(&engine.view(Extent::Alerts));
    bencher.bench_local(|| active(&engine.view(Extent::Alerts)));
}

/// The same, after one more silence was made.
#[divan::bench(args = [100, 1_000, 10_000], sample_count = 20, sample_size = 1)]
fn silences_and_a_new_one(bencher: Bencher<'_, '_>, silences: usize) {
    let mut engine = silenced(silences);
    active(&engine.view(Extent::Alerts));
    let mut number = silences;
    bencher.bench_local(|| {
        drop(engine.step(START, Input::Silence(silence(number))));
        number += 1;
        active(&engine.view(Extent::Alerts))
    });
}

/// 10 000 alerts, half of which the others inhibit, each by one of the rules.
#[divan::bench(args = [1, 20, 400])]
fn inhibition(bencher: Bencher<'_, '_>, rules: usize) {
    let mut setup = simulate::setup();
    if let Some(notification) = Arc::get_mut(&mut setup.notification) {
        let rule = |number: usize| InhibitRule {
            name: String::new(),
            source: matchers(&format!("kind=\"source\", class=\"c{}\"", number * 2)),
            target: matchers(&format!("kind=\"target\", class=\"c{}\"", number * 2 + 1)),
            equal: vec!["instance".to_owned()],
        };
        notification.inhibit_rules = (0..rules).map(rule).collect();
    }
    let engine = loaded(setup, 10_000);
    bencher.counter(ItemsCount::new(10_000_usize)).bench_local(|| {
        let view = engine.view(Extent::Alerts);
        active(&view)
    });
}

/// A configuration with that many routes in teams of 20.
fn configuration(routes: usize) -> String {
    let mut text = String::from("receivers: [{name: r}]\nroute:\n  receiver: r\n  routes:\n");
    for team in 0..routes / 20 {
        let _ = writeln!(text, "  - matchers: ['team=\"t{team}\"']\n    routes:");
        for number in team * 20..team * 20 + 19 {
            let matcher = match number % 3 {
                0 => format!("service=\"svc-{number:05}\""),
                1 => format!("service=~\"svc-0*{number}\""),
                _ => format!("severity!=\"none{number}\""),
            };
            let _ =
                writeln!(text, "    - matchers: ['{matcher}', 'alertname=~\"High.*{number}\"']");
            let _ = writeln!(text, "      group_by: [alertname, service]\n      group_wait: 10s");
        }
    }
    text
}

/// From the text of a configuration to what the engine takes: all that a reload of a changed file
/// costs.
#[divan::bench(args = [100, 1_000, 10_000])]
fn load_routes(bencher: Bencher<'_, '_>, routes: usize) {
    let text = configuration(routes);
    bencher.counter(ItemsCount::new(routes)).bench_local(|| {
        let raw = alertmanager::parse("a.yml", &text, Expansion::Off, Mode::default()).unwrap();
        Tree::new(&raw.compile(&[]).unwrap().route)
    });
}

/// Where one alert ends, among that many routes.
#[divan::bench(args = [100, 1_000, 10_000])]
fn find_routes(bencher: Bencher<'_, '_>, routes: usize) {
    let text = configuration(routes);
    let raw = alertmanager::parse("a.yml", &text, Expansion::Off, Mode::default()).unwrap();
    let tree = Tree::new(&raw.compile(&[]).unwrap().route);
    let last = routes / 20 - 1;
    let labels = Labels::from_pairs([
        ("alertname", "HighLatency".to_owned()),
        ("service", format!("svc-{:05}", last * 20 + 3)),
        ("team", format!("t{last}")),
    ]);
    bencher.bench_local(|| tree.matching(&labels).len());
}
