//! Sends on: alerts of rules to external Alertmanagers, samples of rules by remote write. Each of
//! them has queues and tasks of its own, so that a slow one holds up no other.

mod alertmanager;
mod figures;
mod line;
mod remote_write;

pub use figures::{AlertmanagerFigures, BUCKETS, Durations, Figures, WriteFigures};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;

use crate::forward::alerts::{Shared, relabelled};
use crate::forward::samples::{self, Waiting};
use crate::forward::{Forwarding, RemoteWrite};
use crate::label::Labels;
use crate::receivers::Caller;
use crate::sample::Series;
use crate::time::Timestamp;

use super::Clock;
use alertmanager::Peer;
use remote_write::Endpoint;

/// How long what waits may still be sent when the process stops, or when a reload takes the
/// server away that it waits for.
pub const LAST_FORWARDS: Duration = Duration::from_secs(10);

/// Sends on what it is given.
pub struct Forwarder {
    caller: Arc<Caller>,
    clock: Arc<Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    forwarding: Arc<Forwarding>,
    peers: BTreeMap<Arc<str>, Arc<Peer>>,
    endpoints: BTreeMap<Arc<str>, Arc<Endpoint>>,
    workers: JoinSet<()>,
    newest: Option<Timestamp>,
}

impl Forwarder {
    /// One that sends nothing yet.
    pub fn new(clock: Arc<Clock>) -> Forwarder {
        Forwarder { caller: Arc::default(), clock, state: Mutex::default() }
    }

    /// Puts a configuration in force. What waits for a server that stays goes on waiting.
    pub fn configure(&self, forwarding: &Arc<Forwarding>) {
        let mut state = self.lock();
        while state.workers.try_join_next().is_some() {}
        let mut peers = std::mem::take(&mut state.peers);
        for settings in &forwarding.alertmanagers {
            let (url, waiting) = (Arc::clone(&settings.url), forwarding.waiting);
            let peer = match peers.remove(&url) {
                Some(peer) => {
                    peer.configure(Arc::clone(settings), waiting);
                    peer
                }
                None => self.begin_peer(&mut state, Peer::new(Arc::clone(settings), waiting)),
            };
            state.peers.insert(url, peer);
        }
        peers.values().for_each(|gone| gone.close());
        let mut endpoints = std::mem::take(&mut state.endpoints);
        let external = &forwarding.external_labels;
        for settings in &forwarding.remote_writes {
            let name = Arc::clone(&settings.name);
            let known = endpoints.get(&name).is_some_and(|one| one.configure(settings, external));
            let endpoint = match known.then(|| endpoints.remove(&name)).flatten() {
                Some(endpoint) => endpoint,
                None => self.begin_endpoint(&mut state, settings, external),
            };
            state.endpoints.insert(name, endpoint);
        }
        endpoints.values().for_each(|gone| gone.close());
        state.forwarding = Arc::clone(forwarding);
    }

    fn begin_peer(&self, state: &mut State, peer: Peer) -> Arc<Peer> {
        let peer = Arc::new(peer);
        let (worker, caller) = (Arc::clone(&peer), Arc::clone(&self.caller));
        state.workers.spawn(async move { worker.work(&caller).await });
        peer
    }

    fn begin_endpoint(
        &self,
        state: &mut State,
        settings: &Arc<RemoteWrite>,
        external: &Labels,
    ) -> Arc<Endpoint> {
        let endpoint = Arc::new(Endpoint::new(Arc::clone(settings), external.clone()));
        for shard in 0..endpoint.shards() {
            let (worker, caller) = (Arc::clone(&endpoint), Arc::clone(&self.caller));
            let clock = Arc::clone(&self.clock);
            state.workers.spawn(async move { worker.work(shard, &caller, &clock).await });
        }
        endpoint
    }

    /// Gives alerts to every external Alertmanager. Returns at once: what is too much for a
    /// queue pushes the oldest out.
    pub fn alerts(&self, alerts: &[Shared]) {
        let (forwarding, peers) = {
            let state = self.lock();
            let peers: Vec<_> = state.peers.values().cloned().collect();
            (Arc::clone(&state.forwarding), peers)
        };
        let alerts = relabelled(alerts, &forwarding.alert_relabel);
        if !alerts.is_empty() {
            peers.iter().for_each(|peer| peer.push(&alerts));
        }
    }

    /// Gives samples to every remote write endpoint. Returns at once, as [`Forwarder::alerts`].
    pub fn samples(&self, series: &[Series]) {
        let endpoints: Vec<_> = {
            let mut state = self.lock();
            if state.endpoints.is_empty() {
                return;
            }
            let times = series.iter().flat_map(|series| &series.samples).map(|sample| sample.at);
            state.newest = state.newest.max(times.max());
            state.endpoints.values().cloned().collect()
        };
        let samples: Vec<Waiting> = samples::waiting(series).collect();
        endpoints.iter().for_each(|endpoint| endpoint.push(&samples));
    }

    /// Whether samples are written on to anybody.
    pub fn writes(&self) -> bool {
        !self.lock().endpoints.is_empty()
    }

    /// What has been counted.
    pub fn figures(&self) -> Figures {
        let state = self.lock();
        Figures {
            queue_capacity: state.forwarding.waiting.capacity,
            alertmanagers: state.peers.values().map(|peer| peer.figures()).collect(),
            remote_writes: state.endpoints.values().map(|one| one.figures()).collect(),
            newest: state.newest,
        }
    }

    /// Ends: what waits is sent as far as [`LAST_FORWARDS`] allows.
    pub async fn close(&self) {
        let mut workers = {
            let mut state = self.lock();
            state.peers.values().for_each(|peer| peer.close());
            state.endpoints.values().for_each(|endpoint| endpoint.close());
            std::mem::take(&mut state.workers)
        };
        while workers.join_next().await.is_some() {}
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
