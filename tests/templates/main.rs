//! Templates against the genuine programs, where they are to be had: the default templates and
//! the functions against `amtool`, rule templates against `promtool`; and goldens of our own.

#![allow(clippy::unwrap_used, reason = "tests")]

mod data;
mod functions;
mod peers;
mod rules;

use firebell::template::Templates;
use firebell::template::data::Data;
use firebell::time::Timestamp;

use data::sets;
use peers::{Kind, Rendering};

/// The names of Alertmanager's default templates that write text.
const NAMES: &str = "__alertmanager __alertmanagerURL __subject __description \
    slack.default.title slack.default.username slack.default.fallback slack.default.callbackid \
    slack.default.pretext slack.default.titlelink slack.default.iconemoji slack.default.iconurl \
    slack.default.text slack.default.footer slack.default.color pagerduty.default.description \
    pagerduty.default.client pagerduty.default.clientURL opsgenie.default.message \
    opsgenie.default.description opsgenie.default.source wechat.default.message \
    wechat.default.to_user wechat.default.to_party wechat.default.to_tag wechat.default.agent_id \
    victorops.default.state_message victorops.default.entity_display_name \
    victorops.default.monitoring_tool pushover.default.title pushover.default.message \
    pushover.default.url sns.default.subject sns.default.message telegram.default.message \
    discord.default.content discord.default.title discord.default.message webex.default.message \
    msteams.default.summary msteams.default.title msteams.default.text msteamsv2.default.title \
    msteamsv2.default.text jira.default.summary jira.default.description jira.default.priority \
    rocketchat.default.title rocketchat.default.alias rocketchat.default.titlelink \
    rocketchat.default.emoji rocketchat.default.iconurl rocketchat.default.text \
    mattermost.default.color mattermost.default.username mattermost.default.title \
    mattermost.default.titlelink mattermost.default.fallback mattermost.default.text \
    email.default.subject";

/// Names whose dot is a list of alerts.
const LISTS: &str = "pagerduty.default.instances __text_alert_list __text_alert_list_markdown";

/// A template that writes everything, with marks between.
fn everything() -> String {
    let call = |name: &str, dot: &str| format!("<<{name}>>{{{{ template \"{name}\" {dot} }}}}");
    let named = NAMES.split_whitespace().map(|name| call(name, "."));
    let lists = LISTS.split_whitespace().map(|name| call(name, ".Alerts.Firing"));
    named.chain(lists).collect::<Vec<_>>().join("\n")
}

fn ours(template: &str, kind: Kind, data: &Data) -> Rendering {
    let templates = Templates::default();
    let now = Timestamp::from_millis(1_700_000_000_000);
    match kind {
        Kind::Text => templates.text(template, data, now),
        Kind::Html => templates.html(template, data, now),
    }
    .map_err(|error| error.to_string())
}

#[test]
fn default_texts_are_alertmanagers() {
    let Some(amtool) = peers::amtool() else { return };
    for (name, data) in sets() {
        let expected = amtool.render(&everything(), Kind::Text, &data).unwrap();
        let ours = ours(&everything(), Kind::Text, &data).unwrap();
        peers::same(name, &ours, &expected);
    }
}

#[test]
fn the_default_mail_is_alertmanagers() {
    let Some(amtool) = peers::amtool() else { return };
    let template = "{{ template \"email.default.html\" . }}";
    for (name, data) in sets() {
        let expected = amtool.render(template, Kind::Html, &data).unwrap();
        peers::same(name, &ours(template, Kind::Html, &data).unwrap(), &expected);
    }
}

#[test]
fn default_texts_stay_as_they_are() {
    for (name, data) in sets() {
        let text = ours(&everything(), Kind::Text, &data).unwrap();
        insta::assert_snapshot!(format!("text-{name}"), text);
        let mail = ours("{{ template \"email.default.html\" . }}", Kind::Html, &data).unwrap();
        insta::assert_snapshot!(format!("mail-{name}"), mail);
    }
}
