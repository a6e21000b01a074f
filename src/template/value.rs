//! Go's types among gotmpl's values.
//!
//! gotmpl knows maps and lists only. A value that is of a named type in Go is a map with its
//! type under the key [`KIND`], which no template and no label can spell:
//!
//! ```text
//! template.Data    { KIND: data, Receiver: .., Alerts: [..], .. }     a struct: its fields
//! time.Time        { KIND: time, seconds: i64, nanos: i64, zone: name }
//! time.Duration    { KIND: duration, nanos: i64 }
//! dict             { KIND: dict, key: value, .. }                     empty: an empty map
//! map[string]string{ KIND: strings, key: text, .. }                   Prometheus' labels
//! FloatHistogram   { KIND: histogram, Count: .., String: its text }   its fields
//! template.KV      { key: text, .. }                                  Alertmanager's labels
//! ```

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use gotmpl::Value;

use crate::label::Labels;
use crate::sample;
use crate::time::{Detail, Timestamp};

/// The key that holds a value's type.
pub(super) const KIND: &str = "\0kind";

static KIND_KEY: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from(KIND));

/// The fields of a map value.
pub(super) type Fields = BTreeMap<Arc<str>, Value>;

/// A type that gotmpl does not know.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Data,
    Alert,
    Pair,
    Sample,
    RuleData,
    Time,
    Duration,
    Dict,
    Strings,
    Histogram,
}

const KINDS: [Kind; 10] = [
    Kind::Data,
    Kind::Alert,
    Kind::Pair,
    Kind::Sample,
    Kind::RuleData,
    Kind::Time,
    Kind::Duration,
    Kind::Dict,
    Kind::Strings,
    Kind::Histogram,
];

impl Kind {
    /// The type's name in Go, for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Data => "*template.Data",
            Kind::Alert => "template.Alert",
            Kind::Pair => "template.Pair",
            Kind::Sample => "*template.sample",
            Kind::RuleData => "the data of a rule template",
            Kind::Time => "time.Time",
            Kind::Duration => "time.Duration",
            Kind::Dict => "map[string]interface {}",
            Kind::Strings => "map[string]string",
            Kind::Histogram => "*histogram.FloatHistogram",
        }
    }

    /// Whether the value is a struct: always true, without a length, with fixed fields.
    pub(super) fn is_struct(self) -> bool {
        !matches!(self, Kind::Dict | Kind::Strings)
    }
}

/// The type of a value, if it is one of ours.
pub(super) fn kind(value: &Value) -> Option<Kind> {
    match value {
        Value::Map(fields) => match fields.get(KIND) {
            Some(Value::Int(number)) => {
                usize::try_from(*number).ok().and_then(|index| KINDS.get(index).copied())
            }
            _ => None,
        },
        _ => None,
    }
}

/// The name of a value's type in Go, for messages.
pub(super) fn type_name(value: &Value) -> &'static str {
    match (kind(value), value) {
        (Some(kind), _) => kind.name(),
        (None, Value::Map(_)) => "template.KV",
        (None, Value::List(items)) => match items.first().and_then(kind) {
            Some(Kind::Alert) => "template.Alerts",
            Some(Kind::Pair) => "template.Pairs",
            _ => "a list",
        },
        (None, other) => other.type_name(),
    }
}

/// A value of one of our types.
pub(super) fn typed(kind: Kind, mut fields: Fields) -> Value {
    let number = KINDS.iter().position(|candidate| *candidate == kind).unwrap_or_default();
    fields.insert(Arc::clone(&KIND_KEY), Value::Int(number as i64));
    Value::Map(Arc::new(fields))
}

/// A value of one of our types with these fields.
pub(super) fn record<const N: usize>(kind: Kind, fields: [(&'static str, Value); N]) -> Value {
    typed(kind, fields.into_iter().map(|(name, value)| (field_key(name), value)).collect())
}

/// What a `dict` or a `map[string]string` becomes: without entries it is an empty map, so that
/// it is false.
pub(super) fn dict(kind: Kind, fields: Fields) -> Value {
    if fields.is_empty() { Value::Map(Arc::new(fields)) } else { typed(kind, fields) }
}

/// A text.
pub(super) fn text(text: impl AsRef<str>) -> Value {
    Value::String(Arc::from(text.as_ref()))
}

/// A list.
pub(super) fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::List(items.into_iter().collect())
}

/// The value of a sample: a number, or a histogram with the fields it has in Go.
pub(super) fn reading(value: &sample::Value) -> Value {
    let histogram = match value {
        sample::Value::Float(value) => return Value::Float(*value),
        sample::Value::Histogram(histogram) => histogram,
    };
    let numbers = |numbers: &[f64]| list(numbers.iter().copied().map(Value::Float));
    record(
        Kind::Histogram,
        [
            ("Schema", Value::Int(histogram.schema.into())),
            ("ZeroThreshold", Value::Float(histogram.zero_threshold)),
            ("ZeroCount", Value::Float(histogram.zero_count)),
            ("Count", Value::Float(histogram.count)),
            ("Sum", Value::Float(histogram.sum)),
            ("PositiveBuckets", numbers(&histogram.positive_buckets)),
            ("NegativeBuckets", numbers(&histogram.negative_buckets)),
            ("CustomValues", numbers(&histogram.custom_bounds)),
            ("String", text(histogram.to_string())),
        ],
    )
}

/// Labels as a plain map of texts: Alertmanager's KV.
pub(super) fn label_map(labels: &Labels) -> Fields {
    labels.iter().filter(|(name, _)| *name != KIND).map(entry).collect()
}

fn entry((name, value): (&str, &str)) -> (Arc<str>, Value) {
    (Arc::from(name), text(value))
}

/// The entries of a map without its type.
pub(super) fn entries(fields: &Fields) -> impl Iterator<Item = (&Arc<str>, &Value)> {
    fields.iter().filter(|(name, _)| &***name != KIND)
}

/// A moment: seconds since the epoch, nanoseconds, and the zone it is shown in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    pub(super) seconds: i64,
    pub(super) nanos: i64,
    pub(super) zone: Arc<str>,
}

static UTC: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from("UTC"));

impl Moment {
    /// Go's zero time: the first of January of the year 1.
    pub(super) const ZERO_SECONDS: i64 = -62_135_596_800;

    /// Go's zero time.
    pub(super) fn zero() -> Moment {
        Moment { seconds: Moment::ZERO_SECONDS, nanos: 0, zone: Arc::clone(&UTC) }
    }

    /// A moment, shown in UTC.
    pub(super) fn utc(at: Timestamp) -> Moment {
        let millis = at.millis();
        Moment {
            seconds: millis.div_euclid(1000),
            nanos: millis.rem_euclid(1000) * 1_000_000,
            zone: Arc::clone(&UTC),
        }
    }

    /// A moment, shown as it was written.
    pub(super) fn detailed(at: Timestamp, detail: Detail) -> Moment {
        let mut moment = Moment::utc(at);
        moment.nanos += i64::from(detail.nanos());
        let minutes = detail.offset_minutes();
        if minutes != 0 {
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.abs();
            moment.zone = Arc::from(format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
        }
        moment
    }

    /// Moved by nanoseconds; saturates.
    pub(super) fn plus(&self, nanos: i64) -> Moment {
        let sum = self.nanos + nanos.rem_euclid(1_000_000_000);
        let seconds = nanos.div_euclid(1_000_000_000) + sum.div_euclid(1_000_000_000);
        Moment {
            seconds: self.seconds.saturating_add(seconds),
            nanos: sum.rem_euclid(1_000_000_000),
            zone: Arc::clone(&self.zone),
        }
    }

    /// Nanoseconds since another moment; saturates as Go's `Sub` does.
    pub(super) fn since(&self, earlier: &Moment) -> i64 {
        let seconds = i128::from(self.seconds) - i128::from(earlier.seconds);
        let nanos = seconds * 1_000_000_000 + i128::from(self.nanos - earlier.nanos);
        nanos.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }

    /// As a template value.
    pub(super) fn into_value(self) -> Value {
        record(
            Kind::Time,
            [
                ("seconds", Value::Int(self.seconds)),
                ("nanos", Value::Int(self.nanos)),
                ("zone", Value::String(self.zone)),
            ],
        )
    }

    /// Back from a template value.
    pub(super) fn from_value(value: &Value) -> Option<Moment> {
        if kind(value) != Some(Kind::Time) {
            return None;
        }
        let number = |name| value.field(name).and_then(Value::as_int).unwrap_or_default();
        let zone = match value.field("zone") {
            Some(Value::String(zone)) => Arc::clone(zone),
            _ => Arc::clone(&UTC),
        };
        Some(Moment { seconds: number("seconds"), nanos: number("nanos"), zone })
    }
}

/// A length of time in nanoseconds as a template value.
pub(super) fn duration(nanos: i64) -> Value {
    record(Kind::Duration, [("nanos", Value::Int(nanos))])
}

/// The nanoseconds of a duration, if the value is one.
pub(super) fn duration_nanos(value: &Value) -> Option<i64> {
    match kind(value) {
        Some(Kind::Duration) => value.field("nanos").and_then(Value::as_int),
        _ => None,
    }
}

/// The names of fields, allocated once.
fn field_key(name: &'static str) -> Arc<str> {
    static KEYS: LazyLock<BTreeMap<&str, Arc<str>>> = LazyLock::new(|| {
        let names = [
            "Receiver",
            "Status",
            "Alerts",
            "NotificationReason",
            "GroupLabels",
            "CommonLabels",
            "CommonAnnotations",
            "RouteLabels",
            "ExternalURL",
            "Labels",
            "Annotations",
            "StartsAt",
            "EndsAt",
            "GeneratorURL",
            "Fingerprint",
            "Name",
            "Value",
            "seconds",
            "nanos",
            "zone",
        ];
        names.into_iter().map(|name| (name, Arc::from(name))).collect()
    });
    KEYS.get(name).map_or_else(|| Arc::from(name), Arc::clone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_survive_the_map() {
        for kind_of in KINDS {
            let value = typed(kind_of, Fields::new());
            assert_eq!(kind(&value), Some(kind_of));
        }
        assert_eq!(kind(&Value::Map(Arc::default())), None);
    }

    #[test]
    fn a_label_cannot_pose_as_a_type() {
        let labels = Labels::from_pairs([(KIND, "1"), ("a", "b")]);
        assert_eq!(label_map(&labels).len(), 1);
    }

    #[test]
    fn moments_are_moved_and_compared_across_the_epoch() {
        let before = Moment::utc(Timestamp::from_millis(-1500));
        assert_eq!((before.seconds, before.nanos), (-2, 500_000_000));
        let after = before.plus(2_000_000_001);
        assert_eq!((after.seconds, after.nanos), (0, 500_000_001));
        assert_eq!(after.since(&before), 2_000_000_001);
        assert_eq!(Moment::from_value(&after.clone().into_value()), Some(after));
    }
}
