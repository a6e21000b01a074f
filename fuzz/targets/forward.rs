//! What is sent on: addresses, relabelling and remote write requests. The input is an address, a
//! list of relabelling rules and label sets, in three parts between blank lines. A request that
//! is made reads back as what went into it.

use firebell::config::Expansion;
use firebell::config::prometheus::parse;
use firebell::forward::samples::{Waiting, request};
use firebell::forward::{Address, RemoteWrite};
use firebell::ingest::remote_write::decode;
use firebell::label::Labels;
use firebell::label::relabel::relabel;
use firebell::sample::{Sample, Value};
use firebell::time::Timestamp;

/// One input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut parts = text.splitn(3, "\n\n");
    let (Some(address), Some(rules)) = (parts.next(), parts.next()) else { return };
    let address = Address::parse(address);
    if let Ok(Address { url, .. }) = &address {
        let host = url.split(['/', '?', '#']).nth(2).unwrap_or_default();
        assert!(!host.is_empty() && !host.contains('@'), "{url}");
    }
    let alerting = format!("alerting:\n  alert_relabel_configs:\n{rules}");
    let Ok(read) = parse("p.yml", &alerting, Expansion::Off) else { return };
    let Ok(address) = address else { return };
    let endpoint = RemoteWrite { relabel: read.alert_relabel, ..RemoteWrite::at(address) };
    let lines = parts.next().unwrap_or_default().lines();
    let sets = lines
        .map(|line| Labels::from_pairs(line.split(' ').filter_map(|pair| pair.split_once('='))));
    let at = Timestamp::from_millis(1000);
    let sample = |labels| Waiting { labels, sample: Sample { at, value: Value::Float(1.0) } };
    let waiting: Vec<Waiting> = sets.map(sample).collect();
    let made = request(&waiting, &endpoint, &Labels::empty(), at);
    let kept = waiting.iter().filter_map(|one| relabel(&one.labels, &endpoint.relabel));
    let kept: Vec<Labels> = kept.filter(|labels| !labels.is_empty()).collect();
    assert_eq!((made.samples, made.relabelled_away), (kept.len(), waiting.len() - kept.len()));
    if made.is_empty() {
        return;
    }
    let Ok(decoded) = decode(&made.body, at) else { panic!("our own request does not read back") };
    assert!(decoded.samples.len() <= kept.len());
}
