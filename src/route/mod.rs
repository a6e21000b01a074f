//! Which receiver gets which alert, and in which groups.

pub mod group;
pub mod tree;

pub use group::AggregationGroup;
pub use tree::{GroupBy, Node, NodeId, Route, RouteOptions, Tree};
