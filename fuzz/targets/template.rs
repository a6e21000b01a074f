//! Templates of receivers and rules on fixed data.

use std::sync::{Arc, LazyLock};

use firebell::label::Labels;
use firebell::sample::Value;
use firebell::template::Templates;
use firebell::template::data::{AlertData, Data};
use firebell::template::rule::{Queries, RuleData, RuleTemplate};
use firebell::time::{Details, Timestamp};

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

static DEFAULTS: LazyLock<Templates> = LazyLock::new(Templates::default);

/// One input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let seen = seen();
    let once = DEFAULTS.text(text, &seen, NOW);
    assert_eq!(DEFAULTS.text(text, &seen, NOW).ok(), once.ok(), "{text:?}");
    let _ = DEFAULTS.html(text, &seen, NOW);
    if let Ok(own) = Templates::parse(&[("own.tmpl".to_owned(), text.to_owned())]) {
        let _ = own.text(r#"{{ template "own.tmpl" . }}"#, &seen, NOW);
    }
    expand_rule(text);
}

fn expand_rule(text: &str) {
    let Ok(template) = RuleTemplate::parse("a rule", text) else { return };
    let labels = Labels::from_pairs([("__name__", "up"), ("job", "<a href='x'>")]);
    let data = RuleData {
        labels: &labels,
        value: &Value::Float(-1.5e9),
        external_labels: &labels,
        external_url: "http://example.org/",
        at: NOW,
    };
    let answer = [f64::NAN, 2.0].map(|value| (labels.clone(), Value::Float(value))).to_vec();
    let mut queries = Queries::default();
    for _ in 0..3 {
        let _ = template.expand(&data, &mut queries);
        for asked in std::mem::take(&mut queries.missing) {
            queries.answered.insert(asked, answer.clone());
        }
    }
}

fn seen() -> Data {
    let labels = Labels::from_pairs([("alertname", "Slow"), ("job", "</script>\"é")]);
    let alert = |ends_at: Option<Timestamp>| AlertData {
        firing: ends_at.is_none(),
        labels: labels.clone(),
        annotations: Labels::from_pairs([("summary", "it is\nslow & \u{1f512}")]),
        starts_at: NOW,
        ends_at,
        generator_url: Arc::from("http://example.org/graph?a=b&c=d"),
        details: Details::default(),
        fingerprint: labels.fingerprint(),
    };
    Data {
        receiver: "team\\.x".to_owned(),
        alerts: vec![alert(None), alert(Some(NOW))],
        notification_reason: "first notification".to_owned(),
        group_labels: labels.clone(),
        common_labels: labels.clone(),
        common_annotations: Labels::empty(),
        route_labels: labels.clone(),
        external_url: Arc::from("http://example.org"),
    }
}
