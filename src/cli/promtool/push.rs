//! `promtool push metrics`.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use reqwest::{Client, Url, header};

use crate::cli::{ExitStatus, check, server};
use crate::drivers::live::Clock;
use crate::forward::samples::{Waiting, request};
use crate::forward::{QueueOptions, RemoteWrite};
use crate::ingest::exposition::{self, Format};
use crate::label::Labels;
use crate::notify::integration::HttpOptions;
use crate::sample::{Sample, Value};
use crate::time::duration::parse_go;
use crate::time::{Span, Timestamp};

use super::client;

/// How much of a refusal is shown, in bytes.
const SHOWN: usize = 1024;

/// Push metrics to a remote write endpoint.
#[derive(Args)]
#[command(
    after_help = "Example:\n  promtool push metrics --label job=backup http://localhost:9093/api/v1/write metrics.txt"
)]
pub(super) struct Arguments {
    /// The address that takes remote writes.
    #[arg(value_name = "URL")]
    url: String,
    /// Metrics in the text format; without any, stdin is read.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A label of all series; may be repeated.
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = super::pair, default_value = "job=promtool")]
    labels: Vec<(String, String)>,
    /// How long a push may take.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = timeout)]
    timeout: Duration,
    /// One more header of the request; may be repeated.
    #[arg(long = "header", value_name = "NAME=VALUE", value_parser = super::pair)]
    headers: Vec<(String, String)>,
    /// How requests are made: login, TLS, proxy, headers.
    #[arg(long = "http.config.file", value_name = "FILE")]
    http: Option<PathBuf>,
}

fn timeout(text: &str) -> Result<Duration, String> {
    let span = parse_go(text).map_err(|error| error.to_string())?;
    Ok(Duration::from_millis(u64::try_from(span.millis()).unwrap_or(0)))
}

/// Pushes all files, whatever becomes of each.
pub(super) fn run(arguments: &Arguments) -> Result<ExitStatus> {
    check::input::must_exist(&arguments.files)?;
    let options = client::options(arguments.http.as_deref())?;
    server::runtime()?.block_on(push_all(arguments, options))
}

async fn push_all(arguments: &Arguments, options: HttpOptions) -> Result<ExitStatus> {
    let (client, url, mut headers) = client::prepare(&arguments.url, options).await?;
    for (name, value) in &arguments.headers {
        headers.append(header::HeaderName::from_bytes(name.as_bytes())?, value.parse()?);
    }
    let target = Target { client, url, headers, timeout: arguments.timeout };
    let mut status = ExitStatus::Success;
    for (name, text) in check::input::all(&arguments.files) {
        let is_file = !arguments.files.is_empty();
        let mut out = std::io::stdout().lock();
        match is_file {
            true => writeln!(out, "Parsing metrics file {name}")?,
            false => writeln!(out, "Parsing standard input")?,
        }
        let pushed =
            async { target.push(body(&text?, &arguments.labels, Clock::default().now())?).await };
        match pushed.await {
            Ok(()) if is_file => {
                writeln!(out, "  SUCCESS: metrics file {name} pushed to remote write.")?;
            }
            Ok(()) => writeln!(out, "  SUCCESS: metrics pushed to remote write.")?,
            Err(error) => {
                eprintln!("  FAILED: {error}");
                status = ExitStatus::Failure;
            }
        }
    }
    Ok(status)
}

/// A remote write request of all samples of an exposition.
fn body(text: &str, labels: &[(String, String)], now: Timestamp) -> Result<Vec<u8>, String> {
    let families = exposition::parse(text.as_bytes(), Format::Text)
        .map_err(|error| format!("text format parsing error in {error}"))?;
    let extra = || labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let points = families.iter().flat_map(|family| &family.points);
    let waiting = points.map(|point| Waiting {
        labels: Labels::from_pairs(extra().chain(point.labels.iter())),
        sample: Sample { at: point.at.unwrap_or(now), value: Value::Float(point.value) },
    });
    let batch: Vec<Waiting> = waiting.collect();
    let endpoint = RemoteWrite {
        name: "push".into(),
        url: "".into(),
        http: HttpOptions::default(),
        timeout: Span::ZERO,
        relabel: Vec::new(),
        histograms: crate::forward::Histograms::Sent,
        queue: QueueOptions::default(),
    };
    Ok(request(&batch, &endpoint, &Labels::empty(), now).body)
}

/// Where requests go.
struct Target {
    client: Client,
    url: Url,
    headers: header::HeaderMap,
    timeout: Duration,
}

impl Target {
    async fn push(&self, body: Vec<u8>) -> Result<(), String> {
        if self.timeout.is_zero() {
            return Err(format!("Post \"{}\": context deadline exceeded", self.url));
        }
        let request = self.client.post(self.url.clone()).headers(self.headers.clone());
        let request = request
            .header("content-encoding", "snappy")
            .header("content-type", "application/x-protobuf")
            .header("x-prometheus-remote-write-version", "0.1.0")
            .timeout(self.timeout)
            .body(body);
        let silent = |error| client::unanswered("Post", &self.url, &error);
        let answer = request.send().await.map_err(silent)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let text = answer.text().await.map_err(silent)?;
        let shown: String = text.chars().take(SHOWN).collect();
        Err(format!("server returned HTTP status {status}: {shown}"))
    }
}
