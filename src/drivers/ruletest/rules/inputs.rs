//! The data of a test: from notation to the embedded store.

use std::sync::Arc;

use crate::config::ruletest::{InputSeries, Test};
use crate::drivers::promqltest::hints::as_stored;
use crate::source::Batch;
use crate::source::embedded::Store;
use crate::source::notation::{Item, parse_items};
use crate::time::{Span, Timestamp};

use super::Fault;

/// The most samples that the series of one test may have together.
pub(super) const SAMPLES_LIMIT: usize = 50_000_000;

/// A store with everything that the test puts in, also what is later than its last moment.
pub(super) fn store(test: &Test) -> Result<Arc<Store>, Fault> {
    let store = Store::new();
    let mut budget = SAMPLES_LIMIT;
    for (index, input) in test.input_series.iter().enumerate() {
        let fault = |text: String| Fault::new(input.line, text);
        // promtool writes one line for each series below a first one
        let notation = parse_items(&text(input)).map_err(|mut error| {
            error.line = error.line.max(1) + 1 + u32::try_from(index).unwrap_or(0);
            fault(error.to_string())
        })?;
        let count: usize = notation.items.iter().map(Item::count).sum();
        budget = budget.checked_sub(count).ok_or_else(|| {
            fault(format!("the series of a test may have {SAMPLES_LIMIT} samples at most"))
        })?;
        let mut batch = Batch::new();
        batch.reserve(count);
        fill(&mut batch, &notation.items, test.start, test.interval);
        batch.end(&notation.labels);
        store.append(&batch);
    }
    Ok(Arc::new(store))
}

fn text(input: &InputSeries) -> String {
    format!("{} {}", input.series, input.values)
}

fn fill(batch: &mut Batch, items: &[Item], start: Timestamp, interval: Span) {
    if items.iter().any(|item| matches!(item, Item::Histogram { .. })) {
        return fill_with_histograms(batch, items, start, interval);
    }
    let (mut at, step) = (start.millis(), interval.millis());
    for item in items {
        match item {
            Item::Floats { first, increment, count } => {
                let (mut value, increment) = (*first, *increment);
                for _ in 0..*count {
                    batch.float(at, value);
                    at = at.saturating_add(step);
                    value = increment.map_or(value, |increment| value + increment);
                }
            }
            other => {
                let gaps = i64::try_from(other.count()).unwrap_or(i64::MAX);
                at = at.saturating_add(step.saturating_mul(gaps));
            }
        }
    }
}

/// Histograms are stored with the counter resets that they show.
fn fill_with_histograms(batch: &mut Batch, items: &[Item], start: Timestamp, interval: Span) {
    let mut written = Vec::new();
    let mut index: i64 = 0;
    for item in items {
        item.each(|value| {
            let at = start + interval.times(index);
            written.extend(value.map(|noted| (at, (noted.value, 0))));
            index += 1;
        });
    }
    let written = written.into_iter().collect();
    for (at, (value, _)) in as_stored(&written) {
        batch.sample(at, &value);
    }
}
