//! `slack_configs`. (Source: Alertmanager docs, "slack_config".)

use serde_json::Value;

use crate::notify::integration::{Slack, SlackAction, SlackConfirm, SlackField};
use crate::notify::{Failure, FailureClass, Verdict};
use crate::template::{Expander, TemplateError};

use super::json::{self, Object};
use super::truncate::in_characters;
use super::{HttpMessage, SecretFiles, judgement, post, refused, secret};

/// The longest title Slack shows.
const MAX_TITLE: usize = 1024;
/// What is marked up unless the user says otherwise.
const MARKDOWN_IN: [&str; 3] = ["fallback", "pretext", "text"];

/// Renders the request. A template that fails refuses the message (Alertmanager sends it with
/// the later fields empty).
pub(super) fn render(
    slack: &Slack,
    templates: &Expander<'_>,
    files: &SecretFiles,
) -> Result<HttpMessage, Failure> {
    let url = secret(&slack.url, files)?;
    if url.is_empty() {
        return Err(refused("no Slack API URL"));
    }
    let message = message(slack, templates).map_err(|error| in_channel(slack, refused(error)))?;
    Ok(post(url, json::body(&message), &slack.http, slack.timeout))
}

fn message(slack: &Slack, templates: &Expander<'_>) -> Result<Value, TemplateError> {
    let text = |template: &str| templates.text(template);
    let object = Object::default()
        .with_text("channel", text(&slack.channel)?)
        .with_text("username", text(&slack.username)?)
        .with_text("icon_emoji", text(&slack.icon_emoji)?)
        .with_text("icon_url", text(&slack.icon_url)?);
    let object = if slack.link_names { object.with("link_names", true) } else { object };
    let attachment = attachment(slack, templates)?;
    Ok(object
        .with_text("text", text(&slack.message_text)?)
        .with("attachments", vec![attachment])
        .into())
}

fn attachment(slack: &Slack, templates: &Expander<'_>) -> Result<Value, TemplateError> {
    let text = |template: &str| templates.text(template);
    let fields = slack.fields.iter().map(|cell| field(cell, templates));
    let actions = slack.actions.iter().map(|button| action(button, templates));
    let markdown_in: Vec<Value> = match slack.markdown_in.as_slice() {
        [] => MARKDOWN_IN.into_iter().map(Value::from).collect(),
        parts => parts.iter().map(|part| Value::from(part.as_str())).collect(),
    };
    Ok(Object::default()
        .with_text("title", in_characters(text(&slack.title)?, MAX_TITLE))
        .with_text("title_link", text(&slack.title_link)?)
        .with_text("pretext", text(&slack.pretext)?)
        .with("text", text(&slack.text)?)
        .with("fallback", text(&slack.fallback)?)
        .with("callback_id", text(&slack.callback_id)?)
        .with_list("fields", fields.collect::<Result<_, _>>()?)
        .with_list("actions", actions.collect::<Result<_, _>>()?)
        .with_text("image_url", text(&slack.image_url)?)
        .with_text("thumb_url", text(&slack.thumb_url)?)
        .with("footer", text(&slack.footer)?)
        .with_text("color", text(&slack.color)?)
        .with_list("mrkdwn_in", markdown_in)
        .into())
}

fn field(field: &SlackField, templates: &Expander<'_>) -> Result<Value, TemplateError> {
    Ok(Object::default()
        .with("title", templates.text(&field.title)?)
        .with("value", templates.text(&field.value)?)
        .with("short", field.short)
        .into())
}

fn action(action: &SlackAction, templates: &Expander<'_>) -> Result<Value, TemplateError> {
    let text = |template: &str| templates.text(template);
    let object = Object::default()
        .with("type", text(&action.kind)?)
        .with("text", text(&action.text)?)
        .with_text("url", text(&action.url)?)
        .with_text("style", text(&action.style)?)
        .with_text("name", text(&action.name)?)
        .with_text("value", text(&action.value)?);
    Ok(match &action.confirm {
        Some(confirm) => object.with("confirm", confirmation(confirm, templates)?),
        None => object,
    }
    .into())
}

fn confirmation(confirm: &SlackConfirm, templates: &Expander<'_>) -> Result<Value, TemplateError> {
    Ok(Object::default()
        .with("text", templates.text(&confirm.text)?)
        .with_text("title", templates.text(&confirm.title)?)
        .with_text("ok_text", templates.text(&confirm.ok_text)?)
        .with_text("dismiss_text", templates.text(&confirm.dismiss_text)?)
        .into())
}

/// Reads the answer. Slack says in the body whether it took a message: an incoming webhook
/// answers `ok`, the Web API JSON with `ok` in it.
pub(super) fn judge(slack: &Slack, status: u16, content_type: &str, body: &str) -> Verdict {
    let verdict = match judgement(status, &[], body.to_owned()) {
        Verdict::Delivered if content_type.starts_with("application/json") => judge_json(body),
        Verdict::Delivered if body == "ok" => Verdict::Delivered,
        Verdict::Delivered => Verdict::Rejected(refusal(body)),
        failed => failed,
    };
    match verdict {
        Verdict::Delivered => Verdict::Delivered,
        Verdict::Retry(failure) => Verdict::Retry(in_channel(slack, failure)),
        Verdict::Rejected(failure) => Verdict::Rejected(in_channel(slack, failure)),
    }
}

fn judge_json(body: &str) -> Verdict {
    let Ok(Value::Object(answer)) = serde_json::from_str(body) else {
        let message = format!("could not unmarshal JSON response {}", crate::template::quote(body));
        return Verdict::Retry(Failure { class: FailureClass::Other, message });
    };
    if answer.get("ok") == Some(&Value::Bool(true)) {
        return Verdict::Delivered;
    }
    let said = answer.get("error").and_then(Value::as_str).unwrap_or("no reason given");
    Verdict::Rejected(refusal(said))
}

fn refusal(said: &str) -> Failure {
    let message = format!("error response from Slack: {}", in_characters(said.to_owned(), 512));
    Failure { class: FailureClass::ClientError, message }
}

fn in_channel(slack: &Slack, failure: Failure) -> Failure {
    let channel = crate::template::quote(&slack.channel);
    Failure { message: format!("channel {channel}: {}", failure.message), ..failure }
}
