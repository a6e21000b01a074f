//! The guide's files end to end: the program, a real HTTP sink, a real SMTP sink, whole bodies.
#![allow(clippy::unwrap_used, reason = "tests")]

mod process;
mod sinks;

use regex::Regex;
use serde_json::{Value, json};

use process::{Home, repository};
use sinks::certificate::Certificate;
use sinks::http::{HttpSink, Request};
use sinks::smtp::{Behaviour, Mail, SmtpSink};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Requests as text, in an order that does not hang on which group was flushed first.
fn told(requests: &[Request]) -> String {
    let show = |request: &Request| {
        let kind = request.header("content-type");
        format!("{} {}\n{kind}\n{}\n", request.method, request.uri, request.body.trim_end())
    };
    let mut texts: Vec<_> = requests.iter().map(show).collect();
    texts.sort();
    texts.join("\n")
}

fn replaced(text: &str, pattern: &str, by: &str) -> String {
    Regex::new(pattern).unwrap().replace_all(text, by).into_owned()
}

/// An alert as the guide's rules make it.
fn alert(labels: [&str; 3], summary: &str, description: &str, ends: Option<&str>) -> Value {
    let [name, severity, team] = labels;
    let mut alert = json!({
        "labels": {"alertname": name, "severity": severity, "team": team},
        "annotations": {"summary": summary, "description": description},
        "startsAt": "2026-01-02T03:04:05Z",
        "generatorURL": "http://prometheus.test/graph?g0.expr=x&g0.tab=1",
    });
    if let Some(ends) = ends {
        alert["endsAt"] = ends.into();
    }
    alert
}

fn warnings(ends: Option<&str>) -> [Value; 3] {
    let (backlog, memory) = ("TaskQueueBacklog", "HighMemoryUsage");
    [
        alert(
            [backlog, "warning", "data-engineering"],
            "Task queue backlog detected",
            "150 tasks queued for more than 10 minutes",
            ends,
        ),
        alert(
            [memory, "warning", "infrastructure"],
            "High memory usage in Airflow scheduler",
            "Memory usage is 95% of limit",
            ends,
        ),
        alert(
            ["DataFreshnessIssue", "warning", "analytics"],
            "Data freshness issue",
            "Table orders hasn't been updated for 2h 11m 40s",
            ends,
        ),
    ]
}

/// Both files as they are. Only warnings: critical alerts would go to PagerDuty itself, whose
/// address is fixed for the service keys of the guide.
#[tokio::test]
async fn the_unchanged_files_tell_slack_of_warnings() {
    let slack = HttpSink::start().await;
    let home = Home::new()
        .shipped("receivers/airflow.yml", "rules/airflow.yml")
        .environment("SLACK_WEBHOOK_URL", slack.url("/services/T0/B0/secret"))
        .environment("PAGERDUTY_SERVICE_KEY", KEY);
    let firebell = home.serve().await;
    firebell.alerts(&warnings(None)).await;
    let firing = slack.requests.wait_for(3).await;
    firebell.alerts(&warnings(Some("2026-01-02T04:00:00Z"))).await;
    let all = slack.requests.wait_for(6).await;
    insta::assert_snapshot!("warnings-firing", told(&firing));
    insta::assert_snapshot!("warnings-resolved", told(&all[3..]));
    assert!(firebell.stop().await.success());
    assert_eq!(slack.requests.now().len(), 6);
}

/// The guide's receivers at the sink: PagerDuty's second version has an address that can be
/// set, so the copy has `routing_key` and `url` in place of `service_key`. Waits are shorter.
fn receivers_at(sink: &HttpSink) -> String {
    let key = "service_key: ${PAGERDUTY_SERVICE_KEY}";
    let other = format!(
        "routing_key: ${{PAGERDUTY_SERVICE_KEY}}\n        url: {}",
        sink.url("/v2/enqueue")
    );
    let text = repository("receivers/airflow.yml");
    assert!(text.contains(key) && text.contains("group_wait: 10s"));
    let text = text.replace(key, &other).replace("group_wait: 10s", "group_wait: 1s");
    text.replace("group_interval: 10s", "group_interval: 1s")
}

/// The guide's rules, but evaluated every second and without waiting.
fn hasty_rules() -> String {
    let text = repository("rules/airflow.yml");
    let text = replaced(&text, "interval: [0-9]+s", "interval: 1s");
    replaced(&text, "for: [0-9]+m", "for: 0s")
}

fn airflow(healthy: bool) -> String {
    let pick = |ill: &'static str, well: &'static str| if healthy { well } else { ill };
    format!(
        "# TYPE airflow_queued_tasks gauge\n\
         airflow_queued_tasks {}\n\
         airflow_sla_missed_total{{dag_id=\"daily_etl\"}} {}\n\
         container_memory_usage_bytes{{name=\"airflow-scheduler\"}} {}\n\
         container_spec_memory_limit_bytes{{name=\"airflow-scheduler\"}} 2e9\n\
         data_last_updated_timestamp{{table=\"orders\"}} {}\n\
         data_quality_check_failed_total{{table=\"orders\",check_type=\"not_null\"}} {}\n",
        pick("150", "3"),
        pick("1", "0"),
        pick("1.9e9", "1e9"),
        pick("1.7e9", "1e11"),
        pick("2", "0"),
    )
}

/// What hangs on when the test runs.
fn timeless(text: &str) -> String {
    let text = replaced(text, "failure rate of [0-9.]+", "failure rate of <rate>");
    replaced(&text, "updated for [0-9dhms ]+", "updated for <long>")
}

#[tokio::test]
async fn a_pushed_metric_becomes_a_message() {
    let sink = HttpSink::start().await;
    let home = Home::new()
        .configured(&receivers_at(&sink))
        .ruled(&hasty_rules())
        .environment("SLACK_WEBHOOK_URL", sink.url("/services/T0/B0/secret"))
        .environment("PAGERDUTY_SERVICE_KEY", KEY);
    let firebell = home.serve().await;
    firebell.push("/metrics/job/airflow", &airflow(false)).await;
    let failures = |count| format!("airflow_dag_failure_total{{dag_id=\"daily_etl\"}} {count}\n");
    firebell.push("/metrics/job/scheduler", &failures(1)).await;
    // three are critical and go to both
    let firing = sink.requests.wait_for(7).await;
    insta::assert_snapshot!("pushed-firing", timeless(&told(&firing)));
    firebell.push("/metrics/job/scheduler", &failures(1000)).await;
    let rate = sink.requests.wait_for(9).await;
    insta::assert_snapshot!("pushed-rate", timeless(&told(&rate[7..])));
    firebell.push("/metrics/job/airflow", &airflow(true)).await;
    let all = sink.requests.wait_for(16).await;
    insta::assert_snapshot!("pushed-resolved", timeless(&told(&all[9..])));
}

/// A mail with what changes from run to run named.
fn letter(mail: &Mail) -> String {
    let boundary = Regex::new("boundary=\"([^\"]+)\"").unwrap();
    let boundary = boundary.captures(&mail.data).unwrap()[1].to_owned();
    let data = mail.data.replace(&boundary, "<boundary>");
    let data = replaced(&data, "(?m)^Message-Id: <.*>$", "Message-Id: <id>");
    let data = replaced(&data, "(?m)^Date: .*$", "Date: <date>");
    let login = mail.login.as_deref().unwrap_or("nobody");
    let to = mail.to.join(", ");
    let encrypted = if mail.encrypted { "encrypted" } else { "open" };
    format!("{login}, {encrypted}\nfrom {} to {to}\n\n{data}", mail.from)
}

fn mail_and_webhook(smtp: &SmtpSink, hook: &HttpSink, ca_file: &str) -> String {
    format!(
        "global:\n\
        \x20 smtp_smarthost: {}\n\
        \x20 smtp_from: firebell@example.org\n\
        \x20 smtp_hello: firebell.test\n\
        \x20 smtp_auth_username: bell\n\
        \x20 smtp_auth_password: ${{file:{ca_file}.password}}\n\
        route:\n\
        \x20 receiver: people\n\
        \x20 group_by: [alertname]\n\
        \x20 group_wait: 1s\n\
        \x20 group_interval: 1s\n\
        receivers:\n\
        - name: people\n\
        \x20 email_configs:\n\
        \x20 - to: data-platform@example.org\n\
        \x20   send_resolved: true\n\
        \x20   tls_config: {{ca_file: {ca_file}}}\n\
        \x20 webhook_configs:\n\
        \x20 - url: {}\n",
        smtp.address,
        hook.url("/hook"),
    )
}

#[tokio::test]
async fn mails_and_webhooks_arrive_whole() {
    let certificate = Certificate::of(&["127.0.0.1"]);
    let tls = Some(certificate.acceptor(None));
    let smtp = SmtpSink::start(Behaviour { tls, mechanisms: "PLAIN", ..Behaviour::default() });
    let (smtp, hook) = (smtp.await, HttpSink::start().await);
    let home = Home::new();
    let ca_file = home.write("ca.pem", &certificate.cert).display().to_string();
    home.write("ca.pem.password", "sesame\n");
    let home = home.configured(&mail_and_webhook(&smtp, &hook, &ca_file));
    let firebell = home.serve().await;
    firebell.alerts(&warnings(None)[..1]).await;
    let mails = smtp.mails.wait_for(1).await;
    let requests = hook.requests.wait_for(1).await;
    insta::assert_snapshot!("mail-firing", letter(&mails[0]));
    insta::assert_snapshot!("webhook-firing", told(&requests));
    firebell.alerts(&warnings(Some("2026-01-02T04:00:00Z"))[..1]).await;
    let mails = smtp.mails.wait_for(2).await;
    let requests = hook.requests.wait_for(2).await;
    insta::assert_snapshot!("mail-resolved", letter(&mails[1]));
    insta::assert_snapshot!("webhook-resolved", told(&requests[1..]));
}
