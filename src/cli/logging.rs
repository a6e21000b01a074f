//! Log lines on stderr: logfmt or JSON.

use std::fmt;

use clap::ValueEnum;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::drivers::live::Clock;
use crate::time::rfc3339;

/// How much is said.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// In which form.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Logfmt,
    Json,
}

/// Starts logging. A second start does nothing.
pub(super) fn start(level: Level, format: Format) {
    let level = match level {
        Level::Debug => LevelFilter::DEBUG,
        Level::Info => LevelFilter::INFO,
        Level::Warn => LevelFilter::WARN,
        Level::Error => LevelFilter::ERROR,
    };
    let filter = tracing_subscriber::EnvFilter::new(format!("off,firebell={level}"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .event_format(Lines { format });
    // only tests start twice, and then the first one serves
    let _ = builder.try_init();
}

struct Lines {
    format: Format,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let level = event.metadata().level().as_str();
        let time = rfc3339::millis(Clock::default().now());
        match self.format {
            Format::Logfmt => writeln!(writer, "{}", fields.logfmt(&time, level)),
            Format::Json => writeln!(writer, "{}", fields.json(&time, level)),
        }
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<(&'static str, String)>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}"));
    }
}

impl Fields {
    fn add(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.message = value,
            name => self.others.push((name, value)),
        }
    }

    fn logfmt(&self, time: &str, level: &str) -> String {
        let mut line = format!("time={time} level={level} msg={}", quoted(&self.message));
        for (name, value) in &self.others {
            line.push_str(&format!(" {name}={}", quoted(value)));
        }
        line
    }

    fn json(&self, time: &str, level: &str) -> String {
        let mut object = serde_json::Map::new();
        object.insert("time".to_owned(), time.into());
        object.insert("level".to_owned(), level.into());
        object.insert("msg".to_owned(), self.message.as_str().into());
        for (name, value) in &self.others {
            object.insert((*name).to_owned(), value.as_str().into());
        }
        serde_json::Value::Object(object).to_string()
    }
}

/// A value as logfmt has it: in quotes when it has blanks, quotes, equal signs or controls.
fn quoted(value: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '"' && c != '=';
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    crate::template::quote(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_logfmt_or_json() {
        let fields = Fields {
            message: "it is \"so\"".to_owned(),
            others: vec![("group", "{}:{a=\"b\"}".to_owned()), ("n", "3".to_owned())],
        };
        assert_eq!(
            fields.logfmt("t", "INFO"),
            r#"time=t level=INFO msg="it is \"so\"" group="{}:{a=\"b\"}" n=3"#
        );
        assert_eq!(
            fields.json("t", "INFO"),
            r#"{"time":"t","level":"INFO","msg":"it is \"so\"","group":"{}:{a=\"b\"}","n":"3"}"#
        );
    }
}
