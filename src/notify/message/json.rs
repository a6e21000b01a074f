//! JSON bodies as Go's encoder writes them: `<`, `>` and `&` escaped, whole floats without a
//! fraction, a line end behind.

use serde_json::{Map, Value};

use crate::template::{json_number, push_json_text};

/// An object whose members keep the order they are added in.
#[derive(Default)]
pub(super) struct Object(Map<String, Value>);

impl Object {
    /// Adds a member.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Object {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a member unless the text is empty.
    pub(super) fn with_text(self, name: &str, text: String) -> Object {
        if text.is_empty() { self } else { self.with(name, text) }
    }

    /// Adds a member unless the list is empty.
    pub(super) fn with_list(self, name: &str, items: Vec<Value>) -> Object {
        if items.is_empty() { self } else { self.with(name, items) }
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Value {
        Value::Object(object.0)
    }
}

/// A body.
pub(super) fn body(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out.push('\n');
    out
}

fn write(out: &mut String, value: &Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            out.push_str(&json_number(number.as_f64().unwrap_or_default()));
        }
        Value::String(text) => push_json_text(out, text),
        Value::Array(items) => {
            separated(out, ('[', ']'), items.iter(), write);
        }
        Value::Object(members) => {
            separated(out, ('{', '}'), members.iter(), |out, (name, value)| {
                push_json_text(out, name);
                out.push(':');
                write(out, value);
            });
        }
        plain => out.push_str(&plain.to_string()),
    }
}

fn separated<T>(
    out: &mut String,
    (open, close): (char, char),
    items: impl Iterator<Item = T>,
    write: impl Fn(&mut String, T),
) {
    out.push(open);
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_written_as_go_writes_them() {
        let value = Object::default()
            .with("z", "<a&b>")
            .with("a", vec![Value::Null, 1.into(), 1000.0.into(), 0.5.into(), true.into()])
            .with_text("empty", String::new())
            .with_list("none", Vec::new())
            .into();
        let expect = "{\"z\":\"\\u003ca\\u0026b\\u003e\",\"a\":[null,1,1000,0.5,true]}\n";
        assert_eq!(body(&value), expect);
    }
}
