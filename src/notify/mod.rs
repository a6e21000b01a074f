//! What each receiver was last told, whether it must be told something, and in which words.

mod delivery;
mod hashes;
pub mod integration;
mod log;
mod login;
pub mod message;
pub mod oauth2;
mod retry;

pub use delivery::{Delivery, DeliveryId, Failure, FailureClass, NotifyReason, Receipt, Verdict};
pub use hashes::Hashes;
pub use log::{Log, LogEntry, LogKey, Situation, decide, lifetime};
pub use retry::pause;
