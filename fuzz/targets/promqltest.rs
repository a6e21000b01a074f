//! Scripts of the promqltest language: the same script gives the same report.

use firebell::drivers::promqltest;

/// How long a script may be: each of its lines may stand for a million samples.
const MAX_INPUT: usize = 1024;

/// One input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if text.len() > MAX_INPUT {
        return;
    }
    let report = promqltest::run("a.test", text);
    let _ = report.to_string();
    assert!(report.failures.iter().all(|failure| failure.line <= text.lines().count()));
}
