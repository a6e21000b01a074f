//! What handlers share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::{Counters, Surface, Trail};
use crate::audit::By;
use crate::drivers::live::Handle;
use crate::ingest::Intake;
use crate::label::matcher::Mode;
use crate::promql::syntax::Features;
use crate::promql::{Limits, Options};
use crate::source::Source;
use crate::time::Timestamp;

/// Where reloads are asked for.
pub type Reloads = mpsc::Sender<Reload>;

/// A wish for the configuration to be loaded again.
pub struct Reload {
    /// Whose wish it is.
    pub by: By,
    /// Where the answer goes: an error's text.
    pub reply: oneshot::Sender<Result<(), String>>,
}

/// How queries wait: Prometheus' `--query.timeout` and `--query.max-concurrency`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Queueing {
    /// How long a query may take, waiting included; a request may ask for less.
    pub timeout: Duration,
    /// How many queries run at one time; others wait for their turn.
    pub concurrency: usize,
}

impl Default for Queueing {
    /// Two minutes, and 20 at one time.
    fn default() -> Queueing {
        Queueing { timeout: Duration::from_secs(2 * 60), concurrency: 20 }
    }
}

/// What handlers share; cheap to clone.
#[derive(Clone)]
pub struct State {
    /// The live driver.
    pub handle: Handle,
    /// Where series come from.
    pub source: Arc<dyn Source>,
    /// Takes pushes; only with the embedded source.
    pub intake: Option<Arc<Intake>>,
    /// Where reloads are asked for.
    pub reloads: Reloads,
    /// Where changes are written down.
    pub trail: Trail,
    /// What is counted at the edge.
    pub counters: Arc<Counters>,
    /// Held while a pushed group is read and queued to be written.
    pub pushes: Arc<Mutex<()>>,
    /// How queries are evaluated.
    pub options: Options,
    /// Which experimental syntax queries may use.
    pub features: Features,
    /// How far a query may go.
    pub limits: Limits,
    /// How queries wait.
    pub queueing: Queueing,
    /// How much is served, where, and to how many.
    pub surface: Surface,
    /// How matchers are read.
    pub mode: Mode,
    /// When the process started.
    pub started_at: Timestamp,
    /// The command line's flags as `/api/v1/status/flags` shows them.
    pub flags: Arc<BTreeMap<String, String>>,
}
