//! What milliseconds in UTC leave out of a moment that somebody wrote down.

use super::Span;

/// Nanoseconds below the millisecond and the offset from UTC, in four bytes; none of both by
/// default.
#[derive(Copy, Clone, Default, PartialEq, Eq)]
pub struct Detail(u32);

/// The details of the two times of an alert.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Of its start.
    pub starts: Detail,
    /// Of its end.
    pub ends: Detail,
}

/// Nanoseconds below a millisecond fit into so many bits.
const NANOS_BITS: u32 = 20;
/// A millisecond, in nanoseconds.
const MILLISECOND: u32 = 1_000_000;
/// The largest offset from UTC that can be written, in minutes: 24 hours and 60 minutes.
const OFFSET_LIMIT: i32 = 25 * 60;
/// How many offsets there are.
const OFFSETS: i32 = 2 * OFFSET_LIMIT + 1;

impl Detail {
    /// Nanoseconds, of which those below the millisecond are kept, and whole minutes east of
    /// UTC, at most 25 hours either way.
    pub fn new(nanos: u32, offset_minutes: i32) -> Detail {
        let offset = offset_minutes.clamp(-OFFSET_LIMIT, OFFSET_LIMIT);
        // those to the west come behind those to the east, so that UTC is 0
        let offset = offset.rem_euclid(OFFSETS).unsigned_abs();
        Detail((offset << NANOS_BITS) | (nanos % MILLISECOND))
    }

    /// The nanoseconds below the millisecond.
    pub fn nanos(self) -> u32 {
        self.0 & ((1 << NANOS_BITS) - 1)
    }

    /// The minutes east of UTC.
    pub fn offset_minutes(self) -> i32 {
        let offset = (self.0 >> NANOS_BITS) as i32;
        if offset > OFFSET_LIMIT { offset - OFFSETS } else { offset }
    }

    /// The offset from UTC.
    pub fn offset(self) -> Span {
        Span::from_mins(i64::from(self.offset_minutes()))
    }

    /// All of it as one number, 0 for the default: what is stored.
    pub fn to_bits(self) -> u32 {
        self.0
    }

    /// Back from the number; `None` if it stands for nothing.
    pub fn from_bits(bits: u32) -> Option<Detail> {
        let detail = Detail(bits);
        (detail == Detail::new(detail.nanos(), detail.offset_minutes())).then_some(detail)
    }
}

impl std::fmt::Debug for Detail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}ns{:+}m", self.nanos(), self.offset_minutes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_goes_in_comes_out() {
        for nanos in [0, 1, 456_789, 999_999] {
            for minutes in [0, 1, -1, 120, -210, 899, 1500, -1500] {
                let detail = Detail::new(nanos, minutes);
                assert_eq!((detail.nanos(), detail.offset_minutes()), (nanos, minutes));
                assert_eq!(Detail::from_bits(detail.to_bits()), Some(detail));
            }
        }
        assert_eq!(Detail::new(0, 0), Detail::default());
        assert_eq!(Detail::new(123_456_789, 0).nanos(), 456_789, "milliseconds are elsewhere");
        assert_eq!(Detail::new(0, 99_999).offset_minutes(), 1500, "nothing lies further east");
    }

    #[test]
    fn numbers_that_nobody_wrote_are_refused() {
        for bits in [MILLISECOND, 3001 << NANOS_BITS, u32::MAX] {
            assert_eq!(Detail::from_bits(bits), None, "{bits:#x}");
        }
    }
}
