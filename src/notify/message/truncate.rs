//! Texts that must not be longer than their receiver takes.

/// At most `most` characters; a text that is cut ends in an ellipsis, except where there is
/// hardly room for one. (Source: Alertmanager, `notify.TruncateInRunes`.)
pub(super) fn in_characters(text: String, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text;
    }
    if most <= 3 {
        return text.chars().take(most).collect();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_end_in_an_ellipsis() {
        for (text, most, expect) in [
            ("abcd", 4, "abcd"),
            ("abcde", 4, "abc…"),
            ("äöüßé", 4, "äöü…"),
            ("abcde", 3, "abc"),
            ("abcde", 0, ""),
            ("", 0, ""),
        ] {
            assert_eq!(in_characters(text.to_owned(), most), expect);
        }
    }
}
