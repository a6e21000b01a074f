//! What whole templates write.

use super::data::AlertData;
use super::*;
use crate::label::{Fingerprint, Labels};

fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::from_pairs(pairs.iter().copied())
}
#[test]
fn parse_defaults() {
    let t = Templates::parse(&[]).map_err(|e| e.to_string()).unwrap();
    assert!(t.names().count() > 60);
    let _ = (labels(&[]), Fingerprint(0), std::mem::size_of::<AlertData>());
}
