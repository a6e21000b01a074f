//! Rule files: every expression that is taken is printed so that it is read again.

use firebell::config::Expansion;
use firebell::config::rules::{NameScheme, RuleOptions, UnknownFields, parse};
use firebell::promql::syntax;

/// One input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let lenient = RuleOptions {
        names: NameScheme::Legacy,
        unknown_fields: UnknownFields::Ignore,
        ..RuleOptions::default()
    };
    for options in [RuleOptions::default(), lenient] {
        let Ok((groups, _)) = parse("rules/a.yml", text, &options, Expansion::Off) else {
            continue;
        };
        for rule in groups.iter().flat_map(|group| &group.rules) {
            let again = syntax::parse(&rule.expr_text, &options.features);
            assert!(again.is_ok(), "{} {again:?}", rule.expr_text);
        }
    }
}
