//! `webhook_configs`. (Source: Alertmanager docs, "webhook_config".)

use crate::notify::integration::Webhook;
use crate::notify::{Delivery, Failure, Verdict};
use crate::template::data::Data;
use crate::template::{Expander, data_json, json_text};

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
            body + &format!(
                ",\"version\":\"{VERSION}\",\"groupKey\":{},\"truncatedAlerts\":{}}}\n",
                json_text(&delivery.group_key),
                delivery.alerts.len() - data.alerts.len()
            )
        }
    };
    Ok(post(url, body, &webhook.http, webhook.timeout))
}

/// Reads the answer: server errors may pass.
pub(super) fn judge(status: u16, body: &str) -> Verdict {
    judgement(status, &[], body.to_owned())
}
