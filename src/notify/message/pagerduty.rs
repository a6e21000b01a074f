//! `pagerduty_configs`: Events API v1 and v2. (Source: Alertmanager docs, "pagerduty_config";
//! PagerDuty docs, "Send an alert event".)

use serde_json::Value;

use crate::notify::integration::{PagerDuty, PagerDutyApi};
use crate::notify::{Delivery, Failure, FailureClass, Verdict};
use crate::template::{Expander, TemplateError};

use super::json::{self, Object};
use super::truncate::in_characters;
use super::{HttpMessage, SecretFiles, dedup_key, judgement, payload, post, refused, secret};

/// Where v1 events go; the address is not configurable.
pub(super) const V1_URL: &str = "https://events.pagerduty.com/generic/2010-04-15/create_event.json";
/// The longest summary or description.
const MAX_SUMMARY: usize = 1024;
/// The largest event, in bytes.
pub(super) const MAX_EVENT: usize = 512_000;
/// What stands for the details of an event that would be larger.
const DETAILS_REMOVED: &str =
    "Custom details have been removed because the original event exceeds the maximum size of 512KB";

/// Renders the request.
pub(super) fn render(
    pagerduty: &PagerDuty,
    delivery: &Delivery,
    templates: &Expander<'_>,
    files: &SecretFiles,
) -> Result<HttpMessage, Failure> {
    let details = details(pagerduty, templates).map_err(refused)?;
    let key = |source| {
        let key = templates.text(secret(source, files)?.trim()).map_err(refused)?;
        if key.is_empty() { Err(refused("service or routing key is empty")) } else { Ok(key) }
    };
    let (url, key) = match &pagerduty.api {
        PagerDutyApi::V1 { service_key } => (V1_URL, key(service_key)?),
        PagerDutyApi::V2 { routing_key, url } => (url.expose(), key(routing_key)?),
    };
    let body = |details| -> Result<String, Failure> {
        let event = match &pagerduty.api {
            PagerDutyApi::V1 { .. } => first_version(pagerduty, delivery, templates, &key, details),
            PagerDutyApi::V2 { .. } => {
                second_version(pagerduty, delivery, templates, &key, details)
            }
        };
        Ok(json::body(&event.map_err(refused)?))
    };
    let mut event = body(details)?;
    if event.len() > MAX_EVENT {
        event = body(Object::default().with("error", DETAILS_REMOVED).into())?;
    }
    Ok(post(url.to_owned(), event, &pagerduty.http, pagerduty.timeout))
}

fn details(pagerduty: &PagerDuty, templates: &Expander<'_>) -> Result<Value, TemplateError> {
    payload::entries_value(&pagerduty.details, templates)
}

fn action(delivery: &Delivery) -> &'static str {
    if delivery.alerts.iter().any(|alert| alert.firing) { "trigger" } else { "resolve" }
}

fn first_version(
    pagerduty: &PagerDuty,
    delivery: &Delivery,
    templates: &Expander<'_>,
    key: &str,
    details: Value,
) -> Result<Value, TemplateError> {
    let action = action(delivery);
    let description = in_characters(templates.text(&pagerduty.description)?, MAX_SUMMARY);
    let event = Object::default()
        .with("service_key", key)
        .with("incident_key", dedup_key(delivery))
        .with("event_type", action)
        .with_text("description", description)
        .with("event_action", "")
        .with("payload", Value::Null);
    let event = if action == "trigger" {
        event
            .with_text("client", templates.text(&pagerduty.client)?)
            .with_text("client_url", templates.text(&pagerduty.client_url)?)
    } else {
        event
    };
    Ok(with_details(event, "details", details).into())
}

fn second_version(
    pagerduty: &PagerDuty,
    delivery: &Delivery,
    templates: &Expander<'_>,
    key: &str,
    details: Value,
) -> Result<Value, TemplateError> {
    let text = |template: &str| templates.text(template);
    let severity = match text(&pagerduty.severity)? {
        severity if severity.is_empty() => "error".to_owned(),
        severity => severity,
    };
    let payload = Object::default()
        .with("summary", in_characters(text(&pagerduty.description)?, MAX_SUMMARY))
        .with("source", text(&pagerduty.source)?)
        .with("severity", severity)
        .with_text("class", text(&pagerduty.class)?)
        .with_text("component", text(&pagerduty.component)?)
        .with_text("group", text(&pagerduty.group)?);
    Ok(Object::default()
        .with("routing_key", key)
        .with("dedup_key", dedup_key(delivery))
        .with("event_action", action(delivery))
        .with("payload", with_details(payload, "custom_details", details))
        .with_text("client", text(&pagerduty.client)?)
        .with_text("client_url", text(&pagerduty.client_url)?)
        .with_list("images", images(pagerduty, templates)?)
        .with_list("links", links(pagerduty, templates)?)
        .into())
}

fn with_details(object: Object, name: &str, details: Value) -> Object {
    match &details {
        Value::Object(members) if members.is_empty() => object,
        _ => object.with(name, details),
    }
}

/// Images; those without a source are left out.
fn images(pagerduty: &PagerDuty, templates: &Expander<'_>) -> Result<Vec<Value>, TemplateError> {
    let mut images = Vec::new();
    for [source, alternative, link] in &pagerduty.images {
        let source = templates.text(source)?;
        if !source.is_empty() {
            let image = Object::default()
                .with("src", source)
                .with("alt", templates.text(alternative)?)
                .with("href", templates.text(link)?);
            images.push(image.into());
        }
    }
    Ok(images)
}

/// Links; those without an address are left out.
fn links(pagerduty: &PagerDuty, templates: &Expander<'_>) -> Result<Vec<Value>, TemplateError> {
    let mut links = Vec::new();
    for [address, label] in &pagerduty.links {
        let address = templates.text(address)?;
        if !address.is_empty() {
            let link = Object::default().with("href", address).with("text", templates.text(label)?);
            links.push(link.into());
        }
    }
    Ok(links)
}

/// Reads the answer. v1 asks to slow down with 403, v2 with 429.
pub(super) fn judge(pagerduty: &PagerDuty, status: u16, body: &str) -> Verdict {
    match &pagerduty.api {
        PagerDutyApi::V1 { .. } => without_class(judgement(status, &[403], detail(status, body))),
        PagerDutyApi::V2 { .. } => judgement(status, &[429], detail(status, body)),
    }
}

/// Failures of v1 are counted without a class, as Alertmanager counts them.
fn without_class(verdict: Verdict) -> Verdict {
    let other = |failure| Failure { class: FailureClass::Other, ..failure };
    match verdict {
        Verdict::Delivered => Verdict::Delivered,
        Verdict::Retry(failure) => Verdict::Retry(other(failure)),
        Verdict::Rejected(failure) => Verdict::Rejected(other(failure)),
    }
}

/// What PagerDuty says is wrong with an event: `message: error,error`.
fn detail(status: u16, body: &str) -> String {
    let Some(Ok(Value::Object(answer))) = (status == 400).then(|| serde_json::from_str(body))
    else {
        return String::new();
    };
    let message = answer.get("message").and_then(Value::as_str).unwrap_or_default();
    let errors = answer.get("errors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let errors: Vec<&str> = errors.iter().filter_map(Value::as_str).collect();
    format!("{message}: {}", errors.join(","))
}
