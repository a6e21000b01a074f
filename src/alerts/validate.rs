//! What an alert must be like to be taken in. (Source: Alertmanager, `Alert.Validate`.)

use crate::time::Details;

use super::PostedAlert;

/// The most bytes a label's or annotation's name and value may have together.
pub const LABEL_BYTES_LIMIT: usize = 1 << 20;

/// Why an alert is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlertError {
    /// It has no labels, or only empty ones.
    #[error("at least one label pair required")]
    NoLabels,
    /// A label's name is not one.
    #[error("invalid label set: invalid name {0:?}")]
    LabelName(String),
    /// An annotation's name is not one.
    #[error("invalid annotations: invalid name {0:?}")]
    AnnotationName(String),
    /// A text is longer than [`LABEL_BYTES_LIMIT`].
    #[error("invalid label set: label {0:?} is longer than {LABEL_BYTES_LIMIT} bytes")]
    TooLong(String),
    /// It ends before it starts.
    #[error("start time must be before end time")]
    Times,
}

/// Checks an alert. `is_name` says which label names are allowed; it depends on the mode.
pub fn validate(alert: &PostedAlert, is_name: impl Fn(&str) -> bool) -> Result<(), AlertError> {
    if alert.labels.is_empty() {
        return Err(AlertError::NoLabels);
    }
    let bytes = alert.labels.as_bytes().len() + alert.annotations.as_bytes().len();
    if bytes > LABEL_BYTES_LIMIT {
        check_lengths(alert)?;
    }
    if let Some((name, _)) = alert.labels.iter().find(|(name, _)| !is_name(name)) {
        return Err(AlertError::LabelName(name.to_owned()));
    }
    if let Some((name, _)) = alert.annotations.iter().find(|(name, _)| !is_name(name)) {
        return Err(AlertError::AnnotationName(name.to_owned()));
    }
    let Some(ends_at) = alert.ends_at else { return Ok(()) };
    let Details { starts, ends } = alert.details;
    let is_reversed = alert
        .starts_at
        .is_some_and(|starts_at| (ends_at, ends.nanos()) < (starts_at, starts.nanos()));
    if is_reversed { Err(AlertError::Times) } else { Ok(()) }
}

fn check_lengths(alert: &PostedAlert) -> Result<(), AlertError> {
    let mut pairs = alert.labels.iter().chain(alert.annotations.iter());
    match pairs.find(|(name, value)| name.len() + value.len() > LABEL_BYTES_LIMIT) {
        Some((name, _)) => Err(AlertError::TooLong(name.chars().take(80).collect())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Labels;
    use crate::label::matcher::is_legacy_name;
    use crate::time::Timestamp;

    fn check(labels: &[(&str, &str)], times: (Option<i64>, Option<i64>), expect: &str) {
        let alert = PostedAlert {
            labels: Labels::from_pairs(labels.iter().copied()),
            annotations: Labels::empty(),
            starts_at: times.0.map(Timestamp::from_millis),
            ends_at: times.1.map(Timestamp::from_millis),
            generator_url: "".into(),
            details: Details::default(),
        };
        let got = validate(&alert, is_legacy_name);
        assert_eq!(got.map_or_else(|error| error.to_string(), |()| "ok".into()), expect);
    }

    #[test]
    fn nonsense_is_refused_with_upstream_words() {
        let long = "x".repeat(LABEL_BYTES_LIMIT);
        check(&[("a", "1")], (None, None), "ok");
        check(&[("a", "1")], (None, Some(-5)), "ok");
        check(&[("a", "")], (None, None), "at least one label pair required");
        check(&[("a.b", "1")], (None, None), "invalid label set: invalid name \"a.b\"");
        check(&[("a", "1")], (Some(5), Some(4)), "start time must be before end time");
        check(
            &[("a", long.as_str())],
            (None, None),
            "invalid label set: label \"a\" is longer than 1048576 bytes",
        );
    }
}
