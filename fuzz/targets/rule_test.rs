//! Rule unit tests: nothing that is written there breaks the reader, and every error says where.

use firebell::config::ruletest::parse;

/// One input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(errors) = parse("rules/a.test.yml", text) {
        assert!(errors.to_string().contains("rules/a.test.yml"), "{errors}");
    }
}
