//! `template render`.

use std::path::Path;

use anyhow::Result;

use crate::cli::ExitStatus;
use crate::cli::check::input::opened;
use crate::template::Templates;
use crate::template::given::GivenData;
use crate::time::{Span, rfc3339};

use super::check::files;
use super::print;
use super::session::{Session, now};

/// Expands a template. The default templates are not there unless a glob names them, as in
/// amtool.
pub(super) fn render(session: &Session) -> Result<ExitStatus> {
    let values = &session.values;
    let files = files(&values.all("template.glob")).map_err(anyhow::Error::msg)?;
    let templates = Templates::without_defaults(&files)?;
    let data = match values.text("template.data") {
        "" => serde_json::from_value(sample())?,
        file => {
            let text = opened(Path::new(file)).map_err(anyhow::Error::msg)?;
            serde_json::from_str(&text)?
        }
    };
    print(&expand(&templates, &data, values.text("template.type"), values.text("template.text"))?)
}

fn expand(templates: &Templates, data: &GivenData, kind: &str, text: &str) -> Result<String> {
    Ok(match kind {
        "html" => templates.given_html(text, data, now())?,
        _ => templates.given_text(text, data, now())?,
    })
}

/// Two alerts, one of them over, with every part that templates can ask for.
fn sample() -> serde_json::Value {
    let before = |minutes| rfc3339::nano(now() - Span::from_mins(minutes));
    let common_labels =
        [("commonlabelkey1", "commonlabelvalue1"), ("commonlabelkey2", "commonlabelvalue2")];
    let common_annotations = [
        ("commonannotationkey1", "commonannotationvalue1"),
        ("commonannotationkey2", "commonannotationvalue2"),
    ];
    let map = |pairs: &[(&str, &str)]| -> serde_json::Value {
        pairs
            .iter()
            .map(|(name, value)| (name.to_string(), serde_json::Value::from(*value)))
            .collect()
    };
    let with = |common: &[(&str, &str)], own: &[(&str, &str)]| map(&[common, own].concat());
    serde_json::json!({
        "receiver": "receiver",
        "status": "alertstatus",
        "alerts": [
            {
                "status": "firing",
                "labels": with(&common_labels, &[("instance", "foo.bar:1234"), ("label1", "value1"), ("label2", "value2")]),
                "annotations": with(&common_annotations, &[("annotation1", "value1"), ("annotation2", "value2")]),
                "startsAt": before(5),
                "endsAt": before(0),
                "generatorURL": "https://generatorurl.com",
                "fingerprint": "fingerprint1",
            },
            {
                "status": "resolved",
                "labels": with(&common_labels, &[("foo", "bar"), ("baz", "qux")]),
                "annotations": with(&common_annotations, &[("aaa", "bbb"), ("ccc", "ddd")]),
                "startsAt": before(10),
                "endsAt": before(0),
                "generatorURL": "https://generatorurl.com",
                "fingerprint": "fingerprint2",
            },
        ],
        "groupLabels": map(&[("grouplabelkey1", "grouplabelvalue1"), ("grouplabelkey2", "grouplabelvalue2")]),
        "commonLabels": map(&common_labels),
        "commonAnnotations": map(&common_annotations),
        "externalURL": "https://example.com",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_expanded_with_the_sample_or_with_data() {
        let files =
            [("a.tmpl".to_owned(), "{{ define \"x\" }}[{{ .Status }}]{{ end }}".to_owned())];
        let templates = Templates::without_defaults(&files).unwrap();
        let sample: GivenData = serde_json::from_value(sample()).unwrap();
        let check = |data: &GivenData, kind: &str, text: &str, expected: &str| {
            let expanded = expand(&templates, data, kind, text).map_err(|error| error.to_string());
            assert_eq!(expanded.as_deref(), Ok(expected), "{text}");
        };
        check(&sample, "text", "{{ template \"x\" . }}", "[alertstatus]");
        check(
            &sample,
            "text",
            "{{ len .Alerts.Firing }}{{ (index .Alerts 1).Fingerprint }}",
            "1fingerprint2",
        );
        check(&sample, "text", "{{ .CommonLabels.Names }}", "[commonlabelkey1 commonlabelkey2]");
        check(&sample, "html", "<{{ .Receiver }}>", "&lt;receiver>");
        let data = r#"{"receiver":"<x>","alerts":[{"status":"firing","startsAt":"2026-01-01T00:00:00+02:00"}],"foo":1}"#;
        let data: GivenData = serde_json::from_str(data).unwrap();
        check(&data, "text", "<{{ .Receiver }}{{ .Status }}>", "<<x>>");
        check(&data, "text", "{{ (index .Alerts 0).StartsAt }}", "2026-01-01 00:00:00 +0200 +0200");
        check(&data, "text", "{{ (index .Alerts 0).EndsAt }}", "0001-01-01 00:00:00 +0000 UTC");
        let missing = expand(&templates, &data, "text", "{{ template \"default.title\" . }}");
        assert!(missing.unwrap_err().to_string().contains("default.title"));
    }
}
