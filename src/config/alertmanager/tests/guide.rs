//! The guide's own file: it loads as soon as its variables are expanded.

use super::*;
use crate::config::Surroundings;

const GUIDE: &str = include_str!("../../../../receivers/airflow.yml");

struct World(&'static [(&'static str, &'static str)]);

impl Surroundings for World {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    fn file(&self, _: &str) -> Result<String, String> {
        Err("there are no files here".to_owned())
    }
}

fn guide(world: &World) -> Result<Raw, ConfigErrors> {
    parse("receivers/airflow.yml", GUIDE, Expansion::On(world), Mode::Fallback)
}

#[test]
fn it_loads_with_its_variables_and_means_what_the_guide_says() {
    let world = World(&[
        ("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/T/B/x"),
        ("PAGERDUTY_SERVICE_KEY", "abc"),
    ]);
    let notification = guide(&world).unwrap().compile(&[]).unwrap();
    assert_eq!(
        notification.receivers.keys().map(|name| &**name).collect::<Vec<_>>(),
        ["default", "pagerduty", "slack"]
    );
    let Settings::Slack(slack) = &notification.receivers["slack"].integrations[0].settings else {
        panic!("not Slack");
    };
    let SecretSource::Inline(url) = &slack.url else { panic!("not inline") };
    assert_eq!(url.expose(), "https://hooks.slack.com/services/T/B/x");
    assert!(slack.text.contains(r"\n"), "a single-quoted \\n is two characters: {}", slack.text);
    let integration = &notification.receivers["pagerduty"].integrations[0];
    let Settings::PagerDuty(pagerduty) = &integration.settings else { panic!("not PagerDuty") };
    assert!(integration.send_resolved);
    let key = SecretSource::Inline(crate::secret::Secret::new("abc"));
    assert_eq!(pagerduty.api, PagerDutyApi::V1 { service_key: key });
    let details: Vec<&str> = pagerduty.details.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(details, ["alerts", "firing", "num_firing", "num_resolved", "resolved"]);
    let shown: Vec<String> =
        notification.route.routes.iter().map(|route| route.matchers.to_string()).collect();
    assert_eq!(shown, [r#"{severity="critical"}"#, r#"{severity=~"^(?:^(warning|critical)$)$"}"#]);
    assert!(notification.route.routes[0].continues);
    assert_eq!(notification.route.options.group_interval, Span::from_secs(10));
    assert_eq!(notification.route.routes[1].options.repeat_interval, Span::from_mins(720));
}

#[test]
fn every_unset_variable_is_named_with_its_place() {
    let text = guide(&World(&[])).unwrap_err().to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    let slack = "receivers/airflow.yml:5:18: environment variable SLACK_WEBHOOK_URL is not set";
    let pagerduty = "receivers/airflow.yml:41:22: environment variable PAGERDUTY_SERVICE_KEY is";
    assert!(lines[0].starts_with(slack), "{text}");
    assert!(lines[1].starts_with(pagerduty), "{text}");
}

#[test]
fn without_expansion_the_error_says_what_is_missing() {
    let text = load(GUIDE).unwrap_err().to_string();
    assert_eq!(
        text,
        "conf/am.yml:5:18: unsupported scheme \"\" for URL: `${...}` is expanded only with \
         --config.expand-env"
    );
}

#[test]
fn what_is_deprecated_or_without_effect_is_said() {
    let world = World(&[("SLACK_WEBHOOK_URL", "http://x"), ("PAGERDUTY_SERVICE_KEY", "abc")]);
    let warnings = guide(&world).unwrap().warnings();
    let about = |what: &str| warnings.iter().any(|warning| warning.contains(what));
    assert!(about(": match is deprecated: write matchers"), "{warnings:#?}");
    assert!(about(": match_re is deprecated: write matchers"), "{warnings:#?}");
    assert!(about(": source_match is deprecated: write source_matchers"), "{warnings:#?}");
    assert!(about(": target_match is deprecated: write target_matchers"), "{warnings:#?}");
    assert!(about("service_key uses PagerDuty's Events API v1"), "{warnings:#?}");
    assert_eq!(warnings.len(), 5, "{warnings:#?}");
}

#[test]
fn an_expanded_text_is_a_boolean_or_a_number_where_one_is_wanted_and_never_null() {
    let world = World(&[("TLS", "false"), ("MANY", "7"), ("TILDE", "~"), ("NONE", "")]);
    let text = "global: {smtp_require_tls: \"${TLS}\", smtp_hello: \"${TILDE}\"}\n\
                route: {receiver: d}\nreceivers:\n- name: d\n  webhook_configs:\n  \
                - {url: \"http://x/${NONE}\", max_alerts: \"${MANY}\"}\n  email_configs:\n  \
                - {to: a@b, from: c@d, smarthost: \"mail:${PORT:-25}\"}\n";
    let raw = parse("a.yml", text, Expansion::On(&world), Mode::Fallback).unwrap();
    let receivers = raw.compile(&[]).unwrap().receivers;
    let [webhook, email] = &receivers["d"].integrations[..] else { panic!("two integrations") };
    let Settings::Webhook(webhook) = &webhook.settings else { panic!("not a webhook") };
    assert_eq!(webhook.max_alerts, 7);
    let Settings::Email(email) = &email.settings else { panic!("not email") };
    assert_eq!((email.require_tls, email.hello.as_str()), (false, "~"));
    assert_eq!(email.smarthost, (Arc::from("mail"), 25));
}
