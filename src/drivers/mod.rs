//! The drivers: they own the clock and answer the engine's effects.

pub mod demo;
pub mod evaluate;
pub mod live;
pub mod load;
pub mod promqltest;
pub mod ruletest;
pub mod samples;
pub mod simulate;
pub mod world;

pub use ruletest::scenario;
