//! What is not there yet: refused where leaving it out would lose messages, else accepted with
//! a warning.

use crate::config::read::{Field, Reader, Yaml};
use crate::config::yaml::{Node, Position};

use super::Root;

/// A value that nobody looks into.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::config) struct Anything;

impl Field for Anything {
    fn read(_: &Node, _: &mut Reader) -> Option<Anything> {
        Some(Anything)
    }

    fn null(_: Position, _: &mut Reader) -> Option<Anything> {
        Some(Anything)
    }

    fn write(&self) -> Yaml {
        Yaml::Null
    }
}

/// Warns of what there is a better word for.
pub(super) fn warn(root: &Root, reader: &mut Reader) {
    if let Some(first) = root.mute_time_intervals.first() {
        reader.warning(first.at, "mute_time_intervals is deprecated: write time_intervals");
    }
}

/// A list of integrations of a kind that is not there yet: only an empty one is taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::config) struct NotYet(pub Option<Position>);

impl Field for NotYet {
    fn read(node: &Node, reader: &mut Reader) -> Option<NotYet> {
        match node {
            Node::List(_, items) => Some(NotYet((!items.is_empty()).then(|| node.at()))),
            _ => reader.mismatch(node, "a list"),
        }
    }

    fn null(_: Position, _: &mut Reader) -> Option<NotYet> {
        Some(NotYet(None))
    }

    fn write(&self) -> Yaml {
        Yaml::Null
    }

    fn is_empty(&self) -> bool {
        true
    }
}
