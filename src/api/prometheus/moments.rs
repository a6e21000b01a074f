//! Moments and lengths of time as requests write them: seconds, or RFC 3339 and Prometheus'
//! durations. (Source: Prometheus 3, `web/api/v1`, for what is read and for the error texts.)

use crate::template::quote;
use crate::time::{Span, Timestamp, duration, rfc3339};

/// What Prometheus writes for its earliest moment, and reads again.
const EARLIEST: &str = "-292273086-05-16T16:47:06Z";
/// What Prometheus writes for its latest moment, and reads again.
const LATEST: &str = "292277025-08-18T07:12:54.999999999Z";
const NANOS: f64 = 1e9;
const NANOS_PER_MILLI: i64 = 1_000_000;

/// Reads a moment: seconds since the epoch with a fraction, or RFC 3339.
pub(super) fn parse_moment(text: &str) -> Result<Timestamp, String> {
    let seconds: Option<f64> = text.parse().ok().filter(|seconds: &f64| seconds.is_finite());
    if let Some(seconds) = seconds {
        let fraction = (seconds.fract() * 1000.0).round() / 1000.0;
        // by way of nanoseconds, so that the cut to milliseconds is the same
        let millis = (fraction * NANOS) as i64 / NANOS_PER_MILLI;
        let whole = (seconds.trunc() as i64).saturating_mul(1000);
        return Ok(Timestamp::from_millis(whole.saturating_add(millis)));
    }
    match text {
        EARLIEST => Ok(Timestamp::MIN),
        LATEST => Ok(Timestamp::MAX),
        _ => rfc3339::parse_strict(text)
            .ok_or_else(|| format!("cannot parse {} to a valid timestamp", quote(text))),
    }
}

/// Reads a length of time: seconds with a fraction, or Prometheus' format. What is shorter than
/// a millisecond and not nothing counts as one.
pub(super) fn parse_length(text: &str) -> Result<Span, String> {
    let refusal = || format!("cannot parse {} to a valid duration", quote(text));
    if let Ok(seconds) = text.parse::<f64>() {
        let nanos = seconds * NANOS;
        if !(i64::MIN as f64..=i64::MAX as f64).contains(&nanos) {
            return Err(format!("{}. It overflows int64", refusal()));
        }
        let millis = nanos as i64 / NANOS_PER_MILLI;
        let millis = if millis == 0 { (nanos as i64).signum() } else { millis };
        return Ok(Span::from_millis(millis));
    }
    duration::parse_prometheus(text).map_err(|_| refusal())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_seconds_or_rfc_3339() {
        for (text, expect) in [
            ("0", Ok(0)),
            ("1435781430.781", Ok(1_435_781_430_781)),
            ("1435781430.7815", Ok(1_435_781_430_782)),
            ("-1.5", Ok(-1500)),
            ("1e3", Ok(1_000_000)),
            ("2015-07-01T20:10:30.781Z", Ok(1_435_781_430_781)),
            ("2015-07-01T22:10:30+02:00", Ok(1_435_781_430_000)),
            (EARLIEST, Ok(i64::MIN)),
            (LATEST, Ok(i64::MAX)),
            ("1e300", Ok(i64::MAX)),
            ("", Err("cannot parse \"\" to a valid timestamp")),
            ("NaN", Err("cannot parse \"NaN\" to a valid timestamp")),
            ("2015-07-01", Err("cannot parse \"2015-07-01\" to a valid timestamp")),
            ("a\"b", Err("cannot parse \"a\\\"b\" to a valid timestamp")),
        ] {
            let read = parse_moment(text).map(Timestamp::millis);
            assert_eq!(read, expect.map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn lengths_are_seconds_or_prometheus_durations() {
        for (text, expect) in [
            ("15", Ok(15_000)),
            ("0.25", Ok(250)),
            ("0.0001", Ok(1)),
            ("0", Ok(0)),
            ("-1", Ok(-1000)),
            ("1m30s", Ok(90_000)),
            ("1d", Ok(86_400_000)),
            ("1.5m", Err("cannot parse \"1.5m\" to a valid duration")),
            ("", Err("cannot parse \"\" to a valid duration")),
            ("1e10", Err("cannot parse \"1e10\" to a valid duration. It overflows int64")),
            ("NaN", Err("cannot parse \"NaN\" to a valid duration. It overflows int64")),
        ] {
            let read = parse_length(text).map(Span::millis);
            assert_eq!(read, expect.map_err(str::to_owned), "{text}");
        }
    }
}
