//! The events of a genuine Alertmanager and ours, of the same happenings. `FIREBELL_ALERTMANAGER`
//! names its binary.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::events::event;
use super::process::eventually;

const CONFIG: &str = "\
route:
  receiver: d
  group_by: [alertname]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 1h
  routes:
  - {receiver: d, matchers: [team=x, 'n=~a.*', z!=q]}
receivers: [{name: d, webhook_configs: [{url: 'http://127.0.0.1:HOOK/', send_resolved: false}, {url: 'http://127.0.0.1:HOOK/'}]}]
inhibit_rules:
- {name: sev, source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [alertname]}
event_recorder: {file_outputs: [{path: events.jsonl}]}
";

struct Server {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    fn start(binary: &Path, before: &[&str], hook: u16) -> Server {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let config = folder.path().join("alertmanager.yml");
        std::fs::write(&config, CONFIG.replace("HOOK", &hook.to_string())).unwrap();
        let child = Command::new(binary)
            .args(before)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--cluster.listen-address=", "--enable-feature=event-recorder"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Server { child, port, folder }
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        head.starts_with("HTTP/1.1 200").then(|| body.to_owned())
    }

    fn post(&self, path: &str, body: &Value) -> String {
        self.request("POST", path, &body.to_string()).unwrap()
    }

    fn events(&self) -> Vec<(String, Value)> {
        let path = self.folder.path().join("events.jsonl");
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.lines().map(event).collect()
    }

    async fn has(&self, kind: &str, count: usize) {
        eventually(&format!("there are {count} of {kind}"), async || {
            let events = self.events();
            (events.iter().filter(|(one, _)| one == kind).count() >= count).then_some(())
        })
        .await;
    }

    /// Lets things happen; the events of them, without what is each server's own.
    async fn play(mut self) -> BTreeMap<String, BTreeSet<String>> {
        eventually("it is ready", async || self.request("GET", "/-/ready", "")).await;
        let silence = |id: &str, start: &str, comment: &str| {
            json!({
                "id": id, "startsAt": start, "endsAt": "2999-01-01T00:00:00Z", "createdBy": "me",
                "comment": comment,
                "matchers": [
                    {"name": "quiet", "value": "y.*", "isRegex": true},
                    {"name": "no", "value": "x", "isRegex": false, "isEqual": false},
                ],
            })
        };
        self.post("/api/v2/silences", &silence("", "2020-01-01T00:00:00Z", "first"));
        let later = "2998-01-01T00:00:00Z";
        let made = self.post("/api/v2/silences", &silence("", later, "second"));
        let made: Value = serde_json::from_str(&made).unwrap();
        let id = made["silenceID"].as_str().unwrap();
        self.post("/api/v2/silences", &silence(id, later, "third"));
        let posted = |ends: Option<&str>, labels: Value| {
            // begun just now: an older alert is told of at once, before others have come in
            let mut alert = json!({"labels": labels});
            if let Some(ends) = ends {
                alert["endsAt"] = ends.into();
            }
            alert
        };
        let open = |ends| posted(ends, json!({"alertname": "A", "n": "abc", "team": "x"}));
        let all = json!([
            open(None),
            posted(None, json!({"alertname": "A", "n": "abc", "quiet": "yes", "team": "x"})),
            posted(None, json!({"alertname": "A", "severity": "critical"})),
            posted(None, json!({"alertname": "A", "severity": "warning"})),
        ]);
        self.post("/api/v2/alerts", &all);
        self.has("notification", 4).await;
        self.has("inhibitionMutedAlert", 1).await;
        self.post("/api/v2/alerts", &json!([open(Some("2026-01-02T00:00:00Z"))]));
        self.has("alertResolved", 1).await;
        self.request("DELETE", &format!("/api/v2/silence/{id}"), "").unwrap();
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap();
        let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (kind, mut content) in self.events() {
            forget(&mut content);
            kinds.entry(kind).or_default().insert(content.to_string());
        }
        kinds
    }
}

/// Leaves out what is each server's own, and what only the newer of the two versions says.
fn forget(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for own in ["id", "groupUuid", "flushId", "version", "buildContext", "updatedAt"] {
                members.shift_remove(own);
            }
            for time in ["startsAt", "endsAt"] {
                // what a server filled in
                let fixed = ["2026-01-0", "0001-", "299"];
                let is_fixed = |text: &str| fixed.iter().any(|start| text.starts_with(start));
                if members.get(time).and_then(Value::as_str).is_some_and(|at| !is_fixed(at)) {
                    members.shift_remove(time);
                }
            }
            if let Some(Value::Object(group)) = members.get_mut("groupInfo") {
                group.shift_remove("matchers");
            }
            if let Some(rules) = members.get_mut("inhibitRules").and_then(Value::as_array_mut) {
                for rule in rules.iter_mut().filter_map(Value::as_object_mut) {
                    rule.shift_remove("name");
                }
            }
            members.values_mut().for_each(forget);
        }
        Value::Array(items) => items.iter_mut().for_each(forget),
        _ => {}
    }
}

/// Takes whatever comes.
fn hook() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 65536];
            let Ok(1..) = stream.read(&mut request) else { continue };
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    port
}

#[tokio::test]
async fn events_are_those_of_a_genuine_alertmanager() {
    let named = std::env::var_os("FIREBELL_ALERTMANAGER").map(PathBuf::from);
    let found = ["/usr/bin/prometheus-alertmanager"].map(PathBuf::from);
    let there = |path: &PathBuf| path.exists();
    let Some(binary) = named.into_iter().chain(found).find(there) else {
        println!("skipped: no Alertmanager in $FIREBELL_ALERTMANAGER or /usr/bin");
        return;
    };
    let help = Command::new(&binary).arg("--help").output().unwrap();
    let help = [help.stdout, help.stderr].concat();
    if !String::from_utf8_lossy(&help).contains("event-recorder") {
        println!("skipped: this Alertmanager has no event recorder");
        return;
    }
    let hook = hook();
    let own = Server::start(Path::new(env!("CARGO_BIN_EXE_firebell")), &["alertmanager"], hook);
    let genuine = Server::start(&binary, &[], hook);
    let (own, genuine) = tokio::join!(own.play(), genuine.play());
    for kind in genuine.keys().chain(own.keys()) {
        assert_eq!(own.get(kind), genuine.get(kind), "{kind}");
    }
    assert_eq!(own.len(), 10, "{:?}", own.keys());
}
