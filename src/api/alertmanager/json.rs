//! JSON, written straight into bytes, as `serde_json` writes it.
//!
//! Most texts need no escapes: eight bytes at a time are looked at, and the whole is copied.

use std::sync::Arc;

use crate::label::{Fingerprint, Labels};
use crate::time::{Detail, Timestamp, rfc3339};

const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";

/// A text in quotes.
pub(super) fn string(out: &mut Vec<u8>, text: &str) {
    quoted(out, text.as_bytes());
}

fn quoted(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    if is_plain(bytes) {
        out.extend_from_slice(bytes);
    } else {
        escape(out, bytes);
    }
    out.push(b'"');
}

/// An object of texts.
pub(super) fn pairs(out: &mut Vec<u8>, labels: &Labels) {
    // two lengths become five marks and a comma
    out.reserve(2 * labels.as_bytes().len() + 2);
    let mut separator = b'{';
    for (name, value) in labels.byte_pairs() {
        out.push(separator);
        quoted(out, name);
        out.push(b':');
        quoted(out, value);
        separator = b',';
    }
    if separator == b'{' {
        out.push(b'{');
    }
    out.push(b'}');
}

/// A list, one item after the other.
pub(super) fn list<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    for (number, item) in items.into_iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

/// A list of texts.
pub(super) fn strings(out: &mut Vec<u8>, texts: &[Arc<str>]) {
    list(out, texts, |out, text| string(out, text));
}

/// A date and time in UTC.
pub(super) fn time(out: &mut Vec<u8>, at: Timestamp) {
    time_in_zone(out, at, Detail::default());
}

/// A date and time in the zone that its sender gave.
pub(super) fn time_in_zone(out: &mut Vec<u8>, at: Timestamp, detail: Detail) {
    out.push(b'"');
    match rfc3339::millis_bytes(at) {
        Some(text) if detail.offset_minutes() == 0 => out.extend_from_slice(&text),
        _ => out.extend_from_slice(rfc3339::millis_in_zone(at, detail).as_bytes()),
    }
    out.push(b'"');
}

/// A fingerprint, sixteen digits.
pub(super) fn fingerprint(out: &mut Vec<u8>, fingerprint: Fingerprint) {
    let mut digits = [b'"'; 18];
    for (place, digit) in digits[1..17].iter_mut().enumerate() {
        let nibble = (fingerprint.0 >> (60 - 4 * place)) & 15;
        *digit = HEXADECIMAL[nibble as usize];
    }
    out.extend_from_slice(&digits);
}

/// Whether a text may stand between quotes as it is.
fn is_plain(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk::<8>() else {
        return !bytes.iter().any(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\');
    };
    let (words, _) = bytes.as_chunks::<8>();
    let special = words.iter().fold(marks(last), |special, word| special | marks(word));
    special == 0
}

/// Not zero when one of eight bytes needs an escape.
/// (Formula: Sean Eron Anderson, "Bit Twiddling Hacks", "Determine if a word has a byte less
/// than n" and "... equal to n".)
fn marks(word: &[u8; 8]) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let word = u64::from_le_bytes(*word);
    let below = |word: u64, bound: u64| word.wrapping_sub(ONES * bound) & !word;
    let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, 0x20) | equal(b'"') | equal(b'\\')) & (ONES << 7)
}

fn escape(out: &mut Vec<u8>, bytes: &[u8]) {
    for &byte in bytes {
        let short = match byte {
            b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            0..0x20 => {
                let digits =
                    [HEXADECIMAL[usize::from(byte >> 4)], HEXADECIMAL[usize::from(byte & 15)]];
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&digits);
                continue;
            }
            _ => {
                out.push(byte);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', short]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn texts_are_what_serde_json_makes_of_them() {
        let mut texts: Vec<String> = (0..=0x100u32)
            .filter_map(char::from_u32)
            .flat_map(|one| {
                (0..20).flat_map(move |ahead| {
                    [0, 7].map(|behind| format!("{}{one}{}", "é".repeat(ahead), "x".repeat(behind)))
                })
            })
            .collect();
        texts.extend(
            ["", "a", "12345678", "say \"hi\"\\\n", "\u{1f525}\u{7f}\u{2028}"].map(str::to_owned),
        );
        for text in texts {
            let expect = serde_json::to_string(&text).unwrap();
            assert_eq!(written(|out| string(out, &text)), expect);
        }
    }

    #[test]
    fn objects_lists_and_numbers() {
        let labels = Labels::from_pairs([("b", "2"), ("a", "\"1\"")]);
        assert_eq!(written(|out| pairs(out, &labels)), r#"{"a":"\"1\"","b":"2"}"#);
        assert_eq!(written(|out| pairs(out, &Labels::empty())), "{}");
        assert_eq!(written(|out| strings(out, &["a".into(), "b".into()])), r#"["a","b"]"#);
        assert_eq!(written(|out| strings(out, &[])), "[]");
        let print = Fingerprint(0x0223_b772_b51c_29e1);
        assert_eq!(written(|out| fingerprint(out, print)), "\"0223b772b51c29e1\"");
    }

    #[test]
    fn times_are_those_of_the_api() {
        for (millis, offset, expect) in [
            (1_136_214_245_006, 0, "2006-01-02T15:04:05.006Z"),
            (1_136_214_245_006, 150, "2006-01-02T17:34:05.006+02:30"),
            (-62_135_596_800_000, 0, "0001-01-01T00:00:00.000Z"),
        ] {
            let at = Timestamp::from_millis(millis);
            let text = written(|out| time_in_zone(out, at, Detail::new(0, offset)));
            assert_eq!(text, format!("\"{expect}\""));
        }
    }
}
