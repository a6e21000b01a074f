//! Prometheus' remote write 1.0.

/// The largest compressed body, in bytes.
pub const MAX_BODY: usize = 32 << 20;

/// Why a write was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WriteError {
    /// The body is not what remote write sends.
    #[error("remote write: {0}")]
    Malformed(String),
}

impl WriteError {
    /// The HTTP status to answer.
    pub fn status(&self) -> u16 {
        400
    }
}
