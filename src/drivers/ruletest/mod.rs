//! The driver of tests: a virtual clock that jumps to the next due moment, an embedded store
//! filled from series notation, messages collected, rendered and compared.
//!
//! What is tested is written down as data; [`rules`] runs promtool's unit tests of
//! rules, [`scenario`] reads and plays scripts line by line.

pub mod rules;
pub mod scenario;
