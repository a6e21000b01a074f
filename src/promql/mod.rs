//! The PromQL engine: text to syntax tree to plan to columns. Sans-IO: a [`Query`] says which
//! series it needs, the caller fetches them, [`Query::run`] answers.
//!
//! ```text
//! text --syntax--> Expr --plan--> Query --needs(grid)--> [Selection]   (the caller fetches)
//!                                   '----run(grid, [SeriesSet])--> Answer
//! ```

pub mod syntax;
