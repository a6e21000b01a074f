//! `/metrics`.

use std::collections::BTreeMap;
use std::sync::Arc;

use firebell::config::Expansion;
use firebell::config::rules::{RuleOptions, parse};
use serde_json::json;

use firebell::api::{MetricLabels, Presence, Surface};
use firebell::engine::Upkeep;
use firebell::label::matcher::Mode;

use super::api::Server;
use super::{CONFIG, fire};

const RULES: &str = "groups: [{name: g, interval: 5m, rules: [{record: x, expr: vector(1)}]}]";

/// Samples by what stands before their value; every line must be a comment or one of them.
async fn scrape(server: &Server) -> BTreeMap<String, f64> {
    let answer = server.get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
    let sample = |line: &str| {
        let (series, value) = line.rsplit_once(' ').unwrap();
        (series.to_owned(), value.parse().unwrap())
    };
    let lines = answer.body.lines().filter(|line| !line.starts_with("# "));
    lines.map(sample).collect()
}

#[tokio::test]
async fn what_happened_is_counted_under_the_peers_names() {
    let (groups, _) = parse("r.yml", RULES, &RuleOptions::default(), Expansion::Off).unwrap();
    let server = Server::start(CONFIG, groups.into_iter().map(Arc::new).collect()).await;
    fire(&server, &["alertname=A", "alertname=B team=x", "alertname=quiet"]).await;
    let resolved =
        r#"[{"labels":{"alertname":"A"},"endsAt":"2020-01-01T00:00:00Z"},{"labels":{}}]"#;
    assert_eq!(server.post("/api/v2/alerts", resolved).await.status, 400);
    let silence = json!({"matchers": [{"name": "alertname", "value": "quiet", "isRegex": false}],
        "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2999-01-01T00:00:00Z",
        "createdBy": "", "comment": ""});
    assert_eq!(server.post("/api/v2/silences", silence.to_string()).await.status, 200);
    server.state.counters.load_failed();
    let samples = scrape(&server).await;
    for (series, expect) in [
        (r#"alertmanager_alerts{state="active"}"#, 1.0),
        (r#"alertmanager_alerts{state="suppressed"}"#, 1.0),
        (r#"alertmanager_alerts_received_total{status="firing",version="v2"}"#, 4.0),
        (r#"alertmanager_alerts_received_total{status="resolved",version="v2"}"#, 1.0),
        (r#"alertmanager_alerts_invalid_total{version="v2"}"#, 1.0),
        (r#"alertmanager_silences{state="active"}"#, 1.0),
        (r#"alertmanager_silences{state="expired"}"#, 0.0),
        (r#"alertmanager_notifications_total{integration="slack"}"#, 0.0),
        (r#"alertmanager_notifications_failed_total{integration="sns",reason="rateLimited"}"#, 0.0),
        (r#"alertmanager_notifications_suppressed_total{reason="inhibition"}"#, 0.0),
        ("alertmanager_config_last_reload_successful", 0.0),
        ("alertmanager_receivers", 3.0),
        ("alertmanager_integrations", 1.0),
        ("alertmanager_inhibition_rules", 1.0),
        ("alertmanager_cluster_enabled", 0.0),
        (r#"prometheus_rule_group_interval_seconds{rule_group="r.yml;g"}"#, 300.0),
        (r#"prometheus_rule_group_rules{rule_group="r.yml;g"}"#, 1.0),
        (r#"prometheus_rule_evaluations_total{rule_group="r.yml;g"}"#, 0.0),
        (r#"prometheus_rule_evaluation_failures_total{rule_group="r.yml;g"}"#, 0.0),
        (r#"prometheus_rule_group_last_restore_duration_seconds{rule_group="r.yml;g"}"#, 0.0),
        ("prometheus_rule_group_duration_seconds_sum", 0.0),
        (r#"prometheus_rule_evaluation_duration_histogram_seconds_bucket{le="0.01"}"#, 0.0),
        ("firebell_store_series", 0.0),
        ("firebell_state_commit_failures_total", 0.0),
    ] {
        assert_eq!(samples.get(series), Some(&expect), "{series}");
    }
    let failures =
        samples.keys().filter(|name| name.starts_with("alertmanager_notifications_failed"));
    assert_eq!(failures.count(), 18 * 7);
    for name in ["process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"]
    {
        assert!(samples.get(name).is_some_and(|value| *value > 0.0), "{name}");
    }
    server.state.counters.loaded(server.state.handle.now());
    assert_eq!(scrape(&server).await["alertmanager_config_last_reload_successful"], 1.0);
}

/// What an Alertmanager 0.33 without peers shows, and of which type.
const FAMILIES: &str = "
alerts gauge, alerts_invalid_total counter, alerts_limited_total counter,
alerts_per_alert_limit gauge, alerts_received_total counter,
alerts_subscriber_channel_writes_total counter, build_info gauge, cluster_enabled gauge,
config_hash gauge, config_last_reload_success_timestamp_seconds gauge,
config_last_reload_successful gauge,
dispatcher_aggregation_group_creation_given_up_total counter,
dispatcher_aggregation_group_creation_retries_total counter,
dispatcher_aggregation_group_limit_reached_total counter, dispatcher_aggregation_groups gauge,
dispatcher_alert_processing_duration_seconds summary,
http_concurrency_limit_exceeded_total counter, http_request_duration_seconds histogram,
http_requests_in_flight gauge, http_response_size_bytes histogram, inhibition_rules gauge,
integrations gauge, nflog_gc_duration_seconds summary,
nflog_gossip_messages_propagated_total counter, nflog_maintenance_errors_total counter,
nflog_maintenance_total counter, nflog_queries_total counter,
nflog_query_duration_seconds histogram, nflog_query_errors_total counter,
nflog_snapshot_duration_seconds summary, nflog_snapshot_size_bytes gauge,
notification_latency_seconds histogram, notification_requests_failed_total counter,
notification_requests_total counter, notifications_failed_total counter,
notifications_suppressed_total counter, notifications_total counter, receivers gauge,
silences gauge, silences_gc_duration_seconds summary, silences_gc_errors_total counter,
silences_gossip_messages_propagated_total counter, silences_maintenance_errors_total counter,
silences_maintenance_total counter, silences_matcher_compile_errors_total counter,
silences_matcher_index_size gauge, silences_queries_total counter,
silences_query_duration_seconds histogram, silences_query_errors_total counter,
silences_query_silences_scanned_total counter, silences_query_silences_skipped_total counter,
silences_snapshot_duration_seconds summary, silences_snapshot_size_bytes gauge,
silences_state_size gauge, silences_version_index_size gauge";

#[tokio::test]
async fn every_family_of_the_peer_is_there_once_with_its_type() {
    let server = Server::start(CONFIG, Vec::new()).await;
    server.get("/api/v2/alerts").await;
    let page = server.get("/metrics").await.body;
    let prefix = "# TYPE alertmanager_";
    let mut shown: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(prefix)).collect();
    shown.sort_unstable();
    let mut expect: Vec<&str> = FAMILIES.split(',').map(str::trim).collect();
    expect.sort_unstable();
    assert_eq!(shown, expect);
}

#[tokio::test]
async fn receivers_and_groups_are_labels_when_wished() {
    let present = Presence::Present;
    let labels = MetricLabels { alert_name: present, receiver_name: present, group_key: present };
    let surface = Surface { labels, ..Surface::default() };
    let server =
        Server::shaped(CONFIG, Vec::new(), Mode::default(), surface, Upkeep::default()).await;
    fire(&server, &["alertname=A"]).await;
    let samples = scrape(&server).await;
    let name = r#"alertmanager_notifications_total{integration="webhook",receiver_name="default"}"#;
    assert_eq!(samples[name], 0.0);
    let failed = "alertmanager_notifications_failed_total";
    let count = samples.keys().filter(|series| series.starts_with(failed)).count();
    assert_eq!(count, 7, "one integration is configured");
    let group = r#"alertmanager_alerts{group_key="{}:{alertname=\"A\"}",state="active"}"#;
    assert_eq!(samples[group], 1.0);
}

#[tokio::test]
async fn requests_are_counted_by_route_whatever_their_path() {
    let server = Server::start(CONFIG, Vec::new()).await;
    let unknown = "3f1a1c2e-1111-4111-8111-000000000000";
    for path in ["alerts", "alerts", "nope", "alerts?receiver=(", &format!("silence/{unknown}")] {
        server.get(&format!("/api/v2/{path}")).await;
    }
    server.get("/anything").await;
    let samples = scrape(&server).await;
    let counted = |code: u16, handler: &str| {
        let name =
            format!(r#"prometheus_http_requests_total{{code="{code}",handler="{handler}"}}"#);
        samples.get(&name).copied().unwrap_or(0.0)
    };
    assert_eq!(counted(200, "/api/v2/alerts"), 2.0);
    assert_eq!(counted(400, "/api/v2/alerts"), 1.0);
    assert_eq!(counted(404, "/api/v2/silence/{silenceID}"), 1.0);
    assert_eq!(counted(404, "none"), 2.0);
    let name = "alertmanager_http_request_duration_seconds";
    let labels = r#"code="200",handler="/api/v2/alerts",method="get""#;
    assert_eq!(samples[&format!("{name}_count{{{labels}}}")], 2.0);
    assert_eq!(samples[&format!(r#"{name}_bucket{{{labels},le="+Inf"}}"#)], 2.0);
    assert!(!samples.keys().any(|series| series.contains(unknown) || series.contains("private")));
}
