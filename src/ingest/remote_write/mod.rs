//! Prometheus' remote write 1.0: a snappy block around a protobuf message.
//!
//! ```text
//! WriteRequest  1: TimeSeries*   3: MetricMetadata*
//! TimeSeries    1: Label*   2: Sample*   3: Exemplar* (left out)   4: Histogram*
//! Label         1: name     2: value
//! Sample        1: value (double)        2: timestamp (int64, ms)
//! ```
//!
//! Series and samples are read straight from the bytes into columns; the rare messages,
//! histograms and metadata, go through prost.
//! (Source: prometheus.io/docs/specs/prw/remote_write_spec and Prometheus' `prompb`.)

mod histogram;
mod message;
#[cfg(test)]
mod tests;
mod wire;

use super::encoding::{EncodingError, unsnap_into};
use super::limits;
use crate::label::METRIC_NAME;
use crate::source::{Batch, Metadata};
use crate::time::{Span, Timestamp};

use wire::{Field, Fields};

/// The largest body before it is unpacked, in bytes.
pub const MAX_BODY: usize = 32 << 20;
/// The largest message after the body is unpacked, in bytes.
pub const MAX_DECODED: usize = 32 << 20;
/// The most series of one request.
pub const MAX_SERIES: usize = 1_000_000;
/// The most samples of one request.
pub const MAX_SAMPLES: usize = 4_000_000;
/// How far a sample may be ahead of the clock.
pub const MAX_AHEAD: Span = Span::from_mins(10);
/// How many labels of a bad series are shown.
const SHOWN_LABELS: usize = 8;

/// Why a write was refused, in whole or in part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The content type is not that of remote write 1.0.
    #[error("content type {0:?} is not supported: send application/x-protobuf (remote write 1.0)")]
    ContentType(String),
    /// The content encoding is not snappy.
    #[error("content encoding {0:?} is not supported: send snappy")]
    ContentEncoding(String),
    /// The body does not unpack, or to too much.
    #[error("remote write: {0}")]
    Encoding(#[from] EncodingError),
    /// The message breaks the format; nothing of it was taken.
    #[error("remote write: malformed message at byte {at} of the unpacked body: {what}")]
    Malformed {
        /// Where, in bytes from the beginning of the unpacked body.
        at: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// There is too much in one request; nothing of it was taken.
    #[error("remote write: more than {limit} {what} in one request")]
    Limit {
        /// Of what there is too much.
        what: &'static str,
        /// How much there may be.
        limit: usize,
    },
    /// A series has unusable labels, a time out of reach, or an impossible histogram; what is
    /// good of the request was taken.
    #[error("remote write: series {series} (number {number} of the request): {what}")]
    Series {
        /// Which one, as well as it can be told.
        series: String,
        /// Which one, from 1.
        number: usize,
        /// What is wrong.
        what: String,
    },
    /// Samples do not fit behind those that are stored; the others were taken.
    #[error("remote write: {refused} samples refused, {taken} taken; the first: {first}")]
    Refused {
        /// The first sample that was refused, and why.
        first: String,
        /// How many were refused.
        refused: usize,
        /// How many were taken.
        taken: usize,
    },
}

impl WriteError {
    /// The HTTP status to answer. None asks for the same request again.
    pub fn status(&self) -> u16 {
        match self {
            WriteError::ContentType(_) | WriteError::ContentEncoding(_) => 415,
            WriteError::Encoding(error) => error.status(),
            _ => 400,
        }
    }
}

/// What a request brings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// Its samples.
    pub samples: Batch,
    /// What it says of its metrics.
    pub metadata: Vec<Metadata>,
    /// The first series that was left out, in whole or in part.
    pub refused: Option<WriteError>,
}

/// Whether the headers are those of remote write 1.0; missing ones are taken for granted, as
/// Prometheus does.
pub fn check_headers(
    content_type: Option<&str>,
    content_encoding: Option<&str>,
) -> Result<(), WriteError> {
    let given = content_type.unwrap_or_default();
    let mut parts = given.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let protobuf = kind.is_empty() || kind.eq_ignore_ascii_case("application/x-protobuf");
    let message = parts.find_map(|part| part.strip_prefix("proto="));
    if !protobuf || message.is_some_and(|message| message != "prometheus.WriteRequest") {
        return Err(WriteError::ContentType(given.to_owned()));
    }
    match content_encoding.unwrap_or_default() {
        "" | "snappy" => Ok(()),
        other => Err(WriteError::ContentEncoding(other.to_owned())),
    }
}

/// [`Decoder::decode`] with memory of its own.
pub fn decode(body: &[u8], now: Timestamp) -> Result<Decoded, WriteError> {
    Decoder::default().decode(body, now)
}

/// Decodes one request after the other in the same memory.
#[derive(Debug, Default)]
pub struct Decoder {
    message: Vec<u8>,
    samples: Batch,
}

impl Decoder {
    /// Unpacks and reads a request. Series with unusable labels, samples too far ahead of `now`
    /// and impossible histograms are left out and reported; a broken message is refused whole.
    pub fn decode(&mut self, body: &[u8], now: Timestamp) -> Result<Decoded, WriteError> {
        if body.len() > MAX_BODY {
            return Err(EncodingError::TooLarge(MAX_BODY).into());
        }
        let message = unsnap_into(body, MAX_DECODED, &mut self.message)?;
        read(message, std::mem::take(&mut self.samples), now)
    }

    /// Takes the batch of a request back for the next one.
    pub fn reuse(&mut self, mut samples: Batch) {
        samples.clear();
        self.samples = samples;
    }

    /// How many bytes it keeps for the next request.
    pub fn bytes(&self) -> usize {
        self.message.capacity() + self.samples.bytes()
    }
}

fn read(message: &[u8], samples: Batch, now: Timestamp) -> Result<Decoded, WriteError> {
    let mut reader = Reader {
        decoded: Decoded { samples, ..Decoded::default() },
        pairs: Vec::new(),
        number: 0,
        full: false,
        latest: (now + MAX_AHEAD).millis(),
    };
    let fault = |fault: wire::Fault<'_>| WriteError::Malformed {
        at: (fault.at.as_ptr() as usize).saturating_sub(message.as_ptr() as usize),
        what: fault.what,
    };
    for field in Fields::new(message) {
        match field.map_err(fault)? {
            (1, Field::Bytes(series)) => {
                reader.series(series).map_err(fault)?;
                reader.check_limits()?;
            }
            (3, Field::Bytes(metadata)) => {
                reader.decoded.metadata.extend(message::metadata(metadata).map_err(fault)?);
            }
            _ => {}
        }
    }
    Ok(reader.decoded)
}

struct Reader<'a> {
    decoded: Decoded,
    /// The labels of a series, sorted; the memory is used again for the next one.
    pairs: Vec<(&'a str, &'a str)>,
    number: usize,
    /// Whether there are too many samples.
    full: bool,
    /// The latest time a sample may have, in milliseconds.
    latest: i64,
}

impl<'a> Reader<'a> {
    fn series(&mut self, bytes: &'a [u8]) -> Result<(), wire::Fault<'a>> {
        self.number += 1;
        self.pairs.clear();
        let (mut not_unicode, mut wrong) = (false, None);
        for field in Fields::new(bytes) {
            if self.decoded.samples.sample_count() > MAX_SAMPLES {
                self.full = true;
                break;
            }
            match field? {
                (1, Field::Bytes(label)) => match label_parts(label)?.map(std::str::from_utf8) {
                    [Ok(name), Ok(value)] => self.pairs.push((name, value)),
                    _ => not_unicode = true,
                },
                (2, Field::Bytes(sample)) => {
                    let (millis, value) = sample_parts(sample)?;
                    if millis > self.latest {
                        wrong.get_or_insert_with(|| too_far_ahead(millis));
                    } else {
                        self.decoded.samples.float(millis, value);
                    }
                }
                (4, Field::Bytes(histogram)) => match message::histogram(histogram)? {
                    Err(what) => drop(wrong.get_or_insert(what)),
                    Ok((millis, _)) if millis > self.latest => {
                        wrong.get_or_insert_with(|| too_far_ahead(millis));
                    }
                    Ok((millis, histogram)) => self.decoded.samples.histogram(millis, histogram),
                },
                _ => {}
            }
        }
        if !self.pairs.is_sorted_by(|left, right| left.0 < right.0) {
            self.pairs.sort_unstable();
        }
        let unusable = if not_unicode {
            Some("labels that are not valid UTF-8".to_owned())
        } else {
            unusable(&self.pairs)
        };
        self.finish(unusable, wrong);
        Ok(())
    }

    /// Names the series whose samples were just read, or drops them.
    fn finish(&mut self, unusable: Option<String>, wrong: Option<String>) {
        if unusable.is_some() {
            self.decoded.samples.abandon();
        } else {
            self.decoded.samples.end_sorted(self.pairs.iter().copied());
        }
        if let (Some(what), None) = (unusable.or(wrong), &self.decoded.refused) {
            let pairs = self.pairs.iter().take(SHOWN_LABELS);
            let shown: Vec<_> = pairs
                .map(|(name, value)| {
                    format!(
                        "{}={}",
                        limits::shorten(name).trim_matches('"'),
                        limits::shorten(value)
                    )
                })
                .collect();
            let series = format!("{{{}}}", shown.join(", "));
            self.decoded.refused = Some(WriteError::Series { series, number: self.number, what });
        }
    }

    fn check_limits(&self) -> Result<(), WriteError> {
        if self.number > MAX_SERIES {
            return Err(WriteError::Limit { what: "series", limit: MAX_SERIES });
        }
        if self.full {
            return Err(WriteError::Limit { what: "samples", limit: MAX_SAMPLES });
        }
        Ok(())
    }
}

/// Why sorted labels cannot name a series, if they cannot.
fn unusable(pairs: &[(&str, &str)]) -> Option<String> {
    let mut named = false;
    let mut last = None;
    for &(name, value) in pairs {
        if name.is_empty() {
            return Some("a label without a name".to_owned());
        }
        if last == Some(name) {
            return Some(format!("label {} is given twice", limits::shorten(name)));
        }
        named |= name == METRIC_NAME && !value.is_empty();
        last = Some(name);
    }
    if !named {
        return Some("no metric name (label __name__)".to_owned());
    }
    limits::excess(pairs.iter().copied())
}

fn label_parts(bytes: &[u8]) -> Result<[&[u8]; 2], wire::Fault<'_>> {
    let mut parts = [&bytes[..0], &bytes[..0]];
    for field in Fields::new(bytes) {
        match field? {
            (1, Field::Bytes(name)) => parts[0] = name,
            (2, Field::Bytes(value)) => parts[1] = value,
            _ => {}
        }
    }
    Ok(parts)
}

fn sample_parts(bytes: &[u8]) -> Result<(i64, f64), wire::Fault<'_>> {
    let (mut millis, mut value) = (0, 0.0);
    for field in Fields::new(bytes) {
        match field? {
            (1, Field::Fixed64(bits)) => value = f64::from_bits(bits),
            (2, Field::Varint(bits)) => millis = bits.cast_signed(),
            _ => {}
        }
    }
    Ok((millis, value))
}

fn too_far_ahead(millis: i64) -> String {
    let at = Timestamp::from_millis(millis);
    format!(
        "sample at {at} is more than {} minutes ahead of the clock",
        MAX_AHEAD.millis() / 60_000
    )
}
