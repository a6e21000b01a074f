//! An immutable, sorted set of label pairs in one allocation.
//!
//! ```text
//! len(name) name len(value) value | len(name) name len(value) value | ...
//! ```
//!
//! Lengths are base-64 varints (six bits a byte, low bits first, 0x40 = "more follows"), so
//! every byte of a length is ASCII, the whole buffer is valid UTF-8, and equality and hashing
//! are those of one string.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A sorted set of label pairs; cheap to clone, to compare for equality and to hash.
/// Ordered as Prometheus orders label sets: pair by pair, name before value, a prefix first.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Labels(Arc<str>);

impl Labels {
    /// The set without labels.
    pub fn empty() -> Labels {
        Labels(Arc::from(""))
    }

    /// A set of these pairs in any order. The last of several pairs with one name wins and
    /// pairs with an empty value are left out (an empty label is a missing label).
    pub fn from_pairs<N: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Labels {
        let pairs = last_of_each(pairs);
        let pairs = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
        Labels::from_sorted(pairs.filter(|(_, value)| !value.is_empty()))
    }

    /// Texts by name, as annotations are: empty ones stay. The last of several with one name wins.
    pub fn texts<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> Labels {
        let pairs = last_of_each(pairs);
        Labels::from_sorted(pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())))
    }

    /// A set of these pairs, which come in name order, each name once and no value empty.
    pub fn from_sorted<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Labels {
        let mut buffer = String::new();
        for (name, value) in pairs {
            push(&mut buffer, name);
            push(&mut buffer, value);
        }
        Labels(Arc::from(buffer))
    }

    /// The pairs in name order.
    pub fn iter(&self) -> Pairs<'_> {
        Pairs { rest: &self.0 }
    }

    /// The pairs in name order, as bytes: for those who copy or compare them.
    pub fn byte_pairs(&self) -> BytePairs<'_> {
        BytePairs { rest: self.0.as_bytes() }
    }

    /// The value of a label, if the set has it.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.byte_pairs();
        let first = name.as_bytes().first();
        while let Some((candidate, value)) = pairs.next() {
            if candidate == name.as_bytes() {
                let end = self.0.len() - pairs.rest.len();
                return self.0.get(end - value.len()..end);
            }
            if candidate.first() > first {
                return None;
            }
        }
        None
    }

    /// The value of a label, or the empty string, which is what a missing label means
    /// everywhere in the field.
    pub fn value(&self, name: &str) -> &str {
        self.get(name).unwrap_or("")
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there are no pairs.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A builder that starts from this set.
    pub fn edit(&self) -> LabelsBuilder {
        LabelsBuilder {
            pairs: self.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }

    /// The subset whose names satisfy `keep`.
    pub fn filter(&self, mut keep: impl FnMut(&str) -> bool) -> Labels {
        Labels::from_sorted(self.iter().filter(|(name, _)| keep(name)))
    }

    /// The pairs that all of these sets share; of no sets, none.
    pub fn common<'a>(sets: impl IntoIterator<Item = &'a Labels>) -> Labels {
        let mut sets = sets.into_iter();
        let Some(first) = sets.next() else { return Labels::empty() };
        sets.fold(first.clone(), |common, set| {
            if common == *set {
                return common;
            }
            common.filter(|name| set.get(name).is_some_and(|value| value == common.value(name)))
        })
    }

    /// This set without one label.
    pub fn without(&self, name: &str) -> Labels {
        if self.get(name).is_none() {
            return self.clone();
        }
        self.filter(|candidate| candidate != name)
    }

    /// The bytes that identify the set (the encoding above), for hashing at other places.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(super) fn as_encoded(&self) -> &str {
        &self.0
    }

    /// The set that this text encodes; only for text that came out of the same encoding.
    pub(super) fn from_encoded(text: Arc<str>) -> Labels {
        Labels(text)
    }
}

/// The pairs in name order, of several with one name the last.
fn last_of_each<N: AsRef<str>, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Vec<(N, V)> {
    let mut pairs: Vec<(N, V)> = pairs.into_iter().collect();
    if !pairs.is_sorted_by(|(a, _), (b, _)| a.as_ref() < b.as_ref()) {
        pairs.sort_by(|(a, _), (b, _)| a.as_ref().cmp(b.as_ref()));
        pairs.reverse();
        pairs.dedup_by(|(a, _), (b, _)| a.as_ref() == b.as_ref());
        pairs.reverse();
    }
    pairs
}

impl Default for Labels {
    fn default() -> Labels {
        Labels::empty()
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Labels) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Labels {
    fn cmp(&self, other: &Labels) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) {
            return Ordering::Equal;
        }
        self.iter().cmp(other.iter())
    }
}

impl fmt::Display for Labels {
    /// Prometheus' label-set text: `{a="b", c="d"}`, values quoted as Go quotes them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, (name, value)) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            if super::matcher::is_legacy_name(name) {
                write!(f, "{comma}{name}={}", crate::template::quote(value))?;
            } else {
                let (name, value) = (crate::template::quote(name), crate::template::quote(value));
                write!(f, "{comma}{name}={value}")?;
            }
        }
        f.write_str("}")
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'a> IntoIterator for &'a Labels {
    type Item = (&'a str, &'a str);
    type IntoIter = Pairs<'a>;
    fn into_iter(self) -> Pairs<'a> {
        self.iter()
    }
}

/// The pairs of a [`Labels`], in name order.
#[derive(Clone)]
pub struct Pairs<'a> {
    pub(super) rest: &'a str,
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, &'a str);

    #[inline]
    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        if self.rest.is_empty() {
            return None;
        }
        let (name, rest) = pull(self.rest);
        let (value, rest) = pull(rest);
        self.rest = rest;
        Some((name, value))
    }
}

/// The pairs of a [`Labels`] as bytes, in name order.
#[derive(Clone)]
pub struct BytePairs<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for BytePairs<'a> {
    type Item = (&'a [u8], &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        if self.rest.is_empty() {
            return None;
        }
        let (name, rest) = pull_bytes(self.rest);
        let (value, rest) = pull_bytes(rest);
        self.rest = rest;
        Some((name, value))
    }
}

/// Collects pairs and makes a [`Labels`] of them.
#[derive(Clone, Debug, Default)]
pub struct LabelsBuilder {
    pairs: Vec<(String, String)>,
}

impl LabelsBuilder {
    /// A builder without pairs.
    pub fn new() -> LabelsBuilder {
        LabelsBuilder::default()
    }

    /// Sets a label; an empty value removes it.
    pub fn set(&mut self, name: &str, value: &str) -> &mut LabelsBuilder {
        match self.position(name) {
            Ok(index) if value.is_empty() => drop(self.pairs.remove(index)),
            Ok(index) => value.clone_into(&mut self.pairs[index].1),
            Err(_) if value.is_empty() => {}
            Err(index) => self.pairs.insert(index, (name.to_owned(), value.to_owned())),
        }
        self
    }

    /// Removes a label, if it is there.
    pub fn remove(&mut self, name: &str) -> &mut LabelsBuilder {
        self.set(name, "")
    }

    /// The value set so far.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.position(name).ok().map(|index| self.pairs[index].1.as_str())
    }

    /// The set.
    pub fn build(&self) -> Labels {
        let mut buffer = String::new();
        for (name, value) in &self.pairs {
            push(&mut buffer, name);
            push(&mut buffer, value);
        }
        Labels(Arc::from(buffer))
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.pairs.binary_search_by(|(candidate, _)| candidate.as_str().cmp(name))
    }
}

pub(super) fn push(buffer: &mut String, text: &str) {
    let mut length = text.len();
    while length >= 0x40 {
        buffer.push(char::from((length & 0x3f) as u8 | 0x40));
        length >>= 6;
    }
    buffer.push(char::from(length as u8));
    buffer.push_str(text);
}

#[inline]
fn pull(buffer: &str) -> (&str, &str) {
    match buffer.as_bytes() {
        [length, ..] if *length < 0x40 => buffer[1..].split_at(usize::from(*length)),
        _ => pull_long(buffer),
    }
}

fn pull_long(buffer: &str) -> (&str, &str) {
    let (header, length) = long_length(buffer.as_bytes());
    buffer[header..].split_at(length)
}

#[inline]
fn pull_bytes(buffer: &[u8]) -> (&[u8], &[u8]) {
    match buffer {
        [length, rest @ ..] if *length < 0x40 => rest.split_at(usize::from(*length)),
        [low, high, rest @ ..] if *high < 0x40 => {
            rest.split_at(usize::from(low & 0x3f) | (usize::from(*high) << 6))
        }
        _ => {
            let (header, length) = long_length(buffer);
            buffer[header..].split_at(length)
        }
    }
}

/// How many bytes a length takes, and the length.
fn long_length(buffer: &[u8]) -> (usize, usize) {
    let (mut length, mut shift, mut header) = (0, 0, 0);
    for byte in buffer {
        length |= usize::from(byte & 0x3f) << shift;
        shift += 6;
        header += 1;
        if byte & 0x40 == 0 {
            break;
        }
    }
    (header, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_back_sorted_and_long_values_survive() {
        let long = "x".repeat(70_000);
        let labels = Labels::from_pairs([("b", "2"), ("a", long.as_str()), ("é", "ü")]);
        let pairs: Vec<_> = labels.iter().collect();
        assert_eq!(pairs, [("a", long.as_str()), ("b", "2"), ("é", "ü")]);
        let bytes = labels.byte_pairs().map(|(name, value)| (name.len(), value.len()));
        assert!(bytes.eq(pairs.iter().map(|(name, value)| (name.len(), value.len()))));
        for (name, value) in pairs {
            assert_eq!(labels.get(name), Some(value));
        }
        assert_eq!(labels.get(""), None);
        for length in [63, 64, 4095, 4096] {
            let value = "v".repeat(length);
            let labels = Labels::from_pairs([("a", "1"), ("b", &value), ("c", "3")]);
            assert_eq!((labels.get("b"), labels.get("c")), (Some(&*value), Some("3")));
            assert_eq!(labels.byte_pairs().last(), Some((&b"c"[..], &b"3"[..])));
        }
        assert_eq!(labels.get("c"), None);
    }

    #[test]
    fn empty_values_are_missing_labels() {
        let labels = Labels::from_pairs([("a", "1"), ("b", ""), ("a", "")]);
        assert!(labels.is_empty());
    }

    #[test]
    fn empty_texts_stay_and_the_last_of_a_name_wins() {
        let texts = Labels::texts([("b", "1"), ("a", ""), ("b", ""), ("c", "2")]);
        assert_eq!(texts.iter().collect::<Vec<_>>(), [("a", ""), ("b", ""), ("c", "2")]);
        assert!(Labels::texts([("", ""); 0]).is_empty());
    }

    #[test]
    fn common_pairs_are_those_of_all_sets() {
        let set = |pairs: &[(&str, &str)]| Labels::from_pairs(pairs.iter().copied());
        let sets = [set(&[("a", "1"), ("b", "1"), ("c", "1")]), set(&[("a", "1"), ("b", "2")])];
        assert_eq!(Labels::common(&sets), set(&[("a", "1")]));
        assert_eq!(Labels::common(&sets[..1]), sets[0]);
        assert!(Labels::common([]).is_empty());
    }

    #[test]
    fn order_is_pairwise_and_a_prefix_comes_first() {
        let set = |pairs: &[(&str, &str)]| Labels::from_pairs(pairs.iter().copied());
        assert!(set(&[("a", "1")]) < set(&[("a", "1"), ("b", "1")]));
        assert!(set(&[("a", "1"), ("z", "9")]) < set(&[("a", "2")]));
        assert!(set(&[("a", "10")]) < set(&[("a", "9")]));
    }

    #[test]
    fn text_is_prometheus_label_set_text() {
        let labels = Labels::from_pairs([("b", "say \"hi\"\n"), ("a", "1")]);
        assert_eq!(labels.to_string(), r#"{a="1", b="say \"hi\"\n"}"#);
    }
}
