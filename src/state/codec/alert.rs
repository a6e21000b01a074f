//! Alerts of the notification pipeline.

use std::sync::Arc;

use crate::alerts::Alert;
use crate::time::{Detail, Details};

use super::CodecError;
use super::wire::{LabelsWire, labels, labels_wire, texts, time};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct AlertWire {
    #[prost(message, optional, tag = "1")]
    labels: Option<LabelsWire>,
    #[prost(message, optional, tag = "2")]
    annotations: Option<LabelsWire>,
    #[prost(sint64, tag = "3")]
    starts_at: i64,
    #[prost(sint64, tag = "4")]
    ends_at: i64,
    #[prost(sint64, tag = "5")]
    updated_at: i64,
    #[prost(bool, tag = "6")]
    timeout: bool,
    #[prost(string, tag = "7")]
    generator_url: String,
    /// `Detail::to_bits` of the start and of the end.
    #[prost(uint32, tag = "8")]
    starts_detail: u32,
    #[prost(uint32, tag = "9")]
    ends_detail: u32,
}

impl From<&Alert> for AlertWire {
    fn from(alert: &Alert) -> AlertWire {
        AlertWire {
            labels: labels_wire(&alert.labels),
            annotations: labels_wire(&alert.annotations),
            starts_at: alert.starts_at.millis(),
            ends_at: alert.ends_at.millis(),
            updated_at: alert.updated_at.millis(),
            timeout: alert.timeout,
            generator_url: alert.generator_url.to_string(),
            starts_detail: alert.details.starts.to_bits(),
            ends_detail: alert.details.ends.to_bits(),
        }
    }
}

impl AlertWire {
    pub(super) fn alert(self) -> Result<Arc<Alert>, CodecError> {
        let detail = |bits| {
            Detail::from_bits(bits).ok_or(CodecError::Field { what: "alert", field: "time detail" })
        };
        Ok(Arc::new(Alert {
            details: Details {
                starts: detail(self.starts_detail)?,
                ends: detail(self.ends_detail)?,
            },
            labels: labels(self.labels.as_ref(), "alert")?,
            annotations: texts(self.annotations.as_ref(), "alert")?,
            starts_at: time(self.starts_at),
            ends_at: time(self.ends_at),
            updated_at: time(self.updated_at),
            timeout: self.timeout,
            generator_url: self.generator_url.into(),
        }))
    }
}
