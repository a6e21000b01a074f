//! Scenario scripts: what is read has its events in lines that there are, and none ends before
//! it begins.

use firebell::drivers::scenario::parse;

/// One input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(script) = parse(text) else { return };
    let lines = text.lines().count();
    for event in &script.events {
        assert!((1..=lines).contains(&event.line) && event.from <= event.to, "{event:?}");
    }
}
