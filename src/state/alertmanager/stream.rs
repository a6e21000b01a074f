//! Messages one after the other, each behind its length.

use std::marker::PhantomData;

use prost::Message;
use prost::encoding::{decode_varint, encode_varint};

use crate::time::Timestamp;

/// The largest message that is read, in bytes.
pub const MESSAGE_LIMIT: u64 = 64 << 20;

/// Where and why reading ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {why}")]
pub struct BadStream {
    /// Where the message begins.
    pub offset: usize,
    /// What is wrong with it.
    pub why: String,
}

/// The messages; ends after the first that cannot be read.
pub(super) fn messages<M: Message + Default>(
    bytes: &[u8],
) -> impl Iterator<Item = Result<M, BadStream>> {
    Messages { bytes, offset: 0, of: PhantomData }
}

struct Messages<'a, M> {
    bytes: &'a [u8],
    offset: usize,
    of: PhantomData<M>,
}

impl<M: Message + Default> Iterator for Messages<'_, M> {
    type Item = Result<M, BadStream>;

    fn next(&mut self) -> Option<Result<M, BadStream>> {
        if self.bytes.is_empty() {
            return None;
        }
        let length = self.bytes.len();
        let read = self.message();
        let offset = self.offset;
        if read.is_err() {
            self.bytes = &[];
        }
        self.offset += length - self.bytes.len();
        Some(read.map_err(|why| BadStream { offset, why }))
    }
}

impl<M: Message + Default> Messages<'_, M> {
    fn message(&mut self) -> Result<M, String> {
        let length = decode_varint(&mut self.bytes).map_err(|error| error.to_string())?;
        if length > MESSAGE_LIMIT {
            return Err(format!("a message of {length} bytes; at most {MESSAGE_LIMIT} are read"));
        }
        let there = self.bytes.len();
        let parts = usize::try_from(length).ok().and_then(|at| self.bytes.split_at_checked(at));
        let (message, rest) = parts
            .ok_or_else(|| format!("a message of {length} bytes, of which {there} are there"))?;
        self.bytes = rest;
        M::decode(message).map_err(|error| error.to_string())
    }
}

/// Adds a message.
pub(super) fn add(bytes: &mut Vec<u8>, message: &impl Message) {
    encode_varint(message.encoded_len() as u64, bytes);
    bytes.extend_from_slice(&message.encode_to_vec());
}

/// `google.protobuf.Timestamp`
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Moment {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Moment {
        let (seconds, millis) = (at.millis().div_euclid(1000), at.millis().rem_euclid(1000));
        // below a thousand millions
        Moment { seconds, nanos: millis as i32 * 1_000_000 }
    }
}

/// The moment to the millisecond; the beginning of the year 1 when it is left out.
pub(super) fn time(moment: Option<&Moment>) -> Timestamp {
    const YEAR_1: i64 = -62_135_596_800_000;
    let Some(Moment { seconds, nanos }) = moment else { return Timestamp::from_millis(YEAR_1) };
    let millis = i128::from(*seconds) * 1000 + i128::from(*nanos).div_euclid(1_000_000);
    let within = millis.clamp(i64::MIN.into(), i64::MAX.into());
    // clamped
    Timestamp::from_millis(within as i64)
}
