//! The functions of the two template languages.

mod collections;
mod encoding;
mod go;
mod json;
mod notification;
mod numbers;
mod printf;
mod rules;
mod texts;

#[cfg(test)]
pub(super) use json::to_json;

use std::sync::{Arc, LazyLock};

use gotmpl::{FuncMap, Value, ValueFunc};

use super::compile::Language;
use super::run::{self, MAX_OUTPUT, MAX_ROUNDS, MAX_STEPS, MAX_WORK, Place};
use super::value::type_name;
use super::{access, show};

/// What a function does with its arguments; the message of an error is without its name.
pub(super) type Function = fn(&[Value]) -> Result<Value, String>;

/// A function and how many arguments it takes.
#[derive(Copy, Clone)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    least: usize,
    most: usize,
    pub(super) function: Function,
    /// Whether the result depends on the arguments alone.
    pub(super) pure: bool,
}

/// A function that takes this many arguments.
const fn fixed(name: &'static str, count: usize, function: Function) -> Entry {
    Entry { name, least: count, most: count, function, pure: true }
}

/// A function that takes so many arguments or more.
const fn open(name: &'static str, least: usize, function: Function) -> Entry {
    Entry { name, least, most: usize::MAX, function, pure: true }
}

/// A function that takes this many arguments and looks at the run.
const fn aware(name: &'static str, count: usize, function: Function) -> Entry {
    Entry { name, least: count, most: count, function, pure: false }
}

impl Entry {
    /// Calls the function.
    pub(super) fn call(&self, args: &[Value]) -> Result<Value, String> {
        if args.len() < self.least || args.len() > self.most {
            let at_least = if self.most == usize::MAX { "at least " } else { "" };
            let (name, least, got) = (self.name, self.least, args.len());
            return Err(format!(
                "wrong number of args for {name}: want {at_least}{least} got {got}"
            ));
        }
        let value = (self.function)(args).map_err(|message| {
            let is_ours = self.name.starts_with("__");
            if is_ours { message } else { format!("error calling {}: {message}", self.name) }
        })?;
        match &value {
            Value::String(text) if text.len() > MAX_OUTPUT => {
                Err(format!("error calling {}: returns more than {MAX_OUTPUT} bytes", self.name))
            }
            _ => Ok(value),
        }
    }
}

/// Functions of gotmpl's own that do what Go's do.
const KEPT: [&str; 5] = ["and", "or", "not", "slice", "call"];
/// Comparisons of gotmpl's own; durations are made numbers first.
const COMPARISONS: [&str; 6] = ["eq", "ne", "lt", "le", "gt", "ge"];

/// What the compiled tree calls; see [`super::compile`].
const INTERNAL: [Entry; 6] = [
    aware("__at", 1, at),
    open("__field", 2, field),
    open("__method", 2, method),
    fixed("__items", 1, go::items),
    fixed("__plain", 1, go::plain),
    fixed("__nil", 0, |_| Ok(Value::Nil)),
];

/// Where the language of a template is from.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Alertmanager's.
    Notification,
    /// Prometheus'.
    Rule,
}

impl Dialect {
    fn tables(self) -> [&'static [Entry]; 2] {
        match self {
            Dialect::Notification => [go::TABLE, notification::TABLE],
            Dialect::Rule => [go::TABLE, rules::TABLE],
        }
    }

    /// A function of the language that is not gotmpl's own.
    pub(super) fn entry(self, name: &str) -> Option<&'static Entry> {
        self.tables().into_iter().flatten().find(|entry| entry.name == name)
    }

    fn map(self, show: Function) -> FuncMap {
        let mut map = FuncMap::new();
        for entry in self.tables().into_iter().flatten().chain(&INTERNAL) {
            map.insert(entry.name.to_owned(), wrap(*entry));
        }
        map.insert("__show".to_owned(), wrap(fixed("__show", 1, show)));
        map
    }
}

impl Language for Dialect {
    fn has_function(&self, name: &str) -> bool {
        KEPT.contains(&name) || COMPARISONS.contains(&name) || self.entry(name).is_some()
    }

    fn variables(&self) -> &'static [&'static str] {
        match self {
            Dialect::Notification => &[],
            Dialect::Rule => &["$labels", "$externalLabels", "$externalURL", "$value"],
        }
    }
}

fn wrap(entry: Entry) -> ValueFunc {
    Arc::new(move |args| {
        entry
            .call(args)
            .and_then(|value| count(value, entry.name))
            .map_err(gotmpl::TemplateError::Exec)
    })
}

/// Counts what a function returns, so that a template cannot keep us busy for ever.
fn count(value: Value, name: &str) -> Result<Value, String> {
    let Value::String(text) = &value else { return Ok(value) };
    let work = run::with(|run| {
        run.work = run.work.saturating_add(text.len());
        run.work
    });
    if work > MAX_WORK {
        return Err(format!(
            "error calling {name}: all functions return more than {MAX_WORK} bytes"
        ));
    }
    Ok(value)
}

/// An engine for notifications without templates: the functions are there.
pub(super) fn notification_text() -> &'static gotmpl::Template {
    static ENGINE: LazyLock<gotmpl::Template> = LazyLock::new(|| {
        gotmpl::Template::new("")
            .max_range_iters(MAX_ROUNDS)
            .funcs(Dialect::Notification.map(show_text))
    });
    &ENGINE
}

/// The same for HTML.
pub(super) fn notification_html() -> &'static gotmpl::html::Template {
    static ENGINE: LazyLock<gotmpl::html::Template> = LazyLock::new(|| {
        gotmpl::html::Template::new("")
            .max_range_iters(MAX_ROUNDS)
            .funcs(Dialect::Notification.map(show_html))
    });
    &ENGINE
}

/// An engine for rule templates.
pub(super) fn rule_text() -> &'static gotmpl::Template {
    static ENGINE: LazyLock<gotmpl::Template> = LazyLock::new(|| {
        gotmpl::Template::new("").max_range_iters(MAX_ROUNDS).funcs(Dialect::Rule.map(show_text))
    });
    &ENGINE
}

/// Notes where we are, and stops what never ends.
fn at(args: &[Value]) -> Result<Value, String> {
    let place = args.first().and_then(Value::as_int).unwrap_or_default();
    run::with(|run| {
        run.place = Place::unpack(place);
        run.steps += 1;
        if run.steps > MAX_STEPS {
            return Err(format!("takes more than {MAX_STEPS} steps"));
        }
        Ok(Value::Nil)
    })
}

/// `__field receiver "a" "b"`.
fn field(args: &[Value]) -> Result<Value, String> {
    let mut names = args.iter().skip(1).filter_map(Value::as_str);
    let (Some(receiver), Some(first)) = (args.first(), names.next()) else {
        return Err("no field".to_owned());
    };
    let value = access::field(receiver, first)?;
    names.try_fold(value, |value, name| access::field(&value, name))
}

/// `__method receiver "M" argument...`.
fn method(args: &[Value]) -> Result<Value, String> {
    match args {
        [receiver, Value::String(name), args @ ..] => access::call(receiver, name, args),
        _ => Err("no method".to_owned()),
    }
}

/// What an action prints in text: `<no value>` for nothing, which gotmpl writes itself.
fn show_text(args: &[Value]) -> Result<Value, String> {
    Ok(match args {
        [value @ (Value::String(_) | Value::Nil)] => value.clone(),
        [Value::Safe { s, .. }] => Value::String(Arc::clone(s)),
        [value] => super::value::text(show::show(value)),
        _ => Value::Nil,
    })
}

/// What an action prints in HTML: what gotmpl would print otherwise than Go is made text, the
/// rest is left to the escapers, which want to know the type.
fn show_html(args: &[Value]) -> Result<Value, String> {
    Ok(match args {
        [value @ (Value::Float(_) | Value::List(_) | Value::Map(_))] => {
            super::value::text(show::show(value))
        }
        [value] => value.clone(),
        _ => Value::Nil,
    })
}

/// The text in an argument.
fn string(args: &[Value], index: usize) -> Result<&str, String> {
    match args.get(index) {
        Some(Value::String(text)) => Ok(text),
        Some(Value::Safe { s, .. }) => Ok(s),
        Some(other) => Err(format!("expected a string, got {}", type_name(other))),
        None => Err("expected a string, got nothing".to_owned()),
    }
}
