//! A notification's data as somebody wrote it down in JSON, to try templates with.
//! (Source: Alertmanager docs, "Notification template reference".)

use std::collections::BTreeMap;
use std::sync::Arc;

use gotmpl::Value;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::label::Labels;
use crate::time::Timestamp;

use super::value::{Kind, Moment, label_map, list, record, text};
use super::{Engine, TemplateError, Templates, moment};

/// Everything that templates see. What is not there is empty; what is not known is ignored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GivenData {
    receiver: String,
    status: String,
    alerts: Option<Vec<GivenAlert>>,
    #[serde(rename = "notification_reason")]
    notification_reason: String,
    group_labels: Pairs,
    common_labels: Pairs,
    common_annotations: Pairs,
    route_labels: Pairs,
    #[serde(rename = "externalURL")]
    external_url: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct GivenAlert {
    status: String,
    labels: Pairs,
    annotations: Pairs,
    starts_at: GivenTime,
    ends_at: GivenTime,
    #[serde(rename = "generatorURL")]
    generator_url: String,
    fingerprint: String,
}

/// Names and values, or null.
type Pairs = Option<BTreeMap<String, String>>;

/// A moment with the offset it was written with; Go's zero time when there is none.
#[derive(Clone, Debug)]
struct GivenTime(Moment);

impl Default for GivenTime {
    fn default() -> GivenTime {
        GivenTime(Moment::zero())
    }
}

impl<'de> Deserialize<'de> for GivenTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<GivenTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut moment =
            moment::parse("2006-01-02T15:04:05Z07:00", &text).map_err(D::Error::custom)?;
        let offset = text.len().saturating_sub(6);
        if let Some(offset) = text.get(offset..).filter(|it| it.starts_with(['+', '-'])) {
            moment.zone = Arc::from(offset);
        }
        Ok(GivenTime(moment))
    }
}

impl Templates {
    /// Expands a text template for data that was written down.
    ///
    /// # Errors
    /// Syntax, and whatever goes wrong while it is expanded.
    pub fn given_text(
        &self,
        template: &str,
        data: &GivenData,
        now: Timestamp,
    ) -> Result<String, TemplateError> {
        self.expand(Engine::Text, template, &value(data), &labels(&data.route_labels), now)
    }

    /// Expands an HTML template for data that was written down.
    ///
    /// # Errors
    /// Syntax, and whatever goes wrong while it is expanded.
    pub fn given_html(
        &self,
        template: &str,
        data: &GivenData,
        now: Timestamp,
    ) -> Result<String, TemplateError> {
        self.expand(Engine::Html, template, &value(data), &labels(&data.route_labels), now)
    }
}

fn labels(pairs: &Pairs) -> Labels {
    Labels::from_pairs(pairs.iter().flatten())
}

fn map(pairs: &Pairs) -> Value {
    Value::Map(Arc::new(label_map(&labels(pairs))))
}

fn value(data: &GivenData) -> Value {
    record(
        Kind::Data,
        [
            ("Receiver", text(&data.receiver)),
            ("Status", text(&data.status)),
            ("Alerts", list(data.alerts.iter().flatten().map(alert))),
            ("NotificationReason", text(&data.notification_reason)),
            ("GroupLabels", map(&data.group_labels)),
            ("CommonLabels", map(&data.common_labels)),
            ("CommonAnnotations", map(&data.common_annotations)),
            ("RouteLabels", map(&data.route_labels)),
            ("ExternalURL", text(&data.external_url)),
        ],
    )
}

fn alert(alert: &GivenAlert) -> Value {
    record(
        Kind::Alert,
        [
            ("Status", text(&alert.status)),
            ("Labels", map(&alert.labels)),
            ("Annotations", map(&alert.annotations)),
            ("StartsAt", alert.starts_at.0.clone().into_value()),
            ("EndsAt", alert.ends_at.0.clone().into_value()),
            ("GeneratorURL", text(&alert.generator_url)),
            ("Fingerprint", text(&alert.fingerprint)),
        ],
    )
}
