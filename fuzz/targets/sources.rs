//! Any text as the file of further sources: it is taken, or refused with a place.

use firebell::config::{Expansion, sources};

/// One input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for error in
        sources::parse("sources.yml", text, Expansion::Off).err().into_iter().flat_map(|it| it.0)
    {
        assert!(!error.message.is_empty() && error.line > 0 && error.column > 0, "{error}");
    }
}
