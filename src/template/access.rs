//! What stands behind a dot: fields, map entries and methods of Go's types.

use gotmpl::Value;

use super::moment;
use super::show::{duration, pairs_text, show, sorted_pairs};
use super::value::{
    Kind, Moment, duration as duration_value, duration_nanos, kind, list, record, text, type_name,
};

/// A field, an entry or the result of a method without arguments.
pub(super) fn field(receiver: &Value, name: &str) -> Result<Value, String> {
    if let Some(result) = method(receiver, name, &[]) {
        return result;
    }
    match (kind(receiver), receiver) {
        (None | Some(Kind::Strings), Value::Map(fields)) => {
            Ok(fields.get(name).cloned().unwrap_or_else(|| text("")))
        }
        (Some(Kind::Dict), _) => Ok(receiver.field(name).cloned().unwrap_or(Value::Nil)),
        (Some(structure), _) if structure != Kind::Time && structure != Kind::Duration => {
            receiver.field(name).cloned().ok_or_else(|| no_field(receiver, name))
        }
        (_, Value::Nil) => Err(format!("nil pointer evaluating interface {{}}.{name}")),
        _ => Err(no_field(receiver, name)),
    }
}

/// The result of a method with arguments.
pub(super) fn call(receiver: &Value, name: &str, args: &[Value]) -> Result<Value, String> {
    if args.is_empty() {
        return field(receiver, name);
    }
    method(receiver, name, args).unwrap_or_else(|| {
        field(receiver, name)?;
        Err(format!("{name} has arguments but cannot be invoked as function"))
    })
}

fn no_field(receiver: &Value, name: &str) -> String {
    format!("can't evaluate field {name} in type {}", type_name(receiver))
}

/// The result of a method, if the receiver has it.
fn method(receiver: &Value, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
    match (kind(receiver), receiver) {
        (None, Value::Map(_)) => label_method(receiver, name, args),
        (None, Value::List(items)) => list_method(items, name, args),
        (Some(Kind::Time), _) => time_method(&Moment::from_value(receiver)?, name, args),
        (Some(Kind::Duration), _) => duration_method(duration_nanos(receiver)?, name, args),
        _ => None,
    }
}

/// The one argument of a method.
fn one<'a>(name: &str, args: &'a [Value]) -> Result<&'a Value, String> {
    match args {
        [argument] => Ok(argument),
        _ => Err(format!("wrong number of args for {name}: want 1 got {}", args.len())),
    }
}

/// Checks that a method gets no argument.
fn none(name: &str, args: &[Value]) -> Result<(), String> {
    match args.len() {
        0 => Ok(()),
        count => Err(format!("wrong number of args for {name}: want 0 got {count}")),
    }
}

/// Alertmanager's label and annotation sets. (Source: its docs, "KV".)
fn label_method(labels: &Value, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
    let pairs = || sorted_pairs(labels).into_iter();
    let value = match name {
        "SortedPairs" => list(pairs().map(|(name, value)| pair(name, value))),
        "Names" => list(pairs().map(|(name, _)| text(name))),
        "Values" => list(pairs().map(|(_, value)| value.clone())),
        "String" => text(show(labels)),
        "Remove" => return Some(one(name, args).and_then(|names| remove(labels, names))),
        _ => return None,
    };
    Some(none(name, args).map(|()| value))
}

fn pair(name: &str, value: &Value) -> Value {
    record(Kind::Pair, [("Name", text(name)), ("Value", value.clone())])
}

fn remove(labels: &Value, names: &Value) -> Result<Value, String> {
    let (Value::Map(fields), Value::List(names)) = (labels, names) else {
        return Err(format!("Remove takes a list of names, not {}", type_name(names)));
    };
    let mut fields = (**fields).clone();
    for name in names.iter().filter_map(Value::as_str) {
        fields.remove(name);
    }
    Ok(Value::Map(fields.into()))
}

/// Lists of alerts, of pairs, and of texts. An empty list is a list of anything.
fn list_method(items: &[Value], name: &str, args: &[Value]) -> Option<Result<Value, String>> {
    let of = |wanted: Option<Kind>| {
        items
            .iter()
            .all(|item| kind(item) == wanted && (wanted.is_some() || item.as_str().is_some()))
    };
    let column = |field: &str| list(items.iter().filter_map(|item| item.field(field)).cloned());
    let value = match name {
        "Firing" if of(Some(Kind::Alert)) => with_status(items, "firing"),
        "Resolved" if of(Some(Kind::Alert)) => with_status(items, "resolved"),
        "Names" if of(Some(Kind::Pair)) => column("Name"),
        "Values" if of(Some(Kind::Pair)) => column("Value"),
        "String" if of(Some(Kind::Pair)) => text(pairs_text(items)),
        "Join" if of(None) => {
            let joined = one(name, args).map(|separator| {
                let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                text(texts.join(&show(separator)))
            });
            return Some(joined);
        }
        _ => return None,
    };
    Some(none(name, args).map(|()| value))
}

fn with_status(alerts: &[Value], status: &str) -> Value {
    let is = |alert: &&Value| alert.field("Status").and_then(Value::as_str) == Some(status);
    list(alerts.iter().filter(is).cloned())
}

/// The methods of Go's `time.Time` that a template can use.
fn time_method(at: &Moment, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
    let result = match name {
        "Format" => one(name, args).map(|layout| text(moment::format(at, &show(layout)))),
        "Add" => one(name, args).and_then(nanos).map(|nanos| at.plus(nanos).into_value()),
        "Sub" => one(name, args).and_then(time).map(|other| duration_value(at.since(&other))),
        "Equal" => {
            one(name, args).and_then(time).map(|other| Value::Bool(order(at, &other).is_eq()))
        }
        "Before" => {
            one(name, args).and_then(time).map(|other| Value::Bool(order(at, &other).is_lt()))
        }
        "After" => {
            one(name, args).and_then(time).map(|other| Value::Bool(order(at, &other).is_gt()))
        }
        "AddDate" => add_date(at, args),
        _ => return part_of_time(at, name).map(|part| none(name, args).map(|()| part)),
    };
    Some(result)
}

fn part_of_time(at: &Moment, name: &str) -> Option<Value> {
    let clock = moment::clock(at);
    let local = clock.local;
    let number = |number: i64| Value::Int(number);
    Some(match name {
        "String" => text(moment::text(at)),
        "Unix" => number(at.seconds),
        "UnixMilli" => number(at.seconds.saturating_mul(1000) + at.nanos / 1_000_000),
        "UnixMicro" => number(at.seconds.saturating_mul(1_000_000) + at.nanos / 1000),
        "UnixNano" => number(at.seconds.saturating_mul(1_000_000_000).saturating_add(at.nanos)),
        "Year" => number(local.year().into()),
        "Month" => text(moment::format(at, "January")),
        "Day" => number(local.day().into()),
        "YearDay" => number(local.day_of_year().into()),
        "Hour" => number(local.hour().into()),
        "Minute" => number(local.minute().into()),
        "Second" => number(local.second().into()),
        "Nanosecond" => number(at.nanos),
        "Weekday" => text(moment::format(at, "Monday")),
        "UTC" | "Local" => Moment { zone: "UTC".into(), ..at.clone() }.into_value(),
        "Location" => text(moment::location(at)),
        "IsZero" => Value::Bool(at.seconds == Moment::ZERO_SECONDS && at.nanos == 0),
        _ => return None,
    })
}

fn add_date(at: &Moment, args: &[Value]) -> Result<Value, String> {
    let [Value::Int(years), Value::Int(months), Value::Int(days)] = args else {
        return Err("AddDate takes three numbers: years, months, days".to_owned());
    };
    let beyond = |_| "the date is beyond the calendar".to_owned();
    let local = moment::clock(at).local;
    let month = i64::from(local.month()) - 1 + months.saturating_add(years.saturating_mul(12));
    let year = i64::from(local.year()) + month.div_euclid(12);
    let year = i16::try_from(year).map_err(|_| "the year is beyond the calendar".to_owned())?;
    let first = jiff::civil::Date::new(year, month.rem_euclid(12) as i8 + 1, 1).map_err(beyond)?;
    let days = days.saturating_add(i64::from(local.day()) - 1);
    let span = jiff::Span::new().try_days(days).map_err(beyond)?;
    let date = first.checked_add(span).map_err(beyond)?;
    let zone = moment::zone_of(at)?;
    let stamp = zone.to_timestamp(date.to_datetime(local.time())).map_err(beyond)?;
    Ok(Moment { seconds: stamp.as_second(), ..at.clone() }.into_value())
}

fn order(left: &Moment, right: &Moment) -> std::cmp::Ordering {
    (left.seconds, left.nanos).cmp(&(right.seconds, right.nanos))
}

fn time(value: &Value) -> Result<Moment, String> {
    Moment::from_value(value).ok_or_else(|| format!("expected a time, got {}", type_name(value)))
}

/// A duration, or the number of nanoseconds it is in Go.
fn nanos(value: &Value) -> Result<i64, String> {
    match value {
        Value::Int(nanos) => Ok(*nanos),
        _ => duration_nanos(value)
            .ok_or_else(|| format!("expected a duration, got {}", type_name(value))),
    }
}

/// The methods of Go's `time.Duration`.
fn duration_method(length: i64, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
    let value = match name {
        "Round" | "Truncate" => {
            let step = one(name, args).and_then(nanos);
            return Some(step.map(|step| duration_value(to_multiple(length, step, name))));
        }
        "Hours" => Value::Float(length as f64 / 3.6e12),
        "Minutes" => Value::Float(length as f64 / 6e10),
        "Seconds" => Value::Float(length as f64 / 1e9),
        "Milliseconds" => Value::Int(length / 1_000_000),
        "Microseconds" => Value::Int(length / 1000),
        "Nanoseconds" => Value::Int(length),
        "Abs" => duration_value(length.saturating_abs()),
        "String" => text(duration(length)),
        _ => return None,
    };
    Some(none(name, args).map(|()| value))
}

/// The multiple of `step` towards zero, or the nearest one, halves away from zero.
fn to_multiple(length: i64, step: i64, name: &str) -> i64 {
    if step <= 0 {
        return length;
    }
    let rest = length % step;
    let truncated = length - rest;
    if name == "Truncate" || rest.unsigned_abs() * 2 < step.unsigned_abs() {
        return truncated;
    }
    truncated.saturating_add(step * length.signum())
}
