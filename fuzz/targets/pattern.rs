//! Patterns: whatever is taken matches by its shape as it does by its automaton.
//! Input: the pattern, a newline, the subject.

use firebell::label::Pattern;
use firebell::label::pattern::Dialect;

/// One input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (pattern, subject) = text.split_once('\n').unwrap_or((text, ""));
    for dialect in [Dialect::PromQl, Dialect::Alertmanager] {
        let Ok(pattern) = Pattern::anchored(pattern, dialect) else { continue };
        check_agreement(&pattern, subject);
        let expanded = pattern.expand_full_match(subject, "$0");
        assert_eq!(expanded.is_some(), pattern.is_match(subject), "{pattern:?} {subject:?}");
    }
    if let Ok(pattern) = Pattern::unanchored(pattern) {
        assert_eq!(pattern.replace_all(subject, "$0"), subject, "{pattern:?}");
    }
}

fn check_agreement(pattern: &Pattern, subject: &str) {
    let nest_limit = 4 * firebell::label::pattern::MAX_NESTING as u32;
    let automaton = regex::RegexBuilder::new(pattern.translated())
        .nest_limit(nest_limit)
        .build()
        .map_err(|error| error.to_string());
    match automaton {
        Ok(automaton) => {
            let expect = automaton.is_match(subject);
            assert_eq!(pattern.is_match(subject), expect, "{pattern:?} {subject:?}");
        }
        Err(error) => assert!(error.contains("size limit"), "{pattern:?}: {error}"),
    }
    if let Some(literals) = pattern.literals() {
        assert!(literals.is_sorted() && literals.iter().all(|text| pattern.is_match(text)));
    }
}
