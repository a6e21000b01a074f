//! `alert query` and `alert add`.

use anyhow::{Error, Result};

use crate::cli::ExitStatus;

use super::client::{GET_ALERTS, POST_ALERTS, body};
use super::date::DateTime;
use super::labels::{pairs, shown, with_alert_name};
use super::model::{Alert, PostedAlert, json};
use super::print;
use super::session::{Output, Session};
use super::table::Table;

/// Lists alerts.
pub(super) async fn query(session: &Session) -> Result<ExitStatus> {
    let filters = with_alert_name(session, &session.values.arguments);
    let on = |name| session.values.is_on(name);
    let states = ["active", "inhibited", "silenced", "unprocessed"];
    let none = !states.iter().any(|name| on(name));
    let state = |name| if on(name) || (none && name == "active") { "true" } else { "false" };
    let mut parameters = vec![("active", state("active"))];
    parameters.extend(filters.iter().map(|filter| ("filter", filter.as_str())));
    parameters.push(("inhibited", state("inhibited")));
    let receiver = session.values.text("receiver");
    if !receiver.is_empty() {
        parameters.push(("receiver", receiver));
    }
    parameters.extend(["silenced", "unprocessed"].map(|name| (name, state(name))));
    let api = session.api().await?;
    let alerts: Vec<Alert> = api.ask(GET_ALERTS, "", &parameters, None).await?;
    print(&formatted(session, alerts)?)
}

fn formatted(session: &Session, mut alerts: Vec<Alert>) -> Result<String> {
    if session.output == Output::Json {
        return json(&alerts);
    }
    alerts.sort_by_key(|alert| alert.starts_at.at);
    let text =
        |pairs: &super::model::Pairs, name: &str| pairs.get(name).cloned().unwrap_or_default();
    let mut table;
    if session.output == Output::Simple {
        table = Table::new(&["Alertname", "Starts At", "Summary", "State"]);
        for alert in alerts {
            table.row(&[
                text(&alert.labels, "alertname"),
                session.date(&alert.starts_at),
                text(&alert.annotations, "summary"),
                alert.status.state,
            ]);
        }
    } else {
        let names = ["Labels", "Annotations", "Starts At", "Ends At", "Generator URL", "State"];
        table = Table::new(&names);
        for alert in alerts {
            table.row(&[
                shown(&alert.labels),
                shown(&alert.annotations),
                session.date(&alert.starts_at),
                session.date(&alert.ends_at),
                alert.generator_url,
                alert.status.state,
            ]);
        }
    }
    Ok(table.finish())
}

/// Adds an alert.
pub(super) async fn add(session: &Session) -> Result<ExitStatus> {
    let values = &session.values;
    let labels = with_alert_name(session, &values.arguments);
    let labels = pairs(session, &labels, "labels")?;
    let annotations = pairs(session, &values.all("annotation"), "annotations")?;
    let starts_at = date(values.text("start"))?;
    let ends_at = date(values.text("end"))?;
    let generator_url = values.text("generator-url").to_owned();
    let alert = PostedAlert { annotations, ends_at, starts_at, generator_url, labels };
    let api = session.api().await?;
    api.tell(POST_ALERTS, "", &[], body(&[alert])?).await?;
    Ok(ExitStatus::Success)
}

fn date(text: &str) -> Result<DateTime> {
    match text {
        "" => Ok(DateTime::unset()),
        text => DateTime::parse(text).map_err(Error::msg),
    }
}
