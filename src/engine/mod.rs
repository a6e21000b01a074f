//! The deterministic engine: `step(now, input) -> Step { records, effects, wake }`.

pub mod setup;

pub use setup::Setup;
