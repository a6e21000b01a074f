//! Alerts of the notification pipeline.

use std::sync::Arc;

use crate::alerts::Alert;
use crate::time::{Detail, Details};

use super::CodecError;
use super::message::Message;
use super::wire::{LabelsWire, labels, texts, time};

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

/// Writes what [`AlertWire`] reads.
pub(super) fn write(alert: &Alert, message: &mut Message<'_>) {
    message.labels(1, &alert.labels);
    message.labels(2, &alert.annotations);
    message.time(3, alert.starts_at);
    message.time(4, alert.ends_at);
    message.time(5, alert.updated_at);
    message.truth(6, alert.timeout);
    message.text(7, &alert.generator_url);
    message.number(8, alert.details.starts.to_bits().into());
    message.number(9, alert.details.ends.to_bits().into());
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
