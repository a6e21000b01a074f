//! Silences and notification log go over from a genuine Alertmanager and back to one: nobody is
//! told again what they know. Skipped where there is none.
#![allow(clippy::unwrap_used, reason = "tests")]

mod process;
mod sinks;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use process::{Firebell, Home, eventually};
use sinks::http::{HttpSink, Request};

/// A genuine Alertmanager that runs.
struct Genuine {
    address: SocketAddr,
    child: Child,
}

/// Where a genuine Alertmanager is, if anywhere.
fn alertmanager() -> Option<PathBuf> {
    let named = std::env::var_os("FIREBELL_ALERTMANAGER").map(PathBuf::from);
    let names = ["prometheus-alertmanager", "alertmanager"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&path)
        .flat_map(|directory| names.map(|name| directory.join(name)))
        .collect::<Vec<_>>();
    let found = named.into_iter().chain(installed).find(|candidate| candidate.is_file());
    if found.is_none() {
        println!("skipped: no Alertmanager in $FIREBELL_ALERTMANAGER or $PATH");
    }
    found
}

impl Genuine {
    async fn start(program: &Path, config: &Path, storage: &Path) -> Genuine {
        // free a moment ago
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let child = Command::new(program)
            .args(["--cluster.listen-address=", &format!("--web.listen-address={address}")])
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", storage.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let genuine = Genuine { address, child };
        let ready = format!("http://{address}/-/ready");
        eventually("it is ready", async || reqwest::get(&ready).await.ok()).await;
        genuine
    }

    /// Tells it to stop, and waits until it has written what it knows.
    fn stop(mut self) {
        let process = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &process]).status().unwrap().success());
        self.child.wait().unwrap();
    }
}

impl Drop for Genuine {
    fn drop(&mut self) {
        // it may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// One group for each team.
fn config(hook: &HttpSink) -> String {
    format!(
        "route: {{receiver: hook, group_by: [team], group_wait: 1s, group_interval: 1s, \
         repeat_interval: 1h}}\nreceivers: [{{name: hook, webhook_configs: [{{url: \
         '{}'}}]}}]\n",
        hook.url("/")
    )
}

fn url(address: SocketAddr, path: &str) -> String {
    format!("http://{address}/api/v2/{path}")
}

async fn post(address: SocketAddr, path: &str, body: Value) -> String {
    let request = reqwest::Client::new().post(url(address, path));
    let request = request.header("content-type", "application/json");
    let answer = request.body(body.to_string()).send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{status} {text}");
    text
}

/// Posts alerts of these names and teams.
async fn fire(address: SocketAddr, alerts: &[(&str, &str)]) {
    let alert = |(name, team): &(&str, &str)| json!({"labels": {"alertname": name, "team": team}});
    post(address, "alerts", alerts.iter().map(alert).collect()).await;
}

/// Silences an alert by its name.
async fn silence(address: SocketAddr, name: &str) {
    let matcher = json!({"name": "alertname", "value": name, "isRegex": false, "isEqual": true});
    let silence = json!({
        "matchers": [matcher], "startsAt": "2026-01-01T00:00:00Z",
        "endsAt": "2199-01-01T00:00:00Z", "createdBy": "a test", "comment": "quiet",
    });
    post(address, "silences", silence).await;
}

/// The silences without what tells when they were last changed: id, state, matchers, comment.
async fn silences(address: SocketAddr) -> Vec<String> {
    let text = reqwest::get(url(address, "silences")).await.unwrap().text().await.unwrap();
    let list: Vec<Value> = serde_json::from_str(&text).unwrap();
    let told = |one: &Value| {
        let of = |name: &str| one[name].to_string();
        [of("id"), of("status"), of("matchers"), of("endsAt"), of("comment")].join(" ")
    };
    list.iter().map(told).collect()
}

fn names(request: &Request) -> Vec<String> {
    let alerts = request.json()["alerts"].as_array().unwrap().clone();
    let mut names: Vec<_> =
        alerts.iter().map(|alert| alert["labels"]["alertname"].as_str().unwrap().into()).collect();
    names.sort();
    names
}

/// On the first server: one alert is told, one is silenced.
async fn before(address: SocketAddr, hook: &HttpSink) -> Vec<String> {
    silence(address, "Quiet").await;
    fire(address, &[("Known", "a"), ("Quiet", "b")]).await;
    assert_eq!(names(&hook.requests.wait_for(1).await[0]), ["Known"]);
    silences(address).await
}

/// On the second: the known alert is not told again, though its group is looked at.
async fn after(address: SocketAddr, hook: &HttpSink, known: &[String]) {
    assert_eq!(silences(address).await, known);
    let told_before = hook.requests.now().len();
    fire(address, &[("Known", "a"), ("Quiet", "b"), ("New", "c")]).await;
    let told = hook.requests.wait_for(told_before + 1).await;
    assert_eq!(names(&told[told_before]), ["New"]);
    fire(address, &[("Late", "a")]).await;
    let told = hook.requests.wait_for(told_before + 2).await;
    assert_eq!(names(&told[told_before + 1]), ["Known", "Late"], "their group was looked at");
}

fn state(command: &str, alertmanager: &Path, storage: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_firebell"))
        .args(["state", command, "--alertmanager"])
        .args([alertmanager, Path::new("--storage.path"), storage])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn a_directory_of_an_alertmanager_is_taken_over_at_the_first_start() {
    let Some(program) = alertmanager() else { return };
    provider();
    let hook = HttpSink::start().await;
    let home = Home::new().configured(&config(&hook));
    let file = home.write("alertmanager.yml", &config(&hook));
    let storage = file.with_file_name("data");
    let genuine = Genuine::start(&program, &file, &storage).await;
    let known = before(genuine.address, &hook).await;
    told_and_noted(genuine, 1, &storage).await;
    let firebell = home.serve().await;
    firebell.said("an Alertmanager's state is taken over").await;
    after(firebell.address, &hook, &known).await;
}

/// The log has the entries once the receiver's answers were read; then it is stopped.
async fn told_and_noted(genuine: Genuine, count: usize, storage: &Path) {
    let metrics = format!("http://{}/metrics", genuine.address);
    let noted = async || {
        let text = reqwest::get(&metrics).await.ok()?.text().await.ok()?;
        let line = "alertmanager_notification_latency_seconds_count{integration=\"webhook\"";
        let line = text.lines().find(|it| it.starts_with(line))?;
        line.ends_with(&format!(" {count}")).then_some(())
    };
    eventually("the answers are read", noted).await;
    genuine.stop();
    assert!(storage.join("nflog").metadata().unwrap().len() > 0, "nothing was noted");
}

#[tokio::test]
async fn an_alertmanager_goes_on_with_what_is_exported_and_firebell_with_what_is_imported() {
    let Some(program) = alertmanager() else { return };
    provider();
    let hook = HttpSink::start().await;
    let home = Home::new().configured(&config(&hook));
    let file = home.write("alertmanager.yml", &config(&hook));
    let (storage, theirs) = (file.with_file_name("data"), file.with_file_name("theirs"));
    let firebell = home.serve().await;
    let known = before(firebell.address, &hook).await;
    stopped(firebell).await;
    let said = state("export", &theirs, &storage);
    assert!(said.ends_with("has 1 silences and 1 log entries now\n"), "{said}");
    let genuine = Genuine::start(&program, &file, &theirs).await;
    after(genuine.address, &hook, &known).await;
    told_and_noted(genuine, 2, &theirs).await;

    // and back: what the other told in the meantime is known
    let said = state("import", &theirs, &storage);
    assert!(said.starts_with("2 taken over of 1 silences and 2 log entries"), "{said}");
    let firebell = home.serve().await;
    let told_before = hook.requests.now().len();
    fire(firebell.address, &[("New", "c"), ("Late", "a"), ("Known", "a"), ("Last", "d")]).await;
    let told = hook.requests.wait_for(told_before + 1).await;
    assert_eq!(names(&told[told_before]), ["Last"]);
}

async fn stopped(firebell: Firebell) {
    assert!(firebell.stop().await.success());
}

#[tokio::test]
async fn a_damaged_directory_is_refused_at_the_start() {
    let home = Home::new().configured("route: {receiver: x}\nreceivers: [{name: x}]\n");
    let junk = home.write("nflog", "junk");
    let home = home.argument(format!("--import.alertmanager={}", junk.parent().unwrap().display()));
    let said = String::from_utf8(home.refused().stderr).unwrap();
    assert!(said.contains("nflog: byte 0: a message of 106 bytes, of which 3 are there"), "{said}");
}
