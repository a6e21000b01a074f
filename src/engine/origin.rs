//! Where alerts came from, for tracing: contexts that inputs bring are carried to the deliveries
//! that they lead to. Nothing is decided by them.
//!
//! ```text
//! Input::Traced(context, Alerts) --> group.origins[alert] --flush--> Delivery::origins
//!                                        |                  '------> Passage (suppressed)
//!                                        '--> Passage (joined)
//! ```

use std::sync::Arc;

use crate::label::{Fingerprint, Labels};
use crate::route::NodeId;
use crate::trace::TraceContext;

use super::groups::GroupNumber;
use super::{Effect, Engine, Step, Suppression};

/// The most alerts of a group, and of a delivery, whose origin is kept.
pub const ORIGINS_LIMIT: usize = 128;

/// Where an alert of a trace went.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// What it came of.
    pub origin: TraceContext,
    /// The alert.
    pub alert: Labels,
    /// The group's key, `{}/{team="x"}:{alertname="y"}`.
    pub group_key: Arc<str>,
    /// Who is told.
    pub receiver: Arc<str>,
    /// Where it went.
    pub kind: PassageKind,
}

/// Where an alert of a trace went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassageKind {
    /// Into the group.
    Joined,
    /// Into no message.
    Suppressed(Suppression),
}

impl Engine {
    /// Notes what an alert of the group came of.
    pub(super) fn keep_origin(
        &mut self,
        number: GroupNumber,
        (fingerprint, alert): (Fingerprint, &Labels),
        step: &mut Step,
    ) {
        let Some(origin) = self.origin.clone() else { return };
        let Some(group) = self.groups.get_mut(number) else { return };
        let origins = &mut group.origins;
        if origins.len() >= ORIGINS_LIMIT && !origins.contains_key(&fingerprint) {
            return;
        }
        origins.insert(fingerprint, origin.clone());
        let (node, group_key) = (group.node(), Arc::clone(&group.key));
        self.pass(node, group_key, (origin, alert.clone()), PassageKind::Joined, step);
    }

    /// Says of the alerts that are kept back where their trace ends.
    pub(super) fn suppress_origin(
        &mut self,
        number: GroupNumber,
        fingerprint: Fingerprint,
        (alert, cause): (&Labels, &Suppression),
        step: &mut Step,
    ) {
        let Some(group) = self.groups.get_mut(number) else { return };
        let Some(origin) = group.origins.remove(&fingerprint) else { return };
        let (node, group_key) = (group.node(), Arc::clone(&group.key));
        let kind = PassageKind::Suppressed(cause.clone());
        self.pass(node, group_key, (origin, alert.clone()), kind, step);
    }

    /// Takes the origins of what the group has to say.
    pub(super) fn take_origins(&mut self, number: GroupNumber) -> Arc<[TraceContext]> {
        let group = self.groups.get_mut(number);
        let origins = group.map(|group| std::mem::take(&mut group.origins)).unwrap_or_default();
        origins.into_values().collect()
    }

    fn pass(
        &self,
        node: NodeId,
        group_key: Arc<str>,
        (origin, alert): (TraceContext, Labels),
        kind: PassageKind,
        step: &mut Step,
    ) {
        let receiver = Arc::clone(&self.tree.node(node).options.receiver);
        let passage = Passage { origin, alert, group_key, receiver, kind };
        step.effects.push(Effect::Pass(Box::new(passage)));
    }
}

#[cfg(test)]
mod tests;
