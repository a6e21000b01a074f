//! The notation of series: histograms are printed so that they are read again.

use firebell::sample::Value;
use firebell::source::notation::{format_histogram, parse_series, parse_start_offsets};

/// How long an input may be: a few bytes may stand for a million values, and a line of many
/// such items is refused, but only after it was made.
const MAX_INPUT: usize = 4096;

/// One input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if text.len() > MAX_INPUT {
        return;
    }
    let _ = parse_start_offsets(text);
    let Ok(series) = parse_series(text) else { return };
    for noted in series.values.iter().flatten().take(16) {
        let Value::Histogram(histogram) = &noted.value else { continue };
        let printed = format!("x {}", format_histogram(histogram));
        let again = parse_series(&printed).unwrap_or_else(|error| panic!("{printed}: {error}"));
        let Some(Some(Value::Histogram(again))) =
            again.values.first().map(|noted| noted.as_ref().map(|noted| &noted.value))
        else {
            panic!("{printed} is no histogram");
        };
        assert_eq!(format!("x {}", format_histogram(again)), printed, "{text:?}");
    }
}
