//! Puts a server together and runs it: state, source, live driver, listeners, signals.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tracing::{error, info, warn};

use crate::api::listener::{self, Web};
use crate::api::{self, Counters, Queueing, Reload, Reloads, Surface};
use crate::audit::By;
use crate::drivers::live::traces::Tracer;
use crate::drivers::live::{Clock, Live, RuleConduct, Start, Transport};
use crate::drivers::load::{Loaded, Plan, Previous, load_again};
use crate::engine::{Record, Setup};
use crate::ingest::Intake;
use crate::ingest::pushgateway::SavedGroup;
use crate::promql::{Limits, Options, Reach};
use crate::rules::lint::unseen_outputs;
use crate::rules::{Compiled, Group, look_back};
use crate::source::embedded::Store;
use crate::source::{DEFAULT, Named, Source, Sources};
use crate::state::{Committer, Outlives};
use crate::time::{Span, Timestamp};

use super::ExitStatus;
use super::address::{self, Given, Listen};
use super::keeping::{self, Keeping};
use super::signals::{Signal, Signals};
use super::trail::Reloaded;

/// How often pushed values are stored again, as a scrape of a Pushgateway would.
const TICK: Duration = Duration::from_secs(15);
/// How many reloads wait for their turn.
const RELOADS_LIMIT: usize = 16;
/// Samples are kept this much longer than any rule looks back.
const RETENTION_MARGIN: Span = Span::from_mins(5);
/// How deep a thread's stack is: rules recurse as deep as their expressions are nested.
const STACK_BYTES: usize = 16 << 20;
/// The most threads that `GOMAXPROCS` may ask for.
const MAX_THREADS: usize = 1024;
/// How long work that cannot be interrupted may keep the process after everything is closed.
pub(super) const LAST_WAIT: Duration = Duration::from_secs(1);
/// How long requests under way may take when the server stops.
const DRAIN: Duration = Duration::from_secs(5);

/// What a reload does.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Reloading {
    /// Loads the plan's files again.
    FromFiles,
    /// Nothing: the configuration is built in.
    BuiltIn,
}

/// Everything a server is started with.
pub(super) struct Service {
    /// What is loaded, at the start and at every reload.
    pub plan: Plan,
    /// What was made at the last load.
    pub previous: Arc<Previous>,
    /// What a reload does.
    pub reloading: Reloading,
    /// The sources beside the embedded store.
    pub sources: Vec<Named>,
    /// How rules are evaluated.
    pub rules: RuleConduct,
    /// Where state is kept; in memory without one.
    pub storage: Option<PathBuf>,
    /// An Alertmanager's data, taken over at the first start.
    pub import: Option<PathBuf>,
    /// The least time that samples are kept.
    pub retention: Option<Span>,
    /// Where it listens.
    pub listen: Listen,
    /// How others reach it; the plan's external URL and the surface's prefix follow from it.
    pub given: Given,
    /// How much is served, and to how many.
    pub surface: Surface,
    /// TLS, logins and headers; without it everybody may ask in the open.
    pub web_config: Option<PathBuf>,
    /// Where changes are written down; nowhere without one.
    pub audit: Option<PathBuf>,
    /// How messages leave.
    pub transport: Transport,
    /// How queries are evaluated.
    pub options: Options,
    /// How far a query of the API, and one of a rule, may go.
    pub limits: Limits,
    /// How queries of the API wait.
    pub queueing: Queueing,
    /// What `/api/v1/status/flags` shows.
    pub flags: BTreeMap<String, String>,
}

/// Started parts, before anything listens.
pub(super) struct Started {
    pub live: Live,
    pub state: api::State,
    committer: Arc<Committer>,
    pub store: Option<Arc<Store>>,
    service: Service,
    reloads: mpsc::Receiver<Reload>,
    listeners: Vec<TcpListener>,
    web: Option<Arc<Web>>,
    reloaded: Reloaded,
}

/// What a server is made of: its configuration, its memory, its series.
pub(super) struct Parts {
    pub setup: Arc<Setup>,
    pub records: Vec<Record>,
    pub committer: Arc<Committer>,
    pub sources: Sources,
    pub store: Option<Arc<Store>>,
    pub intake: Option<Arc<Intake>>,
    /// The newest sample that came back with the store.
    pub newest: Option<Timestamp>,
}

/// The runtime that a server runs on.
pub(super) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = processors_wished() {
        builder.worker_threads(threads);
    }
    builder.enable_all().thread_stack_size(STACK_BYTES).build()
}

/// How many processors are to be used: `GOMAXPROCS`, as for an Alertmanager.
pub(super) fn processors_wished() -> Option<usize> {
    let wished = std::env::var("GOMAXPROCS").ok()?.parse().ok()?;
    (1..=MAX_THREADS).contains(&wished).then_some(wished)
}

/// Serves until told to stop.
pub(super) fn run(service: Service) -> Result<ExitStatus> {
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        let signals = Signals::new()?;
        let started = start(service).await?;
        serve(started, signals).await
    });
    // the state is closed; a query or a name look-up that hangs must not keep the process
    runtime.shutdown_timeout(LAST_WAIT);
    outcome
}

/// Starts everything but the listeners' work. The addresses are taken first: a server that
/// cannot be reached should not begin to send messages.
pub(super) async fn start(mut service: Service) -> Result<Started> {
    let listeners = address::listeners(&service.listen).await?;
    let port = listeners.first().and_then(|one| one.local_addr().ok()).map_or(0, |at| at.port());
    let place = service.given.place(port)?;
    (service.plan.external_url, service.surface.prefix) = (place.url, place.prefix);
    let loaded = load_again(&service.plan, &service.previous)?;
    say(&loaded, &service);
    service.options.default_step = loaded.evaluation_interval;
    let storage = service.storage.as_deref();
    let mut state = open_state(storage)?;
    super::state::at_first_start(service.import.as_deref(), storage, &mut state).await?;
    let store = Arc::new(Store::new());
    let embedded = Arc::clone(&store) as Arc<dyn Source>;
    let sources = Sources::new(embedded, service.sources.iter().cloned());
    let intake = Arc::new(Intake::new(Arc::clone(&store), None));
    intake.import(pushed_groups(&state.blobs));
    let newest = keeping::restore(&store, storage, Clock::default().now());
    let parts = Parts {
        setup: Arc::new(loaded.setup),
        records: state.records,
        committer: Arc::new(state.committer),
        sources,
        store: Some(store),
        intake: Some(intake),
        newest,
    };
    let started = start_with(service, parts, listeners).await?;
    started.state.counters.fragments_refused(loaded.refused.len());
    Ok(started)
}

/// Starts with parts that are there already, on listeners that are bound already.
pub(super) async fn start_with(
    service: Service,
    parts: Parts,
    listeners: Vec<TcpListener>,
) -> Result<Started> {
    let Parts { setup, records, committer, sources, store, intake, newest } = parts;
    let web = service.web_config.as_deref().map(Web::open).transpose()?.map(Arc::new);
    let sources = Arc::new(sources);
    let clock = Arc::new(Clock::default());
    // an embedded store that begins empty knows nothing of before; other sources do
    let begins_empty = store.as_ref().is_some_and(|store| store.counts().series == 0);
    // nor does one whose series have gone stale while nobody was there to hear
    let has_gap = newest.is_some_and(|newest| newest + service.options.lookback < clock.now());
    let knows_all = !begins_empty && !has_gap;
    let series_since = if knows_all { Timestamp::MIN } else { clock.now() };
    if let Some(store) = &store {
        store.set_retention(retention(&setup, &service));
    }
    if let Some(intake) = &intake {
        intake.tick(clock.now());
    }
    let started_at = clock.now();
    let reloaded = Reloaded::open(service.audit.as_deref(), &service.plan, started_at)?;
    let tracer = Arc::new(Tracer::default());
    let traces = setup.notification.traces.clone();
    tracer.configure(traces.as_ref()).await.map_err(anyhow::Error::msg)?;
    let live = Live::start(Start {
        setup,
        records,
        committer: Arc::clone(&committer),
        sources: Arc::clone(&sources),
        rules: service.rules,
        transport: service.transport.clone(),
        options: service.options.clone(),
        limits: service.limits.clone(),
        features: service.plan.features,
        series_since,
        tracer,
        clock,
    })
    .await;
    let counters = Arc::new(Counters::default());
    counters.loaded(started_at);
    let (reloads, reload_requests): (Reloads, _) = mpsc::channel(RELOADS_LIMIT);
    let state = api::State {
        handle: live.handle.clone(),
        source: Arc::clone(sources.default_source()),
        intake,
        pushes: Arc::default(),
        reloads,
        trail: reloaded.trail.clone(),
        counters,
        options: service.options.clone(),
        features: service.plan.features,
        limits: service.limits.clone(),
        queueing: service.queueing,
        surface: service.surface.clone(),
        mode: service.plan.mode,
        started_at,
        flags: Arc::new(service.flags.clone()),
    };
    let reloads = reload_requests;
    Ok(Started { live, state, committer, store, service, reloads, listeners, web, reloaded })
}

/// Serves until the process is told to stop, then stops cleanly. Fails when a part ends by
/// itself: a server that only looks alive helps nobody.
pub(super) async fn serve(started: Started, mut signals: Signals) -> Result<ExitStatus> {
    let Started { mut live, state, committer, store, service, .. } = started;
    let Started { mut reloads, listeners, web, reloaded, .. } = started;
    let intake = state.intake.clone();
    let handle = live.handle.clone();
    let counters = Arc::clone(&state.counters);
    let (mut servers, stop) = listen(listeners, api::router(state), web)?;
    let mut keeping = Keeping::new(store.clone(), service.storage.clone());
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let status = loop {
        tokio::select! {
            signal = signals.next() => match signal {
                Signal::Reload => {
                    reloaded.reopen(handle.now());
                    let outcome = reload(&service, &store, &handle, &counters).await;
                    let by = By { address: Some("signal".to_owned()), ..By::default() };
                    // nobody waits for the answer, and what went wrong was said
                    let _ = reloaded.reloaded(handle.now(), by, &service.plan, outcome).await;
                }
                Signal::Stop => break ExitStatus::Success,
            },
            Some(Reload { by, reply }) = reloads.recv() => {
                let outcome = reload(&service, &store, &handle, &counters).await;
                let told = reloaded.reloaded(handle.now(), by, &service.plan, outcome).await;
                // who asked may have gone away: the reload counts nevertheless
                let _ = reply.send(told);
            }
            _ = tick.tick() => {
                if let Some(intake) = &intake { intake.tick(handle.now()); }
                if let Some(store) = &store { store.evict(handle.now()); }
                keeping.tick();
            }
            Some(ended) = servers.join_next() => {
                error!(?ended, "a listener ended");
                break ExitStatus::Failure;
            }
            () = live.ended() => {
                error!("the engine ended by itself; restart firebell, its state is kept");
                break ExitStatus::Failure;
            }
        }
    };
    info!("stopping");
    drop((stop, handle, intake, store));
    tokio::select! {
        outcome = wind_down(servers, live, committer, keeping) => outcome.map(|()| status),
        () = signals.second_stop() => {
            warn!("told to stop a second time: leaving at once");
            Ok(ExitStatus::Failure)
        }
    }
}

type Servers = tokio::task::JoinSet<std::io::Result<()>>;

/// Serves on every listener; dropping the second value ends that.
fn listen(
    listeners: Vec<TcpListener>,
    router: axum::Router,
    web: Option<Arc<Web>>,
) -> Result<(Servers, tokio::sync::watch::Sender<()>)> {
    let (stop, stopped) = tokio::sync::watch::channel(());
    let mut servers = Servers::new();
    for listener in listeners {
        let address = listener.local_addr().context("the listener has no address")?;
        info!(address = %address, "Listening on");
        let mut stopped = stopped.clone();
        if let Some(web) = &web {
            let tls = if web.speaks_tls() { "enabled" } else { "disabled" };
            info!(address = %address, "TLS is {tls}.");
        }
        let until = async move { drop(stopped.changed().await) };
        servers.spawn(listener::serve(listener, router.clone(), web.clone(), until));
    }
    Ok((servers, stop))
}

/// Lets requests and deliveries under way end, writes what is left, and closes the state.
async fn wind_down(
    mut servers: Servers,
    live: Live,
    committer: Arc<Committer>,
    keeping: Keeping,
) -> Result<()> {
    let drained =
        tokio::time::timeout(DRAIN, async { while servers.join_next().await.is_some() {} });
    if drained.await.is_err() {
        servers.shutdown().await;
    }
    drop(servers);
    live.stop().await;
    keeping.finish().await;
    close(committer).await
}

/// Writes what is left of the state and lets go of it.
async fn close(committer: Arc<Committer>) -> Result<()> {
    match Arc::try_unwrap(committer) {
        Ok(committer) => committer.close().await.context("the state could not be closed"),
        // a request that was cut off still holds it
        Err(shared) => {
            let last = shared.commit(&[], Outlives::Power).await;
            last.context("the state could not be written")?;
            let snapshot = shared.snapshot().await;
            snapshot.context("the last snapshot could not be written")
        }
    }
}

/// Loads the configuration again and notes how that went.
async fn reload(
    service: &Service,
    store: &Option<Arc<Store>>,
    handle: &crate::drivers::live::Handle,
    counters: &Counters,
) -> Result<(), String> {
    let outcome = try_reload(service, store, handle, counters).await;
    match outcome {
        Ok(()) => counters.loaded(handle.now()),
        Err(_) => counters.load_failed(),
    }
    outcome
}

async fn try_reload(
    service: &Service,
    store: &Option<Arc<Store>>,
    handle: &crate::drivers::live::Handle,
    counters: &Counters,
) -> Result<(), String> {
    if service.reloading == Reloading::BuiltIn {
        return Ok(());
    }
    let plan = service.plan.clone();
    let previous = Arc::clone(&service.previous);
    let loaded = tokio::task::spawn_blocking(move || load_again(&plan, &previous)).await;
    let loaded = match loaded {
        Ok(Ok(loaded)) => loaded,
        Ok(Err(error)) => {
            error!("configuration not loaded, the old one stays in force: {error}");
            return Err(error.to_string());
        }
        Err(error) => return Err(error.to_string()),
    };
    say(&loaded, service);
    if loaded.evaluation_interval != service.options.default_step {
        warn!("subqueries without a step keep the evaluation interval of the start");
    }
    let setup = Arc::new(loaded.setup);
    if let Some(store) = store {
        store.set_retention(retention(&setup, service));
    }
    if let Err(error) = handle.tracer().configure(setup.notification.traces.as_ref()).await {
        error!("configuration not loaded, the old one stays in force: {error}");
        return Err(error);
    }
    handle.configure(setup).await.map_err(|gone| gone.to_string())?;
    counters.fragments_refused(loaded.refused.len());
    info!("configuration loaded");
    Ok(())
}

fn say(loaded: &Loaded, service: &Service) {
    for warning in &loaded.warnings {
        warn!("{warning}");
    }
    for refused in &loaded.refused {
        error!("configuration left out, the others are in force: {refused}");
    }
    for unseen in unseen_outputs(&loaded.setup.groups, |group| is_far(group, &service.sources)) {
        warn!("{unseen}");
    }
}

fn open_state(path: Option<&Path>) -> Result<crate::state::Opened> {
    let Some(path) = path else {
        let committer = Committer::in_memory()?;
        let (records, blobs, notices) = (Vec::new(), BTreeMap::new(), Vec::new());
        return Ok(crate::state::Opened { committer, records, blobs, notices });
    };
    let opened = Committer::open(path)
        .with_context(|| format!("cannot use --storage.path {}", path.display()))?;
    for notice in &opened.notices {
        warn!("{notice}");
    }
    Ok(opened)
}

/// Whether a group's series are on another server.
fn is_far(group: &Group, sources: &[Named]) -> bool {
    let own = group.source.as_deref().unwrap_or(DEFAULT);
    sources.iter().any(|(name, _)| **name == *own)
}

/// How long samples are kept: as far as any rule looks back, or longer when so wished.
fn retention(setup: &Setup, service: &Service) -> Span {
    let compiled: Vec<_> = setup
        .groups
        .iter()
        .map(|group| Compiled::new(Arc::clone(group), &service.options))
        .collect();
    let (far, near): (Vec<_>, Vec<_>) =
        compiled.iter().partition(|one| is_far(one.group(), &service.sources));
    let seen = match (look_back(near), look_back(far)) {
        (Reach::Back(near), Reach::Back(far)) => near.max(far),
        // what is elsewhere is kept there
        (Reach::Back(near), Reach::Fixed) => near,
        (Reach::Fixed, _) => {
            warn!("a rule looks at a fixed time (@): samples are kept for ever");
            return Span::from_millis(i64::MAX / 4);
        }
    };
    let seen = seen.max(service.options.lookback) + RETENTION_MARGIN;
    service.retention.map_or(seen, |wished| wished.max(seen))
}

fn pushed_groups(blobs: &BTreeMap<String, Vec<u8>>) -> Vec<SavedGroup> {
    let pushed = blobs.iter().filter(|(name, _)| name.starts_with(api::BLOB_PREFIX));
    pushed
        .filter_map(|(name, content)| match serde_json::from_slice(content) {
            Ok(group) => Some(group),
            Err(error) => {
                warn!(%name, %error, "a pushed group cannot be read and is left out");
                None
            }
        })
        .collect()
}
