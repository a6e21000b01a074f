//! Stored records: whatever is read is written as what is read the same.
//! Input: the length of the key in one byte, the key, the value.

use firebell::engine::Record;
use firebell::state::codec::{Content, decode, encode};

/// One input.
pub fn run(data: &[u8]) {
    let Some((&length, rest)) = data.split_first() else { return };
    let Some((key, value)) = rest.split_at_checked(usize::from(length)) else { return };
    let Ok(Content::Record(record)) = decode(key, value) else { return };
    let written = encode(&record);
    let again = read(&written);
    // as bytes, because a NaN is not equal to itself
    assert_eq!(encode(&again), written, "{record:?}");
    assert_eq!(again.key(), record.key());
}

fn read((key, value): &(Vec<u8>, Option<Vec<u8>>)) -> Record {
    match decode(key, value.as_deref().unwrap_or_default()) {
        Ok(Content::Record(record)) => record,
        other => panic!("a record was read as {other:?}"),
    }
}
