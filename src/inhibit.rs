//! Inhibition: alerts that keep others quiet.

use crate::label::Matchers;

/// One inhibition rule. (Source: Alertmanager docs, "inhibit_rule".)
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InhibitRule {
    /// Its name, perhaps empty.
    pub name: String,
    /// What an inhibiting alert looks like.
    pub source: Matchers,
    /// What an inhibited alert looks like.
    pub target: Matchers,
    /// Labels that both must have the same value of; a missing label is an empty one.
    pub equal: Vec<String>,
}
