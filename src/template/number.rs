//! Numbers as Go writes and reads them.

/// From this exponent on the shortest form has an exponent.
const SHORTEST_THRESHOLD: i32 = 6;

/// A float as `%v` writes it: the shortest digits that give it back, `1e+06` from a million on
/// and below 10^-4. (Source: Go, `strconv.FormatFloat(v, 'g', -1, 64)`.)
pub(super) fn shortest(value: f64) -> String {
    special(value).unwrap_or_else(|| {
        let (negative, digits, exponent) = decimal(&format!("{value:e}"));
        general(negative, &digits, exponent, SHORTEST_THRESHOLD)
    })
}

/// A float as `%.<precision>g` writes it.
pub(super) fn general_precision(value: f64, precision: usize) -> String {
    let precision = precision.max(1);
    special(value).unwrap_or_else(|| {
        let (negative, digits, exponent) = decimal(&format!("{value:.*e}", precision - 1));
        let digits = match digits.trim_end_matches('0') {
            "" => "0",
            trimmed => trimmed,
        };
        let fits = precision > digits.len() && digits.len() as i32 > exponent;
        let threshold = if fits { digits.len() } else { precision };
        general(negative, digits, exponent, threshold as i32)
    })
}

/// A finite float as `encoding/json` writes it.
pub(super) fn json(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
        return format!("{value}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if !exponent.starts_with('-') => {
            format!("{mantissa}e+{exponent}")
        }
        _ => text,
    }
}

/// A float as `strconv.ParseFloat` reads it: decimal, hexadecimal, infinities and NaN;
/// underscores only where Go's literals may have them, which is not here.
pub(super) fn parse(text: &str) -> Option<f64> {
    let unsigned = text.trim_start_matches(['+', '-']);
    if text.len() - unsigned.len() > 1 || text.contains('_') {
        return None;
    }
    match unsigned.to_ascii_lowercase().as_str() {
        "inf" | "infinity" | "nan" => text.parse().ok(),
        lower if lower.starts_with("0x") => None,
        _ => text.parse().ok(),
    }
}

fn special(value: f64) -> Option<String> {
    if value.is_nan() {
        return Some("NaN".to_owned());
    }
    if value.is_infinite() {
        return Some(if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned());
    }
    None
}

/// Sign, digits and exponent of a text like `-1.25e-7`.
fn decimal(text: &str) -> (bool, String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let digits = mantissa.chars().filter(char::is_ascii_digit).collect();
    (mantissa.starts_with('-'), digits, exponent.parse().unwrap_or_default())
}

/// `digits` with the decimal point behind the first one, times ten to the exponent.
fn general(negative: bool, digits: &str, exponent: i32, threshold: i32) -> String {
    let sign = if negative { "-" } else { "" };
    if exponent < -4 || exponent >= threshold {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}e{exponent_sign}{:02}", exponent.abs());
    }
    if exponent < 0 {
        return format!("{sign}0.{}{digits}", "0".repeat((-exponent - 1) as usize));
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        return format!("{sign}{digits}{}", "0".repeat(whole - digits.len()));
    }
    let (whole, fraction) = digits.split_at(whole);
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortest_is_what_go_prints() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (0.25, "0.25"),
            (100_000.0, "100000"),
            (1e6, "1e+06"),
            (123_456_789.0, "1.23456789e+08"),
            (123_456.789, "123456.789"),
            (1e-4, "0.0001"),
            (1.5e-5, "1.5e-05"),
            (1e100, "1e+100"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(shortest(value), text);
        }
    }

    #[test]
    fn four_digits_are_what_go_prints() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (1.5, "1.5"),
            (999.96, "1000"),
            (1000.0, "1000"),
            (12345.0, "1.234e+04"),
            (12.345, "12.35"),
            (0.012_346, "0.01235"),
            (0.000_012_346, "1.235e-05"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(general_precision(value, 4), text, "{value:e}");
        }
    }

    #[test]
    fn json_numbers_switch_to_exponents_late() {
        for (value, text) in [(1e6, "1000000"), (1e21, "1e+21"), (1e-7, "1e-7"), (2.5, "2.5")] {
            assert_eq!(json(value), text);
        }
    }

    #[test]
    fn floats_are_read_as_go_reads_them() {
        for (text, value) in
            [("1e3", Some(1000.0)), ("+Inf", Some(f64::INFINITY)), ("-.5", Some(-0.5))]
        {
            assert_eq!(parse(text), value);
        }
        for text in ["", "abc", "1_000", "--1", "1 "] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
