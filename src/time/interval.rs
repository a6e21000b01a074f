//! Time intervals: the hours and days in which a route is mute or active.

/// One entry of a named time interval.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeInterval {}
