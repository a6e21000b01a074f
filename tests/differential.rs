//! The evaluator against a genuine Prometheus, when one is present: the same samples by remote
//! write, the same queries, the same answers. `FIREBELL_PROMETHEUS` names the binary; else it is
//! looked for in `target/peers/usr/bin` and in the search path.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

#[path = "differential/outcome.rs"]
mod outcome;
#[path = "differential/prometheus.rs"]
mod prometheus;
#[path = "differential/samples.rs"]
mod samples;

use firebell::promql::syntax::{Features, parse};
use firebell::promql::{Grid, Limits, NameRemoval, Options, Query};
use firebell::source::embedded::Store;
use firebell::time::{Span, Timestamp};

use outcome::{Difference, Outcome};
use prometheus::Prometheus;

/// What the genuine Prometheus of the day (3.5) can be asked to understand.
const FEATURES: &str = "native-histograms,promql-experimental-functions,promql-duration-expr";
const OURS: Features = Features {
    experimental_functions: true,
    duration_expressions: true,
    extended_range_selectors: false,
    binop_fill_modifiers: false,
};

/// A query of the list, and why it is known to differ, if it is.
struct Asked {
    text: &'static str,
    known: Option<&'static str>,
}

/// The list: a query a line; `# differs: why` holds until the next blank line.
fn queries() -> Vec<Asked> {
    let mut known = None;
    let mut queries = Vec::new();
    for line in include_str!("differential/queries.txt").lines().map(str::trim) {
        if line.is_empty() {
            known = None;
        } else if let Some(reason) = line.strip_prefix("# differs: ") {
            known = Some(reason);
        } else if !line.starts_with('#') {
            queries.push(Asked { text: line, known });
        }
    }
    queries
}

/// When the queries are asked: early, late, off the samples' rhythm, and over time.
fn grids() -> [Grid; 4] {
    let at = |seconds: i64, millis| samples::START + Span::from_millis(seconds * 1000 + millis);
    [
        Grid::instant(at(20 * 60, 0)),
        Grid::instant(at(35 * 60 + 17, 3)),
        Grid::instant(at(60 * 60, 1)),
        Grid::range(at(5 * 60, 0), at(68 * 60, 0), Span::from_secs(97)),
    ]
}

fn ask_ourselves(store: &Store, text: &str, grid: &Grid, options: &Options) -> Outcome {
    let expr = match parse(text, &OURS) {
        Ok(expr) => expr,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let answer = Query::new(&expr, options).and_then(|query| {
        let series = store.select(&query.needs(grid)?);
        query.run(grid, &series, &Limits::default())
    });
    match answer {
        Ok(answer) => Outcome::of_answer(text, &answer),
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

#[derive(Default)]
struct Tally {
    compared: usize,
    known: usize,
    failures: Vec<String>,
}

impl Tally {
    fn compare(&mut self, asked: &Asked, at: Timestamp, difference: Option<Difference>) {
        self.compared += 1;
        match (difference, asked.known) {
            (None, _) => {}
            (Some(_), Some(_)) => self.known += 1,
            (Some(difference), None) => {
                self.failures.push(format!("{} at {at}: {difference}", asked.text));
            }
        }
    }
}

fn differential(removal: NameRemoval) {
    let flags = match removal {
        NameRemoval::Immediate => FEATURES.to_owned(),
        NameRemoval::Delayed => format!("{FEATURES},promql-delayed-name-removal"),
    };
    let Some(genuine) = Prometheus::start(&flags) else {
        println!("skipped: no genuine prometheus (set FIREBELL_PROMETHEUS to its binary)");
        return;
    };
    let series = samples::series();
    genuine.write(&series);
    let store = samples::store(&series);
    let options = Options { name_removal: removal, ..Options::default() };
    let mut tally = Tally::default();
    for asked in queries() {
        for grid in grids() {
            let expected = genuine.ask(asked.text, &grid);
            let got = ask_ourselves(&store, asked.text, &grid, &options);
            let ordered = asked.text.starts_with("sort") && grid.is_instant();
            tally.compare(&asked, grid.start, outcome::compare(&expected, &got, ordered));
        }
    }
    let Tally { compared, known, failures } = tally;
    println!(
        "{removal:?} name removal: {compared} compared, {} differ, {known} in known ways",
        failures.len()
    );
    assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn answers_are_those_of_prometheus() {
    differential(NameRemoval::Immediate);
}

#[test]
fn answers_are_those_of_prometheus_with_delayed_name_removal() {
    differential(NameRemoval::Delayed);
}
