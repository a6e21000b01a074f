//! JSON text as Go's encoder escapes it.

use super::TemplateError;
use super::data::Data;

/// A text as a JSON string. Beside what JSON demands, `<`, `>`, `&` and the two Unicode line
/// separators are escaped. (Source: Go, `encoding/json`, `SetEscapeHTML(true)`.)
pub fn json_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..' ' => {
                out.push_str(&format!("\\u{:04x}", character as u32));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A finite float as JSON: whole ones without a fraction.
pub fn json_number(number: f64) -> String {
    super::number::json(number)
}

/// A notification's data as JSON, members in Alertmanager's order.
///
/// # Errors
/// None that data can cause; numbers that JSON lacks.
pub fn data_json(data: &Data) -> Result<String, TemplateError> {
    let value = super::convert::data(data);
    super::functions::to_json(&value).map_err(|message| TemplateError::new("", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_as_go_escapes_them() {
        assert_eq!(
            json_text("a\"\\\n<b>&\u{1}\u{2028}é\u{7f}"),
            "\"a\\\"\\\\\\n\\u003cb\\u003e\\u0026\\u0001\\u2028é\u{7f}\""
        );
    }
}
