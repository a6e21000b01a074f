//! From flags to a server.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};

use crate::api::{Apis, Queueing, SilenceLog, Surface};
use crate::cli::address::{Given, Listen};
use crate::cli::kingpin::Values;
use crate::cli::server::{self, Reloading, Service};
use crate::cli::web_arguments::timeout;
use crate::config::rules::GroupSources;
use crate::drivers::live::{Clock, RuleConduct, Transport};
use crate::drivers::load::{ExpandEnvironment, Outward, Plan};
use crate::engine::Upkeep;
use crate::label::Labels;
use crate::promql::syntax;
use crate::promql::{Limits, Options};
use crate::receivers::Sender;
use crate::silence;
use crate::time::Span;
use crate::time::duration::parse_flag;

use super::features::Features;
use super::flags::PROGRAM;

/// The fewest GET requests that are answered at a time, unless said otherwise.
const LEAST_CONCURRENCY: usize = 8;

/// A server as the flags want it.
pub(super) fn service(values: &Values, features: &Features) -> Result<Service> {
    let text = |name: &str| Some(values.text(name).to_owned()).filter(|text| !text.is_empty());
    check_ratio(values.text("auto-gomemlimit.ratio"))?;
    let listen = match values.is_on("web.systemd-socket") {
        true => Listen::Inherited,
        false => {
            let addresses = values.all("web.listen-address").into_iter();
            Listen::Addresses(addresses.map(str::to_owned).collect())
        }
    };
    Ok(Service {
        plan: plan(values, features)?,
        previous: Arc::default(),
        reloading: Reloading::FromFiles,
        sources: Vec::new(),
        rules: RuleConduct::default(),
        storage: Some(PathBuf::from(values.text("storage.path"))),
        import: None,
        retention: None,
        audit: text("audit.file").map(PathBuf::from),
        listen,
        given: Given {
            external_url: text("web.external-url"),
            route_prefix: text("web.route-prefix"),
        },
        surface: surface(values, features)?,
        web_config: text("web.config.file").map(PathBuf::from),
        transport: Transport::Send(Arc::new(Sender::new())),
        options: Options::default(),
        limits: Limits::default(),
        queueing: Queueing::default(),
        flags: PROGRAM
            .flags
            .iter()
            .filter(|flag| flag.name.contains('.'))
            .map(|flag| (flag.name.to_owned(), values.all(flag.name).join(",")))
            .collect(),
    })
}

fn plan(values: &Values, features: &Features) -> Result<Plan> {
    Ok(Plan {
        config_file: Some(PathBuf::from(values.text("config.file"))),
        rule_files: Vec::new(),
        expand: ExpandEnvironment::No,
        mode: features.mode,
        evaluation_interval: None,
        features: syntax::Features::default(),
        external_labels: Labels::empty(),
        external_url: Arc::from(""),
        retention: positive(values, "data.retention")?,
        upkeep: upkeep(values)?,
        sources: GroupSources::None,
        outward: Outward::default(),
        recording: features.recording,
    })
}

fn upkeep(values: &Values) -> Result<Upkeep> {
    positive(values, "dispatch.maintenance-interval")?;
    Ok(Upkeep {
        dispatch_from: Clock::default().now() + span(values, "dispatch.start-delay")?,
        maintenance_interval: positive(values, "data.maintenance-interval")?,
        collection_interval: positive(values, "alerts.gc-interval")?,
        alerts_per_name: limit(values, "alerts.per-alertname-limit")?,
        silences: silence::Limits {
            count: limit(values, "silences.max-silences")?,
            bytes: limit(values, "silences.max-silence-size-bytes")?,
        },
    })
}

fn surface(values: &Values, features: &Features) -> Result<Surface> {
    let wished = limit(values, "web.get-concurrency")?;
    Ok(Surface {
        apis: Apis::Alertmanager,
        prefix: Arc::from(""),
        get_concurrency: Some(wished.unwrap_or_else(usual_concurrency)),
        timeout: timeout(span(values, "web.timeout")?),
        labels: features.labels,
        silence_log: match values.is_on("log.silences") {
            true => SilenceLog::On,
            false => SilenceLog::Off,
        },
    })
}

/// As many as there are processors, and 8 at least.
fn usual_concurrency() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    server::processors_wished().unwrap_or(processors).max(LEAST_CONCURRENCY)
}

fn span(values: &Values, name: &str) -> Result<Span> {
    parse_flag(values.text(name)).map_err(|error| anyhow::anyhow!("--{name}: {error}"))
}

fn positive(values: &Values, name: &str) -> Result<Span> {
    let span = span(values, name)?;
    if span <= Span::ZERO {
        bail!("--{name}={}: must be longer than nothing", values.text(name));
    }
    Ok(span)
}

/// A count; none when it is zero or less.
fn limit(values: &Values, name: &str) -> Result<Option<usize>> {
    let count = super::number(values.text(name)).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(usize::try_from(count).ok().filter(|count| *count > 0))
}

fn check_ratio(text: &str) -> Result<()> {
    match text.parse::<f64>() {
        Ok(ratio) if ratio > 0.0 && ratio <= 1.0 => Ok(()),
        _ => bail!("--auto-gomemlimit.ratio={text}: must be above 0 and at most 1"),
    }
}
