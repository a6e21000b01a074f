//! What is not there yet: refused where leaving it out would lose messages, else accepted with
//! a warning.

use crate::config::read::{Field, Reader, Yaml, section};
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

section! {
    /// `tracing`
    struct Tracing("tracing.plain") {
        nonempty client_type: String = "grpc".to_owned(),
        nonempty endpoint: String,
        nonempty sampling_fraction: Anything,
        nonempty insecure: bool,
        nonempty tls_config: Anything,
        nonempty headers: Anything,
        nonempty compression: String,
        nonempty timeout: String,
    }
}

/// Checks and warns of what has no effect yet.
pub(super) fn warn(root: &mut Root, reader: &mut Reader) {
    if let Some(tracing) = root.tracing.take() {
        if tracing.endpoint.is_empty() && tracing.whole {
            reader.problem(tracing.at, "tracing endpoint must be set");
        }
        reader.warning(tracing.at, "tracing has no effect yet");
    }
    if let Some(recorder) = root.event_recorder.take() {
        reader.warning(recorder.at, "event_recorder has no effect yet");
    }
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
