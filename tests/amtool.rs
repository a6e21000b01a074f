//! An unmodified amtool against a server of its own: what operators type works. Skipped where
//! there is no amtool.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

/// How long the server may take to listen, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/receivers/airflow.yml");

/// The server process, and an amtool that speaks with it.
struct Session {
    server: Child,
    amtool: PathBuf,
    url: String,
    /// State and amtool's home.
    directory: tempfile::TempDir,
}

/// Where an amtool is, if anywhere.
fn amtool() -> Option<PathBuf> {
    let named = std::env::var_os("FIREBELL_AMTOOL").map(PathBuf::from);
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/usr/bin/amtool");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&path).map(|directory| directory.join("amtool"));
    named.into_iter().chain([fetched]).chain(installed).find(|candidate| candidate.is_file())
}

impl Session {
    /// Starts the guide's configuration; messages are printed, not sent.
    fn start() -> Option<Session> {
        let Some(amtool) = amtool() else {
            println!("skipped: no amtool in $FIREBELL_AMTOOL, target/peers or $PATH");
            return None;
        };
        let directory = tempfile::tempdir().unwrap();
        let mut server = Command::new(env!("CARGO_BIN_EXE_firebell"))
            .args(["serve", "--dry-run", "--web.listen-address=127.0.0.1:0"])
            .args(["--config.file", GUIDE, "--storage.path"])
            .arg(directory.path().join("state"))
            .env("SLACK_WEBHOOK_URL", "http://127.0.0.1:9/slack")
            .env("PAGERDUTY_SERVICE_KEY", "0123456789abcdef0123456789abcdef")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let address = listening(&mut server);
        Some(Session { server, amtool, url: format!("http://{address}"), directory })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.amtool);
        command.arg(format!("--alertmanager.url={}", self.url)).args(arguments);
        command.env("HOME", self.directory.path()).env("TZ", "UTC");
        command
    }

    /// What a command writes to stdout; it must end well.
    fn run(&self, arguments: &[&str]) -> String {
        self.text(self.command(arguments).output().unwrap(), arguments)
    }

    /// As [`Session::run`], with something on stdin.
    fn feed(&self, arguments: &[&str], input: &str) -> String {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin: ChildStdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        drop(stdin);
        self.text(child.wait_with_output().unwrap(), arguments)
    }

    fn text(&self, output: Output, arguments: &[&str]) -> String {
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command writes with `--output=json`.
    fn json(&self, arguments: &[&str]) -> Value {
        let text = self.run(&[arguments, &["--output=json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
    }

    /// What a command that must fail writes.
    fn fail(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The address that the server says it listens on. Its output is read on, so that it does not
/// block.
fn listening(server: &mut Child) -> String {
    let stderr = BufReader::new(server.stderr.take().unwrap());
    let (found, address) = mpsc::channel();
    std::thread::spawn(move || {
        for line in stderr.lines().map_while(Result::ok) {
            eprintln!("{line}");
            let after = line.split_once("msg=\"Listening on\" address=");
            if let Some((_, after)) = after {
                let _ = found.send(after.split_whitespace().next().unwrap_or_default().to_owned());
            }
        }
    });
    address.recv_timeout(PATIENCE).expect("the server listens")
}

/// A table's lines with runs of blanks as one.
fn lines(table: &str) -> Vec<String> {
    table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn alerts_are_added_and_queried() {
    let Some(session) = Session::start() else { return };
    let guide =
        ["alert", "add", "alertname=\"test\"", "severity=\"warning\"", "message=\"test alert\""];
    assert_eq!(session.run(&guide), "");
    let more = [
        "alert",
        "add",
        "other",
        "job=api",
        "--annotation=summary=\"It is so\"",
        "--generator-url=http://prometheus/graph",
        "--start=2026-01-01T00:00:00Z",
    ];
    assert_eq!(session.run(&more), "");
    let found = session.json(&["alert", "query", "alertname=test"]);
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["labels"]["message"], "test alert");
    assert_eq!(found[0]["receivers"][0]["name"], "slack");
    assert_eq!(session.json(&["alert", "query", "severity=~crit.*"]), serde_json::json!([]));
    assert_eq!(session.json(&["alert", "query", "--receiver=default"])[0]["labels"]["job"], "api");
    let simple = lines(&session.run(&["alert", "query", "other"]));
    assert_eq!(simple[0], "Alertname Starts At Summary State");
    assert_eq!(simple[1], "other 2026-01-01 00:00:00 UTC It is so active");
    let extended = session.run(&["alert", "query", "--output=extended", "test"]);
    let row = "alertname=\"test\" message=\"test alert\" severity=\"warning\"";
    assert!(extended.contains(row) && extended.contains("active"), "{extended}");
    let refused = session.fail(&["alert", "query", "a=b", "x=~("]);
    assert!(refused.contains("missing closing )"), "{refused}");
}

#[test]
fn silences_are_added_changed_ended_and_imported() {
    let Some(session) = Session::start() else { return };
    session.run(&["alert", "add", "alertname=test", "severity=warning"]);
    let add = [
        "silence",
        "add",
        "alertname=test",
        "severity=~w.*",
        "--duration=1h",
        "--comment=planned work",
        "--author=someone",
    ];
    let id = session.run(&add).trim().to_owned();
    assert_eq!(id.len(), 36, "{id}");
    assert_eq!(session.json(&["alert", "query"]), serde_json::json!([]), "it is quiet");
    let quiet = session.json(&["alert", "query", "--silenced"]);
    assert_eq!(quiet[0]["status"]["silencedBy"], serde_json::json!([id]));
    assert_eq!(session.run(&["silence", "query", "--quiet", "alertname=test"]).trim(), id);
    let shown = session.run(&["silence", "query", "--output=extended"]);
    assert!(shown.contains("planned work") && shown.contains(r#"severity=~"w.*""#), "{shown}");
    let update = ["silence", "update", "--duration=2h", "--comment=takes longer", &id];
    assert!(session.run(&update).contains(&id), "the same silence");
    let silences = session.json(&["silence", "query"]);
    assert_eq!(silences[0]["comment"], "takes longer");
    assert_eq!(session.run(&["silence", "expire", &id]), "");
    assert_eq!(session.run(&["silence", "query", "--quiet"]), "");
    assert_eq!(session.run(&["silence", "query", "--quiet", "--expired"]).trim(), id);
    assert_eq!(session.json(&["alert", "query"]).as_array().unwrap().len(), 1, "it is loud again");
    let imported = session.feed(&["silence", "import", "--force"], &silences.to_string());
    let new = imported.trim().to_owned();
    assert_eq!(session.run(&["silence", "query", "--quiet"]).trim(), new);
    assert_ne!(new, id);
    let unknown = "3f1a1c2e-1111-4111-8111-000000000000";
    assert!(session.fail(&["silence", "expire", unknown]).contains("amtool: error:"));
    let refused = session.fail(&["silence", "add", "a=b", "x=~(", "--comment=c"]);
    assert!(refused.contains("amtool: error:"), "{refused}");
}

#[test]
fn the_configuration_and_its_routes_are_shown_and_tested() {
    let Some(session) = Session::start() else { return };
    let config = session.run(&["config", "show"]);
    assert!(config.contains("resolve_timeout: 5m") && config.contains("<secret>"), "{config}");
    assert!(!config.contains("0123456789abcdef"), "secrets are not shown");
    let tree = session.run(&["config", "routes", "show"]);
    assert!(tree.starts_with("Routing tree:"), "{tree}");
    for part in ["default-route  receiver: default", "receiver: pagerduty", "receiver: slack"] {
        assert!(tree.contains(part), "{part}: {tree}");
    }
    for (labels, expect) in [
        (&["severity=critical"][..], "pagerduty,slack"),
        (&["severity=warning", "job=api"], "slack"),
        (&["severity=info"], "default"),
    ] {
        let test = [&["config", "routes", "test"], labels].concat();
        assert_eq!(session.run(&test).trim(), expect);
    }
    let verify = ["config", "routes", "test", "--verify.receivers=pagerduty", "severity=warning"];
    assert!(session.fail(&verify).contains("did not match resolved receivers"));
    let checked = session.feed(&["check-config"], config.trim_start());
    assert!(checked.contains("SUCCESS") && checked.contains("3 receivers"), "{checked}");
}

#[test]
fn the_cluster_is_off_and_says_so() {
    let Some(session) = Session::start() else { return };
    let cluster = session.run(&["cluster", "show"]);
    assert!(lines(&cluster)[0].starts_with("Cluster Status: disabled"), "{cluster}");
}
