use super::*;
use crate::drivers::ruletest::rules::coverage::{Hits, Item, Kind};
use crate::drivers::ruletest::rules::{Case, Compared, Coverage, Fault, Side};

fn reports() -> Vec<Report> {
    let fault = Fault {
        line: 7,
        text: "    alertname: A".to_owned(),
        headline: "alert A at 5m: 1 expected, 1 fires".to_owned(),
        difference: vec![
            Compared { side: Side::Expected, text: "A{job=\"a\"}".to_owned() },
            Compared { side: Side::Got, text: "A{job=\"b\"}".to_owned() },
        ],
    };
    let cases = vec![
        Case { name: "good".to_owned(), ..Case::default() },
        Case { name: "bad, #1: 100%".to_owned(), faults: vec![fault], ..Case::default() },
    ];
    let warnings = vec!["no file match pattern x".to_owned()];
    vec![
        Report { file: "t.yml".to_owned(), cases, warnings, ..Report::default() },
        Report {
            file: "u.yml".to_owned(),
            aborted: Some("u.yml:2:3: field x not found".to_owned()),
            ..Report::default()
        },
        Report { file: "v.yml".to_owned(), cases: vec![Case::default()], ..Report::default() },
    ]
}

fn check(output: Output, expected: &str) {
    let (mut out, mut talk) = (Vec::new(), Vec::new());
    let mut streams = Streams { out: &mut out, talk: &mut talk };
    output.write(&reports(), Colours::Off, Talk::Outcome, &mut streams).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

const HUMAN: &str = r#"FAILED  t.yml (1 of 2 tests)
  warning: no file match pattern x
  bad, #1: 100%
    t.yml:7: alert A at 5m: 1 expected, 1 fires
      - A{job="a"}
      + A{job="b"}
FAILED  u.yml
  u.yml:2:3: field x not found
ok      v.yml (1 test)

- expected   + got
"#;

#[test]
fn people_read_what_failed_where_and_what_differs() {
    check(Output::Human, &format!("{HUMAN}2 passed, 2 failed\n"));
}

#[test]
fn github_is_told_the_lines() {
    let annotations = "::warning file=t.yml::no file match pattern x\n\
        ::error file=t.yml,line=7,title=bad%2C #1%3A 100%25::alert A at 5m: 1 expected, 1 fires\
        %0A- A{job=\"a\"}%0A+ A{job=\"b\"}\n\
        ::error file=u.yml,line=2::u.yml:2:3: field x not found\n";
    check(Output::Github, &format!("{HUMAN}{annotations}2 passed, 2 failed\n"));
}

#[test]
fn tap_has_a_point_for_each_test() {
    check(
        Output::Tap,
        r##"TAP version 14
1..4
# no file match pattern x
ok 1 - t.yml: good
not ok 2 - t.yml: bad, \#1: 100%
  ---
  faults:
    - file: "t.yml"
      line: 7
      message: "alert A at 5m: 1 expected, 1 fires\n- A{job=\"a\"}\n+ A{job=\"b\"}"
  ...
not ok 3 - u.yml
  ---
  faults:
    - file: "u.yml"
      message: "u.yml:2:3: field x not found"
  ...
ok 4 - v.yml: 
# 2 passed, 2 failed
"##,
    );
}

#[test]
fn promtools_words_are_kept() {
    check(Output::Promtool, "\n\n\n\n  SUCCESS\n\n2 passed, 2 failed\n");
}

fn coverage() -> Coverage {
    let item = |line, kind, name: &str| Item {
        file: "r.yml".to_owned(),
        line,
        kind,
        name: name.to_owned(),
    };
    let hits = |tests, pending, resolved| Hits { tests, pending, resolved };
    let items = [
        (item(4, Kind::Alert, "Fires"), hits(2, 1, 1)),
        (item(9, Kind::Alert, "Waits"), hits(0, 3, 0)),
        (item(15, Kind::Recording, "a:b"), hits(1, 0, 0)),
    ];
    Coverage { items: items.into() }
}

#[test]
fn coverage_is_told_line_by_line() {
    let text = "r.yml: 2 of 3\n\
        \x20     4  alert       Fires  fired, resolved\n\
        !     9  alert       Waits  only pending\n\
        \x20    15  record      a:b    gave series\n\
        coverage: 2 of 3 exercised, 66.7 %\n";
    assert_eq!(coverage::Format::Text.write(&coverage()), text);
}

#[test]
fn lcov_has_lines_and_branches() {
    assert_eq!(
        coverage::Format::Lcov.write(&coverage()),
        "TN:\nSF:r.yml\nBRDA:4,0,0,1\nBRDA:4,0,1,2\nBRDA:4,0,2,1\nBRDA:9,1,0,3\nBRDA:9,1,1,0\n\
         BRDA:9,1,2,0\nBRF:6\nBRH:4\nDA:4,2\nDA:9,0\nDA:15,1\nLF:3\nLH:2\nend_of_record\n"
    );
}

#[test]
fn coverage_is_json_too() {
    let text = coverage::Format::Json.write(&coverage());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["exercised"], 2);
    assert_eq!(value["files"][0]["items"][1]["states"]["pending"], 3);
    assert_eq!(value["files"][0]["items"][2]["kind"], "record");
}
