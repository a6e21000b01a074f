//! What a recording rule makes of its result.
//! (Source: Prometheus, `rules/recording.go`.)

use crate::label::{Labels, METRIC_NAME};
use crate::sample::Value;

use super::error::RuleError;

/// The series that a rule records, sorted: each element under the rule's name, with the rule's
/// labels over its own (an empty one removes).
///
/// Fails when two elements become one series, then when there are more than `limit` (0 for any
/// number).
pub fn record(
    name: &str,
    labels: &[(String, String)],
    elements: Vec<(Labels, Value)>,
    limit: usize,
) -> Result<Vec<(Labels, Value)>, RuleError> {
    let rename = |element: &Labels| {
        let mut builder = element.edit();
        builder.set(METRIC_NAME, name);
        for (label, value) in labels {
            builder.set(label, value);
        }
        builder.build()
    };
    let mut series: Vec<(Labels, Value)> =
        elements.into_iter().map(|(element, value)| (rename(&element), value)).collect();
    series.sort_by(|(one, _), (other, _)| one.cmp(other));
    if series.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(RuleError::SameSeries);
    }
    if limit > 0 && series.len() > limit {
        return Err(RuleError::TooManySeries { limit, series: series.len() });
    }
    Ok(series)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(pairs: &[(&str, &str)]) -> (Labels, Value) {
        (Labels::from_pairs(pairs.iter().copied()), Value::Float(1.0))
    }

    fn check(
        labels: &[(&str, &str)],
        elements: &[&[(&str, &str)]],
        limit: usize,
        expected: Result<&[&str], &str>,
    ) {
        let labels: Vec<_> =
            labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let elements = elements.iter().map(|pairs| element(pairs)).collect();
        let series = record("job:up", &labels, elements, limit);
        let shown =
            series.map(|all| all.iter().map(|(one, _)| one.to_string()).collect::<Vec<_>>());
        let shown = shown.map_err(|error| error.to_string());
        let expected = expected
            .map(|all| all.iter().map(|one| one.to_string()).collect::<Vec<_>>())
            .map_err(str::to_owned);
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_rules_name_and_labels_win_and_empty_ones_remove() {
        check(
            &[("env", "prod"), ("instance", "")],
            &[&[("__name__", "up"), ("env", "dev"), ("instance", "b"), ("job", "x")], &[]],
            0,
            Ok(&[
                r#"{__name__="job:up", env="prod"}"#,
                r#"{__name__="job:up", env="prod", job="x"}"#,
            ]),
        );
    }

    #[test]
    fn the_same_series_twice_is_an_error_before_the_limit_is() {
        let twice: &[&[(&str, &str)]] = &[&[("instance", "a")], &[("instance", "b")]];
        check(
            &[("instance", "")],
            twice,
            1,
            Err("vector contains metrics with the same labelset after applying rule labels"),
        );
        check(&[], twice, 1, Err("exceeded limit of 1 with 2 series"));
        check(&[], &twice[..1], 1, Ok(&[r#"{__name__="job:up", instance="a"}"#]));
    }
}
