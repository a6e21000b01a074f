//! `firebell demo`.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;

use crate::api::{Queueing, Surface};
use crate::drivers::demo::{self, Night};
use crate::drivers::live::{Clock, Transport};
use crate::drivers::load::{ExpandEnvironment, Plan};
use crate::label::Labels;
use crate::label::matcher::Mode;
use crate::promql::syntax::Features;
use crate::promql::{Limits, Options};
use crate::source::{Source, Sources};
use crate::state::Committer;
use crate::time::{Span, Timestamp, rfc3339};

use super::ExitStatus;
use super::address::{self, Given, Listen};
use super::logging::{self, Format, Level};
use super::server::{self, Parts, Reloading, Service};
use super::signals::Signals;

/// Play a sample night of an Airflow platform, then serve its state for you to try.
#[derive(Args)]
#[command(
    after_help = "Example:\n  firebell demo\n  firebell demo --exit        # only the night, no server"
)]
pub(super) struct Arguments {
    /// Where to listen afterwards; port 0 takes any free one.
    #[arg(long = "web.listen-address", value_name = "ADDRESS", default_value = "127.0.0.1:9093")]
    listen: String,
    /// End after the night, serve nothing.
    #[arg(long)]
    exit: bool,
    /// How much is said on stderr while serving.
    #[arg(long = "log.level", value_name = "LEVEL", default_value = "warn")]
    log_level: Level,
}

/// Plays, then serves.
pub(super) fn run(arguments: Arguments) -> Result<ExitStatus> {
    logging::start(arguments.log_level, Format::Logfmt);
    let runtime = server::runtime()?;
    let outcome = runtime.block_on(async {
        let signals = Signals::new()?;
        if arguments.exit {
            let night = play("http://127.0.0.1:9093")?;
            print(&mut std::io::stdout().lock(), &night.0, night.1)?;
            return Ok(ExitStatus::Success);
        }
        let listeners = address::bind(std::slice::from_ref(&arguments.listen)).await?;
        let address = listeners[0].local_addr().context("the listener has no address")?;
        let (night, took) = play(&format!("http://{address}"))?;
        print(&mut std::io::stdout().lock(), &night, took)?;
        hint(&mut std::io::stdout().lock(), address)?;
        let started = server::start_with(service(address), parts(night)?, listeners).await?;
        server::serve(started, signals).await
    });
    runtime.shutdown_timeout(server::LAST_WAIT);
    outcome
}

fn play(external_url: &str) -> Result<(Night, Instant)> {
    let begun = Instant::now();
    let now = Clock::default().now();
    let setup = Arc::new(demo::setup(external_url).context("the demo's own configuration")?);
    Ok((demo::play(demo::begin(now), now, setup), begun))
}

fn print(out: &mut impl Write, night: &Night, begun: Instant) -> Result<()> {
    let rules: usize = night.setup.groups.iter().map(|group| group.rules.len()).sum();
    writeln!(out, "A night on an Airflow platform: {rules} alert rules and the routing of the")?;
    writeln!(out, "monitoring guide, four hours in virtual time.\n")?;
    for message in &night.messages {
        writeln!(out, "{message}\n")?;
    }
    let counts = night.store.counts();
    writeln!(
        out,
        "{} messages from {} evaluations over {} samples, in {:.2} s.\n",
        night.messages.len(),
        night.evaluations,
        counts.appended,
        begun.elapsed().as_secs_f64()
    )?;
    Ok(())
}

fn hint(out: &mut impl Write, address: SocketAddr) -> Result<()> {
    writeln!(out, "The night is over and its state is served on http://{address}. New messages")?;
    writeln!(out, "appear below. Try, in another terminal:\n")?;
    writeln!(out, "  # load the table that has gone stale: within a minute it is RESOLVED here")?;
    writeln!(
        out,
        "  echo \"data_last_updated_timestamp{{table=\\\"inventory\\\"}} $(date +%s)\" | \\"
    )?;
    writeln!(out, "    curl --data-binary @- http://{address}/metrics/job/warehouse\n")?;
    writeln!(out, "  # ask what the rules ask")?;
    writeln!(out, "  curl -s http://{address}/api/v1/query --data-urlencode \\")?;
    writeln!(out, "    'query=time() - data_last_updated_timestamp > 7200'\n")?;
    writeln!(out, "  # send an alert of your own, look at it, silence it")?;
    writeln!(out, "  amtool --alertmanager.url=http://{address} alert add \\")?;
    writeln!(out, "    alertname=\"test\" severity=\"warning\" message=\"test alert\"")?;
    writeln!(out, "  amtool --alertmanager.url=http://{address} alert query\n")?;
    writeln!(out, "Ctrl-C ends the demo; nothing is kept.\n")?;
    Ok(())
}

fn parts(night: Night) -> Result<Parts> {
    Ok(Parts {
        setup: night.setup,
        records: night.records,
        committer: Arc::new(Committer::in_memory()?),
        sources: Sources::only(Arc::clone(&night.store) as Arc<dyn Source>),
        store: Some(night.store),
        intake: Some(night.intake),
        newest: None,
    })
}

fn service(address: SocketAddr) -> Service {
    Service {
        limits: Limits::default(),
        web_config: None,
        audit: None,
        import: None,
        given: Given::default(),
        surface: Surface::default(),
        queueing: Queueing::default(),
        plan: Plan {
            upkeep: Default::default(),
            config_file: None,
            rule_files: Vec::new(),
            expand: ExpandEnvironment::No,
            mode: Mode::default(),
            evaluation_interval: None,
            features: Features::default(),
            external_labels: Labels::empty(),
            external_url: Arc::from(format!("http://{address}")),
            retention: Span::from_mins(5 * 24 * 60),
            sources: Default::default(),
            outward: Default::default(),
            recording: Default::default(),
        },
        previous: Arc::default(),
        reloading: Reloading::BuiltIn,
        sources: Vec::new(),
        rules: Default::default(),
        storage: None,
        retention: Some(demo::DAWN + Span::from_mins(120)),
        listen: Listen::Addresses(Vec::new()),
        transport: Transport::Show(Arc::new(|delivery, message| {
            let shown = demo::show(time_of_day(Clock::default().now()), delivery, message);
            // when nobody reads our output there is nobody to tell
            let _ = writeln!(std::io::stdout().lock(), "{shown}\n");
        })),
        options: Options::default(),
        flags: BTreeMap::new(),
    }
}

/// `HH:MM:SS`, in UTC.
fn time_of_day(now: Timestamp) -> String {
    let text = rfc3339::millis(now);
    text.get(11..19).unwrap_or(&text).to_owned()
}
