//! Configuration: the only YAML in the house. Raw, then compiled: parse what was written, then
//! build what is meant.
//!
//! ```text
//! text --yaml--> Node tree with positions --read--> Raw --compile--> engine::setup
//!         '-- ${VAR} expansion in scalars
//! ```

pub mod alertmanager;
pub mod amtool;
mod error;
mod expand;
pub mod http_client;
pub mod outline;
pub mod prometheus;
mod read;
pub mod rules;
pub mod ruletest;
pub mod sources;
pub mod web;
pub mod yaml;

pub use error::{ConfigError, ConfigErrors};
pub use expand::{Expansion, Surroundings};

/// The directory of the conformance data, or a line on stderr that it is not there.
#[cfg(test)]
fn conformance() -> Option<std::path::PathBuf> {
    let fallback = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance");
    let given = std::env::var_os("FIREBELL_CONFORMANCE").map(std::path::PathBuf::from);
    let directory = given.unwrap_or(fallback);
    if !directory.is_dir() {
        eprintln!("skipped: no conformance data at {}", directory.display());
        return None;
    }
    Some(directory)
}
