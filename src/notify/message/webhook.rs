//! `webhook_configs`. (Source: Alertmanager docs, "webhook_config".)

use std::fmt::Write as _;

use crate::notify::integration::Webhook;
use crate::notify::{Delivery, Failure, Verdict};
use crate::template::data::Data;
use crate::template::{Expander, data_json, push_json_text};

use super::json;
use super::payload;
use super::{HttpMessage, SecretFiles, judgement, post, refused, secret};

/// The version of the body's format.
const VERSION: &str = "4";

/// Renders the request. The data have as many of the delivery's alerts as the body may.
pub(super) fn render(
    webhook: &Webhook,
    delivery: &Delivery,
    data: &Data,
    templates: &Expander<'_>,
    files: &SecretFiles,
) -> Result<HttpMessage, Failure> {
    let url = templates.text(&secret(&webhook.url, files)?).map_err(refused)?;
    if url.is_empty() {
        return Err(refused("webhook URL is empty after it is rendered"));
    }
    let body = match &webhook.payload {
        Some(payload) => json::body(&payload::render(payload, templates).map_err(refused)?),
        None => {
            let mut body = data_json(data).map_err(refused)?;
            body.pop();
            let _ = write!(body, ",\"version\":\"{VERSION}\",\"groupKey\":");
            push_json_text(&mut body, &delivery.group_key);
            let truncated = delivery.alerts.len() - data.alerts.len();
            let _ = writeln!(body, ",\"truncatedAlerts\":{truncated}}}");
            body
        }
    };
    Ok(post(url, body, &webhook.http, webhook.timeout))
}

/// Reads the answer: server errors may pass.
pub(super) fn judge(status: u16, body: &str) -> Verdict {
    judgement(status, &[], body.to_owned())
}
