//! Values as Go's `fmt` prints them with `%v`.

use std::fmt::Write as _;

use gotmpl::Value;

use super::moment;
use super::number;
use super::run::MAX_OUTPUT;
use super::value::{Kind, Moment, duration_nanos, entries, kind};

/// The fields of our structs in Go's order.
pub(super) fn field_order(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Data => &[
            "Receiver",
            "Status",
            "Alerts",
            "NotificationReason",
            "GroupLabels",
            "CommonLabels",
            "CommonAnnotations",
            "RouteLabels",
            "ExternalURL",
        ],
        Kind::Alert => &[
            "Status",
            "Labels",
            "Annotations",
            "StartsAt",
            "EndsAt",
            "GeneratorURL",
            "Fingerprint",
        ],
        Kind::Pair => &["Name", "Value"],
        Kind::Sample => &["Labels", "Value"],
        Kind::RuleData => &["Labels", "ExternalLabels", "ExternalURL", "Value"],
        Kind::Time | Kind::Duration | Kind::Dict | Kind::Strings | Kind::Histogram => &[],
    }
}

/// A value as `%v` prints it; nothing is `<nil>`.
pub(super) fn show(value: &Value) -> String {
    let mut text = String::new();
    show_into(&mut text, value);
    text
}

/// Appends a value as `%v` prints it. Lists that share parts can be far larger printed than
/// they are; what goes beyond [`MAX_OUTPUT`] is left out, and the text refused elsewhere.
pub(super) fn show_into(out: &mut String, value: &Value) {
    if out.len() > MAX_OUTPUT {
        return;
    }
    match value {
        Value::Nil => out.push_str("<nil>"),
        Value::Float(float) => out.push_str(&number::shortest(*float)),
        Value::List(items) => write_list(out, items),
        Value::Map(_) => write_map(out, value),
        other => drop(write!(out, "{other}")),
    }
}

fn write_list(out: &mut String, items: &[Value]) {
    if !items.is_empty() && items.iter().all(|item| kind(item) == Some(Kind::Pair)) {
        out.push_str(&pairs_text(items));
        return;
    }
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        show_into(out, item);
    }
    out.push(']');
}

fn write_map(out: &mut String, value: &Value) {
    let Value::Map(fields) = value else { return };
    match kind(value) {
        None => out.push_str(&key_values(value)),
        Some(Kind::Time) => {
            out.push_str(
                &Moment::from_value(value).map_or_else(String::new, |at| moment::text(&at)),
            );
        }
        Some(Kind::Duration) => {
            out.push_str(&duration(duration_nanos(value).unwrap_or_default()));
        }
        Some(Kind::Histogram) => {
            out.push_str(value.field("String").and_then(Value::as_str).unwrap_or_default());
        }
        Some(Kind::Dict | Kind::Strings) => {
            out.push_str("map[");
            for (index, (name, value)) in entries(fields).enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                out.push_str(name);
                out.push(':');
                show_into(out, value);
            }
            out.push(']');
        }
        Some(structure) => write_struct(out, value, structure),
    }
}

fn write_struct(out: &mut String, value: &Value, structure: Kind) {
    out.push_str(if matches!(structure, Kind::Data | Kind::Sample) { "&{" } else { "{" });
    for (index, name) in field_order(structure).iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        show_into(out, value.field(name).unwrap_or(&Value::Nil));
    }
    out.push('}');
}

/// `a=b, c=d`: what the method `String` of Alertmanager's labels and pairs says.
fn key_values(value: &Value) -> String {
    let mut text = String::new();
    for (name, value) in sorted_pairs(value) {
        let comma = if text.is_empty() { "" } else { ", " };
        text.push_str(comma);
        text.push_str(name);
        text.push('=');
        show_into(&mut text, value);
    }
    text
}

/// The pairs of Alertmanager's labels: `alertname` first, the others by name.
pub(super) fn sorted_pairs(value: &Value) -> Vec<(&str, &Value)> {
    let Value::Map(fields) = value else { return Vec::new() };
    let (mut pairs, rest): (Vec<_>, Vec<_>) = entries(fields)
        .map(|(name, value)| (&**name, value))
        .partition(|(name, _)| *name == crate::label::ALERT_NAME);
    pairs.extend(rest);
    pairs
}

/// `a=b, c=d`: what the method `String` of a list of pairs says.
pub(super) fn pairs_text(pairs: &[Value]) -> String {
    let part = |pair: &Value, name| show(pair.field(name).unwrap_or(&Value::Nil));
    let text = |pair: &Value| format!("{}={}", part(pair, "Name"), part(pair, "Value"));
    pairs.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// A length of time as Go's `Duration.String` writes it: `1h2m3.5s`, `1.5ms`, `0s`.
pub(super) fn duration(nanos: i64) -> String {
    let magnitude = nanos.unsigned_abs();
    let sign = if nanos < 0 { "-" } else { "" };
    if magnitude < 1_000_000_000 {
        let (unit, scale) = match magnitude {
            0 => return "0s".to_owned(),
            1..1_000 => ("ns", 1),
            1_000..1_000_000 => ("µs", 1_000),
            _ => ("ms", 1_000_000),
        };
        return format!("{sign}{}{unit}", fraction(magnitude, scale));
    }
    let total = magnitude / 1_000_000_000;
    let (hours, minutes) = (total / 3600, total / 60 % 60);
    let seconds = fraction(magnitude % 60_000_000_000, 1_000_000_000);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, _) => format!("{sign}{minutes}m{seconds}s"),
        _ => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// `amount / scale` without trailing zeros; the scale is a power of ten.
fn fraction(amount: u64, scale: u64) -> String {
    let (whole, rest) = (amount / scale, amount % scale);
    if rest == 0 {
        return whole.to_string();
    }
    let width = scale.ilog10() as usize;
    format!("{whole}.{}", format!("{rest:0width$}").trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::value::{Fields, dict, list, text};

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (nanos, text) in [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (2_200_000, "2.2ms"),
            (3_300_000_000, "3.3s"),
            (245_000_000_000, "4m5s"),
            (245_001_000_000, "4m5.001s"),
            (18_367_001_000_000, "5h6m7.001s"),
            (-60_000_000_000, "-1m0s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(duration(nanos), text);
        }
    }

    #[test]
    fn collections_are_written_as_go_writes_them() {
        let fields = |pairs: &[(&str, &str)]| -> Fields {
            pairs.iter().map(|(name, value)| ((*name).into(), text(value))).collect()
        };
        let labels = Value::Map(fields(&[("z", "1"), ("alertname", "A"), ("b", "2")]).into());
        assert_eq!(show(&labels), "alertname=A, b=2, z=1");
        assert_eq!(show(&dict(Kind::Strings, fields(&[("b", "2"), ("a", "1")]))), "map[a:1 b:2]");
        assert_eq!(show(&list([Value::Float(1e6), Value::Nil, text("x")])), "[1e+06 <nil> x]");
    }
}
