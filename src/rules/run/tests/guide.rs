//! The six rules of an Airflow platform's monitoring guide, from samples to alerts.

use super::*;
use crate::rules::Rule;

/// A rule, what it reads, and what it has to say.
struct Story {
    rule: Rule,
    /// Seconds between evaluations.
    interval: i64,
    /// Labels of the series that is read.
    series: &'static [(&'static str, &'static str)],
    /// The value at a second since the beginning; bad ones from 0 to 1200.
    value: fn(i64, Condition) -> f64,
    /// At which second it fires, and at which it is resolved.
    fires: i64,
    ends: i64,
    /// The description, and the labels that are not the series'.
    says: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum Condition {
    Good,
    Bad,
}

const START: i64 = 1_700_000_000 / 60 * 60;
const BAD_FOR: i64 = 1200;

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis((START + second) * 1000)
}

fn guide(name: &str, expr: &str, hold: i64, severity: &str, team: &str, says: &str) -> Rule {
    let rule = alert(name, expr).hold(hold).annotation("description", says);
    rule.label("severity", severity).label("team", team)
}

fn check(story: Story) {
    let name = story.rule.name().to_owned();
    let own: Vec<_> = story.rule.labels.clone();
    let mut one = group(vec![story.rule]);
    one.interval = Span::from_secs(story.interval);
    let mut world = World::new(one);
    world.surroundings.external_labels = Labels::empty();
    if name == "HighMemoryUsage" {
        limit_of_memory(&mut world);
    }
    let (mut fired, mut resolved) = (None, None);
    for second in (-600..3000).step_by(15) {
        let condition =
            if (0..BAD_FOR).contains(&second) { Condition::Bad } else { Condition::Good };
        let labels = Labels::from_pairs(story.series.iter().copied());
        let value = Value::Float((story.value)(second, condition));
        world.samples.entry(labels).or_default().insert(at(second), value);
        if second % story.interval != 0 {
            continue;
        }
        for alert in world.tick(at(second)).alerts {
            let ended = alert.ends_at <= at(second);
            let moment = if ended { &mut resolved } else { &mut fired };
            moment.get_or_insert((second, alert));
        }
    }
    let ((fired, alert), (ended, _)) = (fired.unwrap(), resolved.unwrap());
    assert_eq!((fired, ended), (story.fires, story.ends), "{name}");
    assert_eq!(alert.annotations.value("description"), story.says);
    let mut labels = Labels::from_pairs(story.series.iter().copied()).edit();
    labels.remove(METRIC_NAME).set(ALERT_NAME, &name);
    for (label, value) in own {
        labels.set(&label, &value);
    }
    assert_eq!(alert.labels, labels.build());
    assert_eq!((alert.starts_at, world.fetches.len()), (at(story.fires), 1));
}

fn limit_of_memory(world: &mut World) {
    let labels = Labels::from_pairs([
        (METRIC_NAME, "container_spec_memory_limit_bytes"),
        ("name", "airflow-scheduler"),
    ]);
    let limit = Value::Float(8e9);
    let samples = (-600..3000).step_by(15).map(|second| (at(second), limit.clone()));
    world.samples.insert(labels, samples.collect());
}

#[test]
fn a_dag_that_fails_often() {
    check(Story {
        rule: guide(
            "HighDAGFailureRate",
            "rate(airflow_dag_failure_total[5m]) > 0.1",
            5,
            "critical",
            "data-engineering",
            "DAG {{ $labels.dag_id }} has failure rate of {{ $value }} failures/sec",
        ),
        interval: 30,
        series: &[(METRIC_NAME, "airflow_dag_failure_total"), ("dag_id", "etl")],
        value: |second, _| 1000.0 + second.clamp(0, BAD_FOR) as f64 / 4.0,
        fires: 420,
        ends: 1380,
        // What Prometheus 3.5 says of these samples, to the last digit.
        says: "DAG etl has failure rate of 0.24999999999999997 failures/sec",
    });
}

#[test]
fn a_queue_that_grows() {
    check(Story {
        rule: guide(
            "TaskQueueBacklog",
            "airflow_queued_tasks > 100",
            10,
            "warning",
            "data-engineering",
            "{{ $value }} tasks queued for more than 10 minutes",
        ),
        interval: 30,
        series: &[(METRIC_NAME, "airflow_queued_tasks")],
        value: |_, condition| if condition == Condition::Bad { 150.0 } else { 3.0 },
        fires: 600,
        ends: 1200,
        says: "150 tasks queued for more than 10 minutes",
    });
}

#[test]
fn a_scheduler_that_runs_out_of_memory() {
    check(Story {
        rule: guide(
            "HighMemoryUsage",
            r#"container_memory_usage_bytes{name="airflow-scheduler"} / container_spec_memory_limit_bytes > 0.9"#,
            5,
            "warning",
            "infrastructure",
            "Memory usage is {{ $value | humanizePercentage }} of limit",
        ),
        interval: 30,
        series: &[(METRIC_NAME, "container_memory_usage_bytes"), ("name", "airflow-scheduler")],
        value: |_, condition| if condition == Condition::Bad { 7.6e9 } else { 1e9 },
        fires: 300,
        ends: 1200,
        says: "Memory usage is 95% of limit",
    });
}

#[test]
fn a_missed_deadline() {
    check(Story {
        rule: guide(
            "SLABreach",
            "airflow_sla_missed_total > 0",
            1,
            "critical",
            "data-engineering",
            "DAG {{ $labels.dag_id }} missed SLA",
        ),
        interval: 30,
        series: &[(METRIC_NAME, "airflow_sla_missed_total"), ("dag_id", "etl")],
        value: |_, condition| f64::from(u8::from(condition == Condition::Bad)),
        fires: 60,
        ends: 1200,
        says: "DAG etl missed SLA",
    });
}

#[test]
fn a_table_that_is_not_updated() {
    check(Story {
        rule: guide(
            "DataFreshnessIssue",
            "time() - data_last_updated_timestamp > 7200",
            5,
            "warning",
            "analytics",
            "Table {{ $labels.table }} hasn't been updated for {{ $value | humanizeDuration }}",
        ),
        interval: 60,
        series: &[(METRIC_NAME, "data_last_updated_timestamp"), ("table", "orders")],
        value: |second, condition| match condition {
            Condition::Bad => (START - 7260) as f64,
            Condition::Good => (START + second) as f64,
        },
        fires: 300,
        ends: 1200,
        says: "Table orders hasn't been updated for 2h 6m 0s",
    });
}

#[test]
fn a_check_that_fails() {
    check(Story {
        rule: guide(
            "DataQualityCheckFailed",
            "data_quality_check_failed_total > 0",
            1,
            "critical",
            "analytics",
            "Quality check failed for {{ $labels.table }}: {{ $labels.check_type }}",
        ),
        interval: 60,
        series: &[
            (METRIC_NAME, "data_quality_check_failed_total"),
            ("table", "orders"),
            ("check_type", "nulls"),
        ],
        value: |_, condition| f64::from(u8::from(condition == Condition::Bad)),
        fires: 60,
        ends: 1200,
        says: "Quality check failed for orders: nulls",
    });
}
