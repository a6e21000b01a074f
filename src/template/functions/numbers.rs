//! Numbers, made readable. (Source: Prometheus docs, "Template reference", numbers.)

use gotmpl::Value;

use super::super::number::{general_precision, parse};
use super::super::value::{Moment, duration as duration_value, duration_nanos, text, type_name};

const LARGE: [&str; 8] = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];
const BINARY: [&str; 8] = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];

/// The number in the argument: a number, a text that is one, or a duration in seconds.
pub(super) fn number(args: &[Value]) -> Result<f64, String> {
    let value = args.first().unwrap_or(&Value::Nil);
    match value {
        Value::String(text) => parse(text).ok_or_else(|| {
            format!("strconv.ParseFloat: parsing {}: invalid syntax", crate::template::quote(text))
        }),
        _ => value
            .as_float()
            .or_else(|| duration_nanos(value).map(|nanos| nanos as f64 / 1e9))
            .ok_or_else(|| format!("can't convert {} to float", type_name(value))),
    }
}

fn four(value: f64) -> String {
    general_precision(value, 4)
}

/// Scales towards [1, 1000) with the given prefixes.
fn scaled(mut value: f64, prefixes: &[&'static str], factor: f64) -> (f64, &'static str) {
    let mut prefix = "";
    for candidate in prefixes {
        let done = if factor > 1.0 { value.abs() < factor } else { value.abs() >= 1.0 };
        if done {
            break;
        }
        prefix = candidate;
        value = if factor > 1.0 { value / factor } else { value * 1000.0 };
    }
    (value, prefix)
}

/// `humanize`: metric prefixes.
pub(super) fn humanize(args: &[Value]) -> Result<Value, String> {
    let value = number(args)?;
    if value == 0.0 || !value.is_finite() {
        return Ok(text(four(value)));
    }
    let (value, prefix) =
        if value.abs() >= 1.0 { scaled(value, &LARGE, 1000.0) } else { scaled(value, &SMALL, 0.0) };
    Ok(text(four(value) + prefix))
}

/// `humanize1024`: binary prefixes.
pub(super) fn humanize1024(args: &[Value]) -> Result<Value, String> {
    let value = number(args)?;
    if value.abs() <= 1.0 || !value.is_finite() {
        return Ok(text(four(value)));
    }
    let (value, prefix) = scaled(value, &BINARY, 1024.0);
    Ok(text(four(value) + prefix))
}

/// `humanizePercentage`: of a ratio.
pub(super) fn humanize_percentage(args: &[Value]) -> Result<Value, String> {
    Ok(text(four(number(args)? * 100.0) + "%"))
}

/// `humanizeDuration`: of seconds.
pub(super) fn humanize_duration(args: &[Value]) -> Result<Value, String> {
    Ok(text(duration(number(args)?)))
}

fn duration(value: f64) -> String {
    if !value.is_finite() {
        return four(value);
    }
    if value == 0.0 {
        return four(value) + "s";
    }
    if value.abs() < 1.0 {
        let (value, prefix) = scaled(value, &SMALL, 0.0);
        return format!("{}{prefix}s", four(value));
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let value = value.abs();
    let total = value as i64;
    let (days, hours, minutes, seconds) =
        (total / 86_400, total / 3600 % 24, total / 60 % 60, total % 60);
    if days != 0 {
        return format!("{sign}{days}d {hours}h {minutes}m {seconds}s");
    }
    if hours != 0 {
        return format!("{sign}{hours}h {minutes}m {seconds}s");
    }
    if minutes != 0 {
        return format!("{sign}{minutes}m {seconds}s");
    }
    format!("{sign}{}s", four(value))
}

/// `humanizeTimestamp`: of seconds since the epoch.
pub(super) fn humanize_timestamp(args: &[Value]) -> Result<Value, String> {
    let value = number(args)?;
    if !value.is_finite() {
        return Ok(text(four(value)));
    }
    Ok(text(super::super::moment::text(&moment(value)?)))
}

/// `toTime`: seconds since the epoch as a time.
pub(super) fn to_time(args: &[Value]) -> Result<Value, String> {
    let value = number(args)?;
    if !value.is_finite() {
        return Err("value is NaN or Inf".to_owned());
    }
    Ok(moment(value)?.into_value())
}

/// `toDuration`: seconds as a duration.
pub(super) fn to_duration(args: &[Value]) -> Result<Value, String> {
    let value = number(args)?;
    if !value.is_finite() {
        return Err("value is NaN or Inf".to_owned());
    }
    Ok(duration_value(nanos(value)?))
}

/// A moment, cut to whole milliseconds (towards the epoch) as Prometheus' model of time is.
fn moment(seconds: f64) -> Result<Moment, String> {
    let millis = nanos(seconds)? / 1_000_000;
    Ok(Moment::utc(crate::time::Timestamp::from_millis(millis)))
}

fn nanos(seconds: f64) -> Result<i64, String> {
    let nanos = seconds * 1e9;
    if nanos > i64::MAX as f64 || nanos < i64::MIN as f64 {
        return Err(format!(
            "{} cannot be represented as a nanoseconds timestamp since it overflows int64",
            super::super::number::shortest(seconds)
        ));
    }
    Ok(nanos as i64)
}

#[cfg(test)]
mod tests {
    use super::super::Function;
    use super::*;

    fn check(function: Function, value: f64, expect: &str) {
        assert_eq!(function(&[Value::Float(value)]), Ok(text(expect)));
    }

    #[test]
    fn numbers_are_humanized_as_prometheus_does() {
        for (value, expect) in [
            (0.0, "0"),
            (1.0, "1"),
            (1_234_567.0, "1.235M"),
            (0.12, "120m"),
            (-1500.0, "-1.5k"),
            (1e30, "1e+06Y"),
            (0.000_000_12, "120n"),
            (f64::INFINITY, "+Inf"),
        ] {
            check(humanize, value, expect);
        }
        for (value, expect) in
            [(1024.0, "1ki"), (1.0, "1"), (0.5, "0.5"), (1_610_612_736.0, "1.5Gi")]
        {
            check(humanize1024, value, expect);
        }
        check(humanize_percentage, 0.912_345, "91.23%");
    }

    #[test]
    fn durations_are_humanized_as_prometheus_does() {
        for (value, expect) in [
            (0.0, "0s"),
            (1.0, "1s"),
            (12.345, "12.35s"),
            (59.999, "60s"),
            (60.0, "1m 0s"),
            (3661.0, "1h 1m 1s"),
            (90_061.0, "1d 1h 1m 1s"),
            (-90_061.0, "-1d 1h 1m 1s"),
            (0.5, "500ms"),
            (0.000_001, "1us"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            check(humanize_duration, value, expect);
        }
    }

    #[test]
    fn timestamps_are_humanized_as_prometheus_does() {
        check(humanize_timestamp, 1_435_065_584.128, "2015-06-23 13:19:44.128 +0000 UTC");
        check(humanize_timestamp, f64::NAN, "NaN");
        assert!(humanize_timestamp(&[Value::Float(1e30)]).is_err());
    }

    #[test]
    fn texts_and_durations_are_numbers_too() {
        assert_eq!(humanize(&[text("1e3")]), Ok(text("1k")));
        assert_eq!(humanize_duration(&[duration_value(90_000_000_000)]), Ok(text("1m 30s")));
        assert!(humanize(&[text("many")]).is_err());
    }
}
