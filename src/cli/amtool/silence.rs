//! `silence query`, `add`, `update` and `expire`.

use anyhow::{Error, Result, bail, ensure};

use crate::cli::ExitStatus;
use crate::label::Matcher;
use crate::time::duration::{parse_flag, parse_prometheus};
use crate::time::{Span, Timestamp};

use super::client::{Api, DELETE_SILENCE, GET_SILENCE, GET_SILENCES, POST_SILENCES, body};
use super::date::DateTime;
use super::labels::{pairs, with_alert_name};
use super::model::{MatcherObject, PostedSilence, Silence, SilenceId, json};
use super::print;
use super::session::{Output, Session, now};
use super::table::Table;
use super::user;

/// Lists silences.
pub(super) async fn query(session: &Session) -> Result<ExitStatus> {
    let filters = with_alert_name(session, &session.values.arguments);
    let parameters: Vec<_> = filters.iter().map(|filter| ("filter", filter.as_str())).collect();
    let api = session.api().await?;
    let mut silences: Vec<Silence> = api.ask(GET_SILENCES, "", &parameters, None).await?;
    let wanted = Wanted::new(session);
    silences.retain(|silence| wanted.takes(silence, now()));
    show(session, silences)
}

/// Which silences are listed.
struct Wanted<'s> {
    expired: bool,
    within: Span,
    author: &'s str,
    id: &'s str,
}

impl<'s> Wanted<'s> {
    fn new(session: &'s Session) -> Wanted<'s> {
        let values = &session.values;
        Wanted {
            expired: values.is_on("expired"),
            within: parse_flag(values.text("within")).unwrap_or(Span::ZERO),
            author: values.text("created-by"),
            id: values.text("id"),
        }
    }

    fn takes(&self, silence: &Silence, now: Timestamp) -> bool {
        let ends = silence.ends_at.at;
        let limited = self.within > Span::ZERO;
        let in_time = match self.expired {
            false => ends >= now && !(limited && ends > now + self.within),
            true => ends <= now && !(limited && ends < now - self.within),
        };
        in_time
            && (self.author.is_empty() || silence.created_by == self.author)
            && (self.id.is_empty() || silence.id == self.id)
    }
}

/// Prints silences, or their ids.
fn show(session: &Session, mut silences: Vec<Silence>) -> Result<ExitStatus> {
    if session.values.is_on("quiet") {
        let ids: Vec<String> = silences.iter().map(|silence| format!("{}\n", silence.id)).collect();
        return print(&ids.concat());
    }
    if session.output == Output::Json {
        return print(&json(&silences)?);
    }
    silences.sort_by_key(|silence| silence.ends_at.at);
    let date = |at: &DateTime| session.date(at);
    let shown = |silence: &Silence, between: &str| {
        let matchers: Vec<String> = silence.matchers.iter().map(MatcherObject::shown).collect();
        matchers.join(between)
    };
    let mut table;
    if session.output == Output::Simple {
        table = Table::new(&["ID", "Matchers", "Ends At", "Created By", "Comment"]);
        for it in silences {
            let (matchers, ends_at) = (shown(&it, " "), date(&it.ends_at));
            table.row(&[it.id, matchers, ends_at, it.created_by, it.comment]);
        }
    } else {
        let dates = ["Starts At", "Ends At", "Updated At"];
        table = Table::new(&[&["ID", "Matchers"], &dates[..], &["Created By", "Comment"]].concat());
        for it in silences {
            let matchers = format!("{{{}}}", shown(&it, ","));
            let [starts_at, ends_at, updated_at] =
                [&it.starts_at, &it.ends_at, &it.updated_at].map(date);
            let cells =
                [it.id, matchers, starts_at, ends_at, updated_at, it.created_by, it.comment];
            table.row(&cells);
        }
    }
    print(&table.finish())
}

/// Makes a silence.
pub(super) async fn add(session: &Session) -> Result<ExitStatus> {
    let values = &session.values;
    let texts = with_alert_name(session, &values.arguments);
    let matchers: Result<Vec<Matcher>, _> =
        texts.iter().map(|text| session.matcher(text)).collect();
    let matchers = matchers?;
    ensure!(!matchers.is_empty(), "no matchers specified");
    let starts_at = match values.text("start") {
        "" => DateTime::utc(now()),
        text => DateTime::parse(text).map_err(Error::msg)?,
    };
    let ends_at = match values.text("end") {
        "" => DateTime::utc(starts_at.at + length(values.text("duration"))?),
        text => DateTime::parse(text).map_err(Error::msg)?,
    };
    ensure!(starts_at.at <= ends_at.at, BACKWARDS);
    let comment = values.text("comment");
    if values.is_on("require-comment") && comment.is_empty() {
        bail!("comment required by config");
    }
    let annotations = pairs(session, &values.all("annotation"), "annotations")?;
    let author = values.given("author").map_or_else(user::name, str::to_owned);
    let silence = PostedSilence {
        id: String::new(),
        annotations,
        comment: Some(comment.to_owned()),
        created_by: Some(author),
        ends_at: Some(ends_at),
        matchers: Some(matchers.iter().map(MatcherObject::from).collect()),
        starts_at: Some(starts_at),
    };
    let api = session.api().await?;
    print(&format!("{}\n", post(&api, &silence).await?))
}

const BACKWARDS: &str = "silence cannot start after it ends";

/// How long a silence lasts.
fn length(text: &str) -> Result<Span> {
    let span = parse_prometheus(text)?;
    ensure!(span > Span::ZERO, "silence duration must be greater than 0");
    Ok(span)
}

/// Posts a silence; its id.
async fn post(api: &Api, silence: &PostedSilence) -> Result<String> {
    let answer: SilenceId = api.ask(POST_SILENCES, "", &[], body(silence)?).await?;
    Ok(answer.id)
}

/// Changes silences.
pub(super) async fn update(session: &Session) -> Result<ExitStatus> {
    let values = &session.values;
    ensure!(!values.arguments.is_empty(), NO_IDS);
    let mut updated = Vec::new();
    for id in &values.arguments {
        let api = session.api().await?;
        let mut silence: Silence = api.ask(GET_SILENCE, id, &[], None).await?;
        change(session, &mut silence)?;
        silence.id = post(&api, &PostedSilence::from(silence.clone())).await?;
        updated.push(silence);
    }
    show(session, updated)
}

const NO_IDS: &str = "no silence IDs specified";

/// Puts what the flags say into a silence.
fn change(session: &Session, silence: &mut Silence) -> Result<()> {
    let values = &session.values;
    let [start, end, duration, comment] =
        ["start", "end", "duration", "comment"].map(|name| values.text(name));
    if !start.is_empty() {
        silence.starts_at = DateTime::parse(start).map_err(Error::msg)?;
    }
    if !end.is_empty() {
        silence.ends_at = DateTime::parse(end).map_err(Error::msg)?;
    } else if !duration.is_empty() {
        silence.ends_at = DateTime::utc(silence.starts_at.at + length(duration)?);
    }
    ensure!(silence.starts_at.at <= silence.ends_at.at, BACKWARDS);
    if !comment.is_empty() {
        silence.comment = comment.to_owned();
    }
    Ok(())
}

/// Ends silences.
pub(super) async fn expire(session: &Session) -> Result<ExitStatus> {
    let ids = &session.values.arguments;
    ensure!(!ids.is_empty(), NO_IDS);
    for id in ids {
        let api = session.api().await?;
        api.tell(DELETE_SILENCE, id, &[], None).await?;
    }
    Ok(ExitStatus::Success)
}
