//! Language and functions against `amtool`.

use super::data::sets;
use super::ours;
use super::peers::{self, Kind};

/// Templates that both must treat alike, errors included.
const TEXTS: &[&str] = &[
    // data
    "{{ .Status }} {{ .Receiver }} {{ .ExternalURL }} {{ len .Alerts }}",
    "{{ .GroupLabels }} | {{ .CommonLabels }} | {{ .CommonAnnotations }}",
    "{{ .GroupLabels.nothing }}|{{ .GroupLabels.alertname }}",
    "{{ index .CommonLabels \"job\" }}|{{ index .CommonLabels \"none\" }}",
    "{{ .CommonLabels.Names }} {{ .CommonLabels.Values }} {{ .CommonLabels.SortedPairs }}",
    "{{ .CommonLabels.SortedPairs.Names }} {{ .CommonLabels.SortedPairs.Values }}",
    "{{ (.CommonLabels.Remove .GroupLabels.Names).Names }}",
    "{{ .CommonLabels.Remove (stringSlice \"job\") }}",
    "{{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join \" \" }}{{ else }}none{{ end }}",
    "{{ range .Alerts }}{{ .Status }} {{ .Labels }} {{ .Fingerprint }} {{ .GeneratorURL }};{{ end }}",
    "{{ range .Alerts }}{{ .StartsAt }} {{ .EndsAt }} {{ .StartsAt.Unix }};{{ end }}",
    "{{ range $i, $a := .Alerts }}{{ if $i }}, {{ end }}{{ $i }}={{ $a.Labels.instance }}{{ end }}",
    "{{ range $k, $v := .CommonLabels }}{{ $k }}={{ $v }} {{ else }}empty{{ end }}",
    "{{ (index .Alerts 0).Labels.alertname }}",
    "{{ .Alerts.Firing | len }} {{ len .Alerts.Resolved }}",
    "{{ toJson .GroupLabels }} {{ toJson .Alerts.Firing }} {{ .Alerts.Resolved | toJson }}",
    "{{ .Missing }}",
    "{{ .Alerts.Missing }}",
    "{{ .Status.Missing }}",
    "{{ .GroupLabels.a.b }}",
    // the language
    "a {{- /* comment */ -}} b",
    "{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}",
    "{{ if and true (eq .Status \"firing\") }}fire{{ else if true }}other{{ end }}",
    "{{ if or (eq .Status \"x\" \"firing\") false }}yes{{ end }}{{ not true }}",
    "{{ range $i := list 1 2 3 4 }}{{ if eq $i 2 }}{{ continue }}{{ end }}{{ if eq $i 4 }}{{ break }}{{ end }}{{ $i }}{{ end }}",
    "{{ define \"own\" }}<{{ . }}>{{ end }}{{ template \"own\" .Status }}{{ template \"own\" }}",
    "{{ block \"b\" .Status }}[{{ . }}]{{ end }}",
    "{{ define \"slack.default.title\" }}mine{{ end }}{{ template \"slack.default.title\" . }} {{ template \"slack.default.fallback\" . }}",
    "{{ \"quoted \\\"x\\\"\\n\" }}{{ `raw \\n` }}{{ 'a' }}{{ 1.5 }}{{ 1e6 }}{{ 0x10 }}{{ true }}",
    "{{ 3 | printf \"%d-%s\" 2 }}",
    "{{ printf \"%s %v %q %5d|%-5s|%05.1f %t %x\" \"a\" 1 \"b\" 42 \"c\" 3.14159 true \"hi\" }}",
    "{{ printf \"%v %v %v\" .GroupLabels (list 1 2) 1e6 }}",
    "{{ print 1 2 \"a\" \"b\" 3 }}{{ println 1 \"a\" }}",
    "{{ html \"<a & 'b'>\" }} {{ js \"it's <b>\" }} {{ urlquery \"a b&c/d\" }}",
    "{{ len \"é\" }} {{ index (list 1 2 3) 1 }} {{ slice \"abcdef\" 1 3 }}",
    "{{ eq 1 1 }}{{ ne 1 2 }}{{ lt 1 2 }}{{ le 2 2 }}{{ gt \"b\" \"a\" }}{{ ge 1.5 1.5 }}",
    "{{ if .CommonLabels }}yes{{ end }}{{ if .Alerts.Resolved }}res{{ end }}",
    "{{ with $x := .Status }}{{ $x }}{{ end }}",
    "{{ end }}",
    "{{ if true }}",
    "{{ nothing }}",
    "{{ $undefined }}",
    "{{ template \"nowhere\" . }}",
    "{{ .Status | nothing }}",
    "{{ eq 1 1.0 }}",
    "{{ index (list 1) 5 }}",
    "{{ len 3 }}",
    "{{ break }}",
    "{{ nil }}",
    "{{ \"a\" | .Status }}",
    "{{ define \"x\" }}",
    "{{ range 3 }}{{ . }}{{ end }}",
    "{{ range .Status }}x{{ end }}",
    // functions
    "{{ toUpper \"straße é\" }} {{ toLower \"ÄB\" }} {{ trimSpace \"  a \\n\" }}",
    "{{ title \"aAa bB\" }}|{{ title \"don't foo_bar foo-bar foo.bar a:b 1st x2y\" }}|{{ title \"élan Éa\" }}",
    "{{ title \"hello (world) [x] \\\"quoted\\\" it’s\" }}|{{ title \"UPPER CASE\" }}|{{ title \"\" }}",
    "{{ stringSlice \"a\" \"b\" | join \"-\" }}{{ join \",\" (stringSlice) }}",
    "{{ match \"^a.c$\" \"abc\" }}{{ match \"[\" \"x\" }}",
    "{{ match \"b\" \"abc\" }} {{ reReplaceAll \"(\\\\w+)-(\\\\w+)\" \"$2 $1\" \"a-b c-d\" }}",
    "{{ reReplaceAll \"a*\" \"x\" \"baac\" }}|{{ reReplaceAll \"(?P<n>b)\" \"<${n}>\" \"abc\" }}|{{ reReplaceAll \"(b)\" \"$1x\" \"abc\" }}",
    "{{ safeHtml \"<b>\" }} {{ safeUrl \"a:b\" }} {{ urlUnescape \"a%20b+c%2F\" }}",
    "{{ urlUnescape \"%zz\" }}",
    "{{ range .Alerts }}{{ date \"2006-01-02 15:04:05 MST\" .StartsAt }} {{ .StartsAt | tz \"Europe/Paris\" | date \"Mon Jan _2 3:04PM -07:00 MST\" }};{{ end }}",
    "{{ (index .Alerts 0).StartsAt.Format \"02.01.06 15h04.000\" }} {{ (index .Alerts 0).StartsAt.Year }} {{ (index .Alerts 0).StartsAt.Weekday }} {{ (index .Alerts 0).StartsAt.Month }}",
    "{{ tz \"Nowhere/Land\" (index .Alerts 0).StartsAt }}",
    "{{ (index .Alerts 0).StartsAt | tz \"America/New_York\" }}",
    "{{ ((index .Alerts 0).StartsAt.AddDate 0 1 -1).Format \"2006-01-02\" }} {{ (index .Alerts 0).StartsAt.YearDay }}",
    "{{ $a := (index .Alerts 0).StartsAt }}{{ $b := $a.AddDate 0 0 1 }}{{ $b.Sub $a }} {{ ($b.Sub $a).Hours }} {{ $b.After $a }} {{ $b.Before $a }} {{ $b.Equal $b }}",
    "{{ $a := (index .Alerts 0).StartsAt }}{{ $d := ($a.AddDate 0 0 1).Sub $a }}{{ humanizeDuration $d }} {{ $d.Minutes }} {{ printf \"%v %s\" $d $d }} {{ gt $d 5 }}",
    "{{ humanizeDuration 0.5 }} {{ humanizeDuration 90 }} {{ humanizeDuration \"3661.5\" }} {{ humanizeDuration 100000 }} {{ humanizeDuration -12.3456 }}",
    "{{ toJson \"<a&b>\\n\" }} {{ toJson 1.5 }} {{ toJson (list 1 \"a\" nil) }} {{ toJson (dict \"b\" 1 \"a\" (list)) }}",
    "{{ base64encode \"a?b>\" }} {{ base64decode \"YT9iPg==\" }}",
    "{{ list 1 \"a\" true }} {{ append (list 1) 2 3 }} {{ dict \"a\" 1 \"b\" (list 1) }}",
    "{{ $d := dict \"a\" 1 }}{{ $d.a }} {{ $d.b }} {{ index $d \"a\" }} {{ len $d }}{{ range $k, $v := $d }} {{ $k }}:{{ $v }}{{ end }}",
    "{{ dict \"a\" }}",
    "{{ dict 1 2 }}",
    "{{ toUpper 1 }}",
    "{{ join \",\" .Status }}",
    "{{ toUpper }}",
    "{{ routeLabels \"team\" }}",
    "{{ toDate \"2006-01-02\" \"2024-02-29\" }} {{ toDate \"2006-01-02\" \"x\" }}",
    "{{ mustToDate \"2006-01-02\" \"x\" }}",
    "{{ if eq (now.Format \"x\") \"x\" }}now{{ end }}{{ if gt (since (index .Alerts 0).StartsAt).Hours 0.0 }} later{{ end }}",
];

const HTMLS: &[&str] = &[
    "<p>{{ .CommonAnnotations.summary }}</p>",
    "<a href=\"{{ .ExternalURL }}?q={{ .CommonAnnotations.summary }}\">{{ .Status }}</a>",
    "<a href=\"{{ .CommonAnnotations.summary }}\">x</a>",
    "<a href='javascript:{{ .Status }}'>",
    "<p title={{ .CommonAnnotations.alpha }} class=\"a {{ .Status }}\">",
    "<script>var a = {{ .CommonAnnotations.summary }}; var s = \"{{ .Status }}\";</script>",
    "<style>p { color: {{ .Status }}; }</style>",
    "<p style=\"color: {{ .Status }}\">",
    "<!-- gone {{ .Status }} --><b>{{ .CommonLabels }}</b>",
    "{{ safeHtml \"<b>bold</b>\" }}{{ \"<b>\" }}",
    "<a href=\"{{ safeUrl \"tel:1\" }}\">{{ \"tel:1\" | urlquery }}</a><a href=\"{{ \"tel:1\" }}\">",
    "{{ 1e6 }} {{ 1.5 }} {{ list 1 2 }} {{ (index .Alerts 0).StartsAt }}",
    "<textarea>{{ .CommonAnnotations.summary }}</textarea><title>{{ .CommonAnnotations.alpha }}</title>",
    "{{ range .Alerts }}<li>{{ .Labels.instance }}{{ end }}",
    "{{ .CommonAnnotations.summary | html }}",
    "<a href=\"/x?{{ range .Alerts }}{{ .Labels.instance }}&{{ end }}\">",
    "{{ if true }}<a href=\"{{ end }}",
];

#[test]
fn what_they_write_stays_as_it_is() {
    let (_, data) = sets().swap_remove(1);
    let texts = TEXTS.iter().map(|template| (*template, Kind::Text));
    let htmls = HTMLS.iter().map(|template| (*template, Kind::Html));
    let mut written = String::new();
    for (template, kind) in texts.chain(htmls) {
        let result = match ours(template, kind, &data) {
            Ok(text) => format!("= {text:?}"),
            Err(error) => format!("! {error}"),
        };
        written += &format!("{template}\n  {result}\n");
    }
    insta::assert_snapshot!("functions", written);
}

/// Functions that came with Alertmanager 0.34.
const NEWER: [&str; 5] = ["routeLabels", "base64encode", "base64decode", "toDate", "mustToDate"];

fn is_unknown(error: &str, function: &str) -> bool {
    error.contains(&format!("function \"{function}\" not defined"))
}

#[test]
fn language_and_functions_are_alertmanagers() {
    let Some(amtool) = peers::amtool() else { return };
    let mut differing = Vec::new();
    for (name, data) in sets() {
        let texts = TEXTS.iter().map(|template| (*template, Kind::Text));
        let htmls = HTMLS.iter().map(|template| (*template, Kind::Html));
        for (template, kind) in texts.chain(htmls) {
            let expected = amtool.render(template, kind, &data);
            let ours = ours(template, kind, &data);
            match (&ours, &expected) {
                (Ok(ours), Ok(theirs)) if ours == theirs => {}
                (Err(_), Err(_)) => {}
                (Ok(_), Err(why)) if NEWER.iter().any(|name| is_unknown(why, name)) => {
                    println!("skipped: this amtool lacks a function of {template}");
                }
                _ => differing
                    .push(format!("{name}: {template}\n  ours   {ours:?}\n  theirs {expected:?}")),
            }
        }
        if name == "mixed" {
            break;
        }
    }
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
}
