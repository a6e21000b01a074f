//! Numbers as Go prints them.

pub(super) use crate::sample::format_shortest as format_g;

/// A number without an exponent: Go's format `'f'` with the shortest digits.
pub(super) fn format_f(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else {
        format!("{value}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_have_no_exponent() {
        assert_eq!(format_f(1e21), "1000000000000000000000");
        assert_eq!(format_f(-0.0), "-0");
        assert_eq!(format_f(f64::NEG_INFINITY), "-Inf");
    }
}
