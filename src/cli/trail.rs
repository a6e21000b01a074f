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
}

impl Reloaded {
    /// Opens the trail, if there is to be one.
    pub(super) fn open(file: Option<&Path>, plan: &Plan, now: Timestamp) -> Result<Reloaded> {
        let Some(file) = file else {
            return Ok(Reloaded { trail: Trail::default(), outline: Mutex::default() });
        };
        let opened = Audit::open(file, now)?;
        for notice in &opened.notices {
            warn!("{notice}");
        }
        info!(file = %file.display(), "changes are written to the audit file");
        let outline = Mutex::new(outline(plan)?);
        Ok(Reloaded { trail: Trail::new(Some(Arc::new(opened.audit))), outline })
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
        let object = plan.config_file.as_ref().or(plan.outward.config.as_ref());
        let object = object.map(|path| path.display().to_string()).unwrap_or_default();
        let reload = Entry {
            at: now,
            action: Action::Reload,
            object,
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
        let difference = outline.difference(&newer);
        *outline = newer;
        let Difference { added, removed, changed, more } = &difference;
        let detail = json!({"added": added, "removed": removed, "changed": changed, "more": more});
        (!difference.is_empty()).then_some(detail)
    }
}
