//! What the rules of a run have written so far: later rules see it before it is stored.

use std::collections::HashMap;

use crate::label::Labels;
use crate::sample::{Sample, Series, Value, stale_marker};
use crate::time::Timestamp;

/// The samples of a run, all of one moment, in the order they were written.
pub(super) struct Overlay {
    at: Timestamp,
    written: Vec<(Labels, Value)>,
    positions: HashMap<Labels, usize, foldhash::fast::FixedState>,
}

impl Overlay {
    /// Nothing written yet; samples will be of the moment `at`.
    pub(super) fn new(at: Timestamp) -> Overlay {
        Overlay { at, written: Vec::new(), positions: HashMap::default() }
    }

    /// The moment of all samples.
    pub(super) fn at(&self) -> Timestamp {
        self.at
    }

    /// Writes a sample. A series has one value at one moment: the first that is written. Returns
    /// whether the series has the value now.
    pub(super) fn write(&mut self, labels: &Labels, value: Value) -> bool {
        if let Some(position) = self.positions.get(labels) {
            return same(&self.written[*position].1, &value);
        }
        self.positions.insert(labels.clone(), self.written.len());
        self.written.push((labels.clone(), value));
        true
    }

    /// Marks a series stale, unless it was written.
    pub(super) fn mark_stale(&mut self, labels: &Labels) {
        self.write(labels, Value::Float(stale_marker()));
    }

    /// How much has been written; counts up only.
    pub(super) fn len(&self) -> usize {
        self.written.len()
    }

    /// What was written after the first `seen`, in order.
    pub(super) fn after(&self, seen: usize) -> &[(Labels, Value)] {
        self.written.get(seen..).unwrap_or_default()
    }

    /// All of it, sorted by labels.
    pub(super) fn into_series(mut self) -> Vec<Series> {
        self.written.sort_by(|(one, _), (other, _)| one.cmp(other));
        let at = self.at;
        let series = |(labels, value)| Series { labels, samples: vec![Sample { at, value }] };
        self.written.into_iter().map(series).collect()
    }
}

/// Equality by bits, as the storage compares: a stale marker is like another.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Float(one), Value::Float(other)) => one.to_bits() == other.to_bits(),
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::is_stale;

    #[test]
    fn the_first_value_of_a_moment_stays() {
        let mut overlay = Overlay::new(Timestamp::from_millis(5));
        let (a, b) = (Labels::from_pairs([("i", "a")]), Labels::from_pairs([("i", "b")]));
        assert!(overlay.write(&b, Value::Float(1.0)));
        assert!(overlay.write(&b, Value::Float(1.0)));
        assert!(!overlay.write(&b, Value::Float(2.0)));
        overlay.mark_stale(&a);
        overlay.mark_stale(&b);
        let series = overlay.into_series();
        let shown: Vec<_> = series
            .iter()
            .map(|one| match one.samples[0].value {
                Value::Float(value) if is_stale(value) => format!("{} stale", one.labels),
                Value::Float(value) => format!("{} {value}", one.labels),
                Value::Histogram(_) => String::new(),
            })
            .collect();
        assert_eq!(shown, [r#"{i="a"} stale"#, r#"{i="b"} 1"#]);
    }
}
