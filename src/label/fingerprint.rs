//! The hashes by which label sets are known outside: part of the interface, not an internal.

use std::fmt;

use super::Labels;

/// An alert's identity in Alertmanager's API: FNV-1a 64 over the sorted pairs, each name and
/// each value followed by a 0xFF byte. Printed as 16 lower-case hexadecimal digits.
/// (Source: `prometheus/common/model`, `LabelSet.Fingerprint`.)
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fingerprint(pub u64);

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

impl Labels {
    /// See [`Fingerprint`].
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hash = OFFSET;
        for (name, value) in self.iter() {
            hash = fnv(fnv(hash, name), value);
        }
        Fingerprint(hash)
    }

    /// The hash that Alertmanager's notification log keeps per alert: xxhash64 over the sorted
    /// pairs, each name and each value followed by a 0xFF byte.
    pub fn notification_hash(&self) -> u64 {
        let mut bytes = Vec::with_capacity(self.as_bytes().len() + 8);
        for (name, value) in self.iter() {
            for text in [name, value] {
                bytes.extend_from_slice(text.as_bytes());
                bytes.push(0xff);
            }
        }
        xxhash_rust::xxh64::xxh64(&bytes, 0)
    }

    /// Prometheus' own label-set hash (`labels.Labels.Hash` with string labels): xxhash64 over
    /// length-prefixed names and values; a length is one byte below 255, else 0xFF and three
    /// bytes little endian. Group offsets and `limit_ratio` are made of it.
    pub fn prometheus_hash(&self) -> u64 {
        let mut bytes = Vec::with_capacity(self.as_bytes().len() + 8);
        for (name, value) in self.iter() {
            push_sized(&mut bytes, name);
            push_sized(&mut bytes, value);
        }
        xxhash_rust::xxh64::xxh64(&bytes, 0)
    }
}

fn push_sized(bytes: &mut Vec<u8>, text: &str) {
    match u8::try_from(text.len()) {
        Ok(size) if size < 255 => bytes.push(size),
        _ => {
            bytes.push(255);
            bytes.extend_from_slice(&(text.len() as u32).to_le_bytes()[..3]);
        }
    }
    bytes.extend_from_slice(text.as_bytes());
}

fn fnv(mut hash: u64, text: &str) -> u64 {
    for byte in text.bytes().chain([0xff]) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    }
    hash
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_holds() {
        let labels = Labels::from_pairs([("alertname", "alert1"), ("severity", "critical")]);
        assert_eq!(labels.fingerprint().to_string(), "0223b772b51c29e1");
    }
}
