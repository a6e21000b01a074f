//! The values of literals: numbers as Go reads them, quoted texts unquoted.

/// The value of a number token: an integer with Go's prefixes if it is one (`0x1F`, `0755` is
/// octal, `1_000`), else a float. The error is Go's.
pub(super) fn number(text: &str) -> Result<f64, String> {
    if let Some(integer) = integer(text) {
        return Ok(integer as f64);
    }
    let fail = |reason: &str| {
        let text = crate::template::quote(text);
        Err(format!("error parsing number: strconv.ParseFloat: parsing {text}: {reason}"))
    };
    match float(text) {
        Some(value) if value.is_infinite() && !is_infinity(text) => fail("value out of range"),
        Some(value) => Ok(value),
        None => fail("invalid syntax"),
    }
}

fn is_infinity(text: &str) -> bool {
    text.trim_start_matches(['+', '-']).eq_ignore_ascii_case("inf")
}

/// Go's `strconv.ParseInt(text, 0, 64)` for an unsigned text.
fn integer(text: &str) -> Option<i64> {
    if !underscores_separate_digits(text) {
        return None;
    }
    let plain = text.replace('_', "");
    let lower = plain.to_ascii_lowercase();
    let (digits, base) = if let Some(digits) = lower.strip_prefix("0x") {
        (digits, 16)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (&lower[1..], 8)
    } else {
        (&lower[..], 10)
    };
    let unsigned = digits.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if unsigned { i64::from_str_radix(digits, base).ok() } else { None }
}

fn float(text: &str) -> Option<f64> {
    let is_word = text.eq_ignore_ascii_case("nan") || is_infinity(text);
    let numeric = text.bytes().all(|byte| byte.is_ascii_digit() || b"._+-eE".contains(&byte));
    if !(is_word || numeric && underscores_separate_digits(text)) {
        return None;
    }
    text.replace('_', "").parse().ok()
}

/// Whether every underscore stands between two digits, or between a prefix and a digit.
fn underscores_separate_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let hexadecimal = text.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("0x"));
    let is_digit = |byte: u8| {
        if hexadecimal { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() }
    };
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_').all(|(index, _)| {
        let before = index
            .checked_sub(1)
            .is_some_and(|before| is_digit(bytes[before]) || hexadecimal && before == 1);
        before && bytes.get(index + 1).is_some_and(|after| is_digit(*after))
    })
}

/// The text of a string token, quotes and escapes resolved. The error is the text's bytes where
/// its escapes (`\xff`) do not make UTF-8.
pub(super) fn unquote(token: &str) -> Result<String, Vec<u8>> {
    let inner = token.get(1..token.len().saturating_sub(1)).unwrap_or("");
    if token.starts_with('`') || !inner.contains('\\') {
        return Ok(inner.to_owned());
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(position) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..position]);
        rest = escape(&rest[position + 1..], &mut bytes);
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).map_err(std::string::FromUtf8Error::into_bytes)
}

/// Resolves one escape, the backslash left out; gives what follows it. The lexer has seen that
/// it is complete.
fn escape<'a>(text: &'a str, bytes: &mut Vec<u8>) -> &'a str {
    let mut rest = text.chars();
    let (digits, base) = match rest.next() {
        Some('0'..='7') => (3, 8),
        Some('x') => (2, 16),
        Some('u') => (4, 16),
        Some('U') => (8, 16),
        other => {
            let plain = other.map_or('\\', simple_escape);
            bytes.extend_from_slice(plain.encode_utf8(&mut [0; 4]).as_bytes());
            return rest.as_str();
        }
    };
    let from = if base == 8 { 0 } else { 1 };
    let code = text.get(from..from + digits).unwrap_or("");
    let value = u32::from_str_radix(code, base).unwrap_or(0);
    if digits <= 3 {
        bytes.push(value as u8);
    } else {
        let character = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    text.get(from + digits..).unwrap_or("")
}

fn simple_escape(character: char) -> char {
    match character {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        other => other,
    }
}

/// Bytes that are not UTF-8, quoted as Go quotes them.
pub(super) fn quote_bytes(bytes: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        let valid = crate::template::quote(chunk.valid());
        quoted.push_str(&valid[1..valid.len() - 1]);
        for byte in chunk.invalid() {
            quoted.push_str(&format!("\\x{byte:02x}"));
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        for (text, value) in [
            ("0755", 493.0),
            ("0x1F", 31.0),
            ("0X_1f", 31.0),
            ("1_000", 1000.0),
            ("08", 8.0),
            ("0e5", 0.0),
            ("03e2", 300.0),
            ("0777e1", 7770.0),
            (".5_0", 0.5),
            ("5.", 5.0),
            ("1e1_0", 1e10),
            ("99999999999999999999", 1e20),
            ("iNf", f64::INFINITY),
            ("1e-400", 0.0),
        ] {
            assert_eq!(number(text), Ok(value), "{text}");
        }
        assert!(number("NaN").unwrap().is_nan());
    }

    #[test]
    fn numbers_that_go_refuses_are_refused() {
        for (text, reason) in [
            ("1e309", "value out of range"),
            ("0x1e+5", "invalid syntax"),
            ("0xFFFFFFFFFFFFFFFFFF", "invalid syntax"),
            (".5.5", "invalid syntax"),
            ("1e_5", "invalid syntax"),
            ("1é_5", "invalid syntax"),
            ("é_5", "invalid syntax"),
        ] {
            let message =
                format!("error parsing number: strconv.ParseFloat: parsing \"{text}\": {reason}");
            assert_eq!(number(text), Err(message), "{text}");
        }
    }

    #[test]
    fn quotes_and_escapes_are_resolved() {
        for (token, text) in [
            (r#""a\"b\\c""#, r#"a"b\c"#),
            (r"'a\'b'", "a'b"),
            (r"`a\nb`", r"a\nb"),
            (r#""\a\b\f\n\r\t\v""#, "\u{7}\u{8}\u{c}\n\r\t\u{b}"),
            (r#""\101\x41\u00e9\U0001F600""#, "AAé😀"),
            (r#""\xc3\xa9""#, "é"),
            ("''", ""),
        ] {
            assert_eq!(unquote(token).as_deref(), Ok(text), "{token}");
        }
        assert_eq!(quote_bytes(&unquote(r#""a\xc5z""#).unwrap_err()), r#""a\xc5z""#);
    }
}
