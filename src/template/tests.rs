//! Files of templates, limits, and what is said about faults.

use proptest::prelude::*;

use super::data::AlertData;
use super::*;
use crate::label::Labels;
use crate::time::{Detail, Details};

fn data() -> Data {
    let labels = Labels::from_pairs([("alertname", "Down"), ("job", "node")]);
    let alert = AlertData {
        firing: true,
        fingerprint: labels.fingerprint(),
        labels: labels.clone(),
        annotations: Labels::empty(),
        starts_at: Timestamp::from_millis(1_700_000_000_000),
        ends_at: None,
        generator_url: "http://p".into(),
        details: Details::default(),
    };
    Data {
        receiver: "r".to_owned(),
        alerts: vec![alert],
        notification_reason: "first notification".to_owned(),
        group_labels: labels.clone(),
        common_labels: labels,
        common_annotations: Labels::empty(),
        route_labels: Labels::empty(),
        external_url: "http://am".into(),
    }
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_700_000_090_000)
}

fn expand(files: &[(&str, &str)], template: &str) -> Result<String, String> {
    let files: Vec<_> =
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let templates = Templates::parse(&files).map_err(|error| error.to_string())?;
    templates.text(template, &data(), now()).map_err(|error| error.to_string())
}

#[track_caller]
fn check(template: &str, expect: &str) {
    assert_eq!(expand(&[], template).as_deref(), Ok(expect), "{template}");
}

#[track_caller]
fn check_fails(template: &str, expect: &str) {
    assert_eq!(expand(&[], template), Err(expect.to_owned()), "{template}");
}

#[test]
fn the_default_templates_parse() {
    assert!(Templates::parse(&[]).is_ok());
    let names = Templates::default();
    assert!(names.names().any(|name| name == "slack.default.title"));
    assert!(names.names().any(|name| name == "email.default.html"));
}

#[test]
fn a_later_definition_wins_unless_it_is_empty() {
    let define = "{{ define \"slack.default.title\" }}one{{ end }}";
    let again = "{{ define \"slack.default.title\" }}two{{ end }}";
    let empty = "{{ define \"slack.default.title\" }} {{/* nothing */}} {{ end }}";
    let title = "{{ template \"slack.default.title\" . }}";
    let fallback = "{{ template \"slack.default.fallback\" . }}";
    assert_eq!(expand(&[("a.tmpl", define), ("b.tmpl", again)], title).as_deref(), Ok("two"));
    assert_eq!(expand(&[("a.tmpl", define), ("b.tmpl", empty)], title).as_deref(), Ok("one"));
    let url = "one | http://am/#/alerts?receiver=r";
    assert_eq!(expand(&[("a.tmpl", define)], fallback).as_deref(), Ok(url));
}

#[test]
fn a_file_is_a_template_by_its_own_name() {
    let files = [("/etc/am/own.tmpl", "<{{ .Status }}>")];
    assert_eq!(expand(&files, "{{ template \"own.tmpl\" . }}").as_deref(), Ok("<firing>"));
}

#[test]
fn faults_are_placed_in_their_file() {
    for (file, template, expect) in [
        ("a\n  {{ if }}", "", "template: own.tmpl:2:11: empty command"),
        ("{{ range . }}", "", "template: own.tmpl:1:1: unexpected EOF: {{range}} has no {{end}}"),
        ("\n{{ foo 1 }}", "", "template: own.tmpl:2:4: function \"foo\" not defined"),
        ("{{ $x }}", "", "template: own.tmpl:1:4: undefined variable \"$x\""),
        (
            "{{ define \"own\" }}\n{{ .Alerts.Nothing }}{{ end }}",
            "{{ template \"own\" . }}",
            "template: own.tmpl:2:4: can't evaluate field Nothing in type template.Alerts",
        ),
        (
            "",
            "x {{ toUpper 1 }}",
            "template: :1:6: error calling toUpper: expected a string, got int",
        ),
    ] {
        let result = expand(&[("own.tmpl", file)], template);
        assert_eq!(result, Err(expect.to_owned()), "{file} {template}");
    }
}

#[test]
fn time_is_the_flushs() {
    check("{{ now }}", "2023-11-14 22:14:50 +0000 UTC");
    check("{{ range .Alerts }}{{ since .StartsAt | humanizeDuration }}{{ end }}", "1m 30s");
}

#[test]
fn variables_and_dots_are_where_go_has_them() {
    check("{{ define \"x\" }}{{ . }}{{ end }}{{ template \"x\" }}", "<no value>");
    check("{{ with .GroupLabels }}{{ .job }}{{ $.Status }}{{ end }}", "nodefiring");
    check("{{ now.Format \"2006\" }}{{ (now.Format \"2006\") | len }}", "20234");
    check("{{ .CommonLabels.Remove (stringSlice \"job\") | printf \"%v\" }}", "alertname=Down");
}

#[test]
fn templates_have_a_greatest_length() {
    let long = "x".repeat(program::MAX_TEMPLATE - 9) + "{{ \"\" }}";
    assert!(expand(&[], &long).is_ok());
    let longer = "x".repeat(program::MAX_TEMPLATE) + "{{ \"\" }}";
    assert!(expand(&[], &longer).is_err_and(|error| error.contains("bytes long")));
}

#[test]
fn output_has_a_greatest_length() {
    let part = "x".repeat(4096);
    let template = format!("{{{{ range 4097 }}}}{part}{{{{ end }}}}");
    check_fails(&template, "template: :1:4: writes more than 16777216 bytes");
}

#[test]
fn functions_return_no_more_than_is_written() {
    let doubled = "{{ $x := \"0123456789abcdef\" }}{{ range 40 }}{{ $x = print $x $x }}{{ end }}";
    check_fails(doubled, "template: :1:48: error calling print: returns more than 16777216 bytes");
    let shared = "{{ $x := list 1 }}{{ range 40 }}{{ $x = list $x $x }}{{ end }}{{ $x }}";
    assert!(expand(&[], shared).is_err_and(|error| error.contains("16777216 bytes")));
    let json = shared.replace("{{ $x }}", "{{ toJson $x }}");
    assert!(expand(&[], &json).is_err_and(|error| error.contains("16777216 bytes")));
}

#[test]
fn functions_return_no_more_than_a_budget_together() {
    let part = "x".repeat(1 << 18);
    let busy = format!(
        "{{{{ $x := \"{part}\" }}}}{{{{ range 5000 }}}}{{{{ $y := print $x }}}}{{{{ end }}}}"
    );
    assert!(expand(&[], &busy).is_err_and(|error| error.contains("1073741824 bytes")));
}

#[test]
fn lists_have_a_greatest_length() {
    let grown = "{{ $x := list }}{{ range 10001 }}{{ $x = append $x 1 }}{{ end }}{{ len $x }}";
    check_fails(grown, "template: :1:37: error calling append: the list has more than 10000 items");
}

#[test]
fn loops_go_a_limited_number_of_rounds() {
    check_fails(
        "{{ range 1000001 }}{{ end }}",
        "template: :1:4: its loops go more than 1000000 rounds",
    );
}

#[test]
fn templates_nest_to_a_limit() {
    check_fails(
        "{{ define \"x\" }}{{ template \"x\" . }}{{ end }}{{ template \"x\" . }}",
        "template: :1:20: templates nest too deeply",
    );
}

#[test]
fn runs_take_a_limited_number_of_steps() {
    let mut laughs = "{{ define \"t0\" }}{{ end }}".to_owned();
    for level in 1..40 {
        let below = level - 1;
        laughs += &format!(
            "{{{{ define \"t{level}\" }}}}{{{{ template \"t{below}\" }}}}{{{{ template \"t{below}\" }}}}{{{{ end }}}}"
        );
    }
    let result = expand(&[], &(laughs + "{{ template \"t39\" }}"));
    assert!(result.is_err_and(|error| error.ends_with("takes more than 2000000 steps")));
}

#[test]
fn replacements_have_a_greatest_size() {
    let long = "x".repeat(1 << 14);
    let template = format!("{{{{ reReplaceAll \"x\" \"{long}\" \"{long}\" }}}}");
    assert!(expand(&[], &template).is_err_and(|error| error.contains("could become larger")));
}

/// Pieces of which nonsense is made.
const PIECES: [&str; 40] = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    " ",
    "\n",
    "a",
    ".",
    ".Alerts",
    ".Labels",
    "$",
    "$x",
    ":=",
    "=",
    "|",
    "(",
    ")",
    "\"",
    "`",
    "'",
    "if",
    "else",
    "end",
    "range",
    "with",
    "define",
    "template",
    "block",
    "break",
    "printf",
    "\"%d\"",
    "1",
    "1e400",
    "nil",
    "true",
    "/*",
    "*/",
    "é",
    ",",
    "<a href=\"",
];

proptest! {
    #[test]
    fn nonsense_is_refused_but_never_fatal(picks in prop::collection::vec(0..PIECES.len(), 0..24)) {
        let text: String = picks.iter().map(|pick| PIECES[*pick]).collect();
        let templates = Templates::empty();
        let _ = templates.text(&text, &data(), now());
        let _ = templates.html(&text, &data(), now());
        let _ = rule::RuleTemplate::parse("t", &text);
    }
}

#[test]
fn times_are_shown_as_their_sender_wrote_them() {
    let mut data = data();
    data.alerts[0].starts_at = Timestamp::from_millis(1_767_218_400_123);
    data.alerts[0].details.starts = Detail::new(456_789, 120);
    for (template, expect) in [
        ("{{ . }}", "2026-01-01 00:00:00.123456789 +0200 +0200"),
        ("{{ .Nanosecond }} {{ .UnixNano }}", "123456789 1767218400123456789"),
        ("{{ .Location }}|{{ .UTC.Location }}", "|UTC"),
        ("{{ .UTC }}", "2025-12-31 22:00:00.123456789 +0000 UTC"),
        ("{{ tz \"Europe/Paris\" . }}", "2025-12-31 23:00:00.123456789 +0100 CET"),
        ("{{ date \"15:04:05.000000000 MST\" . }}", "00:00:00.123456789 +0200"),
        ("{{ .AddDate 0 1 0 }}", "2026-02-01 00:00:00.123456789 +0200 +0200"),
        ("{{ toJson . }}", "\"2026-01-01T00:00:00.123456789+02:00\""),
    ] {
        let template = format!("{{{{ with (index .Alerts 0).StartsAt }}}}{template}{{{{ end }}}}");
        let shown = Templates::default().text(&template, &data, now());
        assert_eq!(shown.as_deref().ok(), Some(expect), "{template}");
    }
}
