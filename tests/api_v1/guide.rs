//! The requests and dashboards of the Airflow monitoring guide.

use super::{get, post_form, server};

/// The panels of the guide's dashboards, and how many series each shows on the data below.
const PANELS: [(&str, usize); 7] = [
    (
        "rate(airflow_dag_success_total[5m]) / (rate(airflow_dag_success_total[5m]) + \
         rate(airflow_dag_failure_total[5m])) * 100",
        1,
    ),
    ("sum(airflow_active_dag_runs) by (dag_id)", 1),
    ("airflow_queued_tasks", 1),
    ("time() - data_last_updated_timestamp", 1),
    (
        "sum(rate(data_quality_check_passed_total[1h])) / \
         (sum(rate(data_quality_check_passed_total[1h])) + \
         sum(rate(data_quality_check_failed_total[1h]))) * 100",
        1,
    ),
    ("sum(rate(records_processed_total[5m])) by (pipeline)", 2),
    ("table_row_count", 1),
];

#[tokio::test]
async fn the_guides_requests_are_answered() {
    let server = server(&[("up{job=\"airflow\"}", &[1.0])]).await;
    let targets = server.get("/api/v1/targets").await.json();
    assert_eq!(targets["data"]["activeTargets"], serde_json::json!([]));
    let up = server.get("/api/v1/query?query=up&time=0").await.json();
    assert_eq!(up["data"]["result"][0]["value"], serde_json::json!([0, "1"]));
}

#[tokio::test]
async fn the_guides_panels_show_series() {
    let climb: Vec<f64> = (0..60).map(f64::from).collect();
    let server = server(&[
        ("airflow_dag_success_total{dag_id=\"etl\"}", &climb),
        ("airflow_dag_failure_total{dag_id=\"etl\"}", &climb),
        ("airflow_active_dag_runs{dag_id=\"etl\"}", &climb),
        ("airflow_queued_tasks", &climb),
        ("data_last_updated_timestamp", &climb),
        ("data_quality_check_passed_total", &climb),
        ("data_quality_check_failed_total", &climb),
        ("records_processed_total{pipeline=\"a\"}", &climb),
        ("records_processed_total{pipeline=\"b\"}", &climb),
        ("table_row_count", &climb),
    ])
    .await;
    for (panel, series) in PANELS {
        let form = super::escaped(&format!("query={panel}&start=0&end=885&step=15"));
        let answer = post_form(&server, "query_range", form).await.json();
        let result = answer["data"]["result"].as_array();
        assert_eq!(result.map(Vec::len), Some(series), "{panel}: {answer}");
    }
}

/// The guide's latency panel has `by` behind a function, which is no PromQL.
#[tokio::test]
async fn the_guides_mistake_is_told_with_its_place() {
    let query = "query=histogram_quantile(0.95, rate(airflow_task_duration_seconds_bucket[5m])) \
                 by (dag_id, task_id)";
    let answer = get(&server(&[]).await, "query", query).await;
    assert_eq!(
        super::shown(&answer),
        "400 bad_data: invalid parameter \"query\": 1:74: parse error: unexpected <by>"
    );
}
