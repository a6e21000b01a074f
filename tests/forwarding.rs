//! What is sent on to other servers: alerts of rules to external Alertmanagers, samples of rules
//! by remote write, both as a prometheus.yml or flags say.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "forwarding/alerts.rs"]
mod alerts;
#[path = "forwarding/peers.rs"]
mod peers;
mod process;
#[path = "forwarding/reload.rs"]
mod reload;
#[path = "forwarding/samples.rs"]
mod samples;
mod sinks;

use process::{Firebell, Home, eventually};

/// A home with this `prometheus.yml` and these rules, which it names as `rules.yml`.
fn home(config: &str, rules: &str) -> Home {
    let home = Home::new();
    home.write("rules.yml", rules);
    let path = home.write("prometheus.yml", config);
    home.argument(format!("--prometheus.config={}", path.display()))
}

/// Waits until a metric has this value; the name with its labels, as a page shows it.
async fn metric(firebell: &Firebell, sample: &str, value: f64) {
    eventually(&format!("{sample} is {value}"), async || {
        let page = firebell.get("/metrics").await.body;
        let line = page.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
        line.and_then(|text| text.parse::<f64>().ok()).filter(|found| *found >= value)
    })
    .await;
}
