//! RFC 3339 in and out.

use super::Timestamp;

/// UTC with three fraction digits: `2006-01-02T15:04:05.000Z`.
pub fn millis(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis())
        .map_or_else(|_| at.millis().to_string(), |stamp| format!("{stamp:.3}"))
}
