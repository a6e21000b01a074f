//! Things that exclude each other, and secrets that come from one place or another.

use std::sync::Arc;

use crate::config::read::Reader;
use crate::config::yaml::Position;
use crate::notify::integration::SecretSource;
use crate::secret::Secret;

/// Refuses more than one of two.
pub(super) fn at_most_one(
    reader: &mut Reader,
    at: Position,
    (first, first_set): (&str, bool),
    (second, second_set): (&str, bool),
) {
    if first_set && second_set {
        reader.problem(at, format!("at most one of {first} & {second} must be configured"));
    }
}

/// The inline secret, or the file's name, or nothing. The file wins where both are allowed.
pub(super) fn secret_source(inline: &Secret, file: &str) -> Option<SecretSource> {
    if !file.is_empty() {
        Some(SecretSource::File(Arc::from(file)))
    } else if !inline.is_empty() {
        Some(SecretSource::Inline(inline.clone()))
    } else {
        None
    }
}
