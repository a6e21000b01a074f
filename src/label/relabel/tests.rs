use super::*;
use crate::label::pattern::Dialect;

/// A rule as a configuration without any field makes it, of this action.
fn rule(action: Action) -> Rule {
    Rule {
        source_labels: Vec::new(),
        separator: ";".to_owned(),
        target_label: String::new(),
        pattern: pattern("(.*)"),
        modulus: 0,
        replacement: "$1".to_owned(),
        action,
    }
}

fn pattern(text: &str) -> Pattern {
    Pattern::anchored(text, Dialect::PromQl).unwrap()
}

/// A rule of `action source,source separator pattern target replacement`.
fn of(action: Action, sources: &str, regex: &str, target: &str, replacement: &str) -> Rule {
    Rule {
        source_labels: sources.split_terminator(',').map(str::to_owned).collect(),
        pattern: pattern(regex),
        target_label: target.to_owned(),
        replacement: replacement.to_owned(),
        ..rule(action)
    }
}

fn set(text: &str) -> Labels {
    Labels::from_pairs(text.split_terminator(' ').map(|pair| pair.split_once('=').unwrap()))
}

fn check(before: &str, rules: &[Rule], after: Option<&str>) {
    assert_eq!(relabel(&set(before), rules), after.map(set), "{before} {rules:?}");
}

#[test]
fn replacing_writes_the_expanded_target() {
    let replace = |sources, regex, target, replacement| {
        [of(Action::Replace, sources, regex, target, replacement)]
    };
    check(
        "a=foo b=bar",
        &replace("a", "f(.*)", "d", "ch${1}-ch$1"),
        Some("a=foo b=bar d=choo-choo"),
    );
    check("a=foo b=bar", &replace("a,b", ".*;(.*)", "d", "$1"), Some("a=foo b=bar d=bar"));
    check("a=foo", &replace("a", "o", "d", "x"), Some("a=foo"));
    check("a=foo b=bar", &replace("a", "(.*)", "b", ""), Some("a=foo"));
    check("a=foo b=bar", &replace("none", "(.*)", "b", "$1"), Some("a=foo"));
    check("a=foo", &replace("", "(.*)", "b", "set"), Some("a=foo b=set"));
    check(
        "a=some-name-value",
        &replace("a", "some-([^-]+)-([^,]+)", "${1}", "${2}"),
        Some("a=some-name-value name=value"),
    );
    check("a=some--v", &replace("a", "some-([^-]*)-(.*)", "${1}", "${2}"), Some("a=some--v"));
    check("a=foo", &replace("a", "(?P<n>f)(.*)", "${n}_x", "$2$$"), Some("a=foo f_x=oo$"));
    check("a=x\ny", &replace("a", "x.y", "b", "1"), Some("a=x\ny b=1"));
}

#[test]
fn what_matches_is_kept_or_dropped() {
    for (action, matches) in [(Action::Keep, true), (Action::Drop, false)] {
        let fate = |kept: bool| (kept == matches).then_some("a=foo b=bar");
        check("a=foo b=bar", &[of(action, "a", "f.*", "", "")], fate(true));
        check("a=foo b=bar", &[of(action, "a", "o", "", "")], fate(false));
        check("a=foo b=bar", &[of(action, "a,b", "foo;bar", "", "")], fate(true));
        check("a=foo b=bar", &[of(action, "none", "", "", "")], fate(true));
    }
    for (action, equal) in [(Action::KeepEqual, true), (Action::DropEqual, false)] {
        let fate = |kept: bool| (kept == equal).then_some("a=x b=x c=y");
        check("a=x b=x c=y", &[of(action, "a", "(.*)", "b", "")], fate(true));
        check("a=x b=x c=y", &[of(action, "a", "(.*)", "c", "")], fate(false));
        check("a=x b=x c=y", &[of(action, "none", "(.*)", "nothing", "")], fate(true));
    }
}

#[test]
fn values_are_hashed_as_prometheus_does() {
    for (value, modulus, expect) in HASHED {
        let hashed = Rule { modulus, ..of(Action::HashMod, "a", "(.*)", "d", "") };
        check(&format!("a={value}"), &[hashed], Some(&format!("a={value} d={expect}")));
    }
    check(
        "a=foo",
        &[Rule { modulus: 0, ..of(Action::HashMod, "a", "(.*)", "d", "") }],
        Some("a=foo d=0"),
    );
}

const HASHED: [(&str, u64, &str); 3] = [
    ("foo", 1000, "696"),
    ("foo;bar", 1_000_003, "94511"),
    ("bar", u64::MAX, "6581718738824679922"),
];

#[test]
fn names_are_copied_removed_and_kept() {
    let rule = |action, regex, replacement| [of(action, "", regex, "", replacement)];
    let labels = "__meta_x=1 __meta_y=2 z=3";
    check(
        labels,
        &rule(Action::LabelMap, "__meta_(.+)", "$1"),
        Some("__meta_x=1 __meta_y=2 x=1 y=2 z=3"),
    );
    check(labels, &rule(Action::LabelMap, "z", "__meta_x"), Some("__meta_x=3 __meta_y=2 z=3"));
    check(labels, &rule(Action::LabelMap, "z", ""), Some(labels));
    check(labels, &rule(Action::LabelDrop, "__meta_.*", ""), Some("z=3"));
    check(labels, &rule(Action::LabelDrop, "meta", ""), Some(labels));
    check(labels, &rule(Action::LabelKeep, "__meta_.*", ""), Some("__meta_x=1 __meta_y=2"));
}

#[test]
fn the_case_of_values_is_changed() {
    check(
        "a=fOo b=Bar",
        &[of(Action::Lowercase, "a,b", "(.*)", "c", "")],
        Some("a=fOo b=Bar c=foo;bar"),
    );
    check("a=fOo b=Bar", &[of(Action::Uppercase, "a", "(.*)", "b", "")], Some("a=fOo b=FOO"));
    check("a=Straße", &[of(Action::Uppercase, "a", "(.*)", "a", "")], Some("a=STRAßE"));
    check("b=x", &[of(Action::Lowercase, "a", "(.*)", "b", "")], Some(""));
}

#[test]
fn rules_see_what_earlier_ones_wrote_and_the_first_that_drops_ends_it() {
    let rename = of(Action::Replace, "a", "(.*)", "b", "${1}x");
    let drop = of(Action::Drop, "b", "foox", "", "");
    check("a=foo", &[rename.clone(), drop.clone()], None);
    check("a=foo", &[drop, rename], Some("a=foo b=foox"));
    check("a=foo", &[], Some("a=foo"));
}

#[test]
fn actions_are_known_by_name_in_any_case() {
    assert_eq!(Action::named(""), Some(Action::Replace));
    assert_eq!(Action::named("LabelMap"), Some(Action::LabelMap));
    assert_eq!(Action::named("rename"), None);
}
