//! `firebell alertmanager` as a process, beside a genuine Alertmanager where one is present: the
//! same flags, the same requests, the same answers. `FIREBELL_ALERTMANAGER` names its binary.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "alertmanager/modes.rs"]
mod modes;
#[path = "alertmanager/requests.rs"]
mod requests;
#[path = "alertmanager/server.rs"]
mod server;

use std::path::PathBuf;

use requests::Request;
use serde_json::{Value, json};
use server::{Answer, Server, own};

const CONFIG: &str = "\
route:
  receiver: zeta
  group_by: [alertname]
  routes:
  - {receiver: alpha, matchers: [team=a], continue: true}
  - {receiver: mid, matchers: ['team=~\"a|b\"']}
receivers: [{name: zeta}, {name: alpha}, {name: mid}, {name: unused}]
inhibit_rules: [{source_matchers: [severity=critical], target_matchers: [severity=info], equal: [team]}]
";

/// What two answers must share. Times, ids and builds are each server's own.
fn shown(answer: &Answer) -> Value {
    let header = |name: &str| {
        let all = answer.header(name);
        let mut values: Vec<&str> = all.split(',').map(str::trim).collect();
        values.sort_unstable();
        values.join(", ")
    };
    let names = [
        "allow",
        "location",
        "cache-control",
        "vary",
        "access-control-allow-origin",
        "access-control-allow-methods",
        "access-control-allow-headers",
    ];
    let headers: Vec<_> = names.map(&header).into();
    let kind = answer.header("content-type").split(';').next().unwrap_or_default().to_owned();
    let body = match serde_json::from_str(&answer.body) {
        Ok(mut body) => {
            forget(&mut body);
            body
        }
        Err(_) => Value::from(answer.body.trim_end()),
    };
    // a type of nothing is no type
    let kind = if answer.body.is_empty() { String::new() } else { kind };
    json!({"status": answer.status, "headers": headers, "type": kind, "body": body})
}

/// Takes out what is a server's own.
fn forget(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(forget),
        Value::Object(members) => {
            // 0.33 has no such member yet
            members.remove("routeLabels");
            for (name, member) in members.iter_mut() {
                let own = ["updatedAt", "uptime", "id", "silenceID", "versionInfo"];
                if own.contains(&name.as_str()) {
                    *member = Value::from("own");
                } else if name == "silencedBy" {
                    *member = Value::from(member.as_array().map_or(0, Vec::len));
                } else {
                    forget(member);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn the_api_answers_as_the_genuine_one_does() {
    let Some(binary) = std::env::var_os("FIREBELL_ALERTMANAGER").map(PathBuf::from) else {
        println!("skipped: FIREBELL_ALERTMANAGER names no alertmanager");
        return;
    };
    for prefix in ["", "/pre/fix"] {
        let flags = [format!("--web.external-url=http://am.example{prefix}")];
        let (own, peer) = (own(CONFIG, &flags), Server::start(&binary, &[], CONFIG, &flags));
        compare(&own, &peer, prefix, requests::REQUESTS);
    }
}

#[test]
fn every_mode_reads_matchers_and_names_as_the_genuine_one_does() {
    let Some(binary) = std::env::var_os("FIREBELL_ALERTMANAGER").map(PathBuf::from) else {
        println!("skipped: FIREBELL_ALERTMANAGER names no alertmanager");
        return;
    };
    for mode in modes::MODES {
        let flags = [format!("--enable-feature={mode}")];
        let (own, peer) = (own(CONFIG, &flags), Server::start(&binary, &[], CONFIG, &flags));
        compare(&own, &peer, "", modes::REQUESTS);
    }
}

#[test]
fn what_only_one_syntax_takes_is_logged() {
    let config = "route: {receiver: r, routes: [{matchers: ['a=b c']}]}\nreceivers: [{name: r}]\n";
    let server = own(config, &[]);
    server.said("input is incompatible with the UTF-8 matcher syntax: a=b c");
    assert_eq!(server.get("/api/v2/alerts?filter=foo%3D%22%5Cu00e9%22").status, 200);
    server.said("Matchers input has disagreement");
    assert_eq!(server.get("/api/v2/alerts?filter=foo%3D").status, 200);
    server.said(r#"input="foo=" err="end of input: expected label value" suggestion="foo=\"\"""#);
    let classic = own(CONFIG, &["--enable-feature=classic-mode".to_owned()]);
    classic.said("Classic mode enabled");
    let strict = own(CONFIG, &["--enable-feature=utf8-strict-mode".to_owned()]);
    strict.said("UTF-8 strict mode enabled");
}

/// Asks both, and says what is not the same.
fn compare(own: &Server, peer: &Server, prefix: &str, asked: &[Request]) {
    let mut different = Vec::new();
    let (mut own_id, mut peer_id) = (String::new(), String::new());
    for request in asked {
        let ours = own.ask(request, prefix, &own_id);
        let theirs = peer.ask(request, prefix, &peer_id);
        if let (Some(ours), Some(theirs)) = (ours.silence(), theirs.silence()) {
            (own_id, peer_id) = (ours, theirs);
        }
        let (mut ours, mut theirs) = (shown(&ours), shown(&theirs));
        if request.words == requests::Words::Own {
            (ours["body"], theirs["body"]) = (Value::Null, Value::Null);
        }
        if ours != theirs {
            different.push(format!("{request:?}\n  ours   {ours}\n  theirs {theirs}"));
        }
    }
    assert!(different.is_empty(), "{} differ\n{}", different.len(), different.join("\n"));
    println!("{} requests, prefix {prefix:?}: all the same", asked.len());
}

#[test]
fn it_listens_reloads_and_stops_as_an_alertmanager() {
    let mut server = own(CONFIG, &["--web.route-prefix=/am".to_owned()]);
    assert_eq!(server.get("/am/-/ready").status, 200);
    assert_eq!(server.get("/").header("location"), "/am");
    server.write("route: {receiver: other}\nreceivers: [{name: other}]\n");
    server.signal("HUP");
    server.said("configuration loaded");
    assert!(server.get("/am/api/v2/receivers").body.contains("other"));
    server.write("route: {");
    assert_eq!(server.request("POST", "/am/-/reload", "").status, 500);
    assert!(server.get("/am/api/v2/receivers").body.contains("other"), "the old one is in force");
    server.signal("TERM");
    assert_eq!(server.exit_code(), Some(0));
}

#[test]
fn what_keeps_it_from_starting_is_said_and_the_code_is_1() {
    for (flags, expect) in [
        (&["--nope"][..], "alertmanager: error: unknown long flag '--nope', try --help"),
        (&["--log.silences", "--log.silences"], "flag 'log.silences' cannot be repeated"),
        (&["--config.file=/nowhere.yml"], "/nowhere.yml"),
        (&["--enable-feature=auto-gomaxprocs"], "unknown option 'auto-gomaxprocs'"),
        (&["--web.external-url=ftp://x"], "only 'http' and 'https' are supported"),
        (&["--web.systemd-socket"], "no sockets in LISTEN_FDS"),
        (&["--data.retention=0"], "--data.retention=0: must be longer than nothing"),
    ] {
        let (code, said) = server::refused(flags);
        assert_eq!(code, Some(1), "{flags:?}: {said}");
        assert!(said.contains(expect), "{flags:?}: {said}");
    }
}

#[test]
fn a_directory_serves_without_its_broken_configurations_and_counts_them() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("alertmanager.yml", "route: {receiver: r}\nreceivers: [{name: r}]\n");
    write("team.yml", "route: {receiver: p, matchers: [t=x]}\nreceivers: [{name: p}]\n");
    write("wrong.yml", "route: {receiver: nobody, matchers: [t=y]}\n");
    let server = server::own_of(folder.path(), &[]);
    server.said("wrong.yml:1:19: undefined receiver");
    assert!(server.get("/api/v2/receivers").body.contains("team/p"));
    let refused = |server: &Server| {
        let page = server.get("/metrics").body;
        let line = page.lines().find(|line| line.starts_with("firebell_config_fragments_refused "));
        line.unwrap().to_owned()
    };
    assert_eq!(refused(&server), "firebell_config_fragments_refused 1");
    write("wrong.yml", "route: {receiver: r, matchers: [t=y]}\n");
    assert_eq!(server.request("POST", "/-/reload", "").status, 200);
    assert_eq!(refused(&server), "firebell_config_fragments_refused 0");
}

#[test]
fn a_socket_of_systemd_is_taken() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let server = server::inheriting(CONFIG, socket);
    assert_eq!(server.address, address);
    assert_eq!(server.get("/-/healthy").body, "OK");
}
