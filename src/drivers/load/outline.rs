//! What a plan's files say, place by place, to tell how a configuration differs from the next.

use std::path::Path;

use crate::config::Expansion;
use crate::config::alertmanager;
use crate::config::outline::{Grain, Outline};

use super::{LoadError, Plan, directory, expansion, matching, prometheus, read, rule_files};

/// Reads the files of a plan that loads.
///
/// # Errors
/// When a file cannot be read any more, or is none that would load.
pub fn outline(plan: &Plan) -> Result<Outline, LoadError> {
    let mut outline = Outline::default();
    if let Some(path) = &plan.config_file {
        let (root, fragments) = directory::files(path)?;
        add(&mut outline, "", &root, expansion(plan.expand), Grain::Values)?;
        templates(&mut outline, plan, &root)?;
        for fragment in fragments {
            let prefix = format!("{}: ", fragment.display());
            // one that cannot be read is left out, here too
            let _ = add(&mut outline, &prefix, &fragment, expansion(plan.expand), Grain::Values);
        }
    }
    if let Some(path) = &plan.outward.config {
        let prefix = format!("{}: ", path.display());
        add(&mut outline, &prefix, path, Expansion::Off, Grain::Values)?;
    }
    let mut unsaid = Vec::new();
    let file = prometheus::load(plan, &mut unsaid)?;
    for path in rule_files(plan, file.as_ref(), &mut unsaid)? {
        let prefix = format!("{}: ", path.display());
        add(&mut outline, &prefix, &path, Expansion::Off, Grain::Items)?;
    }
    Ok(outline)
}

fn add(
    outline: &mut Outline,
    prefix: &str,
    path: &Path,
    expansion: Expansion<'_>,
    grain: Grain,
) -> Result<(), LoadError> {
    let name = path.display().to_string();
    outline.add(prefix, &name, &read(path)?, expansion, grain).map_err(LoadError::Content)
}

/// Each template file as a whole.
fn templates(outline: &mut Outline, plan: &Plan, path: &Path) -> Result<(), LoadError> {
    let name = path.display().to_string();
    let raw = alertmanager::parse(&name, &read(path)?, expansion(plan.expand), plan.mode)
        .map_err(LoadError::Content)?;
    for pattern in raw.template_globs() {
        for path in matching(&pattern)? {
            outline.add_whole(path.display().to_string(), read(&path)?);
        }
    }
    Ok(())
}
