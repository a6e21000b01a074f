//! An Alertmanager configuration: one file, or a directory of a root and fragments.

use std::path::{Path, PathBuf};

use crate::config::alertmanager::{self, Raw};

use super::{LoadError, Plan, expansion, read, read_text};

/// The most fragments of a directory.
pub const FRAGMENTS_LIMIT: usize = 10_000;
/// The names that the root of a directory may have.
const ROOTS: [&str; 2] = ["alertmanager.yml", "alertmanager.yaml"];

/// What is written in the file, or in the directory.
pub(super) struct Texts {
    root: (PathBuf, String),
    /// One that cannot be read is as wrong as one that says nonsense.
    fragments: Vec<(PathBuf, Result<String, String>)>,
}

impl Texts {
    /// Reads them.
    ///
    /// # Errors
    /// The file or the root cannot be read.
    pub(super) fn read(path: &Path) -> Result<Texts, LoadError> {
        let (root, fragments) = files(path)?;
        let text = read(&root)?;
        let fragments = fragments.into_iter().map(|path| {
            let text = read_text(&path);
            (path, text)
        });
        Ok(Texts { root: (root, text), fragments: fragments.collect() })
    }

    /// All of them with their paths; of what cannot be read, why not.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Path, &str)> {
        let (root, text) = &self.root;
        let fragments = self.fragments.iter();
        let fragments =
            fragments.map(|(path, text)| (&**path, text.as_deref().unwrap_or_else(|why| why)));
        std::iter::once((&**root, text.as_str())).chain(fragments)
    }
}

/// What a path comes to.
pub(super) struct Configuration {
    pub(super) raw: Raw,
    /// What is wrong with the fragments that are left out, one text for each.
    pub(super) refused: Vec<String>,
}

/// What the texts come to.
///
/// # Errors
/// A root that is wrong. Fragments that are wrong are left out.
pub(super) fn load(plan: &Plan, texts: &Texts) -> Result<Configuration, LoadError> {
    let (root, text) = &texts.root;
    let name = root.display().to_string();
    let mut raw = alertmanager::parse(&name, text, expansion(plan.expand), plan.mode)
        .map_err(LoadError::Content)?;
    let mut refused = Vec::new();
    for (path, text) in &texts.fragments {
        if let Err(problem) = add(plan, &mut raw, path, text) {
            refused.push(problem);
        }
    }
    Ok(Configuration { raw, refused })
}

/// The file, or the root of a directory and its fragments.
///
/// # Errors
/// A directory that cannot be read, has no root or more than [`FRAGMENTS_LIMIT`] fragments.
pub fn files(path: &Path) -> Result<(PathBuf, Vec<PathBuf>), LoadError> {
    if path.is_dir() { listed(path) } else { Ok((path.to_owned(), Vec::new())) }
}

fn add(
    plan: &Plan,
    raw: &mut Raw,
    path: &Path,
    text: &Result<String, String>,
) -> Result<(), String> {
    let name = path.display().to_string();
    let text = text.as_ref().map_err(|message| format!("{name}: {message}"))?;
    let namespace = path.file_stem().unwrap_or_default().to_string_lossy();
    let added = raw.add_fragment(&name, &namespace, text, expansion(plan.expand), plan.mode);
    added.map_err(|errors| errors.to_string())
}

/// The root of a directory, and the other YAML files by name; hidden ones do not count.
fn listed(directory: &Path) -> Result<(PathBuf, Vec<PathBuf>), LoadError> {
    let name = || directory.display().to_string();
    let fail = |message: String| LoadError::File { path: name(), message };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(|error| fail(error.to_string()))? {
        let path = entry.map_err(|error| fail(error.to_string()))?.path();
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        let is_yaml = path.extension().is_some_and(|it| it == "yml" || it == "yaml");
        if !hidden && is_yaml && !path.is_dir() {
            files.push(path);
        }
        if files.len() > FRAGMENTS_LIMIT {
            return Err(fail(format!("more than {FRAGMENTS_LIMIT} configurations")));
        }
    }
    files.sort();
    let root = ROOTS.iter().find_map(|root| files.iter().position(|path| path.ends_with(root)));
    let Some(root) = root else {
        return Err(fail("a directory of configurations needs an alertmanager.yml".to_owned()));
    };
    let root = files.remove(root);
    Ok((root, files))
}

#[cfg(test)]
mod tests {
    use super::super::tests::plan;

    #[test]
    fn a_directory_is_one_configuration_without_its_broken_fragments() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            std::fs::write(directory.path().join(name), text).unwrap();
        };
        let root = "route: {receiver: r}\nreceivers: [{name: r}]\n";
        let mut plan = plan(directory.path(), root, &[]);
        plan.config_file = Some(directory.path().to_owned());
        for (name, team) in [("b.yml", "b"), ("a.yaml", "a")] {
            let text =
                format!("route: {{receiver: p, matchers: [t={team}]}}\nreceivers: [{{name: p}}]");
            write(name, &text);
        }
        write("broken.yml", "route: {receiver: nobody, matchers: [t=x]}\n");
        write(".hidden.yml", "nonsense");
        write("notes.txt", "nonsense");
        let loaded = crate::drivers::load::load(&plan).unwrap();
        let order = &loaded.setup.notification.receiver_order;
        assert_eq!(order.iter().map(|name| &**name).collect::<Vec<_>>(), ["r", "a/p", "b/p"]);
        assert_eq!(loaded.refused.len(), 1);
        let place = "broken.yml:1:19: undefined receiver \"nobody\" used in route";
        assert!(loaded.refused[0].ends_with(place), "{:?}", loaded.refused);

        std::fs::remove_file(directory.path().join("alertmanager.yml")).unwrap();
        let error = crate::drivers::load::load(&plan).map(|_| ()).unwrap_err().to_string();
        assert!(
            error.contains("a directory of configurations needs an alertmanager.yml"),
            "{error}"
        );
    }
}
