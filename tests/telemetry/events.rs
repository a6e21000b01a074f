//! Events in files, on standard output and at servers.

use std::path::Path;

use serde_json::Value;

use super::process::{Home, eventually};
use super::sinks::http::{Answer, HttpSink};
use super::{alert, config};

/// The kind of an event and what it says.
pub fn event(line: &str) -> (String, Value) {
    let event: Value = serde_json::from_str(line).unwrap();
    let (kind, content) = event["data"].as_object().unwrap().iter().next().unwrap();
    (kind.clone(), content.clone())
}

fn lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn kinds(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| event(line).0).collect()
}

/// Returns when the file has an event of this kind.
async fn recorded(path: &Path, kind: &str) -> Vec<String> {
    eventually(&format!("{kind} is recorded"), async || {
        let lines = lines(path);
        kinds(&lines).iter().any(|one| one == kind).then_some(lines)
    })
    .await
}

fn recording(home: Home) -> Home {
    home.argument("--enable-feature=event-recorder")
}

#[tokio::test]
async fn events_go_to_files_standard_output_and_servers() {
    let (hook, each, batches) =
        (HttpSink::start().await, HttpSink::start().await, HttpSink::start().await);
    let recorder = format!(
        "event_recorder:\n  file_outputs: [{{path: events.jsonl}}]\n  stdout_outputs: [{{}}]\n  \
         webhook_outputs:\n  - {{url: '{}', workers: 1}}\n  \
         - {{url: '{}', workers: 1, batch: true, batch_flush_interval: 50ms}}",
        each.url("/events?key=s3cret"),
        batches.url("/batches"),
    );
    let home = recording(Home::new()).configured(&config(&hook, &recorder));
    let path = home.write("events.jsonl", "");
    let firebell = home.serve().await;
    firebell.silence("alertname", "Quiet").await;
    firebell.alerts(&[alert("Loud"), alert("Quiet")]).await;
    recorded(&path, "notification").await;
    recorded(&path, "silenceMutedAlert").await;
    let metrics = firebell.get("/metrics").await.body;
    let server = format!("webhook:http://{}/events", each.address);
    for sample in [
        format!(
            "alertmanager_events_recorded_total{{event_type=\"alert_created\",output=\"{server}\",result=\"success\"}} 2\n"
        ),
        format!("alertmanager_event_output_drops_total{{output=\"{server}\"}} 0\n"),
        "alertmanager_event_recorder_queue_length 0\n".to_owned(),
        "output=\"stdout\"".to_owned(),
        "alertmanager_event_recorder_bytes_written_total{".to_owned(),
    ] {
        assert!(metrics.contains(&sample), "{sample}");
    }
    let printed = firebell.printed.clone();
    assert!(firebell.stop().await.success());

    let all = lines(&path);
    let told = kinds(&all);
    assert_eq!(told.first().unwrap(), "alertmanagerStartupEvent");
    assert_eq!(told.last().unwrap(), "alertmanagerShutdownEvent");
    for kind in ["silenceCreated", "alertCreated", "alertGrouped"] {
        assert!(told.iter().any(|one| one == kind), "{kind} of {told:?}");
    }
    assert_eq!(printed.now(), all);
    let posted: Vec<String> = each.requests.now().iter().map(|one| one.body.clone()).collect();
    assert_eq!(posted, all);
    assert_eq!(each.requests.now()[0].header("content-type"), "application/json");
    let gathered = batches.requests.now().into_iter().flat_map(|one| {
        let array: Vec<Value> = serde_json::from_str(&one.body).unwrap();
        array.into_iter().map(|event| event.to_string())
    });
    assert_eq!(gathered.collect::<Vec<_>>(), all);
    assert!(batches.requests.now().len() < all.len(), "nothing was gathered");
}

#[tokio::test]
async fn files_are_rotated_and_outputs_reloaded_while_events_come() {
    let hook = HttpSink::start().await;
    let recorder = |file: &str| format!("event_recorder: {{file_outputs: [{{path: {file}}}]}}");
    let home = recording(Home::new()).configured(&config(&hook, &recorder("one.jsonl")));
    let one = home.write("one.jsonl", "");
    let firebell = home.serve().await;
    recorded(&one, "alertmanagerStartupEvent").await;
    let aside = one.with_extension("1");
    std::fs::rename(&one, &aside).unwrap();
    firebell.silence("a", "b").await;
    assert_eq!(kinds(&recorded(&one, "silenceCreated").await), ["silenceCreated"]);
    assert_eq!(kinds(&lines(&aside)), ["alertmanagerStartupEvent"]);

    home.write("alertmanager.yml", &config(&hook, &recorder("two.jsonl")));
    firebell.signal("HUP");
    firebell.said("event_recorder reloaded").await;
    firebell.silence("c", "d").await;
    let two = one.with_file_name("two.jsonl");
    assert_eq!(kinds(&recorded(&two, "silenceCreated").await), ["silenceCreated"]);

    // what cannot be opened leaves all as it was, and the reload is good
    home.write("alertmanager.yml", &config(&hook, &recorder("no/such/folder/three.jsonl")));
    assert_eq!(firebell.post("/-/reload", &Value::Null).await.status, 200);
    firebell.said("events go on to where they went before").await;
    firebell.silence("e", "f").await;
    assert!(firebell.stop().await.success());
    let expect = ["silenceCreated", "silenceCreated", "alertmanagerShutdownEvent"];
    assert_eq!(kinds(&lines(&two)), expect);
    assert_eq!(kinds(&lines(&one)), ["silenceCreated"]);
}

#[tokio::test]
async fn a_server_is_asked_again_and_what_it_never_takes_is_counted() {
    let (hook, sink) = (HttpSink::start().await, HttpSink::start().await);
    let busy = || Answer::text(503, "busy");
    // the first event at the second try, the second one never, the third one at once
    sink.answer([busy(), Answer::text(204, ""), busy(), busy()]);
    let recorder = format!(
        "event_recorder: {{webhook_outputs: [{{url: '{}', workers: 1, max_retries: 2, \
         retry_backoff: 10ms}}]}}",
        sink.url("/")
    );
    let home = recording(Home::new()).configured(&config(&hook, &recorder));
    let firebell = home.serve().await;
    sink.requests.wait_for(2).await;
    firebell.silence("a", "b").await;
    sink.requests.wait_for(4).await;
    firebell.said("events dropped").await;
    let drops = format!("output_drops_total{{output=\"webhook:{}\"}} 1\n", sink.url("/"));
    let metrics = firebell.get("/metrics").await.body;
    assert!(metrics.contains(&drops), "{metrics}");
    assert!(firebell.stop().await.success());
    let bodies: Vec<String> = sink.requests.now().iter().map(|one| one.body.clone()).collect();
    let expect = [
        "alertmanagerStartupEvent",
        "alertmanagerStartupEvent",
        "silenceCreated",
        "silenceCreated",
        "alertmanagerShutdownEvent",
    ];
    assert_eq!(kinds(&bodies), expect);
}

#[tokio::test]
async fn without_the_feature_nothing_is_recorded() {
    let hook = HttpSink::start().await;
    let recorder = "event_recorder: {file_outputs: [{path: events.jsonl}], kafka_outputs: \
                    [{brokers: [a], topic: x}]}";
    let home = Home::new().configured(&config(&hook, recorder));
    let path = home.write("alertmanager.log", "").with_file_name("events.jsonl");
    let firebell = home.serve().await;
    firebell.said("event_recorder has no effect without --enable-feature=event-recorder").await;
    firebell.silence("a", "b").await;
    assert!(!firebell.get("/metrics").await.body.contains("alertmanager_event"));
    assert!(firebell.stop().await.success());
    assert!(!path.exists());

    let refused = recording(home).refused();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("kafka_outputs are not supported: write events to"), "{said}");
}
