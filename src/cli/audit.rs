//! `firebell audit`.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::audit::verify;

use super::ExitStatus;

/// Look at the trail of changes that --audit.file writes.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Find lines that were changed, taken out, put elsewhere or cut off.
    #[command(
        after_help = "Exit codes: 0 the trail is whole, 1 it is not or cannot be read.\n\nExamples:\n  firebell audit verify audit.log\n  firebell audit verify audit.log.2 audit.log.1 audit.log"
    )]
    Verify {
        /// The file, or rotated files before it, oldest first.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

/// Runs what was asked for.
pub(super) fn run(arguments: Arguments) -> Result<ExitStatus> {
    let Command::Verify { files } = arguments.command;
    let verdict = verify(&files)?;
    for note in &verdict.notes {
        eprintln!("{note}");
    }
    for finding in &verdict.findings {
        eprintln!("{finding}");
    }
    let last = match &verdict.last {
        Some((sequence, hash)) => format!("the newest is {sequence}, its hash {hash}"),
        None => "none can be read".to_owned(),
    };
    let lines = match verdict.lines {
        1 => "1 line".to_owned(),
        lines => format!("{lines} lines"),
    };
    if verdict.findings.is_empty() {
        println!("whole: {lines}; {last}");
        return Ok(ExitStatus::Success);
    }
    println!("not whole: {} findings in {lines}; {last}", verdict.findings.len());
    Ok(ExitStatus::Failure)
}
