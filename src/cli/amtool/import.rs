//! `silence import`.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::task::JoinSet;

use crate::cli::ExitStatus;
use crate::cli::check::input::opened;
use crate::drivers::load::FILE_LIMIT;

use super::client::{Api, ApiError, POST_SILENCES, body};
use super::model::{PostedSilence, SilenceId};
use super::print;
use super::session::Session;

/// The most requests that are under way at once.
const MAX_WORKERS: usize = 1024;

/// Makes the silences of a file, several at a time; their ids are printed as they come.
pub(super) async fn run(session: &Session) -> Result<ExitStatus> {
    let silences = parse(&text(session.values.arguments.first())?)?;
    let (force, count) = (session.values.is_on("force"), silences.len());
    let workers = session.values.text("worker").parse().unwrap_or(8).clamp(1, MAX_WORKERS);
    let api = session.api().await?;
    let (mut tasks, mut failed) = (JoinSet::new(), 0);
    let mut waiting = silences.into_iter();
    loop {
        while tasks.len() < workers
            && let Some(mut silence) = waiting.next()
        {
            if force {
                silence.id.clear();
            }
            tasks.spawn(add(api.clone(), silence));
        }
        let Some(done) = tasks.join_next().await else { break };
        match done? {
            (_, Ok(id)) => print(&format!("{id}\n")).map(drop)?,
            (id, Err(error)) => {
                eprintln!("Error adding silence id='{id}': {error}");
                failed += 1;
            }
        }
    }
    if failed > 0 {
        bail!("couldn't import {failed} out of {count} silences");
    }
    Ok(ExitStatus::Success)
}

fn text(file: Option<&String>) -> Result<String> {
    if let Some(file) = file {
        return opened(Path::new(file)).map_err(anyhow::Error::msg);
    }
    let mut text = String::new();
    std::io::stdin().lock().take(FILE_LIMIT + 1).read_to_string(&mut text)?;
    ensure!(text.len() as u64 <= FILE_LIMIT, "too many bytes: at most {FILE_LIMIT} are read");
    Ok(text)
}

fn parse(text: &str) -> Result<Vec<PostedSilence>> {
    serde_json::from_str(text).context("couldn't unmarshal input data, is it JSON?")
}

/// Posts one; an id that the server does not know is left out then. The id that counts for
/// errors, and the new one.
async fn add(api: Api, mut silence: PostedSilence) -> (String, Result<String>) {
    let told = silence.id.clone();
    let mut answer = post(&api, &silence).await;
    if let Err(error) = &answer
        && let Some(ApiError::Refused { status: 404, .. }) = error.downcast_ref()
    {
        silence.id.clear();
        answer = post(&api, &silence).await;
    }
    (told, answer)
}

async fn post(api: &Api, silence: &PostedSilence) -> Result<String> {
    let answer: SilenceId = api.ask(POST_SILENCES, "", &[], body(silence)?).await?;
    Ok(answer.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silences_are_read_and_what_they_lack_is_left_to_the_server() {
        let read = parse(r#"[{"id":"a","status":{},"comment":"c"},{"matchers":[]}]"#).unwrap();
        let posted: Vec<_> = read.iter().map(|it| serde_json::to_string(it).unwrap()).collect();
        let first = r#"{"id":"a","comment":"c","createdBy":null,"endsAt":null,"matchers":null,"startsAt":null}"#;
        let second =
            r#"{"comment":null,"createdBy":null,"endsAt":null,"matchers":[],"startsAt":null}"#;
        assert_eq!(posted, [first, second]);
        for text in ["", "[", "{}", "[1]", "$"] {
            let error = format!("{:#}", parse(text).unwrap_err());
            assert!(error.starts_with("couldn't unmarshal input data, is it JSON?: "), "{error}");
        }
    }
}
