//! Which receiver gets which alert, and in which groups.

pub mod tree;

pub use tree::{GroupBy, Route, RouteOptions};
