//! Rule templates: what they see, what they ask for, and that the short way writes what the
//! long way does.

use super::*;
use crate::sample::{Histogram, Value as Sample};

fn labels() -> Labels {
    Labels::from_pairs([("__name__", "up"), ("instance", "web1:9090"), ("job", "api")])
}

fn data<'a>(labels: &'a Labels, external: &'a Labels, value: &'a Sample) -> RuleData<'a> {
    RuleData {
        labels,
        value,
        external_labels: external,
        external_url: "http://prom.example.com/sub/path",
        at: Timestamp::from_millis(1_435_065_584_128),
    }
}

fn expand(template: &RuleTemplate, value: f64, queries: &mut Queries) -> Result<String, String> {
    expand_with(template, &Sample::Float(value), queries)
}

fn expand_with(
    template: &RuleTemplate,
    value: &Sample,
    queries: &mut Queries,
) -> Result<String, String> {
    let external = Labels::from_pairs([("dc", "north")]);
    let labels = labels();
    template.expand(&data(&labels, &external, value), queries).map_err(|error| error.to_string())
}

#[track_caller]
fn check(template: &str, expect: &str) {
    let parsed = RuleTemplate::parse("rule", template).unwrap();
    let result = expand(&parsed, 1e6, &mut Queries::default());
    assert_eq!(result.as_deref(), Ok(expect), "{template}");
}

#[test]
fn variables_are_prometheus() {
    check("plain", "plain");
    check("{{ $labels.job }}: {{ $value }}", "api: 1e+06");
    check("{{ .Labels.job }}: {{ .Value }} {{ .ExternalLabels.dc }}", "api: 1e+06 north");
    check("{{ $labels.nothing }}|{{ $externalLabels.dc }}", "|north");
    check(
        "{{ $externalURL }} {{ externalURL }} {{ pathPrefix }}",
        "http://prom.example.com/sub/path http://prom.example.com/sub/path /sub/path",
    );
    check("{{ now | humanizeTimestamp }}", "2015-06-23 13:19:44.128 +0000 UTC");
    check("{{ urlQueryEscape \"a b\" }} {{ toDuration 90 }}", "a+b 1m30s");
}

#[test]
fn simple_templates_write_what_the_engine_writes() {
    for template in [
        "a{{ $labels.job }}b{{ $labels.nothing }}",
        "{{ $value }} {{ $value | humanize }} {{ humanizeDuration $value }}",
        "{{ $value | printf \"%.2f\" }} {{ printf \"%s-%v\" \"x\" $value }}",
        "{{ $labels }} {{ len $labels }} {{ $labels.job | toUpper | title }}",
        "{{- $labels.job -}}  x",
        "{{ $labels.instance | reReplaceAll \":.*\" \"\" }} {{ $labels.instance | stripPort }}",
        "{{ $labels.job | safeHtml }}{{ $value | toTime }}{{ $labels.job | match \"a\" }}",
    ] {
        let simple = RuleTemplate::parse("rule", template).unwrap();
        assert!(matches!(simple.form, Form::Simple(_)), "{template}");
        let through_engine = format!("{template}{{{{ if true }}}}{{{{ end }}}}");
        let program = RuleTemplate::parse("rule", &through_engine).unwrap();
        assert!(matches!(program.form, Form::Program(_)), "{template}");
        for value in [0.0, 1.5, 1e6, f64::INFINITY, -1e-9] {
            let expect = expand(&program, value, &mut Queries::default());
            assert_eq!(expand(&simple, value, &mut Queries::default()), expect, "{template}");
        }
    }
}

#[test]
fn queries_are_noted_and_answered_the_second_time() {
    let text = "{{ with query \"up\" }}{{ . | first | value }} of {{ len . }}{{ end }}{{ query \"b\" | len }}";
    let template = RuleTemplate::parse("rule", text).unwrap();
    let mut queries = Queries::default();
    assert_eq!(expand(&template, 1.0, &mut queries).as_deref(), Ok("0"));
    assert_eq!(queries.missing, BTreeSet::from(["up".to_owned(), "b".to_owned()]));
    queries.missing.clear();
    queries
        .answered
        .insert("up".to_owned(), [2.5, 3.0].map(|value| (labels(), Sample::Float(value))).into());
    queries.answered.insert("b".to_owned(), Vec::new());
    assert_eq!(expand(&template, 1.0, &mut queries).as_deref(), Ok("2.5 of 20"));
    assert!(queries.missing.is_empty());
}

/// What a genuine promtool makes of the same templates.
#[test]
fn a_histogram_is_its_text_and_no_number() {
    let histogram = Sample::Histogram(Arc::new(Histogram {
        count: 4.0,
        sum: 5.0,
        positive_spans: vec![(0, 3)],
        positive_buckets: vec![1.0, 2.0, 1.0],
        ..Histogram::default()
    }));
    let shown = "{count:4, sum:5, (0.5,1]:1, (1,2]:2, (2,4]:1}";
    let mut queries = Queries::default();
    queries.answered.insert("h".to_owned(), vec![(labels(), histogram.clone())]);
    let twice = format!("{shown} {shown}");
    let quoted = format!("{shown:?}");
    let in_map = format!("map[arg0:{shown}]");
    let number = |function: &str| {
        Err(format!("error calling {function}: can't convert *histogram.FloatHistogram to float"))
    };
    for (template, expect) in [
        ("{{ $value }}", Ok(shown)),
        ("{{ .Value }}", Ok(shown)),
        ("{{ $value.String }}", Ok(shown)),
        ("{{ print $value }}", Ok(shown)),
        ("{{ printf \"%v %s\" $value $value }}", Ok(&twice)),
        ("{{ printf \"%q\" $value }}", Ok(&quoted)),
        ("{{ args $value }}", Ok(&in_map)),
        ("{{ with query \"h\" }}{{ . | first | value }}{{ end }}", Ok(shown)),
        ("{{ range query \"h\" }}{{ .Value }}{{ end }}", Ok(shown)),
        ("{{ $value.Count }} {{ $value.Sum }}", Ok("4 5")),
        ("{{ if $value }}yes{{ else }}no{{ end }}", Ok("yes")),
        ("{{ $value | humanize }}", number("humanize")),
        ("{{ humanizeDuration $value }}", number("humanizeDuration")),
        ("{{ if true }}{{ $value | toTime }}{{ end }}", number("toTime")),
        (
            "{{ $value.Nothing }}",
            Err("can't evaluate field Nothing in type *histogram.FloatHistogram".to_owned()),
        ),
    ] {
        let parsed = RuleTemplate::parse("rule", template).unwrap();
        match (expand_with(&parsed, &histogram, &mut queries), expect) {
            (Err(fault), Err(expect)) => assert!(fault.ends_with(&expect), "{template}: {fault}"),
            (result, expect) => assert_eq!(result, expect.map(str::to_owned), "{template}"),
        }
    }
    for template in ["{{ gt $value 1.0 }}", "{{ eq $value 1.0 }}"] {
        let parsed = RuleTemplate::parse("rule", template).unwrap();
        let fault = expand_with(&parsed, &histogram, &mut queries);
        assert!(fault.is_err(), "{template}: {fault:?}");
    }
}

#[test]
fn faults_say_where() {
    for (template, expect) in [
        ("{{ $labels.job | nothing }}", "template: rule:1:18: function \"nothing\" not defined"),
        ("{{ $nothing }}", "template: rule:1:4: undefined variable \"$nothing\""),
        ("x\n{{ if $value }}", "template: rule:2:1: unexpected EOF: {{if}} has no {{end}}"),
    ] {
        let error = RuleTemplate::parse("rule", template).unwrap_err().to_string();
        assert_eq!(error, expect, "{template}");
    }
    for (template, expect) in [
        (
            "{{ query \"up\" | first }}",
            "template: rule:1:4: error calling first: first() called on vector with no elements",
        ),
        (
            "{{ .Nothing }}",
            "template: rule:1:4: can't evaluate field Nothing in type the data of a rule template",
        ),
        (
            "ab {{ $labels.job | humanize }}",
            "template: rule:1:7: error calling humanize: strconv.ParseFloat: parsing \"api\": invalid syntax",
        ),
    ] {
        let template = RuleTemplate::parse("rule", template).unwrap();
        assert_eq!(expand(&template, 1.0, &mut Queries::default()), Err(expect.to_owned()));
    }
}
