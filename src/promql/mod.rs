//! The PromQL engine: text to syntax tree to plan to columns. Sans-IO: a [`Query`] says which
//! series it needs, the caller fetches them, [`Query::run`] answers.
//!
//! ```text
//! text --syntax--> Expr --plan--> Query --needs(grid)--> [Selection]   (the caller fetches)
//!                                   '----run(grid, [SeriesSet])--> Answer
//! ```

mod aggregate;
mod annotation;
mod answer;
mod binary;
mod block;
mod borders;
mod column;
mod error;
mod explain;
mod functions;
mod fused;
mod grid;
mod kernels;
mod names;
mod number;
mod options;
mod plan;
mod projection;
mod query;
mod ranking;
mod run;
mod select;
pub mod syntax;
mod window;

#[cfg(test)]
mod tests;

pub use annotation::{Annotation, Annotations, Severity};
pub use answer::{Answer, AnswerValue, VectorElement};
pub use error::{ErrorClass, QueryError};
pub use explain::{ExplainedNode, Stopwatch};
pub use grid::Grid;
pub use options::{Limits, MetricTypes, NameRemoval, Options, StartTimestamps};
pub use query::{Query, Reach};
