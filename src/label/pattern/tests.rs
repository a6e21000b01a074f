use super::*;

/// What the genuine matcher (promtool 3.5) says to several hundred patterns about as many
/// subjects: `subject`, its text in JSON; `refused`, the pattern, the error; `matches`, the
/// pattern, the subjects it matches by number, and for some of them `<$0|$1|$2|$n>`.
const VERDICTS: &str = include_str!("verdicts.tsv");

fn subjects() -> Vec<String> {
    let lines = VERDICTS.lines().filter_map(|line| line.strip_prefix("subject\t"));
    lines.map(|json| serde_json::from_str(json).unwrap()).collect()
}

/// `0,3-5` as a list.
fn numbers(text: &str) -> Vec<usize> {
    let runs = text.split(',').filter(|run| !run.is_empty());
    runs.flat_map(|run| {
        let (from, to) = run.split_once('-').unwrap_or((run, run));
        from.parse().unwrap()..=to.parse().unwrap()
    })
    .collect()
}

#[test]
fn verdicts_and_matches_are_those_of_the_genuine_matcher() {
    let subjects = subjects();
    let mut wrong = Vec::new();
    for line in VERDICTS.lines().filter(|line| !line.starts_with("subject\t")) {
        let fields: Vec<&str> = line.split('\t').collect();
        let pattern = Pattern::anchored(fields[1], Dialect::PromQl);
        match (fields[0], pattern) {
            ("refused", Err(error)) if error.0 == fields[2] => {}
            ("matches", Ok(pattern)) => {
                let all = 0..subjects.len();
                let matched: Vec<_> = all.filter(|n| pattern.is_match(&subjects[*n])).collect();
                if matched != numbers(fields[2]) {
                    wrong
                        .push(format!("{line}\n  matched {matched:?} as {}", pattern.translated()));
                }
                wrong.extend(wrong_groups(&pattern, fields[3], &subjects));
            }
            (_, verdict) => wrong.push(format!("{line}\n  {verdict:?}")),
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn wrong_groups(pattern: &Pattern, expected: &str, subjects: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (number, expect) in expected.split(' ').filter_map(|pair| pair.split_once('=')) {
        let subject = &subjects[number.parse::<usize>().unwrap()];
        let groups = pattern.expand_full_match(subject, "<$0|$1|$2|$n>");
        if groups.as_deref() != Some(expect) {
            wrong.push(format!("{pattern:?} of {subject:?}: {groups:?}, not {expect}"));
        }
    }
    wrong
}

#[test]
fn alertmanagers_dialect_differs_in_newlines_names_and_the_text_errors_quote() {
    let cases: &[(&str, &str, Result<bool, &str>)] = &[
        ("a.b", "a\nb", Ok(false)),
        ("(?s)a.b", "a\nb", Ok(true)),
        (".*", "a\nb", Ok(false)),
        ("x.*y", "x\ny", Ok(false)),
        (".*o.*", "f\noo", Ok(false)),
        ("a)(b", "ab", Ok(true)),
        ("a)|(b", "ax", Ok(true)),
        ("a)|(b", "xa", Ok(false)),
        (r"\p{Letter}", "é", Ok(true)),
        (r"\p{greek}", "α", Ok(true)),
        (r"\p{old italic}", "α", Ok(false)),
        (r"\P{ASCII}", "é", Ok(true)),
        (r"\p{Assigned}", "é", Ok(true)),
        (r"\p{^lu}", "é", Ok(true)),
        (r"\p{Alphabetic}", "", Err(r"invalid character class range: `\p{Alphabetic}`")),
        ("(?", "", Err("missing closing ): `^(?:(?)$`")),
        ("(?i", "", Err("missing closing ): `^(?:(?i)$`")),
        ("(?<=a)", "", Err("invalid named capture: `(?<=a))$`")),
        ("a)", "", Err("unexpected ): `^(?:a))$`")),
        ("a{1001}", "", Err("invalid repeat count: `{1001}`")),
    ];
    for (pattern, subject, expect) in cases {
        let verdict = Pattern::anchored(pattern, Dialect::Alertmanager);
        let verdict = verdict.map(|pattern| pattern.is_match(subject)).map_err(|error| error.0);
        assert_eq!(verdict, expect.map_err(str::to_owned), "{pattern:?} {subject:?}");
    }
}

#[test]
fn shapes_and_automata_agree() {
    let subjects = subjects();
    for line in VERDICTS.lines().filter(|line| line.starts_with("matches\t")) {
        let text = line.split('\t').nth(1).unwrap();
        for dialect in [Dialect::PromQl, Dialect::Alertmanager] {
            let Ok(pattern) = Pattern::anchored(text, dialect) else {
                assert_eq!(text, r"\Qa.b", "a quote without end takes Alertmanager's wrapper");
                continue;
            };
            let automaton = regex::Regex::new(pattern.translated()).unwrap();
            for subject in &subjects {
                let expect = automaton.is_match(subject);
                assert_eq!(pattern.is_match(subject), expect, "{text:?} {dialect:?} {subject:?}");
            }
        }
    }
}

#[test]
fn common_patterns_need_no_automaton() {
    let shape = |text| Pattern::anchored(text, Dialect::PromQl).unwrap();
    let listed = |text| {
        let pattern = shape(text);
        let list = pattern.literals().map(|list| list.join(","));
        list.unwrap_or_else(|| format!("{:?}", pattern.0.shape).split(' ').next().unwrap().into())
    };
    for (text, expect) in [
        ("a", "a"),
        ("", ""),
        ("b|a|b", "a,b"),
        ("^(?:GET|PUT)$", "GET,PUT"),
        ("(foo|ba[rz])(-x)?", "bar,bar-x,baz,baz-x,foo,foo-x"),
        ("5..", "Other"),
        (".*", "Affixes"),
        ("(?s:.+)", "Affixes"),
        ("http.*", "Affixes"),
        ("(.*)-dev", "Affixes"),
        ("a.+b", "Affixes"),
        (".*err.*", "Contains"),
        ("(?i)error", "Folded(\"error\")"),
        ("(?i)é", "Other"),
        ("a.*|b.*", "Other"),
    ] {
        assert_eq!(listed(text), expect, "{text:?}");
    }
}

#[test]
fn a_hundred_thousand_literals_are_a_sorted_set() {
    let names: Vec<String> = (0..100_000).map(|n| format!("host-{n}.example\\.org")).collect();
    let pattern = Pattern::anchored(&format!("({})", names.join("|")), Dialect::PromQl);
    assert!(
        matches!(&pattern, Err(error) if error.0.starts_with("expression too large: `(host-0."))
    );
    let pattern = Pattern::anchored(&names.join("|"), Dialect::PromQl);
    assert!(pattern.is_err(), "a dot in each is no literal");
    let names: Vec<String> = (0..100_000).map(|n| format!(r"host-{n}\.example")).collect();
    let pattern = Pattern::anchored(&names.join("|"), Dialect::PromQl).unwrap();
    assert_eq!(pattern.literals().map(<[_]>::len), Some(100_000));
    assert!(pattern.is_match("host-99999.example") && !pattern.is_match("host-100000.example"));
    assert_eq!(pattern.expand_full_match("host-7.example", "$0!"), Some("host-7.example!".into()));
}

#[test]
fn templates_expand_as_go_expands_them() {
    let pattern = Pattern::unanchored(r"(?P<first>\w+) (?P<second>\w+)(x)?").unwrap();
    for (template, expect) in [
        ("$1", "a"),
        ("${1}0", "a0"),
        ("$10", ""),
        ("$1x", ""),
        ("${1}x", "ax"),
        ("$first-$second", "a-b"),
        ("${first}s", "as"),
        ("$$1", "$1"),
        ("$", "$"),
        ("$ 1", "$ 1"),
        ("${", "${"),
        ("${}", "${}"),
        ("${1", "${1"),
        ("${no}", ""),
        ("$3", ""),
        ("$01", ""),
        ("$0", "a b"),
        ("$é", ""),
        ("$-1", "$-1"),
        ("$99999999999999999999", ""),
        ("", ""),
    ] {
        let expanded = pattern.expand_full_match("a b", template);
        assert_eq!(expanded.as_deref(), Some(expect), "{template:?}");
    }
    assert_eq!(pattern.expand_full_match("ab", "$1"), None);
}

#[test]
fn every_match_is_replaced_and_the_rest_stays() {
    for (pattern, text, template, expect) in [
        ("a*", "baaac", "x", "xbxcx"),
        ("", "é", "-", "-é-"),
        ("(a)(b)?", "ab a", "[$2$1]", "[ba] [a]"),
        ("localhost:(.*)", "localhost:9090", "host-$1", "host-9090"),
        ("nothing", "abc", "x", "abc"),
        ("^a", "aaa", "", "aa"),
        (".", "a\nb", "x", "x\nx"),
        ("(?i)É", "éÉe", "x", "xxe"),
    ] {
        let pattern = Pattern::unanchored(pattern).unwrap();
        assert_eq!(pattern.replace_all(text, template), expect, "{pattern:?}");
    }
}

#[test]
fn a_replacement_writes_no_more_than_the_limit() {
    let pattern = Pattern::unanchored("").unwrap();
    let template = "x".repeat(MAX_REPLACED_BYTES / 4);
    let replaced = pattern.replace_all(&"y".repeat(1000), &template);
    assert!(replaced.len() < 2 * MAX_REPLACED_BYTES);
}

#[test]
fn limits_are_answered_with_an_error() {
    let nested = |depth: usize| "(".repeat(depth) + "a" + &")".repeat(depth);
    let refused = |text: &str| Pattern::anchored(text, Dialect::PromQl).err().map(|error| error.0);
    assert_eq!(refused(&nested(MAX_NESTING - 1)), None);
    assert!(refused(&nested(MAX_NESTING)).unwrap().starts_with("expression nests too deeply: `(("));
    assert_eq!(refused(&("(?:".repeat(100_000) + &")".repeat(100_000))), None);
    let alternating = "(?:a|b".repeat(600) + &")".repeat(600);
    assert!(refused(&alternating).unwrap().starts_with("expression nests too deeply"));
    assert!(refused(&"a".repeat(MAX_PATTERN_BYTES + 1)).unwrap().ends_with("...`"));
    assert_eq!(refused(&"a".repeat(MAX_PATTERN_BYTES)), None);
    assert!(
        refused(&"a*".repeat(MAX_TRANSLATED_BYTES)).unwrap().starts_with("expression too large")
    );
    assert!(refused(r"\pL{1000}").unwrap().starts_with("expression too large"));
}

#[test]
fn hostile_patterns_are_still_answered() {
    for (text, subject) in [
        ("(a*)*b", "a".repeat(1000)),
        ("(a|aa)+$", "a".repeat(1000) + "b"),
        ("(.{1,30}){1,30}x", "y".repeat(1000)),
        ("(x+x+)+y", "x".repeat(1000)),
        (r"\pL{100}", "é".repeat(99)),
    ] {
        let pattern = Pattern::anchored(text, Dialect::PromQl).unwrap();
        assert!(!pattern.is_match(&subject), "{text}");
    }
}

#[test]
fn small_automata_are_built_when_a_text_has_the_right_ends() {
    let pattern = |text| Pattern::anchored(text, Dialect::Alertmanager).unwrap();
    for (text, subject, expect, built) in [
        ("svc-0*82", "svc-7", false, false),
        ("svc-0*82", "xsvc-82", false, false),
        ("svc-0*82", "svc-182", false, true),
        ("svc-0*82", "svc-0082", true, true),
        ("a+a", "a", false, true),
        ("ab[ab]*ba", "aba", false, false),
        ("ab[ab]*ba", "abba", true, true),
        ("(ab+)x", "y", false, false),
        (r"\pL+", "", false, true),
    ] {
        let pattern = pattern(text);
        assert_eq!(pattern.is_match(subject), expect, "{text} {subject}");
        assert_eq!(pattern.0.regex.get().is_some(), built, "{text} {subject}");
    }
}
