//! A genuine Prometheus, started for a test.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use firebell::promql::Grid;
use firebell::time::Timestamp;

use crate::outcome::Outcome;
use crate::samples::{Noted, requests};

/// A running server; it ends with this value.
pub struct Prometheus {
    child: Child,
    address: String,
    _folder: tempfile::TempDir,
}

/// Where the binary is, if there is one.
fn binary() -> Option<PathBuf> {
    let named = std::env::var_os("FIREBELL_PROMETHEUS").map(PathBuf::from);
    let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/usr/bin/prometheus");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let searched = std::env::split_paths(&path).map(|folder| folder.join("prometheus"));
    named.into_iter().chain([unpacked]).chain(searched).find(|file| file.is_file())
}

impl Prometheus {
    /// Starts one with these features and waits until it is ready.
    pub fn start(features: &str) -> Option<Prometheus> {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("prometheus.yml");
        std::fs::write(&config, "").unwrap();
        let mut child = Command::new(binary()?)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .args(["--web.listen-address=127.0.0.1:0", "--web.enable-remote-write-receiver"])
            .arg(format!("--enable-feature={features}"))
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (mut address, mut ready) = (None, false);
        while address.is_none() || !ready {
            let line = lines.next().expect("it ended before it was ready").unwrap();
            ready |= line.contains("Server is ready");
            if line.contains("msg=\"Listening on\"") {
                address = line.rsplit_once("address=").map(|(_, address)| address.to_owned());
            }
        }
        // what it says from now on is read, or it would wait for a reader
        std::thread::spawn(move || lines.for_each(drop));
        Some(Prometheus { child, address: address?, _folder: folder })
    }

    /// Sends the samples by remote write.
    pub fn write(&self, series: &[Noted]) {
        for body in requests(series) {
            let headers = "Content-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n\
                           X-Prometheus-Remote-Write-Version: 0.1.0\r\n";
            let (status, answer) = self.post("/api/v1/write", headers, &body);
            assert_eq!(status, 204, "remote write: {answer}");
        }
    }

    /// What it answers to a query.
    pub fn ask(&self, query: &str, grid: &Grid) -> Outcome {
        let seconds = |at: Timestamp| at.millis() as f64 / 1000.0;
        let mut form = format!("query={}", encode(query));
        let path = if grid.is_instant() {
            let _ = write!(form, "&time={}", seconds(grid.start));
            "/api/v1/query"
        } else {
            let (start, end) = (seconds(grid.start), seconds(grid.end));
            let step = grid.step.millis() as f64 / 1000.0;
            let _ = write!(form, "&start={start}&end={end}&step={step}");
            "/api/v1/query_range"
        };
        let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
        let (_, answer) = self.post(path, headers, form.as_bytes());
        Outcome::of_json(&answer)
    }

    fn post(&self, path: &str, headers: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        // HTTP 1.0: the answer ends with the connection
        let head =
            format!("POST {path} HTTP/1.0\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
