//! Notifications of several shapes.

use firebell::label::Labels;
use firebell::template::data::{AlertData, Data};
use firebell::time::{Details, Timestamp};

fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::from_pairs(pairs.iter().copied())
}

fn alert(own: &[(&str, &str)], annotations: &[(&str, &str)], ended: Option<i64>) -> AlertData {
    let labels = labels(own);
    AlertData {
        firing: ended.is_none(),
        fingerprint: labels.fingerprint(),
        labels,
        annotations: self::labels(annotations),
        starts_at: Timestamp::from_millis(1_699_999_000_250),
        ends_at: ended.map(Timestamp::from_millis),
        generator_url: "http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1".into(),
        details: Details::default(),
    }
}

fn data(group: &[(&str, &str)], common: &[(&str, &str)], alerts: Vec<AlertData>) -> Data {
    Data {
        receiver: "team\\.a b&c".to_owned(),
        alerts,
        notification_reason: "new alerts added".to_owned(),
        group_labels: labels(group),
        common_labels: labels(common),
        common_annotations: labels(&[("summary", "It <is> \"down\""), ("alpha", "Ω & more")]),
        route_labels: labels(&[("team", "a")]),
        external_url: "http://am.example.com:9093/prefix".into(),
    }
}

/// All of them, by name.
pub fn sets() -> Vec<(&'static str, Data)> {
    let down: &[(&str, &str)] =
        &[("alertname", "Down"), ("instance", "a:1"), ("job", "node"), ("severity", "info")];
    let other: &[(&str, &str)] = &[
        ("alertname", "Down"),
        ("instance", "<b>'\"\n"),
        ("job", "node"),
        ("severity", "warning"),
    ];
    let said: &[(&str, &str)] =
        &[("summary", "It <is> \"down\""), ("alpha", "Ω & more"), ("runbook", "http://x/?a=1&b=2")];
    let common: &[(&str, &str)] = &[("alertname", "Down"), ("job", "node")];
    let ended = Some(1_699_999_900_000);
    vec![
        ("one", data(&[("alertname", "Down")], down, vec![alert(down, said, None)])),
        (
            "mixed",
            data(
                &[("alertname", "Down"), ("job", "node")],
                common,
                vec![alert(down, said, None), alert(other, &[], None), alert(other, said, ended)],
            ),
        ),
        ("resolved", data(&[], common, vec![alert(other, said, ended), alert(down, &[], ended)])),
        ("nothing", data(&[], &[], vec![alert(&[], &[], None)])),
    ]
}
