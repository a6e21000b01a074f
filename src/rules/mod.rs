//! Recording and alerting rules: what a rule file says, when a group runs, what a run does.
//!
//! A run of a group is sans-IO: [`Run`] says what it needs, is supplied, goes on to the next
//! rule, and ends in an [`Outcome`] that the engine takes in.
//!
//! ```text
//! Group --Compiled::new--> Compiled (once per configuration)
//!                             |
//! GroupState, slot --Run::new-+--> needs -> [Selection]   (the driver fetches)
//!                                           [Question]    (the source evaluates)
//!                                  supply <- [SeriesSet], [Reply]
//!                                            (again while templates query)
//!                                  finish -> Outcome { state, series, alerts }
//! ```

pub mod alerting;
mod carry;
mod compiled;
mod dependency;
mod error;
pub mod foresight;
pub mod group;
pub mod handover;
pub mod lint;
pub mod recording;
mod restore;
pub mod run;
pub mod schedule;
pub mod state;

pub use compiled::{Compiled, look_back};
pub use error::RuleError;
pub use foresight::Foresight;
pub use group::{Alerting, Group, GroupId, Recording, Rule, RuleKind};
pub use restore::{Patience, restore_from_for_state, restore_needs};
pub use run::{Asks, Crew, Hands, Needs, Run, Stopwatch, Supply, Surroundings};
pub use state::{
    AlertState, DueAlert, GroupState, Health, Outcome, Restoration, RuleAlert, RuleState,
};

#[cfg(test)]
mod tests;
