//! The deterministic engine: `step(now, input) -> Step { records, effects, wake }`.

mod decision;
mod effect;
mod input;
mod record;
pub mod setup;

pub use decision::{Decision, DecisionKind, Suppression};
pub use effect::{Effect, Evaluation, Step, Wake, WakeReason};
pub use input::Input;
pub use record::{GroupKey, GroupTimer, Record, RecordKey, RecordValue, RuleAlertKey};
pub use setup::{Notification, Setup};
