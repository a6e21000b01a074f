//! Remote write: as a body, and as the message that is packed into one.

use firebell::ingest::remote_write::decode;
use firebell::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// One input.
pub fn run(data: &[u8]) {
    let _ = decode(data, NOW);
    let packed = decode(&block(data), NOW);
    assert!(!matches!(packed, Err(firebell::ingest::remote_write::WriteError::Encoding(_))));
}

/// A snappy block of one literal: the length, a tag for a literal with four bytes of length, that
/// length less one, the bytes.
fn block(message: &[u8]) -> Vec<u8> {
    let mut block = Vec::with_capacity(message.len() + 10);
    let mut length = message.len();
    while length >= 0x80 {
        block.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    block.push(length as u8);
    if let Some(last) = message.len().checked_sub(1) {
        block.push(0xfc);
        block.extend_from_slice(&(last as u32).to_le_bytes());
        block.extend_from_slice(message);
    }
    block
}
