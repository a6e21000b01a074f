//! How samples come in: pushes as to a Pushgateway, and Prometheus' remote write.

pub mod encoding;
pub mod exposition;
mod intake;
pub mod limits;
pub mod protobuf;
pub mod pushgateway;
pub mod remote_write;
#[cfg(test)]
mod tests;

pub use intake::{Intake, IntakeCounts, PushAnswer, PushRequest, WriteAnswer, WriteRequest};
