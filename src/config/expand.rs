//! `${VAR}`, `${VAR:-default}` and `${file:/path}` inside scalars.

/// What a configuration may ask of the world; the edge answers.
pub trait Surroundings {
    /// The value of an environment variable, if it is set.
    fn variable(&self, name: &str) -> Option<String>;
    /// The text of a file, or why it cannot be read.
    fn file(&self, path: &str) -> Result<String, String>;
}

/// Whether `${...}` is expanded.
#[derive(Copy, Clone)]
pub enum Expansion<'a> {
    /// Every `$` stays as it is.
    Off,
    /// Variables and files come from here.
    On(&'a dyn Surroundings),
}
