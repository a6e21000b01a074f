//! Durations: what is read is printed as what is read the same.

use firebell::time::duration;

/// One input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(span) = duration::parse_prometheus(text) {
        let printed = duration::format_prometheus(span);
        assert_eq!(duration::parse_prometheus(&printed), Ok(span), "{text:?} {printed}");
        assert_eq!(duration::parse_flag(text), Ok(span), "{text:?}");
    }
    if let Ok(span) = duration::parse_go(text) {
        let printed = duration::format_go(span);
        assert_eq!(duration::parse_go(&printed), Ok(span), "{text:?} {printed}");
        assert_eq!(duration::parse_flag(text), Ok(span), "{text:?}");
    }
    let _ = duration::parse_flag(text);
}
