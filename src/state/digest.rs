//! The one entry that describes all others, so that silent loss is found.
//!
//! ```text
//! version (1) | sequence (8) | entries (8) | checksum (8)      little endian
//! ```
//!
//! The checksum is the exclusive or of a hash of every entry: it follows a change without a look
//! at the entries that did not change.

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::StateError;

/// The key of the digest; no other key begins with this byte.
pub(super) const DIGEST_KEY: &[u8] = &[0];

const VERSION: u8 = 1;
const LENGTH: usize = 25;

/// What a store holds, in short.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Digest {
    /// How many commits led here.
    pub sequence: u64,
    /// How many entries there are.
    pub entries: u64,
    /// The exclusive or of all entries' hashes.
    pub checksum: u64,
}

impl Digest {
    /// The digest after a key's value changed; `None` is a key that is not there.
    pub(super) fn change(&mut self, key: &[u8], old: Option<&[u8]>, new: Option<&[u8]>) {
        if let Some(value) = old {
            self.entries = self.entries.wrapping_sub(1);
            self.checksum ^= hash(key, value);
        }
        if let Some(value) = new {
            self.entries = self.entries.wrapping_add(1);
            self.checksum ^= hash(key, value);
        }
    }

    /// Whether both describe the same entries.
    pub(super) fn agrees(&self, other: &Digest) -> bool {
        (self.entries, self.checksum) == (other.entries, other.checksum)
    }

    pub(super) fn encode(&self) -> [u8; LENGTH] {
        let mut bytes = [VERSION; LENGTH];
        let words = [self.sequence, self.entries, self.checksum];
        for (place, word) in bytes[1..].chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Digest, StateError> {
        let words = match bytes {
            [VERSION, words @ ..] if bytes.len() == LENGTH => words,
            _ => return Err(StateError::Damaged("the digest cannot be read".to_owned())),
        };
        let mut words = words
            .chunks_exact(8)
            .map(|word| word.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)));
        let mut next = || words.next().unwrap_or_default();
        Ok(Digest { sequence: next(), entries: next(), checksum: next() })
    }
}

/// The length of the key keeps apart what would run together.
fn hash(key: &[u8], value: &[u8]) -> u64 {
    let mut hasher = Xxh3::with_seed(key.len() as u64);
    hasher.update(key);
    hasher.update(&xxh3_64(value).to_le_bytes());
    hasher.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_comes_back() {
        let digest = Digest { sequence: 1, entries: u64::MAX, checksum: 0x0123_4567_89ab_cdef };
        assert_eq!(Digest::decode(&digest.encode()), Ok(digest));
        for bytes in [&[][..], &[0; LENGTH], &[VERSION; LENGTH - 1], &[VERSION; LENGTH + 1]] {
            assert!(Digest::decode(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn it_follows_changes_in_any_order() {
        let mut one = Digest::default();
        one.change(b"a", None, Some(b"1"));
        one.change(b"b", None, Some(b"2"));
        one.change(b"a", Some(b"1"), Some(b"3"));
        let mut other = Digest::default();
        other.change(b"a", None, Some(b"3"));
        assert!(!one.agrees(&other));
        other.change(b"b", None, Some(b"2"));
        assert!(one.agrees(&other));
        other.change(b"b", Some(b"2"), None);
        other.change(b"a", Some(b"3"), None);
        assert_eq!(other, Digest::default());
    }

    #[test]
    fn key_and_value_do_not_run_together() {
        assert_ne!(hash(b"ab", b"c"), hash(b"a", b"bc"));
        assert_ne!(hash(b"a", b""), hash(b"", b"a"));
    }
}
