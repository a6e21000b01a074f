//! The functions of Alertmanager's templates. (Source: its docs, "Notification template
//! reference", functions.)

use gotmpl::Value;

use super::super::moment;
use super::super::run;
use super::super::value::{Moment, duration, text, type_name};
use super::{Entry, aware, fixed, open, string};
use super::{collections, encoding, json, numbers, texts};

/// All of them.
pub(super) const TABLE: &[Entry] = &[
    fixed("toUpper", 1, texts::to_upper),
    fixed("toLower", 1, texts::to_lower),
    fixed("title", 1, texts::title_case),
    fixed("trimSpace", 1, texts::trim_space),
    fixed("join", 2, collections::join),
    fixed("match", 2, texts::matches),
    fixed("reReplaceAll", 3, texts::replace_all),
    fixed("safeHtml", 1, encoding::safe_html),
    fixed("safeUrl", 1, encoding::safe_url),
    fixed("urlUnescape", 1, encoding::url_unescape),
    open("stringSlice", 0, collections::list),
    aware("routeLabels", 1, route_label),
    fixed("date", 2, date),
    fixed("tz", 2, zone),
    aware("now", 0, now),
    aware("since", 1, since),
    fixed("toDate", 2, to_date),
    fixed("mustToDate", 2, must_to_date),
    fixed("humanizeDuration", 1, numbers::humanize_duration),
    fixed("toJson", 1, |args| json::to_json(args.first().unwrap_or(&Value::Nil)).map(text)),
    fixed("base64encode", 1, encoding::base64_encode),
    fixed("base64decode", 1, encoding::base64_decode),
    open("list", 0, collections::list),
    open("append", 1, collections::append),
    open("dict", 0, collections::dict),
];

fn time(args: &[Value], index: usize) -> Result<Moment, String> {
    let value = args.get(index).unwrap_or(&Value::Nil);
    Moment::from_value(value).ok_or_else(|| format!("expected a time, got {}", type_name(value)))
}

/// `date layout time`.
fn date(args: &[Value]) -> Result<Value, String> {
    Ok(text(moment::format(&time(args, 1)?, string(args, 0)?)))
}

/// `tz zone time`.
fn zone(args: &[Value]) -> Result<Value, String> {
    let name = string(args, 0)?;
    moment::zone(name)?;
    Ok(Moment { zone: name.into(), ..time(args, 1)? }.into_value())
}

fn now(_: &[Value]) -> Result<Value, String> {
    Ok(run::with(|run| Moment::utc(run.now)).into_value())
}

/// `since time`.
fn since(args: &[Value]) -> Result<Value, String> {
    let earlier = time(args, 0)?;
    Ok(duration(run::with(|run| Moment::utc(run.now)).since(&earlier)))
}

/// `toDate layout text`: the zero time when it cannot be read.
fn to_date(args: &[Value]) -> Result<Value, String> {
    let read = moment::parse(string(args, 0)?, string(args, 1)?);
    Ok(read.unwrap_or_else(|_| Moment::zero()).into_value())
}

/// `mustToDate layout text`.
fn must_to_date(args: &[Value]) -> Result<Value, String> {
    moment::parse(string(args, 0)?, string(args, 1)?).map(Moment::into_value)
}

/// `routeLabels name`: the label of the route, as it was rendered for the flush.
fn route_label(args: &[Value]) -> Result<Value, String> {
    let name = string(args, 0)?;
    Ok(text(run::with(|run| run.route_labels.value(name).to_owned())))
}
