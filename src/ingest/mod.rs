//! How samples come in: pushes as to a Pushgateway, and Prometheus' remote write.

pub mod exposition;
mod intake;
pub mod pushgateway;
pub mod remote_write;

pub use intake::{Intake, IntakeCounts, Notice, PushAnswer, WriteAnswer};
