//! What the marshalled form leaves unsaid: keys that older Alertmanagers do not know, where they
//! say nothing but a default. Their amtool reads `/api/v2/status` strictly and would refuse the
//! whole configuration for a key that nobody wrote.

use serde_yaml::{Mapping, Value};

/// Newer keys of `global`, with the text that means "as if it were not there".
const GLOBAL: [(&str, &str); 2] = [
    ("slack_app_url", "https://slack.com/api/chat.postMessage"),
    ("rocketchat_api_url", "https://open.rocket.chat/"),
];
/// Newer keys of integrations, likewise.
const INTEGRATION: [(&str, &str); 1] = [("timeout", "0s")];
/// The same, where `global` has no `slack_app_url` that would be handed down instead.
const APP_URL: [(&str, &str); 1] = [("app_url", "https://slack.com/api/chat.postMessage")];

/// Leaves them out.
pub(super) fn quiet(mut root: Value) -> Value {
    if let Some(Value::Mapping(global)) = root.get_mut("global") {
        forget_defaults(global, &GLOBAL);
        let plain = |tls: &Value| {
            let entries = tls.as_mapping().into_iter().flatten();
            entries.into_iter().all(|(_, value)| *value == Value::Bool(false))
        };
        if global.get("smtp_tls_config").is_some_and(plain) {
            global.shift_remove("smtp_tls_config");
        }
    }
    let inherits = root.get("global").is_some_and(|global| global.get("slack_app_url").is_some());
    let more: &[(&str, &str)] = if inherits { &[] } else { &APP_URL };
    let receivers = root.get_mut("receivers").and_then(Value::as_sequence_mut);
    for receiver in receivers.into_iter().flatten().filter_map(Value::as_mapping_mut) {
        quiet_receiver(receiver, more);
    }
    root
}

fn quiet_receiver(receiver: &mut Mapping, more: &[(&str, &str)]) {
    let own = receiver.get("labels").and_then(Value::as_mapping);
    if own.is_some_and(|labels| labels.len() == 1 && labels.get("name") == receiver.get("name")) {
        receiver.shift_remove("labels");
    }
    for (_, list) in receiver.iter_mut() {
        let integrations = list.as_sequence_mut().into_iter().flatten();
        for integration in integrations.filter_map(Value::as_mapping_mut) {
            forget_defaults(integration, &INTEGRATION);
            forget_defaults(integration, more);
            match integration.get("update_message") {
                Some(Value::Bool(false)) => drop(integration.shift_remove("update_message")),
                Some(Value::Bool(true)) => show_method(integration),
                _ => {}
            }
        }
    }
}

/// With `update_message` the address must be that of a method which everybody knows: hidden it
/// would be refused where it is loaded again.
fn show_method(integration: &mut Mapping) {
    if let Some(url) = integration.get_mut("api_url") {
        *url = Value::from(super::slack::POST_MESSAGE);
    }
}

fn forget_defaults(map: &mut Mapping, defaults: &[(&str, &str)]) {
    for (key, default) in defaults {
        if map.get(key).and_then(Value::as_str) == Some(default) {
            map.shift_remove(key);
        }
    }
}
