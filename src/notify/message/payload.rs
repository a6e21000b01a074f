//! YAML values whose strings are templates, rendered.
//!
//! What a string renders to is read as YAML once: `1` becomes a number, `yes` a boolean, JSON
//! its structure, nothing null. Strings inside of such a structure are final.
//! (Source: Alertmanager, `template.DeepCopyWithTemplate`.)

use std::collections::BTreeMap;

use serde_json::Value;

use crate::notify::integration::Payload;
use crate::template::{Expander, TemplateError};

use super::yaml;

/// Renders a value; the members of maps are sorted by name, as Go's encoder sorts them.
pub(super) fn render(payload: &Payload, templates: &Expander<'_>) -> Result<Value, TemplateError> {
    Ok(match payload {
        Payload::Text(template) => reread(templates.text(template)?),
        Payload::Plain(value) => value.clone(),
        Payload::List(items) => {
            let items = items.iter().map(|item| render(item, templates));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Payload::Map(entries) => entries_value(entries, templates)?,
    })
}

/// Renders the entries of a map.
pub(super) fn entries_value(
    entries: &[(String, Payload)],
    templates: &Expander<'_>,
) -> Result<Value, TemplateError> {
    let mut members = BTreeMap::new();
    for (name, value) in entries {
        members.insert(templates.text(name)?, render(value, templates)?);
    }
    Ok(Value::Object(members.into_iter().collect()))
}

/// What a rendered text is as YAML; a text, and what is no YAML at all, stays as it is.
fn reread(text: String) -> Value {
    match yaml::parse(&text) {
        None | Some(Value::String(_)) => Value::String(text),
        Some(value) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    /// Texts, and what Alertmanager 0.33 makes of them.
    const REREAD: &[(&str, &str)] = &[
        ("", "null"),
        ("plain words", r#""plain words""#),
        (" padded words \n", r#"" padded words \n""#),
        ("1", "1"),
        ("0x1f", "31"),
        ("017", "15"),
        ("-1_000", "-1000"),
        ("1e3", "1000"),
        ("1.5", "1.5"),
        ("yes", "true"),
        ("off", "false"),
        ("true", "true"),
        ("~", "null"),
        ("2024-01-01", r#""2024-01-01""#),
        ("10.0.0.1", r#""10.0.0.1""#),
        ("08", "8"),
        ("0o17", "15"),
        ("0b11", "3"),
        ("a: b", r#"{"a": "b"}"#),
        ("a: b: c", r#""a: b: c""#),
        ("ends in colon:", r#"{"ends in colon": null}"#),
        ("[FIRING:1] x", r#"["FIRING:1"]"#),
        ("[FIRING:1]", r#"["FIRING:1"]"#),
        ("*not an alias", r#""*not an alias""#),
        ("- a\n- 1", r#"["a", 1]"#),
        ("x: y", r#"{"x": true}"#),
        ("'quoted'", r#""'quoted'""#),
        ("\"quoted\" more", r#""\"quoted\" more""#),
        ("# comment", "null"),
        ("text # comment", r#""text # comment""#),
        ("1 # comment", "1"),
        ("| \n block", r#""| \n block""#),
        ("%weird", r#""%weird""#),
        ("@at", r#""@at""#),
        ("`tick`", r#""`tick`""#),
        ("{a: 1}", r#"{"a": 1}"#),
        ("{a: 1} x", r#"{"a": 1}"#),
        ("---\n1\n---\n2", "1"),
        ("1: 2", "{}"),
        ("a:\n  b: yes\n  1: c", r#"{"a": {"b": true}}"#),
        ("&a b", r#""&a b""#),
        ("!!str 1", r#""!!str 1""#),
        ("!tag x", r#""!tag x""#),
        ("y", "true"),
        ("N", "false"),
        ("null", "null"),
        ("Null", "null"),
        ("1.", "1"),
        ("+1", "1"),
        (".5", "0.5"),
        ("1_0.5", "10.5"),
        ("0x", r#""0x""#),
        ("a\tb", r#""a\tb""#),
        ("\ttab", r#""\ttab""#),
        ("a:\n- b\n -c", r#"{"a": ["b -c"]}"#),
        ("12:30:45", r#""12:30:45""#),
        ("99999999999999999999", "100000000000000000000"),
        ("?", "{}"),
        ("? a", r#"{"a": null}"#),
        ("-", "[null]"),
        ("- ", "[null]"),
        ("[", r#""[""#),
        ("]", r#""]""#),
        (", a", r#"", a""#),
        (">- folded", r#"">- folded""#),
        ("a,b", r#""a,b""#),
        ("key: [1, 2", r#""key: [1, 2""#),
        ("a: 1\na: 2", r#"{"a": 2}"#),
    ];

    #[test]
    fn rendered_texts_are_read_as_yaml_once() {
        for (text, expect) in REREAD {
            let written = json::body(&reread((*text).to_owned()));
            let expect: Value = serde_json::from_str(expect).unwrap();
            assert_eq!(written, json::body(&expect), "{text:?}");
        }
    }
}
