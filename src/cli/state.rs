//! `firebell state`: hands state over from an Alertmanager, and back to one.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use tracing::{info, warn};

use crate::drivers::live::Clock;
use crate::engine::Record;
use crate::state::alertmanager::{self, Kept};
use crate::state::{Committer, Opened, Outlives};
use crate::time::{Span, Timestamp};

use super::ExitStatus;
use super::arguments::duration;

/// Take over silences and notification log from an Alertmanager, or hand them back.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take over an Alertmanager's silences and notification log: nobody is told again what they
    /// know. What is newer stays.
    #[command(
        after_help = "Neither server may run meanwhile.\n\nExample:\n  firebell state import --alertmanager /var/lib/prometheus/alertmanager --storage.path data/"
    )]
    Import(Directories),
    /// Write silences and notification log so that an Alertmanager goes on from there. What is
    /// newer in its directory stays.
    #[command(
        after_help = "Neither server may run meanwhile.\n\nExample:\n  firebell state export --alertmanager /var/lib/prometheus/alertmanager --storage.path data/"
    )]
    Export(Directories),
}

#[derive(Args)]
struct Directories {
    /// The Alertmanager's --storage.path: the directory with `nflog` and `silences`.
    #[arg(long, value_name = "DIRECTORY")]
    alertmanager: PathBuf,
    /// Where firebell keeps its state.
    #[arg(long = "storage.path", value_name = "DIRECTORY", default_value = "data/")]
    storage: PathBuf,
    /// How long the Alertmanager keeps silences that are over.
    #[arg(long = "data.retention", value_name = "DURATION", default_value = "5d", value_parser = duration)]
    retention: Span,
}

/// Where state comes from at the first start.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct ImportArguments {
    /// At the first start, take over the silences and the notification log of the Alertmanager
    /// whose data are here; else of one whose data are in --storage.path.
    #[arg(long = "import.alertmanager", value_name = "DIRECTORY")]
    pub import_directory: Option<PathBuf>,
}

/// Runs what was asked for.
pub(super) fn run(arguments: Arguments) -> Result<ExitStatus> {
    let runtime = super::server::runtime()?;
    runtime.block_on(async {
        match arguments.command {
            Command::Import(directories) => import(&directories).await,
            Command::Export(directories) => export(&directories).await,
        }
    })?;
    Ok(ExitStatus::Success)
}

async fn import(directories: &Directories) -> Result<()> {
    let Directories { alertmanager, storage, .. } = directories;
    if !alertmanager::is_there(alertmanager) {
        anyhow::bail!("{} has neither nflog nor silences", alertmanager.display());
    }
    let kept = Kept::read(alertmanager, now())?;
    tell(&kept);
    let opened = open(storage)?;
    let records = kept.records(&opened.records);
    let count = records.len();
    commit(&opened.committer, &records).await?;
    opened.committer.close().await?;
    println!(
        "{count} taken over of {} silences and {} log entries; the others are known",
        kept.silences.len(),
        kept.log.len()
    );
    Ok(())
}

async fn export(directories: &Directories) -> Result<()> {
    let Directories { alertmanager, storage, retention } = directories;
    if !storage.is_dir() {
        anyhow::bail!("{} is no directory: there is no state to hand over", storage.display());
    }
    let mut kept = Kept::read(alertmanager, now())?;
    let opened = open(storage)?;
    kept.take_records(&opened.records);
    opened.committer.close().await?;
    kept.write(alertmanager, *retention)?;
    tell(&kept);
    let directory = alertmanager.display();
    println!(
        "{directory} has {} silences and {} log entries now",
        kept.silences.len(),
        kept.log.len()
    );
    Ok(())
}

/// Takes over what an Alertmanager left, if this is the first start.
///
/// # Errors
/// When its files are damaged, or nothing can be written.
pub(super) async fn at_first_start(
    given: Option<&Path>,
    storage: Option<&Path>,
    opened: &mut Opened,
) -> Result<()> {
    let found = storage.filter(|path| alertmanager::is_there(path));
    let Some(directory) = given.or(found) else { return Ok(()) };
    if !opened.records.is_empty() {
        if given.is_some() {
            info!("nothing is imported: this is not the first start; see firebell state import");
        }
        return Ok(());
    }
    if !alertmanager::is_there(directory) {
        warn!(directory = %directory.display(), "neither nflog nor silences are there to import");
        return Ok(());
    }
    let kept = Kept::read(directory, now())?;
    for notice in &kept.notices {
        warn!("{notice}");
    }
    let records = kept.records(&[]);
    commit(&opened.committer, &records).await?;
    opened.records = records;
    let (silences, entries) = (kept.silences.len(), kept.log.len());
    info!(directory = %directory.display(), silences, entries, "an Alertmanager's state is taken over");
    Ok(())
}

fn tell(kept: &Kept) {
    for notice in &kept.notices {
        eprintln!("{notice}");
    }
}

fn open(storage: &Path) -> Result<Opened> {
    let opened = Committer::open(storage)
        .with_context(|| format!("cannot use --storage.path {}", storage.display()))?;
    for notice in &opened.notices {
        eprintln!("{notice}");
    }
    Ok(opened)
}

async fn commit(committer: &Committer, records: &[Record]) -> Result<()> {
    let committed = committer.commit(records, Outlives::Power).await;
    committed.context("what was taken over could not be written")
}

fn now() -> Timestamp {
    Clock::default().now()
}
