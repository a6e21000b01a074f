//! The data of a test: from notation to the embedded store.

use std::sync::Arc;

use crate::config::ruletest::{InputSeries, Test};
use crate::drivers::promqltest::hints::as_stored;
use crate::sample::Value;
use crate::source::Batch;
use crate::source::embedded::Store;
use crate::source::notation::{NotedValue, parse_series};
use crate::time::{Span, Timestamp};

use super::Fault;

/// The most samples that the series of one test may have together.
pub(super) const SAMPLES_LIMIT: usize = 50_000_000;

/// A store with everything that the test puts in, also what is later than its last moment.
pub(super) fn store(test: &Test) -> Result<Arc<Store>, Fault> {
    let store = Store::new();
    let mut budget = SAMPLES_LIMIT;
    for (index, input) in test.input_series.iter().enumerate() {
        let fault = |text| Fault { line: input.line, text };
        // promtool writes one line for each series below a first one
        let notation = parse_series(&text(input)).map_err(|mut error| {
            error.line = error.line.max(1) + 1 + u32::try_from(index).unwrap_or(0);
            fault(error.to_string())
        })?;
        budget = budget.checked_sub(notation.values.len()).ok_or_else(|| {
            fault(format!("the series of a test may have {SAMPLES_LIMIT} samples at most"))
        })?;
        let mut batch = Batch::new();
        fill(&mut batch, &notation.values, test.start, test.interval);
        batch.end(&notation.labels);
        store.append(&batch);
    }
    Ok(Arc::new(store))
}

fn text(input: &InputSeries) -> String {
    format!("{} {}", input.series, input.values)
}

fn fill(batch: &mut Batch, values: &[Option<NotedValue>], start: Timestamp, interval: Span) {
    let times = (0..).map(|index| start + interval.times(index));
    let noted = times.zip(values).filter_map(|(at, value)| Some((at, &value.as_ref()?.value)));
    let is_histogram = |value: &Option<NotedValue>| {
        value.as_ref().is_some_and(|noted| matches!(noted.value, Value::Histogram(_)))
    };
    if values.iter().any(is_histogram) {
        let written = noted.map(|(at, value)| (at, (value.clone(), 0))).collect();
        for (at, (value, _)) in as_stored(&written) {
            batch.sample(at, &value);
        }
        return;
    }
    for (at, value) in noted {
        batch.sample(at, value);
    }
}
