//! Matchers: what is read, in any mode, is printed so that it is read again.

use firebell::label::matcher::{Mode, parse_list, parse_one};

/// One input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for mode in [Mode::Classic, Mode::Utf8, Mode::Fallback] {
        if let Ok(parsed) = parse_list(text, mode) {
            let printed = parsed.value.to_string();
            let again = parse_list(&printed, Mode::Utf8).map(|parsed| parsed.value);
            assert_eq!(again.as_ref(), Ok(&parsed.value), "{text:?} {mode:?} {printed}");
        }
        if let Ok(parsed) = parse_one(text, mode) {
            let printed = parsed.value.to_string();
            let again = parse_one(&printed, Mode::Utf8).map(|parsed| parsed.value);
            assert_eq!(again.as_ref(), Ok(&parsed.value), "{text:?} {mode:?} {printed}");
        }
    }
}
