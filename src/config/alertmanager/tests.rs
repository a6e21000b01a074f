use super::*;

use crate::notify::integration::{
    Authorization, Integration, PagerDutyApi, Payload, SecretSource, Settings, Threading,
};
use crate::route::{GroupBy, Route};
use crate::time::Span;

mod guide;
mod inheritance;
mod mutations;
mod telemetry;

const BASE: &str = "route: {receiver: d}\nreceivers:\n- name: d\n";

fn load(text: &str) -> Result<Raw, ConfigErrors> {
    parse("conf/am.yml", text, Expansion::Off, Mode::Fallback)
}

fn compiled(text: &str) -> Notification {
    let raw = load(text).unwrap_or_else(|errors| panic!("{errors}\n{text}"));
    raw.compile(&[]).unwrap()
}

/// What is said about a configuration: `OK`, or every problem with its place.
fn answer(text: &str) -> String {
    let said = |error: &ConfigError| format!("{}:{}: {}", error.line, error.column, error.message);
    match load(text) {
        Ok(_) => "OK".to_owned(),
        Err(errors) => errors.0.iter().map(said).collect::<Vec<_>>().join(" | "),
    }
}

/// The configurations of `verdicts.txt` with the expected answers.
fn verdicts() -> impl Iterator<Item = (String, String)> {
    let cases = include_str!("tests/verdicts.txt").split("\n---\n").skip(1);
    cases.map(|case| {
        let (snippet, answer) =
            case.split_once("\n=> ").or_else(|| case.split_once("\n=! ")).unwrap();
        let answer = answer.split(" :: ").next().unwrap().trim_end();
        let text = match (snippet.strip_prefix('+'), snippet.strip_prefix('>')) {
            (Some(rest), _) => format!("{BASE}{rest}\n"),
            (_, Some(rest)) => format!("{BASE}  {}\n", rest.replace('\n', "\n  ")),
            _ => format!("{snippet}\n"),
        };
        (text, answer.to_owned())
    })
}

#[test]
fn every_verdict_is_the_expected_one() {
    let wrong: Vec<String> = verdicts()
        .filter(|(text, expect)| answer(text).trim_end() != *expect)
        .map(|(text, expect)| format!("{text}expected {expect}\n     got {}\n", answer(&text)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(verdicts().count() > 200);
}

/// Secrets replaced by what they are shown as, so that a configuration can be compared with
/// what it is marshalled to.
fn without_secrets(notification: &Notification) -> String {
    let mut shown = notification.clone();
    shown.original = LazyText::new(String::new);
    format!("{shown:#?}")
}

#[test]
fn what_is_marshalled_loads_again_and_means_the_same() {
    let good = verdicts().filter(|(_, expect)| expect == "OK").map(|(text, _)| text);
    let full = include_str!("tests/full.yml").to_owned();
    for text in good.chain([full]) {
        let first = compiled(&text);
        let second = compiled(&first.original);
        assert_eq!(without_secrets(&first), without_secrets(&second), "{text}");
        assert_eq!(first.original, second.original);
    }
}

#[test]
fn the_marshalled_configuration_has_every_default_and_no_secret() {
    let original = load(include_str!("tests/full.yml")).unwrap().original();
    assert_eq!(original, include_str!("tests/full.original.yml"));
    assert!(!original.contains("s3cret"));
}

#[test]
fn debug_output_has_no_secret_either() {
    let raw = load(include_str!("tests/full.yml")).unwrap();
    assert!(!format!("{raw:?}").contains("s3cret"));
    assert!(!format!("{:?}", raw.compile(&[]).unwrap()).contains("s3cret"));
}

#[test]
fn conformance_files_get_the_verdicts_their_names_promise() {
    let Some(directory) = crate::config::conformance() else { return };
    for (folder, name, expect) in [
        ("alertmanager-config", "conf.group-by-all.yml", "OK"),
        ("alertmanager-config", "conf.http-config.good.yml", "OK"),
        ("alertmanager-config", "conf.nil-match_re-route.yml", "invalid regexp value for"),
        ("alertmanager-config", "conf.nil-target_match_re-inhibition.yml", "invalid regexp value"),
        ("alertmanager-config", "conf.rocketchat-both-tokenid-and-tokenidfile.yml", "at most one"),
        ("alertmanager-config", "conf.slack-both-file-and-url.yml", "at most one of slack_api_url"),
        ("alertmanager-config", "conf.slack-default-api-url-file.yml", "OK"),
        ("alertmanager-config", "conf.slack-default-app-token.yml", "OK"),
        ("alertmanager-config", "conf.slack-no-api-url-or-token.yml", "no Slack API URL nor App"),
        ("alertmanager-config", "conf.smtp-no-username-or-password.yml", "OK"),
        ("alertmanager-config", "conf.victorops-both-file-and-apikey.yml", "at most one of"),
        ("alertmanager-config", "conf.opsgenie-default-apikey.yml", "not supported yet"),
        ("alertmanager-config", "conf.wechat-no-api-secret.yml", "not supported yet"),
        ("alertmanager-routes", "conf.bad.yml", "cannot unmarshal !!str `BAD` into config.plain"),
        ("alertmanager-routes", "conf.good.yml", "OK"),
        ("alertmanager-routes", "conf.routing-reverted.yml", "OK"),
        ("alertmanager-routes", "conf.routing.yml", "OK"),
    ] {
        let text = std::fs::read_to_string(directory.join(folder).join(name)).unwrap();
        let answer = answer(&text);
        assert!(answer.contains(expect), "{name}: {answer}");
    }
}

#[test]
fn a_template_file_that_cannot_be_parsed_is_named_with_its_place() {
    let raw = load(&format!("{BASE}templates: ['*.tmpl']\n")).unwrap();
    let file = |text: &str| [("conf/a.tmpl".to_owned(), text.to_owned())];
    let errors = raw.compile(&file("{{ define \"x\" }}\n{{ foo }}{{ end }}")).unwrap_err();
    assert_eq!(errors.to_string(), "conf/a.tmpl:2:4: function \"foo\" not defined");
    assert!(raw.compile(&file("{{ define \"x\" }}{{ .Status }}{{ end }}")).is_ok());
}

#[test]
fn an_updated_slack_message_names_its_method_openly() {
    let text = "route: {receiver: r}\nreceivers: [{name: r, slack_configs: [{channel: c,\n  \
                update_message: true, api_url: 'https://slack.com/api/chat.postMessage',\n  \
                http_config: {authorization: {credentials: x}}}]}]\n";
    let original = load(text).unwrap().original();
    assert!(original.contains("api_url: https://slack.com/api/chat.postMessage\n"), "{original}");
    assert_eq!(load(&original).unwrap().original(), original);
}
