//! Recording and alerting rules: what a rule file says, when a group runs, what a run does.
//!
//! A run of a group is sans-IO: [`run::Run`] says what it needs, is supplied, goes on to the
//! next rule, and ends in an [`Outcome`] that the engine takes in.

pub mod group;
pub mod state;

pub use group::{Alerting, Group, GroupId, Recording, Rule, RuleKind};
pub use state::{AlertState, GroupState, Health, Outcome, RuleAlert, RuleState};
