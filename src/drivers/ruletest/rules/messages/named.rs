//! Receivers that tests name and the Alertmanager configuration does not have: a test of them
//! would pass whatever happens.

use std::collections::BTreeSet;

use crate::config::ruletest::{ReceiverForm, Test};
use crate::config::{ConfigError, ConfigErrors};
use crate::engine::Notification;

/// Checks the names of receivers in all tests of a file.
pub(in crate::drivers::ruletest::rules) fn unknown_receivers(
    file: &str,
    tests: &[Test],
    notification: &Notification,
) -> Result<(), ConfigErrors> {
    let receivers = notification.receivers.values();
    let names: BTreeSet<String> = receivers.clone().map(|one| one.name.to_string()).collect();
    let integrations = receivers.flat_map(|receiver| {
        let kinds = receiver.integrations.iter().map(|one| one.settings.kind());
        kinds.map(|kind| format!("{kind}#{}", receiver.name))
    });
    let integrations: BTreeSet<String> = integrations.collect();
    let named = tests.iter().filter_map(|test| test.notifications.as_ref());
    let named = named.flat_map(|notifications| &notifications.named);
    let errors = named.filter_map(|one| {
        let known = match one.form {
            ReceiverForm::Name => &names,
            ReceiverForm::Integration => &integrations,
        };
        (!known.contains(&one.name)).then(|| ConfigError {
            file: file.to_owned(),
            line: one.at.line,
            column: one.at.column,
            message: unknown(&one.name, known),
        })
    });
    let errors: Vec<ConfigError> = errors.collect();
    if errors.is_empty() { Ok(()) } else { Err(ConfigErrors(errors)) }
}

fn unknown(name: &str, known: &BTreeSet<String>) -> String {
    let known = known.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let known = if known.is_empty() { "none" } else { &known };
    format!("the alertmanager_config has no receiver {name:?}: there are {known}")
}
