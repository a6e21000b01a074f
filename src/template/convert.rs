//! A notification's data as the templates see it.

use std::sync::{Arc, LazyLock};

use gotmpl::Value;

use super::data::{AlertData, Data};
use super::value::{Kind, Moment, label_map, list, record, text};

/// `firing` or `resolved`, allocated once.
fn status(firing: bool) -> Value {
    static FIRING: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from("firing"));
    static RESOLVED: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from("resolved"));
    Value::String(Arc::clone(if firing { &FIRING } else { &RESOLVED }))
}

/// The data as a template value.
pub(super) fn data(data: &Data) -> Value {
    let labels = |labels| Value::Map(Arc::new(label_map(labels)));
    record(
        Kind::Data,
        [
            ("Receiver", text(&data.receiver)),
            ("Status", status(data.firing())),
            ("Alerts", list(data.alerts.iter().map(alert))),
            ("NotificationReason", text(&data.notification_reason)),
            ("GroupLabels", labels(&data.group_labels)),
            ("CommonLabels", labels(&data.common_labels)),
            ("CommonAnnotations", labels(&data.common_annotations)),
            ("RouteLabels", labels(&data.route_labels)),
            ("ExternalURL", Value::String(Arc::clone(&data.external_url))),
        ],
    )
}

fn alert(alert: &AlertData) -> Value {
    let details = alert.details;
    let ends_at = alert.ends_at.map_or_else(Moment::zero, |at| Moment::detailed(at, details.ends));
    record(
        Kind::Alert,
        [
            ("Status", status(alert.firing)),
            ("Labels", Value::Map(Arc::new(label_map(&alert.labels)))),
            ("Annotations", Value::Map(Arc::new(label_map(&alert.annotations)))),
            ("StartsAt", Moment::detailed(alert.starts_at, details.starts).into_value()),
            ("EndsAt", ends_at.into_value()),
            ("GeneratorURL", Value::String(Arc::clone(&alert.generator_url))),
            ("Fingerprint", text(alert.fingerprint.to_string())),
        ],
    )
}
