//! The configuration files: `$HOME/.config/amtool/config.yml`, then `/etc/amtool/config.yml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};

use crate::cli::check::web_config::told;
use crate::config;
use crate::drivers::load::read_text;

/// Values for flags by name; the first file that has one counts.
pub(super) fn load() -> Result<BTreeMap<String, String>> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    read(&[home.join(".config/amtool/config.yml"), PathBuf::from("/etc/amtool/config.yml")])
}

fn read(files: &[PathBuf]) -> Result<BTreeMap<String, String>> {
    let mut flags = BTreeMap::new();
    for file in files.iter().filter(|file| Path::exists(file)) {
        let failed = |text: String| anyhow!("could not load config file: {text}");
        let text = read_text(file).map_err(failed)?;
        let own = config::amtool::parse(&file.display().to_string(), &text);
        for (name, value) in own.map_err(|errors| failed(told(&errors)))? {
            flags.entry(name).or_insert(value);
        }
    }
    Ok(flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_file_counts_and_bad_ones_are_told_of() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        std::fs::write(path("a"), "output: json\n").unwrap();
        std::fs::write(path("b"), "output: simple\nauthor: me\n").unwrap();
        let flags = read(&[path("none"), path("a"), path("b")]).unwrap();
        assert_eq!((&*flags["output"], &*flags["author"]), ("json", "me"));
        std::fs::write(path("b"), "a: [b]\n").unwrap();
        let error = read(&[path("a"), path("b")]).unwrap_err().to_string();
        assert!(error.starts_with("could not load config file: yaml: unmarshal errors:\n  line 1"));
    }
}
