//! Any bytes as an Alertmanager's notification log and as its silences: what is read is written
//! as what is read the same.

use firebell::state::alertmanager::Kept;
use firebell::time::{Span, Timestamp};

/// One input.
pub fn run(data: &[u8]) {
    let mut kept = Kept::default();
    // what was read before the damage counts here
    let _ = kept.read_log(data, Timestamp::MIN);
    let _ = kept.read_silences(data, Timestamp::MIN);
    let records = kept.records(&[]);
    assert_eq!(records.len(), kept.log.len() + kept.silences.len());
    let mut again = Kept::default();
    let (log, silences) = kept.encode(Span::ZERO);
    assert_eq!(again.read_log(&log, Timestamp::MIN), Ok(()));
    assert_eq!(again.read_silences(&silences, Timestamp::MIN), Ok(()));
    // what ends before all time, or after it, has expired once it is written
    again.take_records(&records);
    assert_eq!((again.log, again.silences), (kept.log, kept.silences));
}
