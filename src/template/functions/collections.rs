//! Lists and maps.

use gotmpl::Value;

use super::super::show::show;
use super::super::value::{self, Fields, KIND, Kind, text, type_name};
use super::string;

/// `join separator list`.
pub(super) fn join(args: &[Value]) -> Result<Value, String> {
    let separator = string(args, 0)?;
    match args.get(1) {
        Some(Value::List(items)) => {
            let texts: Vec<String> = items.iter().map(show).collect();
            Ok(text(texts.join(separator)))
        }
        Some(other) => Err(format!("expected a list of strings, got {}", type_name(other))),
        None => Err("expected a list of strings".to_owned()),
    }
}

/// `stringSlice a b ...`, `list a b ...`.
pub(super) fn list(args: &[Value]) -> Result<Value, String> {
    Ok(Value::List(args.into()))
}

/// `append list x ...`.
pub(super) fn append(args: &[Value]) -> Result<Value, String> {
    match args.split_first() {
        Some((Value::List(items), more)) => Ok(value::list(items.iter().chain(more).cloned())),
        Some((Value::Nil, more)) => list(more),
        _ => Err("the first argument is no list".to_owned()),
    }
}

/// `dict key value ...`.
pub(super) fn dict(args: &[Value]) -> Result<Value, String> {
    let pairs = args.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return Err("expected even number of arguments, got odd".to_owned());
    }
    let mut fields = Fields::new();
    for pair in pairs {
        match &pair[0] {
            Value::String(name) if &**name != KIND => {
                fields.insert(name.clone(), pair[1].clone());
            }
            other => return Err(format!("keys must be strings, got {}", type_name(other))),
        }
    }
    Ok(value::dict(Kind::Dict, fields))
}

/// `args a b ...`: a map of `arg0`, `arg1`, ...
pub(super) fn numbered(args: &[Value]) -> Result<Value, String> {
    let name = |index| format!("arg{index}").into();
    let fields = args.iter().enumerate().map(|(index, value)| (name(index), value.clone()));
    Ok(value::dict(Kind::Dict, fields.collect()))
}
