//! Rule templates against `promtool test rules`.

use std::path::{Path, PathBuf};
use std::process::Command;

use firebell::label::Labels;
use firebell::sample::Value;
use firebell::template::rule::{Queries, RuleData, RuleTemplate};
use firebell::time::Timestamp;
use serde::Deserialize;

use super::peers;

/// Templates and the values they are expanded for.
const TEMPLATES: &[&str] = &[
    "plain",
    "{{ $labels.instance }} of {{ $labels.job }} is {{ $value }}",
    "{{ .Labels.instance }} {{ .Value }} {{ $labels.nothing }}|",
    "{{ $labels }}",
    "{{ $value | humanize }} {{ $value | humanize1024 }} {{ $value | humanizeDuration }} {{ humanizePercentage $value }}",
    "{{ humanizeTimestamp $value }}",
    "{{ $value | printf \"%.2f\" }} {{ printf \"%v %g %e\" $value $value $value }}",
    "{{ if gt $value 1.0 }}high{{ else }}low{{ end }}",
    "{{ with $labels.job }}{{ . }}{{ end }}",
    "{{ range $k, $v := $labels }}{{ $k }}={{ $v }};{{ end }}",
    "{{ len $labels }} {{ index $labels \"job\" }}",
    "{{ title \"hello wORLD-foo_bar\" }} {{ toUpper $labels.job }} {{ toLower \"AbC\" }}",
    "{{ reReplaceAll \"(.*):.*\" \"$1\" $labels.instance }} {{ match \"^web\" $labels.instance }}",
    "{{ stripPort $labels.instance }} {{ stripDomain $labels.instance }} {{ stripDomain \"10.0.0.1:80\" }} {{ stripPort \"[::1]:80\" }}",
    "{{ graphLink \"up == 0\" }} {{ tableLink \"a b\" }}",
    "{{ parseDuration \"1h30m\" }} {{ toTime $value }} {{ \"1.5\" | humanize }}",
    "{{ safeHtml \"<b>\" }} {{ (args 1 \"a\").arg1 }} {{ args 1 2 }}",
    "{{ define \"t\" }}<{{ . }}>{{ end }}{{ template \"t\" $labels.job }}",
    "{{ query \"sum(up)\" | first | value }} {{ range query \"up\" | sortByLabel \"instance\" }}{{ .Labels.instance }}={{ .Value }} {{ end }}",
    "{{ with query \"up\" }}{{ . | first | label \"instance\" }}{{ end }} {{ query \"absent(up)\" | len }}",
    "{{ $externalLabels.dc }} {{ $externalURL }}|",
    "{{ 1000000.0 }} {{ 1e5 }} {{ 100000000 }} {{ true }}",
    "{{ humanize 0.00001 }} {{ humanize 1234567 }} {{ humanize1024 1048576 }} {{ humanizeDuration 0.0012 }}",
];

const VALUES: [&str; 4] = ["0.2", "1234567.5", "300", "-0.0001"];

fn labels() -> Labels {
    Labels::from_pairs([("__name__", "up"), ("instance", "web1.example.com:9090"), ("job", "api")])
}

/// What the queries of the templates yield for a value.
fn queries(value: f64) -> Queries {
    let mut queries = Queries::default();
    let value = Value::Float(value);
    let up = vec![(labels(), value.clone())];
    queries.answered.insert("up".to_owned(), up);
    queries.answered.insert("sum(up)".to_owned(), vec![(Labels::empty(), value)]);
    queries.answered.insert("absent(up)".to_owned(), Vec::new());
    queries
}

fn expand(template: &str, value: f64) -> String {
    let external = Labels::empty();
    let data = RuleData {
        labels: &labels(),
        value: &Value::Float(value),
        external_labels: &external,
        external_url: "",
        at: Timestamp::from_millis(60_000),
    };
    let template = RuleTemplate::parse("t", template).unwrap();
    template.expand(&data, &mut queries(value)).unwrap()
}

/// A rule file, and a test file that expects of each annotation what we expand it to.
fn files(value: &str) -> (String, String) {
    let quote = |text: &str| serde_json::to_string(text).unwrap();
    let mut rules = "groups: [{name: g, rules: [".to_owned();
    let mut tests = format!(
        "rule_files: [rules.yml]\ntests: [{{interval: 1m, external_labels: {{}}, input_series: [\
         {{series: 'up{{instance=\"web1.example.com:9090\",job=\"api\"}}', values: '{value} {value}'}}], \
         alert_rule_test: ["
    );
    for (index, template) in TEMPLATES.iter().enumerate() {
        let expected = expand(template, value.parse().unwrap());
        rules +=
            &format!("{{alert: A{index}, expr: up, annotations: {{t: {}}}}},", quote(template));
        tests += &format!(
            "{{eval_time: 1m, alertname: A{index}, exp_alerts: [{{exp_labels: {{instance: \
             'web1.example.com:9090', job: api}}, exp_annotations: {{t: {}}}}}]}},",
            quote(&expected)
        );
    }
    (rules + "]}]", tests + "]}]")
}

#[test]
fn rule_templates_write_what_they_wrote() {
    let mut written = String::new();
    for template in TEMPLATES {
        written += &format!("{template}\n");
        for value in VALUES {
            written += &format!("  {value}: {:?}\n", expand(template, value.parse().unwrap()));
        }
    }
    insta::assert_snapshot!("rules", written);
}

#[test]
fn rule_templates_are_prometheus() {
    let Some(promtool) = peers::find("promtool", "FIREBELL_PROMTOOL") else { return };
    for value in VALUES {
        let directory = tempfile::tempdir().unwrap();
        let (rules, tests) = files(value);
        std::fs::write(directory.path().join("rules.yml"), rules).unwrap();
        std::fs::write(directory.path().join("tests.yml"), tests).unwrap();
        let output = Command::new(&promtool)
            .args(["test", "rules", "tests.yml"])
            .current_dir(directory.path())
            .output()
            .unwrap();
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            output.status.success(),
            "{value}:\n{}{}",
            said(&output.stdout),
            said(&output.stderr)
        );
    }
}

/// Native histograms of every shape, and what annotations make of them.
const HISTOGRAMS: [(&str, &str); 4] = [
    (
        "{{schema:0 sum:5 count:4 z_bucket:2 z_bucket_w:0.001 buckets:[1 0 1] n_buckets:[3 4] n_offset:1}}",
        "{count:4, sum:5, [-4,-2):4, [-2,-1):3, [-0.001,0.001]:2, (0.5,1]:1, (2,4]:1} 4 0.001 [3 4]",
    ),
    (
        "{{schema:-53 sum:5.5e7 count:1e6 custom_values:[0.1 1 5] buckets:[100 200 1e6 3]}}",
        "{count:1e+06, sum:5.5e+07, [-Inf,0.1]:100, (0.1,1]:200, (1,5]:1e+06, (5,+Inf]:3} 1e+06 0 []",
    ),
    ("{{}}", "{count:0, sum:0} 0 0 []"),
    (
        "{{schema:0 sum:NaN count:3 buckets:[1.5 1.5]}}",
        "{count:3, sum:NaN, (0.5,1]:1.5, (1,2]:1.5} 3 0 []",
    ),
];

#[test]
fn histograms_in_rule_templates_are_prometheus() {
    let rules = "groups: [{name: g, rules: [{alert: A, expr: h, annotations: {t: '{{ $value }} \
                 {{ $value.Count }} {{ .Value.ZeroThreshold }} {{ $value.NegativeBuckets }}', \
                 q: '{{ range query \"h\" }}{{ . | value }}{{ end }}'}}]}]\n";
    let ours = PathBuf::from(env!("CARGO_BIN_EXE_firebell"));
    let programs = [Some(ours), peers::find("promtool", "FIREBELL_PROMTOOL")];
    for (written, shown) in HISTOGRAMS {
        let alone = shown.split_once('}').map(|(text, _)| format!("{text}}}")).unwrap();
        let tests = format!(
            "rule_files: [rules.yml]\ntests: [{{input_series: [{{series: h, values: '{written}x5'}}], \
             alert_rule_test: [{{eval_time: 1m, alertname: A, exp_alerts: [{{exp_annotations: \
             {{t: '{shown}', q: '{alone}'}}}}]}}]}}]\n"
        );
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("rules.yml"), rules).unwrap();
        std::fs::write(directory.path().join("tests.yml"), tests).unwrap();
        for program in programs.iter().flatten() {
            let mut command = Command::new(program);
            command.args(["test", "rules", "tests.yml"]).current_dir(directory.path());
            let output = command.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let told = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{}: {told}{said}", program.display());
        }
    }
}

/// All texts of the labels and annotations in a YAML value.
fn texts(value: &serde_yaml::Value, into: &mut Vec<String>) {
    match value {
        serde_yaml::Value::Mapping(entries) => {
            for (key, value) in entries {
                if matches!(key.as_str(), Some("labels" | "annotations")) {
                    let pairs = value.as_mapping().into_iter().flatten();
                    into.extend(pairs.filter_map(|(_, text)| text.as_str().map(str::to_owned)));
                } else {
                    texts(value, into);
                }
            }
        }
        serde_yaml::Value::Sequence(items) => items.iter().for_each(|item| texts(item, into)),
        _ => {}
    }
}

/// The YAML files below a directory.
fn files_below(directory: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => files_below(&path, into),
            path if path.extension().is_some_and(|end| end == "yml" || end == "yaml") => {
                into.push(path);
            }
            _ => {}
        }
    }
}

#[test]
fn templates_of_the_field_parse() {
    let conformance = std::env::var_os("FIREBELL_CONFORMANCE").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance"),
        PathBuf::from,
    );
    let mut files = Vec::new();
    files_below(&conformance.join("corpus"), &mut files);
    if files.is_empty() {
        println!("skipped: no rule files in {}", conformance.display());
        return;
    }
    let mut all = Vec::new();
    for file in &files {
        let content = std::fs::read_to_string(file).unwrap();
        for document in serde_yaml::Deserializer::from_str(&content) {
            texts(&serde_yaml::Value::deserialize(document).unwrap(), &mut all);
        }
    }
    let refused: Vec<_> =
        all.iter().filter_map(|text| RuleTemplate::parse(text, text).err()).collect();
    assert!(refused.is_empty(), "{} of {}: {refused:#?}", refused.len(), all.len());
    assert!(all.len() > 1000, "only {} templates in {} files", all.len(), files.len());
}
