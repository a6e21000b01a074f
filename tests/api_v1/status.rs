//! `status/...`, `features`, `rules`, `alerts`, `targets`.

use std::sync::Arc;

use firebell::config::Expansion;
use firebell::config::rules::{RuleOptions, parse};

use super::{CONFIG, check, get, server};
use crate::api::Server;

#[tokio::test]
async fn what_is_not_scraped_has_empty_shapes() {
    check(
        &server(&[]).await,
        &[
            ("targets", "", r#"200 {"activeTargets":[],"droppedTargets":[],"droppedTargetCounts":{}}"#),
            ("targets/metadata", "", "200 []"),
            ("scrape_pools", "", r#"200 {"scrapePools":[]}"#),
            ("notifications", "", "200 []"),
            ("status/walreplay", "", r#"200 {"min":0,"max":0,"current":0}"#),
            ("status/flags", "", "200 {}"),
            ("status/config", "", r#"200 {"yaml":"global:\n  evaluation_interval: 1m\nrule_files: []\n"}"#),
            ("alertmanagers", "", r#"200 {"activeAlertmanagers":[{"url":"http://firebell.example/api/v2/alerts"}],"droppedAlertmanagers":[]}"#),
            ("rules", "", r#"200 {"groups":[]}"#),
            ("alerts", "", r#"200 {"alerts":[]}"#),
            ("targets/relabel_steps", "", "400 bad_data: no scrapePool parameter provided"),
            ("targets/relabel_steps", "scrapePool=a", "404 not_found: no scrape pool \"a\": nothing is scraped here"),
        ],
    )
    .await;
}

#[tokio::test]
async fn rules_are_shown_before_they_ran() {
    let rules = "groups: [{name: g, interval: 1h, rules: [{alert: A, expr: up == 0}]}]";
    let (groups, _) = parse("r.yml", rules, &RuleOptions::default(), Expansion::Off).unwrap();
    let server = Server::start(CONFIG, groups.into_iter().map(Arc::new).collect()).await;
    let rules = get(&server, "rules", "type=alert").await.json();
    let group = &rules["data"]["groups"][0];
    assert_eq!((&group["name"], &group["file"]), (&"g".into(), &"r.yml".into()));
    assert_eq!(group["rules"][0]["query"], "up == 0");
    check(
        &server,
        &[
            ("rules", "type=record", r#"200 {"groups":[]}"#),
            (
                "rules",
                "type=x",
                r#"400 bad_data: invalid parameter "type": not supported value "x""#,
            ),
            ("alerts", "", r#"200 {"alerts":[]}"#),
        ],
    )
    .await;
    let config = get(&server, "status/config", "").await.json();
    assert!(config["data"]["yaml"].as_str().unwrap().ends_with("rule_files:\n- r.yml\n"));
}

/// Grafana takes a server for Prometheus when `buildinfo` has a version and no `features`.
#[tokio::test]
async fn grafana_finds_prometheus_and_its_version() {
    let server = server(&[("up", &[1.0])]).await;
    let build = get(&server, "status/buildinfo", "").await.json();
    assert_eq!(build["data"]["version"], "3.14.0");
    assert!(build["data"].get("features").is_none());
    let running = get(&server, "status/runtimeinfo", "").await.json();
    assert_eq!(running["data"]["reloadConfigSuccess"], true);
    let features = get(&server, "features", "").await.json();
    assert_eq!(features["data"]["promql_functions"]["rate"], true);
    assert_eq!(features["data"]["promql_functions"]["info"], false);
    let health = get(&server, "query", "query=1+1&time=4").await;
    assert_eq!(
        health.body,
        r#"{"status":"success","data":{"resultType":"scalar","result":[4,"2"]}}"#
    );
}

#[tokio::test]
async fn the_store_is_counted() {
    let server = server(&[("up{job=\"a\"}", &[1.0]), ("up{job=\"b\"}", &[1.0])]).await;
    let counted = get(&server, "status/tsdb", "limit=1").await.json();
    assert_eq!(counted["data"]["headStats"]["numSeries"], 2);
    let most = serde_json::json!([{"name": "up", "value": 2}]);
    assert_eq!(counted["data"]["seriesCountByMetricName"], most);
    check(
        &server,
        &[
            ("status/tsdb", "limit=0", "400 bad_data: limit must be a positive number"),
            ("status/tsdb", "limit=10001", "400 bad_data: limit must not exceed 10000"),
        ],
    )
    .await;
}
