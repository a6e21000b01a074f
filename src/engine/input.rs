//! Everything the world may tell the engine.

use std::sync::Arc;

use crate::alerts::PostedAlert;
use crate::notify::Receipt;
use crate::rules::Outcome;
use crate::silence::SilenceCommand;
use crate::trace::TraceContext;

use super::{Record, Setup};

/// One event. The engine is a function of the sequence of these and their times.
#[derive(Clone, Debug)]
pub enum Input {
    /// A configuration; the first one starts the engine, later ones replace the old.
    Configure(Arc<Setup>),
    /// What was durable; once, before the first configuration.
    Restore(Vec<Record>),
    /// Answers [`super::Effect::Evaluate`].
    Evaluated(Outcome),
    /// Alerts from outside, already validated.
    Alerts(Vec<PostedAlert>),
    /// A silence is made, changed or ended.
    Silence(SilenceCommand),
    /// Answers [`super::Effect::Deliver`].
    Delivered(Receipt),
    /// Records of a peer: silences and what was notified; the newer one wins.
    Merge(Vec<Record>),
    /// Nothing but time.
    Wake,
    /// Another input, with what it came of: alerts carry that to the messages they lead to.
    Traced(TraceContext, Box<Input>),
}

impl Input {
    /// The input itself, and what it came of; of several contexts the innermost.
    pub(super) fn untraced(self) -> (Option<TraceContext>, Input) {
        let (mut origin, mut input) = (None, self);
        while let Input::Traced(context, inner) = input {
            (origin, input) = (Some(context), *inner);
        }
        (origin, input)
    }
}
