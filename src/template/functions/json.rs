//! `toJson`: compact JSON as Go's encoder writes it.

use std::fmt::Write as _;

use gotmpl::Value;

use super::super::moment::rfc3339;
use super::super::number;
use super::super::run::MAX_OUTPUT;
use super::super::show::field_order;
use super::super::value::{Kind, Moment, duration_nanos, entries, kind};

/// A value as JSON; `<`, `>` and `&` are escaped as Go escapes them.
pub(in crate::template) fn to_json(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    write(&mut out, value)?;
    Ok(out)
}

fn write(out: &mut String, value: &Value) -> Result<(), String> {
    if out.len() > MAX_OUTPUT {
        return Err(format!("json: more than {MAX_OUTPUT} bytes"));
    }
    match value {
        Value::Nil => out.push_str("null"),
        Value::Float(float) if !float.is_finite() => {
            return Err(format!("json: unsupported value: {}", number::shortest(*float)));
        }
        Value::Float(float) => out.push_str(&number::json(*float)),
        Value::Bool(_) | Value::Int(_) | Value::Uint(_) => drop(write!(out, "{value}")),
        Value::String(text) | Value::Safe { s: text, .. } => write_text(out, text),
        Value::List(items) => write_list(out, items)?,
        Value::Map(_) => write_map(out, value)?,
        Value::Function(_) => return Err("json: unsupported type: func".to_owned()),
    }
    Ok(())
}

fn write_text(out: &mut String, text: &str) {
    crate::template::push_json_text(out, text);
}

fn write_list(out: &mut String, items: &[Value]) -> Result<(), String> {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item)?;
    }
    out.push(']');
    Ok(())
}

fn write_map(out: &mut String, value: &Value) -> Result<(), String> {
    let Value::Map(fields) = value else { return Ok(()) };
    match kind(value) {
        Some(Kind::Time) => {
            let text = Moment::from_value(value).map_or_else(String::new, |at| rfc3339(&at));
            write_text(out, &text);
            Ok(())
        }
        Some(Kind::Duration) => {
            let _ = write!(out, "{}", duration_nanos(value).unwrap_or_default());
            Ok(())
        }
        Some(structure) if structure.is_struct() => {
            let names = field_order(structure).iter();
            let member = |name: &&'static str| {
                (json_name(structure, name), value.field(name).unwrap_or(&Value::Nil))
            };
            write_members(out, names.map(member))
        }
        _ => write_members(out, entries(fields).map(|(name, value)| (&**name, value))),
    }
}

fn write_members<'a>(
    out: &mut String,
    members: impl Iterator<Item = (&'a str, &'a Value)>,
) -> Result<(), String> {
    out.push('{');
    for (index, (name, value)) in members.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(out, name);
        out.push(':');
        write(out, value)?;
    }
    out.push('}');
    Ok(())
}

/// The name a field of a struct has in JSON.
fn json_name(structure: Kind, name: &'static str) -> &'static str {
    match (structure, name) {
        (Kind::Data | Kind::Alert, name) => match name {
            "Receiver" => "receiver",
            "Status" => "status",
            "Alerts" => "alerts",
            "NotificationReason" => "notification_reason",
            "GroupLabels" => "groupLabels",
            "CommonLabels" => "commonLabels",
            "CommonAnnotations" => "commonAnnotations",
            "RouteLabels" => "routeLabels",
            "ExternalURL" => "externalURL",
            "Labels" => "labels",
            "Annotations" => "annotations",
            "StartsAt" => "startsAt",
            "EndsAt" => "endsAt",
            "GeneratorURL" => "generatorURL",
            "Fingerprint" => "fingerprint",
            other => other,
        },
        (_, name) => name,
    }
}
