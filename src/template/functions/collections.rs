//! Lists and maps.

use gotmpl::Value;

use super::super::run::MAX_OUTPUT;
use super::super::show::show_into;
use super::super::value::{self, Fields, KIND, Kind, text, type_name};
use super::string;

/// The longest list that a template may make.
pub(super) const MAX_ITEMS: usize = 10_000;

/// `join separator list`.
pub(super) fn join(args: &[Value]) -> Result<Value, String> {
    let separator = string(args, 0)?;
    match args.get(1) {
        Some(Value::List(items)) => {
            let mut joined = String::new();
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    joined.push_str(separator);
                }
                show_into(&mut joined, item);
                if joined.len() > MAX_OUTPUT {
                    break;
                }
            }
            Ok(text(joined))
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
        Some((Value::List(items), more)) if items.len() + more.len() > MAX_ITEMS => {
            Err(format!("the list has more than {MAX_ITEMS} items"))
        }
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
