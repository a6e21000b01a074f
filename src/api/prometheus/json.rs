//! JSON written straight into a text: what queries answer can be large.
//! (Source of the number formats: Prometheus docs, "HTTP API", and what Prometheus 3 answers.)

use std::fmt::Write;

use crate::label::Labels;
use crate::sample::{Bucket, Histogram, Value};

/// A text with its quotes.
pub(super) fn string(out: &mut String, text: &str) {
    out.push('"');
    // without a way out on the way the loop looks at several bytes at a time
    let special = |byte: u8| (byte < b' ') | (byte == b'"') | (byte == b'\\');
    if text.bytes().fold(false, |found, byte| found | special(byte)) {
        escaped(out, text);
    } else {
        out.push_str(text);
    }
    out.push('"');
}

fn escaped(out: &mut String, text: &str) {
    let mut written = 0;
    for (index, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[written..index]);
        written = index + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            // writing to a text cannot fail, here and below
            _ => drop(write!(out, "\\u{byte:04x}")),
        }
    }
    out.push_str(&text[written..]);
}

/// A text with its quotes, by reference to its owner.
#[expect(clippy::ptr_arg, reason = "it is handed to iterators over owned texts")]
pub(super) fn string_of(out: &mut String, text: &String) {
    string(out, text);
}

/// A list of texts.
pub(super) fn strings<T: AsRef<str>>(out: &mut String, texts: &[T]) {
    sequence(out, texts, |out, text| string(out, text.as_ref()));
}

/// A list of anything.
pub(super) fn sequence<T>(
    out: &mut String,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut String, T),
) {
    out.push('[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

/// A label set as an object.
pub(super) fn labels(out: &mut String, labels: &Labels) {
    out.push('{');
    for (index, (name, value)) in labels.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        string(out, name);
        out.push(':');
        string(out, value);
    }
    out.push('}');
}

/// A number as a text: the fewest digits, with an exponent only below 1e-6 and from 1e21 on.
pub(super) fn float(out: &mut String, value: f64) {
    out.push('"');
    let size = value.abs();
    if !value.is_finite() {
        out.push_str(not_finite(value));
    } else if size != 0.0 && !(1e-6..1e21).contains(&size) {
        push_exponent(out, value);
    } else {
        decimal(out, value);
    }
    out.push('"');
}

/// The fewest digits and no exponent.
fn decimal(out: &mut String, value: f64) {
    let size = value.abs();
    if size < 1e15 && value as i64 as f64 == value && size != 0.0 {
        integer(out, value as i64);
    } else if (1e-4..1e15).contains(&size) {
        // in this range the fewest digits come without an exponent
        out.push_str(zmij::Buffer::new().format_finite(value));
    } else {
        let _ = write!(out, "{value}");
    }
}

fn not_finite(value: f64) -> &'static str {
    match value {
        f64::INFINITY => "+Inf",
        f64::NEG_INFINITY => "-Inf",
        _ => "NaN",
    }
}

/// The fewest digits and always an exponent, of two digits at least: `1.5e+00`.
pub(super) fn exponent(value: f64) -> String {
    let mut text = String::new();
    if value.is_finite() {
        push_exponent(&mut text, value);
    } else {
        text.push_str(not_finite(value));
    }
    text
}

fn push_exponent(out: &mut String, value: f64) {
    let start = out.len();
    let _ = write!(out, "{value:e}");
    let Some(mark) = out[start..].find('e') else { return };
    let digits = out.split_off(start + mark + 1);
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', &*digits),
    };
    let _ = write!(out, "{sign}{digits:0>2}");
}

/// A moment in seconds, with three digits of fraction or none.
pub(super) fn moment(out: &mut String, millis: i64) {
    if millis < 0 {
        out.push('-');
    }
    let size = millis.unsigned_abs();
    integer(out, size / 1000);
    if !size.is_multiple_of(1000) {
        let _ = write!(out, ".{:03}", size % 1000);
    }
}

/// A whole number.
fn integer(out: &mut String, number: impl itoa::Integer) {
    out.push_str(itoa::Buffer::new().format(number));
}

/// The most bytes of `,[moment,"` for which room is kept.
const OPENING_BYTES: usize = 32;

/// The openings of points, each written out once: series after series comes with the same
/// moments, in the same places. Copying a fixed number of bytes is faster than the right number,
/// so what is too much is cut off afterwards.
#[derive(Default)]
pub(super) struct Moments {
    /// By place: the moment, `,[moment,"` in the first bytes, and how many those are.
    known: Vec<(i64, [u8; OPENING_BYTES], usize)>,
    text: Vec<u8>,
}

impl Moments {
    /// `[[moment,"number"],...]`
    pub(super) fn points(&mut self, out: &mut String, points: impl Iterator<Item = (i64, f64)>) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        let (mut last, mut number) = (None, 0..0);
        for (place, (millis, value)) in points.enumerate() {
            let (opening, length) = self.opening(place, millis);
            let begin = text.len();
            text.extend_from_slice(opening);
            text.truncate(begin + length);
            if last.replace(value.to_bits()) == Some(value.to_bits()) {
                text.extend_from_within(number.clone());
                continue;
            }
            number.start = text.len();
            let size = value.abs();
            if (1e-4..1e15).contains(&size) {
                if value as i64 as f64 == value {
                    text.extend_from_slice(itoa::Buffer::new().format(value as i64).as_bytes());
                } else {
                    text.extend_from_slice(zmij::Buffer::new().format_finite(value).as_bytes());
                }
            } else if value.to_bits() == 0 {
                text.push(b'0');
            } else {
                let mut number = String::new();
                float(&mut number, value);
                text.extend_from_slice(number.trim_matches('"').as_bytes());
            }
            text.extend_from_slice(b"\"]");
            number.end = text.len();
        }
        out.push('[');
        // the first point has no comma before it
        out.push_str(std::str::from_utf8(text.get(1..).unwrap_or_default()).unwrap_or_default());
        out.push(']');
        self.text = text;
    }

    /// `[moment,"number"]`
    pub(super) fn point(&mut self, out: &mut String, millis: i64, value: f64) {
        let (opening, length) = self.opening(0, millis);
        out.push_str(std::str::from_utf8(&opening[1..length - 1]).unwrap_or_default());
        float(out, value);
        out.push(']');
    }

    fn opening(&mut self, place: usize, millis: i64) -> (&[u8; OPENING_BYTES], usize) {
        if place >= self.known.len() {
            self.known.resize(place + 1, (millis, [0; OPENING_BYTES], 0));
        }
        let (known, bytes, length) = &mut self.known[place];
        if *known != millis || *length == 0 {
            let mut text = String::from(",[");
            moment(&mut text, millis);
            text.push_str(",\"");
            *known = millis;
            *length = text.len().min(OPENING_BYTES);
            bytes[..*length].copy_from_slice(&text.as_bytes()[..*length]);
        }
        (bytes, *length)
    }
}

/// `[moment,"number"]` where the number never has an exponent: Prometheus' scalars.
pub(super) fn plain_point(out: &mut String, millis: i64, value: f64) {
    out.push('[');
    moment(out, millis);
    out.push_str(",\"");
    if value.is_finite() {
        decimal(out, value);
    } else {
        out.push_str(not_finite(value));
    }
    out.push_str("\"]");
}

/// `[moment,{"count":...}]`
pub(super) fn histogram_point(out: &mut String, millis: i64, value: &Histogram) {
    out.push('[');
    moment(out, millis);
    out.push(',');
    histogram(out, value);
    out.push(']');
}

/// `"value":[...]` or `"histogram":[...]`
pub(super) fn sample(out: &mut String, moments: &mut Moments, millis: i64, value: &Value) {
    match value {
        Value::Float(value) => {
            out.push_str("\"value\":");
            moments.point(out, millis, *value);
        }
        Value::Histogram(value) => {
            out.push_str("\"histogram\":");
            histogram_point(out, millis, value);
        }
    }
}

fn histogram(out: &mut String, histogram: &Histogram) {
    out.push_str("{\"count\":");
    float(out, histogram.count);
    out.push_str(",\"sum\":");
    float(out, histogram.sum);
    let buckets = histogram.buckets();
    let mut populated = buckets.iter().filter(|bucket| bucket.count != 0.0).peekable();
    if populated.peek().is_some() {
        out.push_str(",\"buckets\":");
        sequence(out, populated, bucket);
    }
    out.push('}');
}

/// `[kind of bounds,"lower","upper","count"]`
fn bucket(out: &mut String, bucket: &Bucket) {
    out.push('[');
    out.push(match (bucket.lower_inclusive, bucket.upper_inclusive) {
        (false, true) => '0',
        (true, false) => '1',
        (false, false) => '2',
        (true, true) => '3',
    });
    for number in [bucket.lower, bucket.upper, bucket.count] {
        out.push(',');
        float(out, number);
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::CUSTOM_SCHEMA;

    fn written(write: impl FnOnce(&mut String)) -> String {
        let mut out = String::new();
        write(&mut out);
        out
    }

    #[test]
    fn numbers_are_texts_with_an_exponent_only_where_prometheus_writes_one() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-17.0, "-17"),
            (0.1, "0.1"),
            (1e6, "1000000"),
            (123_456_789_012_345_678.0, "123456789012345680"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-1.5e21, "-1.5e+21"),
            (1e-6, "0.000001"),
            (9.9e-7, "9.9e-07"),
            (5e-324, "5e-324"),
            (1e300, "1e+300"),
            // of two texts as short and as near, Go takes the one that ends even
            (245_777_903_432_188.62, "245777903432188.62"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(written(|out| float(out, value)), format!("\"{text}\""));
        }
    }

    #[test]
    fn numbers_are_written_with_as_few_digits_as_the_standard_library_needs() {
        let mut bits = 1_u64;
        for _ in 0..100_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let value = f64::from_bits(bits);
            let near = f64::from_bits(bits >> 12 | 1 << 62) * (bits % 1000) as f64;
            for value in [value, near, near.fract() / 1024.0, (bits as i64 >> 17) as f64 / 100.0] {
                let text = written(|out| float(out, value));
                let text = text.trim_matches('"');
                if (1e-6..1e21).contains(&value.abs()) {
                    assert_eq!(text.parse(), Ok(value));
                    assert_eq!(text.len(), value.to_string().len(), "{value} {text}");
                    assert!(!text.contains('e'));
                }
            }
        }
    }

    #[test]
    fn points_are_written_whatever_was_in_their_place_before() {
        let mut moments = Moments::default();
        let mut check = |points: &[(i64, f64)], expected: &str| {
            assert_eq!(written(|out| moments.points(out, points.iter().copied())), expected);
        };
        check(&[], "[]");
        check(&[(1000, 1.0), (2500, -0.25)], r#"[[1,"1"],[2.500,"-0.25"]]"#);
        check(&[(1000, f64::NAN), (-5, 1e300)], r#"[[1,"NaN"],[-0.005,"1e+300"]]"#);
        check(
            &[(0, 2.5), (1000, 2.5), (2000, -0.0), (3000, 0.0), (4000, 0.0)],
            r#"[[0,"2.5"],[1,"2.5"],[2,"-0"],[3,"0"],[4,"0"]]"#,
        );
        check(&[(i64::MIN, 0.0)], r#"[[-9223372036854775.808,"0"]]"#);
        assert_eq!(written(|out| moments.point(out, 7, 0.0)), r#"[0.007,"0"]"#);
    }

    #[test]
    fn scalars_never_have_an_exponent() {
        for (value, text) in [(1e-7, "0.0000001"), (1e21, "1000000000000000000000"), (-0.0, "-0")] {
            assert_eq!(written(|out| plain_point(out, 0, value)), format!("[0,\"{text}\"]"));
        }
    }

    #[test]
    fn values_of_alerts_always_have_an_exponent() {
        for (value, text) in [
            (1.0, "1e+00"),
            (0.0, "0e+00"),
            (1234.5, "1.2345e+03"),
            (-1e-7, "-1e-07"),
            (1e100, "1e+100"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(exponent(value), text);
        }
    }

    #[test]
    fn moments_have_three_digits_of_fraction_or_none() {
        for (millis, text) in
            [(0, "0"), (1000, "1"), (1500, "1.500"), (-1, "-0.001"), (-62_000, "-62")]
        {
            assert_eq!(written(|out| moment(out, millis)), text);
        }
    }

    #[test]
    fn texts_are_escaped() {
        assert_eq!(written(|out| string(out, "a\"\\\n\u{1}é<")), r#""a\"\\\n\u0001é<""#);
    }

    #[test]
    fn buckets_say_which_bounds_are_theirs_and_empty_ones_are_left_out() {
        let exponential = Histogram {
            count: 6.0,
            sum: 2.5,
            zero_threshold: 0.001,
            zero_count: 1.0,
            positive_spans: vec![(0, 2)],
            positive_buckets: vec![2.0, 0.0],
            negative_spans: vec![(0, 1)],
            negative_buckets: vec![3.0],
            ..Histogram::default()
        };
        assert_eq!(
            written(|out| histogram(out, &exponential)),
            r#"{"count":"6","sum":"2.5","buckets":[[1,"-1","-0.5","3"],[3,"-0.001","0.001","1"],[0,"0.5","1","2"]]}"#
        );
        let empty = Histogram { schema: CUSTOM_SCHEMA, ..Histogram::default() };
        assert_eq!(written(|out| histogram(out, &empty)), r#"{"count":"0","sum":"0"}"#);
    }
}
