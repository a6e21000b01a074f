//! YAML values of any shape whose strings are templates.

use serde_json::Value as Json;

use crate::config::read::{Field, Reader, Yaml};
use crate::config::yaml::{Entry, Node, Plain, Position, Scalar};
use crate::notify::integration::Payload;

impl Field for Payload {
    fn read(node: &Node, _: &mut Reader) -> Option<Payload> {
        Some(payload(node))
    }

    fn null(_: Position, _: &mut Reader) -> Option<Payload> {
        Some(Payload::Plain(Json::Null))
    }

    fn write(&self) -> Yaml {
        match self {
            Payload::Text(text) => text.as_str().into(),
            Payload::Plain(value) => serde_yaml::to_value(value).unwrap_or_default(),
            Payload::List(items) => Yaml::Sequence(items.iter().map(Field::write).collect()),
            Payload::Map(entries) => {
                let mut map = serde_yaml::Mapping::new();
                for (key, value) in entries {
                    map.insert(key.as_str().into(), value.write());
                }
                map.into()
            }
        }
    }
}

/// Keys that are not strings are left out, as Alertmanager does it.
fn payload(node: &Node) -> Payload {
    match node {
        Node::Scalar(scalar) => scalar_payload(scalar),
        Node::List(_, items) => Payload::List(items.iter().map(payload).collect()),
        Node::Map(_, entries) => {
            let text = |Entry { key, value }: &Entry| {
                (key.plain() == Plain::Text).then(|| (key.text.clone(), payload(value)))
            };
            Payload::Map(entries.iter().filter_map(text).collect())
        }
    }
}

fn scalar_payload(scalar: &Scalar) -> Payload {
    let value = match scalar.plain() {
        Plain::Null if scalar.is_null() => Json::Null,
        Plain::Bool(value) => value.into(),
        Plain::Int(number) => match (i64::try_from(number), u64::try_from(number)) {
            (Ok(number), _) => number.into(),
            (_, Ok(number)) => number.into(),
            _ => return Payload::Text(scalar.text.clone()),
        },
        Plain::Float(number) => match serde_json::Number::from_f64(number) {
            Some(number) => number.into(),
            None => return Payload::Text(scalar.text.clone()),
        },
        Plain::Null | Plain::Text => return Payload::Text(scalar.text.clone()),
    };
    Payload::Plain(value)
}
