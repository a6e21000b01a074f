//! The audit trail of a server: opens it, and writes down reloads and what they changed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use tracing::{info, warn};

use crate::api::Trail;
use crate::audit::{Action, Audit, By, Entry, Outcome};
use crate::config::outline::{Difference, Outline};
use crate::drivers::load::{LoadError, Plan, outline};
use crate::time::Timestamp;

/// Where changes are written down.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct TrailArguments {
    /// Write every change of silences and configuration to this file, chained by hashes, before
    /// it is answered; see firebell audit verify.
    #[arg(long = "audit.file", value_name = "FILE")]
    pub audit_file: Option<PathBuf>,
}

/// See the module.
pub(super) struct Reloaded {
    pub trail: Trail,
    /// What the configuration in force says; only with a trail.
    outline: Mutex<Outline>,
    /// Where it is kept for the next run.
    kept: PathBuf,
}

/// What is kept of the last configuration is not read when it is larger, in bytes.
const OUTLINE_LIMIT: u64 = 256 << 20;

/// The file beside the trail that has the places of the last configuration and their hashes.
fn kept_beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".outline");
    name.into()
}

/// What the configuration of the last run said, if that is known.
fn recall(path: &Path) -> Option<Outline> {
    let size = std::fs::metadata(path).ok()?.len();
    let text = std::fs::read(path).ok().filter(|_| size <= OUTLINE_LIMIT)?;
    let read = serde_json::from_slice(&text);
    read.inspect_err(|error| warn!(file = %path.display(), %error, "not an outline")).ok()
}

/// Keeps what a configuration says for the next run. Who can read the hashes could try out what
/// stands there, so nobody else may.
fn keep(path: &Path, outline: &Outline) {
    use std::io::Write as _;
    let written = serde_json::to_vec(outline).map_err(std::io::Error::from).and_then(|text| {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)?.write_all(&text)
    });
    if let Err(error) = written {
        warn!(file = %path.display(), %error, "what the configuration says is not kept");
    }
}

/// The file that a configuration is read from.
fn object(plan: &Plan) -> String {
    let object = plan.config_file.as_ref().or(plan.outward.config.as_ref());
    object.map(|path| path.display().to_string()).unwrap_or_default()
}

/// Where a newer configuration differs, if it does.
fn detail(before: &Outline, newer: &Outline) -> Option<Value> {
    let difference = before.difference(newer);
    let Difference { added, removed, changed, more } = &difference;
    let detail = json!({"added": added, "removed": removed, "changed": changed, "more": more});
    (!difference.is_empty()).then_some(detail)
}

impl Reloaded {
    /// Opens the trail, if there is to be one.
    pub(super) fn open(file: Option<&Path>, plan: &Plan, now: Timestamp) -> Result<Reloaded> {
        let Some(file) = file else {
            let (trail, kept) = (Trail::default(), PathBuf::new());
            return Ok(Reloaded { trail, outline: Mutex::default(), kept });
        };
        let opened = Audit::open(file, now)?;
        for notice in &opened.notices {
            warn!("{notice}");
        }
        info!(file = %file.display(), "changes are written to the audit file");
        let kept = kept_beside(file);
        let (before, newer) = (recall(&kept), outline(plan)?);
        let changed = before.and_then(|before| detail(&before, &newer));
        if let Some(detail) = changed {
            // nobody knows who changed it while nobody ran
            let (by, object) = (By::default(), object(plan));
            let (action, outcome) = (Action::Configure, Outcome::Done);
            opened.audit.add(&Entry { at: now, action, object, by, outcome, detail })?;
        }
        keep(&kept, &newer);
        let trail = Trail::new(Some(Arc::new(opened.audit)));
        Ok(Reloaded { trail, outline: Mutex::new(newer), kept })
    }

    /// The file may have been rotated.
    pub(super) fn reopen(&self, now: Timestamp) {
        if let Some(audit) = self.trail.audit()
            && let Err(error) = audit.reopen(now)
        {
            warn!(%error, "the audit trail goes on in the old file");
        }
    }

    /// Writes down a reload and what it changed; the answer to whoever asked.
    pub(super) async fn reloaded(
        &self,
        now: Timestamp,
        by: By,
        plan: &Plan,
        outcome: Result<(), String>,
    ) -> Result<(), String> {
        if self.trail.audit().is_none() {
            return outcome;
        }
        let unwritten = |_| "in force, but the audit trail could not be written".to_owned();
        let told = match &outcome {
            Ok(()) => Outcome::Done,
            Err(why) => Outcome::Refused(why.clone()),
        };
        let reload = Entry {
            at: now,
            action: Action::Reload,
            object: object(plan),
            by,
            outcome: told,
            detail: Value::Null,
        };
        self.trail.add(reload.clone()).await.map_err(unwritten)?;
        outcome?;
        let plan = plan.clone();
        let newer = tokio::task::spawn_blocking(move || outline(&plan)).await;
        let detail = match newer {
            Ok(newer) => self.detail(newer),
            Err(error) => Some(json!({"unknown": error.to_string()})),
        };
        let Some(detail) = detail else { return Ok(()) };
        let changed = Entry { action: Action::Configure, detail, ..reload };
        self.trail.add(changed).await.map_err(unwritten)
    }

    /// What differs from the configuration before, if anything does.
    fn detail(&self, newer: Result<Outline, LoadError>) -> Option<Value> {
        let newer = match newer {
            Ok(newer) => newer,
            Err(error) => return Some(json!({"unknown": error.to_string()})),
        };
        let mut outline = self.outline.lock().unwrap_or_else(PoisonError::into_inner);
        let detail = detail(&outline, &newer);
        if detail.is_some() {
            keep(&self.kept, &newer);
        }
        *outline = newer;
        detail
    }
}
