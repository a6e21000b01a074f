//! JSON text as Go's encoder escapes it.

use std::fmt::Write as _;

use crate::label::Labels;
use crate::time::rfc3339::{GO_ZERO, nano_in_zone};
use crate::time::{Detail, Timestamp};

use super::TemplateError;
use super::data::{AlertData, Data};
use super::run::MAX_OUTPUT;

/// A text as a JSON string. Beside what JSON demands, `<`, `>`, `&` and the two Unicode line
/// separators are escaped. (Source: Go, `encoding/json`, `SetEscapeHTML(true)`.)
pub fn json_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_json_text(&mut out, text);
    out
}

/// As [`json_text`], behind what is there.
pub fn push_json_text(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(position) = rest.bytes().position(is_special) {
        out.push_str(&rest[..position]);
        let mut characters = rest[position..].chars();
        push_escaped(out, characters.next().unwrap_or_default());
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Whether a byte stands for itself nowhere, or begins something that may not.
fn is_special(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&' | 0xe2 | 0..b' ')
}

fn push_escaped(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..' ' => {
            let _ = write!(out, "\\u{:04x}", u32::from(character));
        }
        other => out.push(other),
    }
}

/// A finite float as JSON: whole ones without a fraction.
pub fn json_number(number: f64) -> String {
    super::number::json(number)
}

/// A notification's data as JSON, members in Alertmanager's order: what `toJson` makes of it.
///
/// # Errors
/// When there is more than a template may write.
pub fn data_json(data: &Data) -> Result<String, TemplateError> {
    let mut out = String::with_capacity(1024 * (1 + data.alerts.len()));
    out.push_str("{\"receiver\":");
    push_json_text(&mut out, &data.receiver);
    out.push_str(",\"status\":");
    out.push_str(status(data.firing()));
    out.push_str(",\"alerts\":[");
    for (index, alert) in data.alerts.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_alert(&mut out, alert);
    }
    out.push_str("],\"notification_reason\":");
    push_json_text(&mut out, &data.notification_reason);
    for (name, labels) in [
        (",\"groupLabels\":", &data.group_labels),
        (",\"commonLabels\":", &data.common_labels),
        (",\"commonAnnotations\":", &data.common_annotations),
        (",\"routeLabels\":", &data.route_labels),
    ] {
        out.push_str(name);
        push_labels(&mut out, labels);
    }
    out.push_str(",\"externalURL\":");
    push_json_text(&mut out, &data.external_url);
    out.push('}');
    if out.len() > MAX_OUTPUT {
        let message = format!("json: more than {MAX_OUTPUT} bytes");
        return Err(TemplateError::new("", message));
    }
    Ok(out)
}

fn push_alert(out: &mut String, alert: &AlertData) {
    out.push_str("{\"status\":");
    out.push_str(status(alert.firing));
    out.push_str(",\"labels\":");
    push_labels(out, &alert.labels);
    out.push_str(",\"annotations\":");
    push_labels(out, &alert.annotations);
    push_time(out, ",\"startsAt\":", alert.starts_at, alert.details.starts);
    match alert.ends_at {
        Some(ends_at) => push_time(out, ",\"endsAt\":", ends_at, alert.details.ends),
        None => push_time(out, ",\"endsAt\":", GO_ZERO, Detail::default()),
    }
    out.push_str(",\"generatorURL\":");
    push_json_text(out, &alert.generator_url);
    let _ = write!(out, ",\"fingerprint\":\"{}\"}}", alert.fingerprint);
}

fn status(firing: bool) -> &'static str {
    if firing { "\"firing\"" } else { "\"resolved\"" }
}

fn push_labels(out: &mut String, labels: &Labels) {
    out.push('{');
    for (index, (name, value)) in labels.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_json_text(out, name);
        out.push(':');
        push_json_text(out, value);
    }
    out.push('}');
}

fn push_time(out: &mut String, name: &str, at: Timestamp, detail: Detail) {
    out.push_str(name);
    out.push('"');
    out.push_str(&nano_in_zone(at, detail));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::time::Details;

    #[test]
    fn texts_are_escaped_as_go_escapes_them() {
        assert_eq!(
            json_text("a\"\\\n<b>&\u{1}\u{2028}é\u{7f}…"),
            "\"a\\\"\\\\\\n\\u003cb\\u003e\\u0026\\u0001\\u2028é\u{7f}…\""
        );
        assert_eq!(json_text(""), "\"\"");
    }

    #[test]
    fn data_are_written_as_to_json_writes_them() {
        let texts = ["", "plain", "<é>\u{2029}", "a\"b"];
        let times = [(0, 0, 0), (1_767_323_045_678, 9, 0), (-62_135_596_799_990, 0, -210)];
        for count in 0..4 {
            let labels = |offset: usize| {
                let names = ["alertname", "b", "ü", "z"];
                Labels::texts((0..count).map(|n| (names[n], texts[(n + offset) % texts.len()])))
            };
            let alert = |number: usize| {
                let (millis, nanos, minutes) = times[number % times.len()];
                let detail = Detail::new(nanos, minutes);
                AlertData {
                    firing: !number.is_multiple_of(2),
                    labels: labels(number),
                    annotations: labels(number + 1),
                    starts_at: Timestamp::from_millis(millis),
                    ends_at: number
                        .is_multiple_of(2)
                        .then_some(Timestamp::from_millis(millis + 1000)),
                    generator_url: Arc::from(texts[number % texts.len()]),
                    fingerprint: labels(number).fingerprint(),
                    details: Details { starts: detail, ends: detail },
                }
            };
            let data = Data {
                receiver: texts[count].to_owned(),
                alerts: (0..count).map(alert).collect(),
                notification_reason: "new alerts added".to_owned(),
                group_labels: labels(0),
                common_labels: labels(1),
                common_annotations: labels(2),
                route_labels: labels(3),
                external_url: Arc::from("http://am/?a&b"),
            };
            let expect = super::super::functions::to_json(&super::super::convert::data(&data));
            assert_eq!(data_json(&data).map_err(|error| error.to_string()), expect);
        }
    }
}
