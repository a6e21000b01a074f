//! Go's own functions, where gotmpl's do not know our types.

use gotmpl::Value;

use super::super::show::{show, show_into};
use super::super::value::{Kind, duration_nanos, entries, kind, text, type_name};
use super::{Entry, fixed, open, printf};

/// The functions, for both languages.
pub(super) const TABLE: &[Entry] = &[
    fixed("len", 1, len),
    open("index", 1, index),
    open("print", 0, |args| Ok(text(sprint(args)))),
    open("println", 0, println),
    open("printf", 1, printf::printf),
    open("html", 0, |args| Ok(text(gotmpl::html_escape(&escaper_text(args))))),
    open("js", 0, |args| Ok(text(gotmpl::js_escape(&escaper_text(args))))),
    open("urlquery", 0, |args| Ok(text(gotmpl::url_encode(&escaper_text(args))))),
];

/// What `range` goes over: a map without its type.
pub(super) fn items(args: &[Value]) -> Result<Value, String> {
    match args {
        [value @ Value::Map(fields)] => match kind(value) {
            None => Ok(value.clone()),
            Some(Kind::Dict | Kind::Strings) => {
                let plain = entries(fields).map(|(name, value)| (name.clone(), value.clone()));
                Ok(Value::Map(std::sync::Arc::new(plain.collect())))
            }
            Some(structure) => Err(format!("range can't iterate over a {}", structure.name())),
        },
        [value @ (Value::List(_) | Value::Int(_) | Value::Uint(_) | Value::Nil)] => {
            Ok(value.clone())
        }
        [value] => Err(format!("range can't iterate over {}", show(value))),
        _ => Ok(Value::Nil),
    }
}

/// What a comparison compares: a duration is a number of nanoseconds.
pub(super) fn plain(args: &[Value]) -> Result<Value, String> {
    let value = args.first().unwrap_or(&Value::Nil);
    Ok(duration_nanos(value).map_or_else(|| value.clone(), Value::Int))
}

fn len(args: &[Value]) -> Result<Value, String> {
    let value = args.first().unwrap_or(&Value::Nil);
    let length = match (kind(value), value) {
        (Some(kind), _) if kind.is_struct() => None,
        (Some(_), Value::Map(fields)) => Some(entries(fields).count()),
        _ => value.len(),
    };
    match length {
        Some(length) => Ok(Value::Int(length as i64)),
        None if matches!(value, Value::Nil) => Err("len of nil pointer".to_owned()),
        None => Err(format!("len of type {}", type_name(value))),
    }
}

fn index(args: &[Value]) -> Result<Value, String> {
    let (first, keys) = args.split_first().ok_or("index of nothing")?;
    keys.iter().try_fold(first.clone(), |value, key| element(&value, key))
}

fn element(value: &Value, key: &Value) -> Result<Value, String> {
    match (kind(value), value, key) {
        (Some(kind), _, _) if kind.is_struct() => {
            Err(format!("can't index item of type {}", kind.name()))
        }
        (kind_of, Value::Map(fields), Value::String(name)) => {
            let missing = || if kind_of == Some(Kind::Dict) { Value::Nil } else { text("") };
            let found = entries(fields).find(|(candidate, _)| *candidate == name);
            Ok(found.map_or_else(missing, |(_, value)| value.clone()))
        }
        (_, Value::Map(_), _) => {
            Err(format!("value has type {}; should be string", type_name(key)))
        }
        (_, Value::Nil, _) => Err("index of untyped nil".to_owned()),
        _ => value.index(key).map_err(super::super::error::plain),
    }
}

/// `fmt.Sprint`: a space between two operands of which neither is a text.
pub(super) fn sprint(args: &[Value]) -> String {
    let is_text = |value: &Value| matches!(value, Value::String(_) | Value::Safe { .. });
    let mut out = String::new();
    for (index, value) in args.iter().enumerate() {
        if index > 0 && !is_text(value) && !is_text(&args[index - 1]) {
            out.push(' ');
        }
        show_into(&mut out, value);
    }
    out
}

fn println(args: &[Value]) -> Result<Value, String> {
    let mut out = String::new();
    for (index, value) in args.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        show_into(&mut out, value);
    }
    Ok(text(out + "\n"))
}

/// What `html`, `js` and `urlquery` escape.
fn escaper_text(args: &[Value]) -> String {
    match args {
        [Value::Nil] => "<no value>".to_owned(),
        _ => sprint(args),
    }
}
