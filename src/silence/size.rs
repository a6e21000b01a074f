//! How long a silence is as peers are sent it.
//! (Source: Alertmanager, `silencepb`: `MeshSilence`; protobuf's wire format.)

use crate::label::{MatchOp, Matcher, Matchers};
use crate::time::Timestamp;

use super::Silence;

/// The bytes of a silence in protobuf, with the moment at which it is forgotten; every
/// field has a number below 16, so a tag is one byte.
pub(super) fn encoded(silence: &Silence) -> usize {
    let moments = [silence.starts_at, silence.ends_at, silence.updated_at];
    let texts = [&*silence.id, &*silence.created_by, &*silence.comment];
    let own = texts.into_iter().map(text).sum::<usize>()
        + moments.into_iter().map(|at| nested(moment(at))).sum::<usize>()
        + silence.matcher_sets.iter().map(|one| nested(set(one))).sum::<usize>()
        + annotations(silence);
    // the moment of forgetting is as long as that of the end
    nested(own) + nested(moment(silence.ends_at))
}

fn annotations(silence: &Silence) -> usize {
    silence.annotations.iter().map(|(name, value)| nested(text(name) + text(value))).sum()
}

fn set(matchers: &Matchers) -> usize {
    matchers.iter().map(|one| nested(matcher(one))).sum()
}

fn matcher(matcher: &Matcher) -> usize {
    // the first kind is 0, and left out
    let kind = if matcher.op == MatchOp::Equal { 0 } else { 2 };
    kind + text(&matcher.name) + text(&matcher.value)
}

fn moment(at: Timestamp) -> usize {
    let nanos = at.millis().rem_euclid(1000).unsigned_abs() * 1_000_000;
    let number = |value: u64| if value == 0 { 0 } else { 1 + varint(value) };
    number(at.millis().div_euclid(1000).cast_unsigned()) + number(nanos)
}

fn text(text: &str) -> usize {
    if text.is_empty() { 0 } else { nested(text.len()) }
}

/// A tag, a length, and what is so long.
fn nested(length: usize) -> usize {
    1 + varint(length as u64) + length
}

/// Seven bits a byte, at least one.
fn varint(value: u64) -> usize {
    (64 - value.leading_zeros()).max(1).div_ceil(7) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Labels;
    use crate::label::pattern::Dialect;

    /// What Alertmanager 0.33 said of the same silence.
    #[test]
    fn a_silence_is_as_long_as_the_peer_says() {
        let matcher = Matcher::new("a", MatchOp::Equal, &"b".repeat(133), Dialect::Alertmanager);
        let now = Timestamp::from_millis(1_795_381_505_748);
        let silence = Silence {
            id: "c507e5d9-a24b-46da-aace-fc5b0717ccf6".into(),
            matcher_sets: vec![Matchers(vec![matcher.unwrap()])],
            starts_at: now,
            ends_at: Timestamp::from_millis(1_798_761_600_000),
            updated_at: now,
            created_by: "me".into(),
            comment: "c".into(),
            annotations: Labels::empty(),
        };
        assert_eq!(encoded(&silence), 237);
    }
}
