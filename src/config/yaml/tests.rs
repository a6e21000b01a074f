use super::*;
use crate::config::Expansion;

fn first(text: &str) -> Node {
    parse(text, Documents::First, Expansion::Off).unwrap().remove(0)
}

fn problems(text: &str) -> Vec<String> {
    let problems = parse(text, Documents::All, Expansion::Off).unwrap_err();
    let line = |p: Problem| format!("{}:{}: {}", p.at.line, p.at.column, p.message);
    problems.into_iter().map(line).collect()
}

/// The tree as text: `{a: [1, 2]}`.
fn show(node: &Node) -> String {
    match node {
        Node::Scalar(scalar) => scalar.text.clone(),
        Node::List(_, items) => {
            format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", "))
        }
        Node::Map(_, entries) => {
            let entry = |entry: &Entry| format!("{}: {}", entry.key.text, show(&entry.value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

#[test]
fn merge_keys_and_aliases_are_resolved_and_explicit_keys_win() {
    let text = "a: &a {x: 1, y: 2}\nb: {x: 3, <<: *a}\nc: {<<: [{x: 4, z: 5}, *a]}\nd: *a\n";
    assert_eq!(
        show(&first(text)),
        "{a: {x: 1, y: 2}, b: {x: 3, y: 2}, c: {x: 4, z: 5, y: 2}, d: {x: 1, y: 2}}"
    );
    assert_eq!(problems("a: {<<: 5}"), ["1:9: `<<` wants a map or a list of maps"]);
    assert_eq!(show(&first("\"<<\": 1")), "{<<: 1}");
}

#[test]
fn duplicate_keys_are_errors_and_all_are_told() {
    assert_eq!(
        problems("a: 1\nb: {c: 1, c: 2}\na: 3\n"),
        ["2:11: key \"c\" already set in map", "3:1: key \"a\" already set in map"]
    );
}

#[test]
fn a_scalar_means_what_go_yaml_takes_it_for() {
    let plain = |text: &str| match first(&format!("- {text}")) {
        Node::List(_, items) => match &items[0] {
            Node::Scalar(scalar) => scalar.plain(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    for text in ["", "~", "null", "NULL", "!!null x"] {
        assert_eq!(plain(text), Plain::Null, "{text}");
    }
    for (text, value) in [("yes", true), ("On", true), ("y", true), ("no", false), ("OFF", false)] {
        assert_eq!(plain(text), Plain::Bool(value), "{text}");
    }
    for (text, value) in [
        ("0", 0),
        ("-12", -12),
        ("+3", 3),
        ("0x1f", 31),
        ("0b11", 3),
        ("010", 8),
        ("0o10", 8),
        ("1_000", 1000),
        ("18446744073709551615", 18_446_744_073_709_551_615),
        ("!!int \"5\"", 5),
    ] {
        assert_eq!(plain(text), Plain::Int(value), "{text}");
    }
    for (text, value) in [("1.5", 1.5), ("1e3", 1e3), (".5", 0.5), ("-.inf", f64::NEG_INFINITY)] {
        assert_eq!(plain(text), Plain::Float(value), "{text}");
    }
    for text in ["'yes'", "\"1\"", "yEs", "1:30", "2001-01-01", "1.2.3", "!!str 5", "+", "e"] {
        assert_eq!(plain(text), Plain::Text, "{text}");
    }
}

/// The place of the first `§` of the scalar under `e`, counting it as part of the text.
fn located(text: &str) -> (usize, usize) {
    let Node::Map(_, entries) = first(text) else { panic!("no map in {text}") };
    let Node::Scalar(scalar) = &entries[0].value else { panic!("no scalar in {text}") };
    let offset = scalar.text.find('§').unwrap();
    let at = scalar.locate(text, offset);
    (at.line, at.column)
}

#[test]
fn an_offset_leads_back_to_its_place_in_any_style() {
    for (text, place) in [
        ("e: abc §", (1, 8)),
        ("e: abc\n  d  §", (2, 6)),
        ("e: 'it''s §'", (1, 11)),
        ("e: 'it''s\n\n   so §'", (3, 7)),
        (r#"e: "a\n\"\u00e9\x20b §""#, (1, 22)),
        ("e: \"a\\\n   b §\"", (2, 6)),
        ("e: |\n  sum(\n    rate(§\n", (3, 10)),
        ("e: |-  # a comment\n\n   §x\n", (3, 4)),
        ("e: >\n  a\n  b\n\n  c §\n", (5, 5)),
    ] {
        assert_eq!(located(text), place, "{text}");
    }
}

#[test]
fn the_end_and_gaps_have_places_too() {
    let text = "e: |\n  a  b\n";
    let Node::Map(_, entries) = first(text) else { panic!() };
    let Node::Scalar(scalar) = &entries[0].value else { panic!() };
    let at = |offset| (scalar.locate(text, offset).line, scalar.locate(text, offset).column);
    assert_eq!([at(0), at(1), at(2), at(3), at(4)], [(2, 3), (2, 4), (2, 5), (2, 6), (2, 7)]);
    assert_eq!(at(99), (2, 8));
}

#[test]
fn all_documents_or_the_first_are_read_and_empty_ones_are_missing() {
    let text = "---\na: 1\n---\n---\nb: 2\n...\n";
    let all = parse(text, Documents::All, Expansion::Off).unwrap();
    assert_eq!(all.iter().map(show).collect::<Vec<_>>(), ["{a: 1}", "{b: 2}"]);
    assert_eq!(parse("", Documents::All, Expansion::Off), Ok(Vec::new()));
    assert_eq!(show(&first("a: 1\n---\n}{ nonsense")), "{a: 1}");
}

#[test]
fn syntax_errors_have_a_place() {
    assert!(problems("a: [1\nb: 2\n")[0].starts_with("2:"), "{:?}", problems("a: [1\nb: 2\n"));
    assert_eq!(problems("? [a]\n: b\n"), ["1:3: a key must be a scalar"]);
    assert!(problems("a: *x")[0].contains("1:4: yaml:"), "{:?}", problems("a: *x"));
    assert_eq!(problems("a: &x [*x]"), ["1:8: an anchor's value contains itself"]);
}

#[test]
fn tabs_stand_between_tokens_and_never_where_a_key_may_begin() {
    for good in [
        "a:\tb",
        "a: {b: c}\t\nd:\t[e]",
        "a: {\tb: c}",
        "a: b\t# c",
        "# a\tb\na: b",
        "a: \"b\n\tc\"",
        "a: |\n  b\n  \tc\n",
        "a: b\n  c\n  \td\ne: f",
        "a: [b,\n  c,\td]",
        "a: b\n---\n\tc: d",
    ] {
        let read = parse(good, Documents::First, Expansion::Off);
        assert!(read.is_ok(), "{good:?} {read:?}");
    }
    for (bad, place) in [
        ("\ta: b", "1:1"),
        ("\t\na: b", "1:1"),
        ("# c\n\ta: b", "2:1"),
        ("a: b\n\t\nc: d", "2:1"),
        ("a: b\n\t# c\nd: e", "2:1"),
        ("a:\n-\tb: c", "2:2"),
        ("a:\n  - \tb: c", "2:5"),
        ("a:\n- b: c\n \t\n", "3:2"),
        ("---\n\ta: b", "2:1"),
        ("a: b\n\t", "2:1"),
        ("\t{a: b}", "1:1"),
    ] {
        let expect = format!("{place}: found character that cannot start any token");
        assert!(
            problems(bad).iter().any(|it| it.starts_with(&expect)),
            "{bad:?} {:?}",
            problems(bad)
        );
    }
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut text = format!("a0: &a0 {}\n", "x".repeat(1000));
    for level in 1..40 {
        let alias = format!("*a{}", level - 1);
        let aliases = [alias.as_str(); 9].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let problems = problems(&text);
    let limit = "more than 268435456 bytes of values, aliases included";
    assert!(problems[0].contains(limit), "{problems:?}");
    let anchors = "&a [".repeat(100);
    let text = format!("{anchors}{}{}", "x".repeat(build::MAX_FILE_BYTES / 2), "]".repeat(100));
    let problems = parse(&text, Documents::First, Expansion::Off).unwrap_err();
    assert!(problems[0].message.contains(limit), "{problems:?}");
}

#[test]
fn a_large_file_without_aliases_is_no_problem() {
    let rule = "  - alert: a\n    expr: up == 0\n    labels: {severity: page, team: one}\n";
    let text = format!("groups:\n- name: g\n  rules:\n{}", rule.repeat(100_000));
    assert!(text.len() > 6_000_000);
    assert!(parse(&text, Documents::First, Expansion::Off).is_ok());
}

#[test]
fn depth_size_and_the_number_of_problems_are_limited() {
    let deep = "[".repeat(200) + &"]".repeat(200);
    assert!(parse(&deep, Documents::First, Expansion::Off).is_err());
    let deep = "{a: ".repeat(100) + "1" + &"}".repeat(100);
    assert!(parse(&deep, Documents::First, Expansion::Off).is_ok());
    let mut chain = format!("a0: &a0 {}x{}\n", "[".repeat(60), "]".repeat(60));
    chain.push_str(&format!("a1: &a1 {}*a0{}\n", "[".repeat(60), "]".repeat(60)));
    chain.push_str(&format!("a2: {}*a1{}\n", "[".repeat(60), "]".repeat(60)));
    assert!(problems(&chain)[0].contains("nested more than 128 levels deep"));
    let large = "#".repeat(build::MAX_FILE_BYTES + 1);
    assert_eq!(problems(&large), ["1:1: the file has more than 16777216 bytes"]);
    let many: String = (0..1000).map(|n| format!("k{n}: {{a: 1, a: 2}}\n")).collect();
    assert_eq!(problems(&many).len(), build::MAX_PROBLEMS);
}
