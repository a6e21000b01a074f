//! Numbers as Go reads and writes them.

use crate::sample::NAN_BITS;

/// A sample value: decimal, `NaN`, or an infinity with or without a sign.
pub(super) fn parse(text: &str) -> Option<f64> {
    let known = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let value: f64 = text.parse().ok().filter(|_| known)?;
    Some(if value.is_nan() { f64::from_bits(NAN_BITS) } else { value })
}

/// The canonical text of a bucket's bound or a quantile: shortest, with an exponent below 1e-4
/// and from 1e6 on, and `.0` after a whole number. (Source: OpenMetrics 1.0, "canonical
/// numbers", as Prometheus 3 applies it on ingestion.)
pub(in crate::ingest) fn canonical(value: f64) -> String {
    if !value.is_finite() {
        let text = if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "+Inf"
        } else {
            "-Inf"
        };
        return text.to_owned();
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let plain = format!("{value}");
    if plain.contains('.') { plain } else { plain + ".0" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_go_reads_them() {
        let cases = [
            ("1", Some(1.0)),
            ("+1.5e-3", Some(0.0015)),
            ("-.5", Some(-0.5)),
            ("+Inf", Some(f64::INFINITY)),
            ("-inf", Some(f64::NEG_INFINITY)),
            ("0x1p3", None),
            ("1_000", None),
            ("", None),
            ("abc", None),
            ("1 2", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), expected, "{text}");
        }
        assert_eq!(parse("NaN").map(f64::to_bits), Some(NAN_BITS));
    }

    #[test]
    fn bounds_have_one_canonical_text() {
        let cases = [
            ("1", "1.0"),
            ("0.005", "0.005"),
            ("100000", "100000.0"),
            ("1000000", "1e+06"),
            ("123456789", "1.23456789e+08"),
            ("0.00001", "1e-05"),
            ("0.0001", "0.0001"),
            ("0", "0.0"),
            ("-2.50", "-2.5"),
            ("Inf", "+Inf"),
        ];
        for (text, expected) in cases {
            assert_eq!(canonical(parse(text).expect("a number")), expected, "{text}");
        }
    }
}
