//! Reads scenario scripts.

use std::sync::Arc;

use crate::label::matcher::{MatchOp, Mode, parse_list};
use crate::label::{ALERT_NAME, Labels, Matchers};
use crate::notify::NotifyReason;
use crate::time::Span;
use crate::time::duration::parse_prometheus;

use super::{Action, Comparison, Content, Event, Expected, Fault, LINES_LIMIT, Script};

/// A line that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {message}")]
pub struct ScriptError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong, and what to write instead.
    pub message: String,
}

/// Reads a script.
pub fn parse(text: &str) -> Result<Script, ScriptError> {
    let mut script = Script::default();
    let mut load_step = None;
    for (index, raw) in text.lines().enumerate() {
        let line = index + 1;
        let fail = |message: String| ScriptError { line, message };
        if line > LINES_LIMIT {
            return Err(fail(format!("a script has at most {LINES_LIMIT} lines")));
        }
        let content = raw.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if raw.starts_with([' ', '\t']) {
            indented(&mut script, load_step, line, content).map_err(fail)?;
            continue;
        }
        load_step = None;
        let (word, rest) = split_word(content);
        match word {
            "config" => script.config = Some(rest.to_owned()),
            "rules" => script.rules.push(rest.to_owned()),
            "load" => load_step = Some(span(rest).map_err(fail)?),
            "env" => {
                let (name, value) =
                    rest.split_once('=').ok_or_else(|| fail("write env NAME=VALUE".to_owned()))?;
                script.environment.insert(name.to_owned(), value.to_owned());
            }
            "until" => script.until = span(rest).map_err(fail)?,
            "at" => script.events.push(event(line, rest).map_err(fail)?),
            _ => {
                return Err(fail(format!(
                    "{word:?}: a line begins with config, rules, env, load, until or at"
                )));
            }
        }
    }
    let last = script.events.iter().map(|event| event.to).max().unwrap_or_default();
    script.until = script.until.max(last);
    Ok(script)
}

fn indented(
    script: &mut Script,
    load: Option<Span>,
    line: usize,
    text: &str,
) -> Result<(), String> {
    if let Some(step) = load {
        script.load.push((step, text.to_owned()));
        return Ok(());
    }
    match script.events.last_mut().map(|event| &mut event.action) {
        Some(Action::Expect(expected)) => expected.contents.push(content(line, text)?),
        _ => return Err("an indented line belongs under `load` or `expect`".to_owned()),
    }
    Ok(())
}

fn content(line: usize, text: &str) -> Result<Content, String> {
    let (part, rest) = split_word(text);
    let (word, rest) = split_word(rest);
    let comparison = match word {
        "=" => Comparison::Equals,
        "contains" => Comparison::Contains,
        _ => return Err(format!("{word:?}: write `PART = \"text\"` or `PART contains \"text\"`")),
    };
    let text = serde_json::from_str(rest).map_err(|error| format!("{rest}: {error}"))?;
    Ok(Content { line, part: part.to_owned(), text, comparison })
}

fn event(line: usize, text: &str) -> Result<Event, String> {
    let (time, rest) = split_word(text);
    let (from, to) = match time.split_once("..") {
        Some((from, to)) => (span(from)?, span(to)?),
        None => (span(time)?, span(time)?),
    };
    if to < from {
        return Err(format!("{time}: a range of times ends before it begins"));
    }
    let (word, rest) = split_word(rest);
    let action = match word {
        "fires" => fires(rest)?,
        "posts" => posts(rest)?,
        "resolves" => Action::Resolves(alert(rest)?.0),
        "fails" => fails(rest)?,
        "works" => Action::Works { target: target(rest)? },
        "silence" => silence(rest)?,
        "expire" => Action::Expire(Arc::from(rest)),
        "crash" => Action::Crash,
        "reload" => Action::Reload(rest.to_owned()),
        "expect" => expect(rest)?,
        _ => return Err(format!("{word:?}: not something that happens; see the list of lines")),
    };
    Ok(Event { line, from, to, action })
}

fn fires(text: &str) -> Result<Action, String> {
    let (labels, rest) = alert(text)?;
    let annotations = if rest.is_empty() { Labels::empty() } else { equalities(rest)? };
    Ok(Action::Fires { labels, annotations })
}

fn posts(text: &str) -> Result<Action, String> {
    let (labels, rest) = alert(text)?;
    let span = match split_word(rest) {
        ("", _) => None,
        ("for", length) => Some(span(length)?),
        (other, _) => return Err(format!("{other:?}: only `for SPAN` may follow")),
    };
    Ok(Action::Posts { labels, span })
}

fn fails(text: &str) -> Result<Action, String> {
    let (name, rest) = split_word(text);
    Ok(Action::Fails { target: target(name)?, fault: fault(rest)? })
}

/// A fault: a status, `hang`, `lost`, `slow SPAN` or `doubled`.
pub(in crate::drivers::ruletest) fn fault(text: &str) -> Result<Fault, String> {
    Ok(match split_word(text) {
        ("hang", _) => Fault::Hang,
        ("lost", _) => Fault::Lost,
        ("doubled", _) => Fault::Doubled,
        ("slow", length) => Fault::Slow(span(length)?),
        (status, _) => Fault::Status(
            status
                .parse()
                .map_err(|_| format!("{status:?}: a status, hang, lost, slow SPAN or doubled"))?,
        ),
    })
}

fn silence(text: &str) -> Result<Action, String> {
    let (id, rest) = split_word(text);
    let id = id.strip_prefix("id=").ok_or("a silence begins with id=ID")?;
    let (matchers, rest) = braces(rest)?;
    let length = rest.trim().strip_prefix("for ").ok_or("a silence ends with `for SPAN`")?;
    let matchers = match_list(matchers)?;
    Ok(Action::Silence { id: Arc::from(id), matchers, span: span(length.trim())? })
}

fn expect(text: &str) -> Result<Action, String> {
    let (word, rest) = split_word(text);
    if word == "suppressed" {
        let (alert, rest) = alert(rest)?;
        let by = rest.strip_prefix("by ").ok_or("write `expect suppressed ALERT by CAUSE`")?;
        return Ok(Action::ExpectSuppressed { alert, by: by.trim().to_owned() });
    }
    let target = target(word)?;
    let (word, rest) = split_word(rest);
    let reason = reason(word)?;
    let (retried, rest) = match rest.strip_prefix("retry") {
        Some(rest) => (true, rest.trim()),
        None => (false, rest),
    };
    let alerts = if rest.is_empty() { None } else { Some(alert_list(rest)?) };
    Ok(Action::Expect(Expected { target, reason, retried, alerts, contents: Vec::new() }))
}

fn reason(word: &str) -> Result<NotifyReason, String> {
    Ok(match word {
        "first" => NotifyReason::FirstNotification,
        "new-alerts" => NotifyReason::NewAlerts,
        "some-resolved" => NotifyReason::SomeResolved,
        "all-resolved" => NotifyReason::AllResolved,
        "repeat" => NotifyReason::RepeatInterval,
        _ => {
            let words = "first, new-alerts, some-resolved, all-resolved or repeat";
            return Err(format!("{word:?}: a reason is {words}"));
        }
    })
}

fn alert_list(text: &str) -> Result<Vec<(Labels, bool)>, String> {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let mut rest = inner.ok_or("alerts stand in [brackets]")?.trim();
    let mut alerts = Vec::new();
    while !rest.is_empty() {
        let (labels, after) = alert(rest)?;
        let (firing, after) = match after.strip_prefix("resolved") {
            Some(after) => (false, after.trim_start()),
            None => (true, after),
        };
        alerts.push((labels, firing));
        rest = after.strip_prefix(',').unwrap_or(after).trim_start();
        if !after.is_empty() && !after.starts_with(',') {
            return Err(format!("{after:?}: alerts are separated by commas"));
        }
    }
    alerts.sort();
    Ok(alerts)
}

/// `NAME{labels}` or `NAME`, and what follows it.
fn alert(text: &str) -> Result<(Labels, &str), String> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return Err(format!("{text:?}: an alert is NAME or NAME{{label=\"value\"}}"));
    }
    let (labels, rest) = if rest.starts_with('{') {
        let (inside, rest) = braces(rest)?;
        (equalities(inside)?, rest)
    } else {
        (Labels::empty(), rest)
    };
    let mut builder = labels.edit();
    builder.set(ALERT_NAME, name);
    Ok((builder.build(), rest.trim_start()))
}

/// Splits `{...}rest`; braces inside double quotes do not count.
fn braces(text: &str) -> Result<(&str, &str), String> {
    let (mut quoted, mut escaped) = (false, false);
    for (index, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '}' if !quoted => return Ok(text.split_at(index + 1)),
            _ => {}
        }
    }
    Err(format!("{text:?}: a closing brace is missing"))
}

fn match_list(text: &str) -> Result<Matchers, String> {
    let parsed = parse_list(text, Mode::default()).map_err(|error| error.to_string())?;
    Ok(parsed.value)
}

fn equalities(text: &str) -> Result<Labels, String> {
    let matchers = match_list(text)?;
    if let Some(other) = matchers.iter().find(|matcher| matcher.op != MatchOp::Equal) {
        return Err(format!("{other}: only name=\"value\" here"));
    }
    Ok(Labels::from_pairs(matchers.iter().map(|matcher| (&*matcher.name, &*matcher.value))))
}

fn target(text: &str) -> Result<String, String> {
    match text.split_once('#') {
        Some((kind, receiver)) if !kind.is_empty() && !receiver.is_empty() => Ok(text.to_owned()),
        _ => Err(format!("{text:?}: a target is kind#receiver, as slack#oncall")),
    }
}

fn span(text: &str) -> Result<Span, String> {
    if text == "0s" {
        return Ok(Span::ZERO);
    }
    parse_prometheus(text.trim()).map_err(|error| error.to_string())
}

fn split_word(text: &str) -> (&str, &str) {
    match text.split_once(char::is_whitespace) {
        Some((word, rest)) => (word, rest.trim_start()),
        None => (text, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, expect: &str) {
        match parse(text) {
            Err(error) => assert!(error.to_string().contains(expect), "{error} | {expect}"),
            Ok(script) => panic!("{text:?} was read as {script:?}"),
        }
    }

    #[test]
    fn the_example_reads() {
        let text = concat!(
            "# a night\nconfig a.yml\nload 30s\n  up{job=\"api\"} 1x4\n\n",
            "at 0s fires A{job=\"a}pi\"} summary=\"x, y\"\n",
            "at 30s..1m expect slack#on-call new-alerts retry [A{job=\"a}pi\"}, B resolved]\n",
            "  /text contains \"x\"\n",
            "at 2m silence id=s1 {job=~\"a.*\"} for 1h\nat 3m expect suppressed A by silence\n",
            "until 2h\n",
        );
        let script = parse(text).unwrap();
        assert_eq!(script.until, Span::from_mins(120));
        assert_eq!(script.load, [(Span::from_secs(30), "up{job=\"api\"} 1x4".to_owned())]);
        let Action::Expect(expected) = &script.events[1].action else { panic!("not expected") };
        assert!(expected.retried && expected.contents.len() == 1);
        assert_eq!(expected.alerts.as_ref().map(Vec::len), Some(2));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        refused("\nbegin", "2: \"begin\": a line begins with");
        refused("at 5x crash", "1: ");
        refused("at 5m..1m expect slack#a first", "ends before it begins");
        refused("at 5m explodes", "not something that happens");
        refused("at 5m expect slack first", "kind#receiver");
        refused("at 5m expect slack#a soon", "a reason is");
        refused("at 5m fires {a=\"b\"}", "an alert is NAME");
        refused("at 5m fires A{a=\"b\"", "closing brace");
        refused("at 5m fires A{a=~\"b\"}", "only name=");
        refused("  up 1", "belongs under");
    }
}
