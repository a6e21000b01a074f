//! `promtool query` and `promtool push` against a server: what a genuine promtool prints, byte for
//! byte. Skipped where `FIREBELL_PROMTOOL` names none.
#![allow(clippy::unwrap_used, reason = "tests")]

mod process;
mod sinks;

use std::path::PathBuf;
use std::process::{Command, Output};

use process::{Firebell, Home};

/// Web configurations beside a certificate `c.pem` with its key `k.pem`; their checks agree.
const WEB_CONFIGS: [&str; 20] = [
    "",
    "tls_server_config: {cert_file: c.pem, key_file: k.pem}\n",
    "tls_server_config: {cert_file: c.pem}\n",
    "tls_server_config: {cert_file: k.pem, key_file: c.pem}\n",
    "tls_server_config: {cert_file: no.pem, key_file: k.pem}\n",
    "tls_server_config: {cert_file: c.pem, key_file: k.pem, client_auth_type: Foo}\n",
    "tls_server_config: {cert_file: c.pem, key_file: k.pem, client_auth_type: RequireClientCert}\n",
    "tls_server_config: {cert_file: c.pem, key_file: k.pem, client_ca_file: c.pem}\n",
    "tls_server_config: {cert_file: c.pem, key_file: k.pem, client_auth_type: RequestClientCert, client_ca_file: no.pem}\n",
    "tls_server_config: {cert_file: c.pem, key_file: k.pem, min_version: TLS9}\n",
    "tls_server_config: {cert_file: c.pem, key_file: k.pem, cipher_suites: [foo]}\n",
    "tls_server_config: {cert_file: c.pem, key_file: k.pem, curve_preferences: [foo]}\n",
    "tls_server_config: {foo: 1}\n",
    "basic_auth_users: {a: b}\n",
    "basic_auth_users: {a: $3y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi}\n",
    "basic_auth_users: {a: $2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi}\n",
    "http_server_config: {headers: {Foo: b}}\n",
    "http_server_config: {headers: {X-Frame-Options: bad}}\n",
    "rate_limit: {interval: bad}\n",
    "rate_limit: {interval: 1s, burst: 2}\n",
];

const METRICS: &str = "# TYPE requests_total counter\nrequests_total{code=\"200\",path=\"/a\\\"b\"} 12.5\n\
    requests_total{code=\"500\"} NaN\n# TYPE temp gauge\ntemp 1e21\ntemp{x=\"é<\"} -Inf\n\
    # TYPE lat histogram\nlat_bucket{le=\"0.1\"} 1\nlat_bucket{le=\"+Inf\"} 3\nlat_sum 4.5\nlat_count 3\n";

/// Every question, after the format and before the server's address is filled in for `URL`.
const QUESTIONS: [&[&str]; 21] = [
    &["instant", "--time=NOW", "URL", "requests_total"],
    &["instant", "--time=NOW", "URL", "sort({__name__=~\".+\",code=\"\"})"],
    &["instant", "--time=NOW", "URL", "1 + 1"],
    &["instant", "--time=NOW", "URL", "requests_total[1h]"],
    &["instant", "--time=NOW", "URL", "nothing"],
    &["instant", "--time=NOW", "URL", "sum("],
    &["instant", "--time=2020-01-01T00:00:00Z", "URL", "time() / 7e20"],
    &["instant", "--time=bad", "URL", "time()"],
    &["instant", "URL/nowhere", "1"],
    &["instant", "http://127.0.0.1:1", "1"],
    &["range", "--start=1577836800", "--end=1577836860", "--step=30s", "URL", "time()"],
    &["range", "--start=1577836800", "--end=1577846860.5", "URL", "vector(time())"],
    &["range", "--start=2", "--end=1", "URL", "1"],
    &["range", "--end=bad", "URL", "1"],
    &["range", "--header=a=b", "URL", "nothing"],
    &["series", "--match=temp", "--match=lat_sum", "URL"],
    &["series", "--match={x=~\".*\"}", "URL"],
    &["series", "--match=nothing", "URL"],
    &["labels", "URL", "code"],
    &["labels", "--match=temp", "URL", "__name__"],
    &["labels", "URL", "nothing"],
];

fn ours() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firebell"));
    command.arg("promtool");
    command
}

fn genuine() -> Option<PathBuf> {
    let named = std::env::var_os("FIREBELL_PROMTOOL").map(PathBuf::from);
    if named.is_none() {
        println!("skipped: FIREBELL_PROMTOOL names no promtool");
    }
    named
}

fn told(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A server, and the metrics in a file.
async fn started() -> (Home, Firebell, String, PathBuf) {
    let home = Home::new().configured("route: {receiver: x}\nreceivers: [{name: x}]\n");
    let firebell = home.serve().await;
    let url = format!("http://{}", firebell.address);
    let metrics = home.write("metrics.txt", METRICS);
    (home, firebell, url, metrics)
}

#[tokio::test]
async fn pushed_metrics_are_there_when_they_are_asked_for() {
    let (home, _firebell, url, metrics) = started().await;
    let push = |file: &PathBuf, path: &str| {
        let address = format!("{url}{path}");
        let mut command = ours();
        command.args(["push", "metrics", "--label=job=x", &address]).arg(file);
        told(command.output().unwrap())
    };
    let (code, out, _) = push(&metrics, "/api/v1/write");
    let file = metrics.display();
    let expected = format!(
        "Parsing metrics file {file}\n  SUCCESS: metrics file {file} pushed to remote write.\n"
    );
    assert_eq!((code, out), (Some(0), expected));
    let (code, _, err) = push(&metrics, "/nowhere");
    assert_eq!(code, Some(1));
    assert!(err.starts_with("  FAILED: server returned HTTP status 404 Not Found:"), "{err}");
    let (code, _, err) = push(&home.write("bad.txt", "bad{\n"), "/api/v1/write");
    assert_eq!(code, Some(1));
    assert!(err.starts_with("  FAILED: text format parsing error in line 1"), "{err}");
    let query = ["query", "-o", "json", "labels", &url, "job"];
    assert_eq!(told(ours().args(query).output().unwrap()).1, "[\"x\"]\n");
}

#[tokio::test]
async fn answers_are_printed_as_promtool_prints_them() {
    let Some(genuine) = genuine() else { return };
    let (_home, _firebell, url, metrics) = started().await;
    let write = format!("{url}/api/v1/write");
    let push = ["push", "metrics", &write, metrics.to_str().unwrap()];
    let theirs = told(Command::new(&genuine).args(push).output().unwrap());
    assert_eq!(told(ours().args(push).output().unwrap()), theirs);
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = since.as_secs().to_string();
    for format in ["promql", "json"] {
        for question in QUESTIONS {
            let words = question.iter().map(|word| word.replace("URL", &url).replace("NOW", &now));
            let words: Vec<String> =
                ["query", "-o", format].map(str::to_owned).into_iter().chain(words).collect();
            let theirs = told(Command::new(&genuine).args(&words).output().unwrap());
            assert_eq!(told(ours().args(&words).output().unwrap()), theirs, "{words:?}");
        }
    }
}

#[test]
fn web_configurations_get_promtools_verdicts() {
    let Some(genuine) = genuine() else { return };
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(home.path().join(name), text).unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["x".to_owned()]).unwrap();
    write("c.pem", &made.cert.pem());
    write("k.pem", &made.signing_key.serialize_pem());
    for text in WEB_CONFIGS {
        write("web.yml", text);
        let check = |mut command: Command| {
            let command = command.current_dir(home.path()).args(["check", "web-config", "web.yml"]);
            told(command.output().unwrap())
        };
        assert_eq!(check(ours()), check(Command::new(&genuine)), "{text}");
    }
}
