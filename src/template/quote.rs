//! Go's string quoting, which group keys, label-set texts and matchers are written with.

/// Quotes a text as Go's `strconv.Quote` does: `\a \b \f \n \r \t \v \\ \"`, other
/// unprintable characters as `\x`, `\u` or `\U` escapes.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        push_escaped(&mut quoted, character);
    }
    quoted.push('"');
    quoted
}

fn push_escaped(quoted: &mut String, character: char) {
    match character {
        '"' => quoted.push_str("\\\""),
        '\\' => quoted.push_str("\\\\"),
        '\u{7}' => quoted.push_str("\\a"),
        '\u{8}' => quoted.push_str("\\b"),
        '\u{c}' => quoted.push_str("\\f"),
        '\n' => quoted.push_str("\\n"),
        '\r' => quoted.push_str("\\r"),
        '\t' => quoted.push_str("\\t"),
        '\u{b}' => quoted.push_str("\\v"),
        _ if is_printable(character) => quoted.push(character),
        _ if (character as u32) < 0x80 => quoted.push_str(&format!("\\x{:02x}", character as u32)),
        _ if (character as u32) < 0x10000 => {
            quoted.push_str(&format!("\\u{:04x}", character as u32));
        }
        _ => quoted.push_str(&format!("\\U{:08x}", character as u32)),
    }
}

/// Go's `strconv.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
/// Rust's `escape_debug` leaves the same characters alone, up to spaces and joiners.
fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    !character.is_whitespace() && is_shown_by_debug(character)
}

fn is_shown_by_debug(character: char) -> bool {
    let mut escaped = character.escape_debug();
    escaped.len() == 1 || is_combining(character) && escaped.next() == Some('\\')
}

/// Grapheme extenders are escaped by `escape_debug` though Go prints them.
fn is_combining(character: char) -> bool {
    matches!(character as u32, 0x300..=0x36f | 0x483..=0x489 | 0x591..=0x5bd | 0x900..=0x902
        | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0xfe00..=0xfe0f | 0xfe20..=0xfe2f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_go_does() {
        assert_eq!(
            quote("a\"b\\c\nd\te\u{1}é\u{a0}\u{200b}🙂"),
            r#""a\"b\\c\nd\te\x01é\u00a0\u200b🙂""#
        );
    }
}
