//! What each receiver was last told, whether it must be told something, and in which words.

mod delivery;
pub mod integration;
pub mod message;

pub use delivery::{Delivery, DeliveryId, Failure, FailureClass, NotifyReason, Receipt, Verdict};
