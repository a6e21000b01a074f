//! The program behind TLS and logins, and the trail it leaves of who changed what.
#![allow(clippy::unwrap_used, reason = "tests")]

mod process;
mod sinks;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};

use process::{Firebell, Home, eventually};

const CONFIG: &str = "route: {receiver: hook}\nreceivers: [{name: hook, webhook_configs: [{url: \
                      'http://127.0.0.1:9/s3cret'}]}]\n";

/// A hash of a password, cheap to try.
fn hash(password: &str) -> String {
    bcrypt::hash(password, 4).unwrap()
}

fn amtool() -> Option<PathBuf> {
    let named = std::env::var_os("FIREBELL_AMTOOL").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&path).map(|directory| directory.join("amtool"));
    let found = named.into_iter().chain(installed).find(|candidate| candidate.is_file());
    if found.is_none() {
        println!("skipped: no amtool in $FIREBELL_AMTOOL or $PATH");
    }
    found
}

/// A server of one configuration that writes a trail.
fn audited(web: &str) -> (Home, PathBuf) {
    let home = Home::new().configured(CONFIG);
    let web = home.write("web.yml", web);
    let trail = web.with_file_name("audit.log");
    let home = home.argument(format!("--web.config.file={}", web.display()));
    (home.argument(format!("--audit.file={}", trail.display())), trail)
}

fn lines(trail: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(trail).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn verify(files: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firebell"));
    command.args(["audit", "verify"]).args(files).output().unwrap()
}

/// What a trail says of its lines after the first: action, user, outcome.
fn told(trail: &Path) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |line: &Value| {
        format!("{} {} {}", text(&line["action"]), text(&line["user"]), text(&line["outcome"]))
    };
    lines(trail).iter().skip(1).map(line).collect()
}

#[tokio::test]
async fn everything_is_behind_the_login() {
    let web = format!("basic_auth_users: {{ann: '{}'}}\n", hash("a"));
    let (home, _) = audited(&web);
    let firebell = home.serve().await;
    for path in ["/-/healthy", "/-/ready", "/metrics", "/api/v2/status", "/nowhere"] {
        assert_eq!(firebell.get(path).await.status, 401, "{path}");
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/-/healthy", firebell.address);
    let answer = client.get(url).basic_auth("ann", Some("a")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[test]
fn a_bad_web_configuration_is_refused_at_the_start() {
    let (home, _) = audited("tls_server_config: {cert_file: no.pem, key_file: no.pem}\n");
    let said = String::from_utf8(home.refused().stderr).unwrap();
    assert!(said.contains("web.yml: failed to read cert_file"), "{said}");
}

/// Certificates for a server and a client beside each other, of one authority.
fn certificates(home: &Home) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    home.write("ca.pem", &issuer.pem());
    for name in ["127.0.0.1", "ann.example"] {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        home.write(&format!("{name}.pem"), &certificate.pem());
        home.write(&format!("{name}.key"), &key.serialize_pem());
    }
}

#[tokio::test]
async fn amtool_works_behind_tls_client_certificates_and_a_login() {
    let Some(amtool) = amtool() else { return };
    let web = format!(
        "tls_server_config: {{cert_file: 127.0.0.1.pem, key_file: 127.0.0.1.key, client_ca_file: \
         ca.pem, client_auth_type: RequireAndVerifyClientCert, client_allowed_sans: \
         [ann.example]}}\nbasic_auth_users: {{ann: '{}'}}\n",
        hash("a")
    );
    let (home, trail) = audited(&web);
    certificates(&home);
    let client = home.write(
        "client.yml",
        "basic_auth: {username: ann, password: a}\ntls_config: {ca_file: ca.pem, cert_file: \
         ann.example.pem, key_file: ann.example.key}\n",
    );
    let firebell = home.serve().await;
    let url = format!("--alertmanager.url=https://{}", firebell.address);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&amtool);
        command.arg(&url).arg(format!("--http.config.file={}", client.display()));
        let output = command.args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let id = run(&["silence", "add", "job=api", "--comment=quiet", "--duration=1h"]);
    assert_eq!(run(&["silence", "query", "-q"]), id);
    run(&["silence", "update", "--duration=2h", &id]);
    run(&["silence", "expire", &id]);
    run(&["alert", "add", "Up", "job=api"]);
    let expect = ["silence.create ann done", "silence.change ann done", "silence.expire ann done"];
    assert_eq!(told(&trail), expect, "alerts are not changes");
    let made = &lines(&trail)[1];
    assert_eq!(made["object"], id);
    assert!(made["user_agent"].as_str().unwrap().starts_with("Go-http-client/"), "{made}");
    assert!(made["address"].as_str().unwrap().starts_with("127.0.0.1:"), "{made}");
    assert_eq!(made["detail"]["matchers"], json!([["job=\"api\""]]));
    assert!(verify(&[&trail]).status.success());
}

/// Waits until a trail has so many lines.
async fn grown(trail: &Path, count: usize) {
    let enough = async || (lines(trail).len() >= count).then_some(());
    eventually(&format!("the trail has {count} lines"), enough).await;
}

async fn reloaded(firebell: &Firebell) -> u16 {
    firebell.post("/-/reload", &Value::Null).await.status
}

#[tokio::test]
async fn reloads_are_written_down_with_what_changed_and_nothing_secret() {
    let (home, trail) = audited("{}\n");
    let firebell = home.serve().await;
    assert_eq!(reloaded(&firebell).await, 200);
    assert_eq!(told(&trail), ["configuration.reload - done"], "nothing changed");
    home.write("alertmanager.yml", &CONFIG.replace("s3cret", "s3cret2"));
    assert_eq!(reloaded(&firebell).await, 200);
    let changed = lines(&trail)[3].clone();
    assert_eq!(changed["action"], "configuration.change");
    let place = "receivers[\"hook\"].webhook_configs[0].url";
    assert_eq!(changed["detail"]["changed"], json!([place]));
    home.write("alertmanager.yml", "route: {");
    assert_eq!(reloaded(&firebell).await, 500);
    assert_eq!(told(&trail)[3..], ["configuration.reload - refused"]);
    assert!(!std::fs::read_to_string(&trail).unwrap().contains("s3cret"));

    // a rotation, and a restart
    let rotated = trail.with_file_name("audit.log.1");
    std::fs::rename(&trail, &rotated).unwrap();
    firebell.signal("HUP");
    eventually("a new file begins", async || trail.exists().then_some(())).await;
    grown(&trail, 2).await;
    assert_eq!(lines(&trail)[1]["address"], "signal");
    firebell.kill();
    home.write("alertmanager.yml", CONFIG);
    let firebell = home.serve().await;
    firebell.silence("job", "api").await;
    let last = lines(&trail);
    assert_eq!(last.last().unwrap()["action"], "silence.create");
    let noticed = last.iter().find(|line| line["action"] == "configuration.change").unwrap();
    assert_eq!(noticed["detail"]["changed"], json!([place]), "changed while nobody ran");
    assert_eq!((&noticed["user"], &noticed["address"]), (&Value::Null, &Value::Null));
    let outline = std::fs::read_to_string(trail.with_file_name("audit.log.outline")).unwrap();
    assert!(outline.contains("webhook_configs[0].url") && !outline.contains("s3cret"));
    let verdict = verify(&[&rotated, &trail]);
    assert!(verdict.status.success(), "{verdict:?}");

    // a change that nobody should make
    let text = std::fs::read_to_string(&trail).unwrap();
    std::fs::write(&trail, text.replace("signal", "nobody")).unwrap();
    let verdict = verify(&[&trail]);
    assert_eq!(verdict.status.code(), Some(1));
    let said = String::from_utf8(verdict.stderr).unwrap();
    assert!(said.contains("audit.log:2: the line was changed"), "{said}");
}

#[tokio::test]
async fn refused_changes_of_silences_are_written_down_too() {
    let (home, trail) = audited("{}\n");
    let firebell = home.serve().await;
    let id = firebell.silence("job", "api").await;
    let nobody = "/api/v2/silence/00000000-0000-0000-0000-000000000000";
    assert_eq!(firebell.request("DELETE", nobody, "").await.status, 404);
    assert_eq!(firebell.request("DELETE", &format!("/api/v2/silence/{id}"), "").await.status, 200);
    assert_eq!(firebell.request("DELETE", "/api/v2/silence/junk", "").await.status, 422);
    let expect = ["silence.create - done", "silence.expire - refused", "silence.expire - done"];
    assert_eq!(told(&trail), expect);
}
