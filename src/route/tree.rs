//! The routing tree.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::label::{Labels, Matchers};
use crate::time::Span;

/// A node of the routing tree with everything inherited already filled in.
/// (Source: Alertmanager docs, "route".)
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// What an alert must look like; empty for the root, which takes everything.
    /// Sorted by name, value and operator, which is the order in keys.
    pub matchers: Matchers,
    /// Whether the siblings after this one are tried too.
    pub continues: bool,
    /// What happens with an alert that ends here.
    pub options: RouteOptions,
    /// The children, in order.
    pub routes: Vec<Route>,
}

/// What happens with an alert that ends at a route.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteOptions {
    /// Who gets it.
    pub receiver: Arc<str>,
    /// What is grouped.
    pub group_by: GroupBy,
    /// How long a new group waits.
    pub group_wait: Span,
    /// How long a group waits between flushes.
    pub group_interval: Span,
    /// After which time the same is told again.
    pub repeat_interval: Span,
    /// Names of the intervals in which nothing is told.
    pub mute_time_intervals: Vec<Arc<str>>,
    /// Names of the only intervals in which something is told; empty means always.
    pub active_time_intervals: Vec<Arc<str>>,
    /// Labels of the route; values are templates.
    pub labels: Labels,
}

/// What is grouped.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupBy {
    /// Alerts with equal values of these labels.
    Labels(BTreeSet<Arc<str>>),
    /// Alerts with equal labels: every alert is a group (`...`).
    All,
}
