//! Any bytes as a certificate: its names are read, or it has none.

use firebell::api::listener::{NAMES_LIMIT, alternative_names};

/// One input.
pub fn run(data: &[u8]) {
    assert!(alternative_names(data).len() <= NAMES_LIMIT);
}
