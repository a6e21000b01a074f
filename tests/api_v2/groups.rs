//! `/api/v2/alerts/groups` and `/api/v2/receivers`.

use serde_json::{Value, json};

use super::{fire, server};

/// Each group as `receiver{labels}: alert state, ...`.
fn outline(groups: &Value) -> Vec<String> {
    let alert = |alert: &Value| {
        let instance = alert["labels"]["instance"].as_str().unwrap_or("-");
        format!("{instance} {}", alert["status"]["state"].as_str().unwrap())
    };
    let group = |group: &Value| {
        let alerts: Vec<_> = group["alerts"].as_array().unwrap().iter().map(alert).collect();
        let name = group["receiver"]["name"].as_str().unwrap();
        format!("{name}{}: {}", group["labels"], alerts.join(", "))
    };
    groups.as_array().unwrap().iter().map(group).collect()
}

#[tokio::test]
async fn groups_are_sorted_filtered_and_show_who_is_told() {
    let server = server().await;
    let alerts = [
        "alertname=B instance=2",
        "alertname=B instance=1",
        "alertname=A team=x instance=1",
        "alertname=A team=y instance=2",
        "unnamed=yes",
    ];
    fire(&server, &alerts).await;
    for (query, expect) in [
        (
            "",
            &[
                "default{}: - active",
                "team-x{\"alertname\":\"A\"}: 1 active",
                "team-xy{\"alertname\":\"A\"}: 1 suppressed, 2 suppressed",
                "default{\"alertname\":\"B\"}: 1 active, 2 active",
            ][..],
        ),
        (
            "muted=false",
            &[
                "default{}: - active",
                "team-x{\"alertname\":\"A\"}: 1 active",
                "default{\"alertname\":\"B\"}: 1 active, 2 active",
            ],
        ),
        ("receiver=team-xy", &["team-xy{\"alertname\":\"A\"}: 1 suppressed, 2 suppressed"]),
        ("receiver_matchers=kind%3Dpager", &["team-x{\"alertname\":\"A\"}: 1 active"]),
        ("filter=instance%3D2&receiver=default", &["default{\"alertname\":\"B\"}: 2 active"]),
        ("active=false", &[]),
    ] {
        let answer = server.get(&format!("/api/v2/alerts/groups?{query}")).await;
        assert_eq!(outline(&answer.json()), expect, "{query}");
    }
    let groups = server.get("/api/v2/alerts/groups").await.json();
    assert_eq!(
        groups[1]["alerts"][0]["receivers"],
        json!([{"name": "team-x"}, {"name": "team-xy"}])
    );
    assert_eq!(groups[2]["alerts"][0]["status"]["mutedBy"], json!(["always"]));
    assert_eq!(groups[1]["routeLabels"], json!({}));
    let one = server.get("/api/v2/alerts/groups?receiver=team-x").await.json();
    assert_eq!(one[0]["alerts"][0]["receivers"], json!([{"name": "team-x"}]), "of what is shown");
}

#[tokio::test]
async fn all_receivers_are_listed_with_their_labels() {
    let answer = server().await.get("/api/v2/receivers").await;
    let expect = r#"[{"labels":{"name":"default"},"name":"default"},"#.to_owned()
        + r#"{"labels":{"kind":"pager","name":"team-x"},"name":"team-x"},"#
        + r#"{"labels":{"name":"team-xy"},"name":"team-xy"}]"#
        + "\n";
    assert_eq!(answer.body, expect);
}
