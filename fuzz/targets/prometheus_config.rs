//! Prometheus' configuration: nothing that is written there breaks the reader, and the same text
//! is read as the same.

use firebell::config::Expansion;
use firebell::config::prometheus::parse;

/// One input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let once = format!("{:?}", parse("prometheus.yml", text, Expansion::Off));
    assert_eq!(once, format!("{:?}", parse("prometheus.yml", text, Expansion::Off)));
}
