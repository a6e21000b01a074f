//! Whom the groups of a route tell, with the names that its integrations go by.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::notify::LogKey;
use crate::notify::integration::{Integration, Receiver};
use crate::route::{NodeId, Tree};

use super::Notification;

/// A receiver, with what logs and decisions call its integrations.
#[derive(Clone, Debug, Default)]
pub(super) struct Destination {
    pub(super) receiver: Arc<Receiver>,
    names: Vec<Names>,
}

#[derive(Clone, Debug)]
struct Names {
    kind: Arc<str>,
    index: u32,
    /// `kind[index]`, as decisions name an integration.
    text: Arc<str>,
}

/// The destinations by route.
#[derive(Clone, Debug, Default)]
pub(super) struct Destinations(Vec<Arc<Destination>>);

impl Destination {
    fn new(receiver: Arc<Receiver>) -> Destination {
        let names = receiver.integrations.iter().map(Names::new).collect();
        Destination { receiver, names }
    }

    /// The integrations with their positions.
    pub(super) fn integrations(&self) -> impl Iterator<Item = (usize, &Integration)> {
        self.receiver.integrations.iter().enumerate()
    }

    /// What the log knows an integration by, for a group.
    pub(super) fn log_key(&self, group_key: &Arc<str>, position: usize) -> LogKey {
        let names = &self.names[position];
        LogKey {
            group_key: Arc::clone(group_key),
            receiver: Arc::clone(&self.receiver.name),
            kind: Arc::clone(&names.kind),
            index: names.index,
        }
    }

    /// `kind[index]`, as decisions name an integration.
    pub(super) fn text(&self, position: usize) -> Arc<str> {
        Arc::clone(&self.names[position].text)
    }
}

impl Names {
    fn new(integration: &Integration) -> Names {
        let (kind, index) = (integration.settings.kind(), integration.index);
        Names {
            kind: Arc::from(kind),
            index: u32::try_from(index).unwrap_or(u32::MAX),
            text: Arc::from(format!("{kind}[{index}]")),
        }
    }
}

impl Destinations {
    /// The destinations of all routes of a tree; routes share those of one receiver.
    pub(super) fn new(tree: &Tree, notification: &Notification) -> Destinations {
        let mut known = BTreeMap::new();
        for (name, receiver) in &notification.receivers {
            known.insert(Arc::clone(name), Arc::new(Destination::new(Arc::clone(receiver))));
        }
        let of = |name: &Arc<str>| known.get(name).cloned().unwrap_or_default();
        Destinations(tree.nodes().map(|(_, node)| of(&node.options.receiver)).collect())
    }

    /// The destination of a route; routes come from the tree this was made of.
    pub(super) fn of(&self, node: NodeId) -> &Arc<Destination> {
        &self.0[node.0]
    }
}
