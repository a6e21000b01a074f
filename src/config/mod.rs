//! Configuration: the only YAML in the house. Raw, then compiled: parse what was written, then
//! build what is meant.
//!
//! ```text
//! text --yaml--> Node tree with positions --read--> Raw --compile--> engine::setup
//!         '-- ${VAR} expansion in scalars
//! ```

pub mod alertmanager;
mod error;
mod expand;
mod read;
pub mod rules;
pub mod yaml;

pub use error::{ConfigError, ConfigErrors};
pub use expand::{Expansion, Surroundings};
