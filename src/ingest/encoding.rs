//! Content encodings of request bodies, undone within a limit.

use std::borrow::Cow;
use std::io::Read;

/// Why a body could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// The encoding is not known.
    #[error("content encoding {0:?} is not supported: send gzip, snappy or none")]
    Unknown(String),
    /// The body is not in the encoding that it claims.
    #[error("body is not valid {encoding}: {message}")]
    Malformed {
        /// Which encoding.
        encoding: &'static str,
        /// What is wrong.
        message: String,
    },
    /// The decoded body would be larger than this many bytes.
    #[error("decoded body is larger than the limit of {0} bytes")]
    TooLarge(usize),
}

impl EncodingError {
    /// The HTTP status to answer.
    pub fn status(&self) -> u16 {
        match self {
            EncodingError::Unknown(_) => 415,
            EncodingError::Malformed { .. } => 400,
            EncodingError::TooLarge(_) => 413,
        }
    }
}

/// The body without its content encoding: `gzip`, `snappy` (one block), `identity` or none.
pub fn decoded<'a>(
    encoding: Option<&str>,
    body: &'a [u8],
    limit: usize,
) -> Result<Cow<'a, [u8]>, EncodingError> {
    match encoding.map(|text| text.trim().to_ascii_lowercase()).as_deref() {
        None | Some("" | "identity") if body.len() > limit => Err(EncodingError::TooLarge(limit)),
        None | Some("" | "identity") => Ok(Cow::Borrowed(body)),
        Some("gzip") => gunzip(body, limit).map(Cow::Owned),
        Some("snappy") => unsnap(body, limit).map(Cow::Owned),
        Some(other) => Err(EncodingError::Unknown(other.to_owned())),
    }
}

fn gunzip(body: &[u8], limit: usize) -> Result<Vec<u8>, EncodingError> {
    let mut decoded = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(body).take(limit as u64 + 1);
    reader.read_to_end(&mut decoded).map_err(|error| malformed("gzip", &error))?;
    if decoded.len() > limit { Err(EncodingError::TooLarge(limit)) } else { Ok(decoded) }
}

fn unsnap(body: &[u8], limit: usize) -> Result<Vec<u8>, EncodingError> {
    let mut unpacked = Vec::new();
    let size = unsnap_into(body, limit, &mut unpacked)?.len();
    unpacked.truncate(size);
    Ok(unpacked)
}

/// Unpacks one snappy block into memory that may have been used before and only grows; its first
/// bytes say how large it becomes, so a bomb is never unpacked.
pub(super) fn unsnap_into<'a>(
    body: &[u8],
    limit: usize,
    memory: &'a mut Vec<u8>,
) -> Result<&'a [u8], EncodingError> {
    let size = snap::raw::decompress_len(body).map_err(|error| malformed("snappy", &error))?;
    if size > limit {
        return Err(EncodingError::TooLarge(limit));
    }
    if memory.len() < size {
        memory.resize(size, 0);
    }
    let size = snap::raw::Decoder::new().decompress(body, memory);
    Ok(&memory[..size.map_err(|error| malformed("snappy", &error))?])
}

fn malformed(encoding: &'static str, error: &dyn std::error::Error) -> EncodingError {
    EncodingError::Malformed { encoding, message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(body).expect("memory does not fail");
        encoder.finish().expect("memory does not fail")
    }

    #[test]
    fn encodings_are_undone_within_the_limit() {
        let snappy = |body: &[u8]| snap::raw::Encoder::new().compress_vec(body).expect("small");
        let plain = b"x 1\n".to_vec();
        let too_large = Err(EncodingError::TooLarge(4));
        let cases = [
            (None, plain.clone(), Ok(plain.clone())),
            (Some("identity"), plain.clone(), Ok(plain.clone())),
            (Some("GZIP"), gzip(&plain), Ok(plain.clone())),
            (Some("snappy"), snappy(&plain), Ok(plain.clone())),
            (None, b"12345".to_vec(), too_large.clone()),
            (Some("gzip"), gzip(&[0; 1 << 20]), too_large.clone()),
            (Some("snappy"), snappy(&[0; 1 << 20]), too_large),
            (Some("zstd"), plain, Err(EncodingError::Unknown("zstd".to_owned()))),
        ];
        for (encoding, body, expected) in cases {
            assert_eq!(decoded(encoding, &body, 4).map(Cow::into_owned), expected, "{encoding:?}");
        }
        for encoding in ["gzip", "snappy"] {
            let error = decoded(Some(encoding), b"\xff\xff\xff\xff\xff\xff", 4).expect_err("noise");
            assert_eq!(error.status(), 400, "{error}");
        }
    }
}
