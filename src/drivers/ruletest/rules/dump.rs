//! All data of a test, series by series, as promtool's `--debug` shows it.

use std::fmt::Write as _;

use crate::label::pattern::Dialect;
use crate::label::{METRIC_NAME, MatchOp, Matcher, Matchers};
use crate::sample::{Selection, SeriesView, Value, is_stale};
use crate::source::embedded::Store;
use crate::source::notation::format_histogram;
use crate::time::duration::format_go;
use crate::time::{Span, Timestamp};

/// Everything after `start` and up to a second behind the `last` moment that the test asks
/// about, as far as it had been put in or recorded by `until`.
pub(super) fn everything(store: &Store, start: Timestamp, last: Span, until: Timestamp) -> String {
    let shown = Span::from_secs(last.millis() / 1000 + 1);
    let mut text =
        format!("DEBUG: Dump of all data (input_series and rules) at {}:\n", format_go(shown));
    let selection = Selection {
        matchers: named(),
        after: start,
        until: until.min(start + shown),
        narrowing: None,
    };
    for set in store.select(&[selection]) {
        for view in set.iter() {
            write(&mut text, &view);
        }
    }
    text
}

/// Every series that has a name.
fn named() -> Matchers {
    let named = Matcher::new(METRIC_NAME, MatchOp::NotEqual, "", Dialect::PromQl);
    Matchers(named.into_iter().collect())
}

fn write(text: &mut String, view: &SeriesView<'_>) {
    // writing to a string does not fail
    let _ = writeln!(text, "{} =>", view.labels);
    for index in 0..view.times.len() {
        let sample = view.sample(index);
        let value = match &sample.value {
            Value::Float(value) if is_stale(*value) => continue,
            Value::Float(value) if value.is_infinite() && *value > 0.0 => "+Inf".to_owned(),
            Value::Float(value) if value.is_infinite() => "-Inf".to_owned(),
            Value::Float(value) => value.to_string(),
            Value::Histogram(histogram) => format_histogram(histogram),
        };
        let _ = writeln!(text, "{value} @[{}]", sample.at.millis());
    }
}
