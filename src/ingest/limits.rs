//! What one request may bring, whatever its format.

/// The most labels of a series, the metric name among them.
pub const MAX_LABELS: usize = 128;
/// The longest label name, in bytes.
pub const MAX_LABEL_NAME: usize = 1024;
/// The longest label value, in bytes.
pub const MAX_LABEL_VALUE: usize = 64 << 10;

/// Why the labels of a series are too much, if they are.
pub(super) fn excess<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let mut count = 0;
    for (name, value) in pairs {
        count += 1;
        if name.len() > MAX_LABEL_NAME {
            let (shown, size) = (shorten(name), name.len());
            return Some(format!("label name {shown} has {size} bytes, limit {MAX_LABEL_NAME}"));
        }
        if value.len() > MAX_LABEL_VALUE {
            let (shown, size) = (shorten(name), value.len());
            return Some(format!(
                "label {shown} has {size} bytes of value, limit {MAX_LABEL_VALUE}"
            ));
        }
    }
    (count > MAX_LABELS).then(|| format!("series with {count} labels, limit {MAX_LABELS}"))
}

/// A text for an error message: quoted, and cut when it is long.
pub(super) fn shorten(text: &str) -> String {
    const SHOWN: usize = 64;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_limits_and_a_message_for_each() {
        let long = |length| "x".repeat(length);
        let check = |name: usize, value: usize, count: usize, expected: Option<&str>| {
            let pairs = vec![(long(name), long(value)); count];
            let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let message = excess(pairs);
            assert_eq!(message.is_some(), expected.is_some(), "{message:?}");
            assert!(message.unwrap_or_default().ends_with(expected.unwrap_or_default()));
        };
        check(MAX_LABEL_NAME, MAX_LABEL_VALUE, MAX_LABELS, None);
        check(MAX_LABEL_NAME + 1, 1, 1, Some("has 1025 bytes, limit 1024"));
        check(3, MAX_LABEL_VALUE + 1, 1, Some("has 65537 bytes of value, limit 65536"));
        check(3, 3, MAX_LABELS + 1, Some("series with 129 labels, limit 128"));
    }
}
