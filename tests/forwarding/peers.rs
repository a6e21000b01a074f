//! The same prometheus.yml given to a genuine Prometheus: what both send to an Alertmanager.
//! Alerts and samples given to a genuine Alertmanager and a genuine Prometheus.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::home;
use super::process::{Home, eventually};
use super::sinks::http::HttpSink;

/// A peer that runs; it ends with this value.
struct Peer {
    child: Child,
    address: String,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary that an environment variable or the search path has.
fn binary(variable: &str, name: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let searched = std::env::split_paths(&path).map(|folder| folder.join(name));
    let found = named.into_iter().chain(searched).find(|file| file.is_file());
    if found.is_none() {
        eprintln!("skipped: no {name}: name one in {variable}");
    }
    found
}

/// Starts a peer and waits until it is ready.
async fn start(binary: PathBuf, arguments: &[String]) -> Peer {
    let mut command = Command::new(binary);
    command.args(arguments).arg("--web.listen-address=127.0.0.1:0");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let listening = lines.find_map(|line| {
        let line = line.unwrap();
        let address = line.split_once("address=").map(|(_, address)| address.trim().to_owned());
        address.filter(|_| line.contains("msg=\"Listening on\""))
    });
    // what it says from now on is read, or it would wait for a reader
    std::thread::spawn(move || lines.for_each(drop));
    let peer = Peer { child, address: listening.expect("it ended before it listened") };
    eventually("the peer is ready", async || (peer.get("/-/ready").await?.0 == 200).then_some(()))
        .await;
    peer
}

impl Peer {
    async fn get(&self, path: &str) -> Option<(u16, String)> {
        let mut stream = tokio::net::TcpStream::connect(&self.address).await.ok()?;
        let head = format!("GET {path} HTTP/1.0\r\nHost: peer\r\n\r\n");
        stream.write_all(head.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }

    async fn json(&self, path: &str) -> Option<Value> {
        serde_json::from_str(&self.get(path).await?.1).ok()
    }
}

/// A Prometheus finds its Alertmanagers up to 5 s after its start and loses what rules send
/// before; what it sends again comes in a second, not in a minute.
fn prometheus(folder: &Path, config: &Path) -> [String; 4] {
    [
        "--rules.alert.resend-delay=1s".to_owned(),
        format!("--config.file={}", config.display()),
        format!("--storage.tsdb.path={}", folder.join("data").display()),
        "--web.enable-remote-write-receiver".to_owned(),
    ]
}

/// One alert for every action of relabelling and its corners.
const RULES: &str = r#"groups:
- name: g
  interval: 1s
  rules:
  - {alert: Plain, expr: vector(1), labels: {a: foo, b: bar}, annotations: {summary: 'v {{ $value }}'}}
  - {alert: Hash, expr: vector(1), labels: {a: "foo;bar", b: Straße}}
  - {alert: Map, expr: vector(1), labels: {meta_x: "1", meta_y: "2"}}
  - {alert: Empty, expr: vector(1), labels: {b: only}}
  - {alert: Equal, expr: vector(1), labels: {a: same, b: same}}
  - {alert: Gone, expr: vector(1), labels: {drop: me}}
  - {alert: Lines, expr: vector(1), labels: {a: "x\ny"}}
"#;

fn relabelled(sink: &HttpSink) -> String {
    format!(
        r#"global: {{external_labels: {{site: s, b: external}}}}
rule_files: [rules.yml]
alerting:
  alert_relabel_configs:
  - {{source_labels: [drop], regex: me, action: drop}}
  - {{source_labels: [a], regex: 'f(.*)', target_label: d, replacement: 'ch${{1}}-ch$1'}}
  - {{source_labels: [a, b], separator: '-', target_label: joined}}
  - {{source_labels: [a], modulus: 1000003, target_label: hash, action: hashmod}}
  - {{regex: 'meta_(.+)', action: labelmap, replacement: 'm_$1'}}
  - {{regex: 'meta_.*', action: labeldrop}}
  - {{source_labels: [b], target_label: upper, action: uppercase}}
  - {{source_labels: [alertname], target_label: lower, action: LOWERCASE}}
  - {{source_labels: [none], target_label: site, replacement: ''}}
  - {{source_labels: [a], regex: 'x.y', target_label: lines, replacement: matched}}
  - {{source_labels: [a], regex: '(?P<n>f)(.*)', target_label: '${{n}}_$2', replacement: '$2$$'}}
  - {{source_labels: [a], target_label: b, action: dropequal}}
  - {{source_labels: [a], regex: (o), target_label: never}}
  alertmanagers:
  - static_configs: [{{targets: ['{}']}}]
    path_prefix: p
"#,
        sink.address
    )
}

/// Every alert that a sink was sent, without times and links. Some versions of Prometheus write
/// annotations that there are none of.
fn alerts(sink: &HttpSink) -> BTreeSet<String> {
    let requests = sink.requests.now();
    assert!(requests.iter().all(|request| request.uri.path() == "/p/api/v2/alerts"));
    let bodies = requests.iter().map(|request| request.json());
    let all = bodies.flat_map(|body| body.as_array().unwrap().clone());
    all.map(|alert| {
        let annotations = alert.get("annotations").cloned().unwrap_or_else(|| json!({}));
        json!([alert["labels"], annotations]).to_string()
    })
    .collect()
}

#[tokio::test]
async fn alerts_are_relabelled_as_by_a_prometheus() {
    let Some(binary) = binary("FIREBELL_PROMETHEUS", "prometheus") else { return };
    let (ours, theirs) = (HttpSink::start().await, HttpSink::start().await);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rules.yml"), RULES).unwrap();
    let config = folder.path().join("prometheus.yml");
    std::fs::write(&config, relabelled(&theirs)).unwrap();
    let arguments = prometheus(folder.path(), &config);
    let _peer = start(binary, &arguments).await;
    let home = home(&relabelled(&ours), RULES);
    let _firebell = home.serve().await;
    let (theirs_told, ours_told) = tokio::join!(told(&theirs), told(&ours));
    assert_eq!(ours_told, theirs_told);
}

/// The alerts, once the last rule's has come.
async fn told(sink: &HttpSink) -> BTreeSet<String> {
    let last = |requests: &[super::sinks::http::Request]| {
        requests.iter().any(|request| request.body.contains("Lines"))
    };
    assert!(sink.requests.wait_until(last).await.is_some());
    alerts(sink)
}

#[tokio::test]
async fn a_genuine_alertmanager_takes_the_alerts() {
    let Some(binary) = binary("FIREBELL_ALERTMANAGER", "prometheus-alertmanager") else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("a.yml");
    std::fs::write(&config, "route: {receiver: a}\nreceivers: [{name: a}]\n").unwrap();
    let arguments = [
        format!("--config.file={}", config.display()),
        format!("--storage.path={}", folder.path().display()),
        "--cluster.listen-address=".to_owned(),
    ];
    let peer = start(binary, &arguments).await;
    let home = Home::new().ruled(RULES);
    let home = home.argument(format!("--alertmanager.url=http://{}", peer.address));
    let _firebell = home.serve().await;
    eventually("all alerts are there", async || {
        let alerts = peer.json("/api/v2/alerts").await?;
        (alerts.as_array()?.len() == 7).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_genuine_prometheus_takes_the_samples() {
    let Some(binary) = binary("FIREBELL_PROMETHEUS", "prometheus") else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("p.yml");
    std::fs::write(&config, "").unwrap();
    let arguments = prometheus(folder.path(), &config);
    let peer = start(binary, &arguments).await;
    let write = format!(
        "rule_files: [rules.yml]\nremote_write: [{{url: 'http://{}/api/v1/write', \
         queue_config: {{batch_send_deadline: 100ms, min_shards: 3}}}}]\n",
        peer.address
    );
    let home = home(&write, RULES);
    let _firebell = home.serve().await;
    eventually("all alerts are there", async || {
        let found = peer.json("/api/v1/query?query=count(ALERTS)").await?;
        let value = found["data"]["result"][0]["value"][1].as_str()?.to_owned();
        (value == "7").then_some(())
    })
    .await;
}
