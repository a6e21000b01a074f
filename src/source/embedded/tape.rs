//! The plain numbers of one series in one allocation.
//!
//! ```text
//! bytes [ block | block | ... | head: rows not packed yet ]
//! ```
//!
//! The head holds at most one block's samples. While they are evenly spaced a row is a value,
//! and the times follow from the first and the step; else a row is a time and a value. A head
//! that is full is packed when the next sample comes, so a tape with samples has a head and the
//! newest sample is at hand.

use super::block::{Header, LENGTH, Samples, last_begin};

/// When there is no room left, it is made for at least this many bytes more.
const GROWTH: usize = 32;
/// Dropped blocks are given back once they are this part of the tape.
const RECLAIM: usize = 8;

/// How the times of the head are kept.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
enum Pace {
    /// By the first and the step.
    #[default]
    Even,
    /// Each beside its value.
    Uneven,
}

#[derive(Debug, Default)]
pub(super) struct Tape {
    bytes: Vec<u8>,
    /// Where the head begins.
    head: usize,
    /// The time of the head's first sample.
    first: i64,
    /// From each sample of an even head to the next, in milliseconds.
    step: i64,
    /// Up to this horizon there is nothing to drop.
    spared: i64,
    /// Samples in blocks.
    packed: u32,
    /// Samples in the head.
    count: u8,
    pace: Pace,
}

impl Tape {
    pub(super) fn len(&self) -> usize {
        self.packed as usize + usize::from(self.count)
    }

    /// The time of the newest sample.
    pub(super) fn last(&self) -> Option<i64> {
        let before = i64::from(self.count.checked_sub(1)?);
        match self.pace {
            Pace::Even => Some(self.first + self.step * before),
            Pace::Uneven => {
                let row = self.bytes.last_chunk::<16>()?;
                Some(i64::from_le_bytes(*row.first_chunk()?))
            }
        }
    }

    /// Adds a sample, which is newer than all before.
    pub(super) fn push(&mut self, time: i64, value: f64) {
        if usize::from(self.count) == LENGTH {
            self.pack();
        }
        match self.count {
            0 => {
                (self.first, self.step, self.pace) = (time, 0, Pace::Even);
                if self.packed == 0 {
                    self.spared = time;
                }
            }
            1 if self.pace == Pace::Even => match time.checked_sub(self.first) {
                Some(step) => self.step = step,
                None => self.spread(),
            },
            _ if self.pace == Pace::Even && !self.in_step(time) => self.spread(),
            _ => {}
        }
        self.reserve();
        if self.pace == Pace::Uneven {
            self.bytes.extend_from_slice(&time.to_le_bytes());
        }
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self.count += 1;
    }

    /// Whether there is a sample with `after < time <= until`.
    pub(super) fn any(&self, after: i64, until: i64) -> bool {
        match self.last() {
            Some(last) if last <= after || self.oldest() > until => false,
            Some(last) if last <= until => true,
            _ => {
                let mut found = false;
                self.read(after, until, |times, _| found |= !times.is_empty());
                found
            }
        }
    }

    /// Hands over the samples with `after < time <= until`, oldest first, in parts.
    pub(super) fn read(&self, after: i64, until: i64, mut part: impl FnMut(&[i64], &[f64])) {
        if self.last().is_some_and(|last| last > after) {
            self.scan(self.begin(after), until, |samples| {
                let (times, values) = samples.between(after, until);
                part(times, values);
            });
        }
    }

    /// Hands over all samples, oldest first, in parts.
    pub(super) fn read_all(&self, mut part: impl FnMut(&[i64], &[f64])) {
        self.scan(0, i64::MAX, |samples| part(samples.times(), samples.values()));
    }

    /// The value at exactly that time.
    pub(super) fn at(&self, time: i64) -> Option<f64> {
        let mut found = None;
        self.scan(self.begin(time.saturating_sub(1)), time, |samples| {
            if let Ok(index) = samples.times().binary_search(&time) {
                found = samples.values().get(index).copied();
            }
        });
        found
    }

    /// Drops blocks of samples at or before the horizon, and everything once the newest sample
    /// is; says how many samples.
    pub(super) fn evict(&mut self, horizon: i64) -> usize {
        if horizon < self.spared {
            return 0;
        }
        if self.last().is_none_or(|last| last <= horizon) {
            let dropped = self.len();
            *self = Tape::default();
            return dropped;
        }
        let (mut at, mut dropped) = (0, 0);
        while let Some(header) = Header::of(&self.bytes[at..self.head]) {
            let next = at + header.size;
            self.spared =
                Header::of(&self.bytes[next..self.head]).map_or(self.first, |it| it.first);
            if self.spared > horizon {
                break;
            }
            at = next;
            dropped += header.count;
        }
        if at == self.head {
            self.spared = self.last().unwrap_or(self.first);
        }
        if at * RECLAIM < self.bytes.len() {
            return 0;
        }
        self.bytes.drain(..at);
        self.head -= at;
        self.packed -= dropped as u32;
        dropped
    }

    /// Reads a little of the head and of the block before it; whatever comes of it means nothing.
    pub(super) fn touch(&self) -> usize {
        let byte = |at: usize| self.bytes.get(at).map_or(0, |byte| usize::from(*byte));
        byte(self.head) ^ byte(self.head.saturating_sub(64))
    }

    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.capacity()
    }

    /// The time of the oldest sample.
    fn oldest(&self) -> i64 {
        Header::of(&self.bytes[..self.head]).map_or(self.first, |header| header.first)
    }

    /// Where the block begins that holds the first sample after a time, or an earlier one.
    fn begin(&self, after: i64) -> usize {
        let (mut at, mut first) = (self.head, self.first);
        while first > after.saturating_add(1)
            && let Some(begin) = last_begin(&self.bytes[..at])
            && let Some(header) = Header::of(&self.bytes[begin..])
        {
            (at, first) = (begin, header.first);
        }
        at
    }

    /// Unpacks what lies behind `at`, the beginning of a block or of the head, until it is all
    /// later than `until`.
    fn scan(&self, mut at: usize, until: i64, mut each: impl FnMut(&Samples)) {
        let mut samples = Samples::new();
        while at < self.head {
            let Some(header) = Header::of(&self.bytes[at..]) else { break };
            if header.first > until {
                return;
            }
            samples.unpack(&self.bytes[at..]);
            each(&samples);
            at += header.size;
        }
        if self.count > 0 && self.first <= until {
            self.unpack_head(&mut samples);
            each(&samples);
        }
    }

    fn in_step(&self, time: i64) -> bool {
        let expected = self.step.checked_mul(i64::from(self.count));
        expected.and_then(|after| self.first.checked_add(after)) == Some(time)
    }

    /// Packs the head.
    fn pack(&mut self) {
        let mut samples = Samples::new();
        self.unpack_head(&mut samples);
        self.bytes.truncate(self.head);
        samples.pack(&mut self.bytes);
        self.head = self.bytes.len();
        self.packed += u32::from(self.count);
        self.count = 0;
    }

    /// Writes the times of the head's samples beside their values.
    fn spread(&mut self) {
        let mut samples = Samples::new();
        self.unpack_head(&mut samples);
        self.bytes.truncate(self.head);
        for (time, value) in samples.times().iter().zip(samples.values()) {
            self.bytes.extend_from_slice(&time.to_le_bytes());
            self.bytes.extend_from_slice(&value.to_le_bytes());
        }
        self.pace = Pace::Uneven;
    }

    fn unpack_head(&self, samples: &mut Samples) {
        let rows = &self.bytes[self.head..];
        let value = |row: &[u8]| row.last_chunk().map_or(0.0, |bits| f64::from_le_bytes(*bits));
        match self.pace {
            Pace::Even => {
                let times =
                    (0..).map(|index| self.first.wrapping_add(self.step.wrapping_mul(index)));
                samples.fill(times.zip(rows.chunks_exact(8).map(value)));
            }
            Pace::Uneven => samples.fill(rows.chunks_exact(16).map(|row| {
                (row.first_chunk().map_or(0, |bits| i64::from_le_bytes(*bits)), value(row))
            })),
        }
    }

    /// Makes room for a row. Allocators hand out sizes in quarters of the power of two below;
    /// asked for less, they would waste the rest.
    fn reserve(&mut self) {
        let row = if self.pace == Pace::Even { 8 } else { 16 };
        let length = self.bytes.len();
        if self.bytes.capacity() - length < row {
            let wanted = length + GROWTH;
            let quarter = 1 << (wanted.ilog2() - 2);
            self.bytes.reserve_exact(wanted.next_multiple_of(quarter) - length);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(tape: &Tape, after: i64, until: i64) -> Vec<(i64, u64)> {
        let mut all = Vec::new();
        tape.read(after, until, |times, values| {
            all.extend(times.iter().copied().zip(values.iter().map(|value| value.to_bits())));
        });
        assert_eq!(tape.any(after, until), !all.is_empty(), "{after} {until}");
        all
    }

    fn tape(samples: &[(i64, u64)]) -> Tape {
        let mut tape = Tape::default();
        for (time, bits) in samples {
            tape.push(*time, f64::from_bits(*bits));
            assert_eq!(tape.last(), Some(*time));
        }
        tape
    }

    #[test]
    fn a_long_even_series_takes_few_bytes_and_no_more_with_time() {
        let mut tape = Tape::default();
        for index in 0..100_000i64 {
            tape.push(index * 15_000, (index * 300 + index * 7919 % 100) as f64);
            tape.evict((index - 480) * 15_000);
        }
        assert!((480..480 * 5 / 4 + LENGTH).contains(&tape.len()), "{}", tape.len());
        assert!(tape.bytes() < 480 * 4, "{}", tape.bytes());
        let seen = read(&tape, 15_000 * 99_700, 15_000 * 99_703);
        assert_eq!(
            seen.iter().map(|(time, _)| time / 15_000).collect::<Vec<_>>(),
            [99_701, 99_702, 99_703]
        );
    }

    #[test]
    fn the_widest_times_are_kept() {
        let samples = [(i64::MIN, 1), (i64::MAX - 1, 2), (i64::MAX, 3)];
        assert_eq!(read(&tape(&samples), i64::MIN, i64::MAX), samples[1..]);
        assert_eq!(tape(&samples).len(), 3);
        let none = Tape::default();
        assert_eq!((none.last(), none.any(i64::MIN, i64::MAX)), (None, false));
    }

    #[test]
    fn what_is_out_of_sight_goes_by_blocks_and_in_the_end_all_at_once() {
        let samples: Vec<_> = (0..100).map(|time| (time, 0)).collect();
        let mut tape = tape(&samples);
        assert_eq!((tape.evict(31), tape.len()), (0, 100));
        assert_eq!((tape.evict(32), tape.len()), (32, 68));
        assert_eq!(read(&tape, 31, 200), samples[32..]);
        assert_eq!((tape.evict(98), tape.len()), (64, 4));
        assert_eq!(read(&tape, 98, 200), samples[99..]);
        assert_eq!((tape.evict(99), tape.len(), tape.bytes()), (4, 0, 0));
    }

    proptest! {
        #[test]
        fn windows_show_what_was_pushed(
            start in -1_000_000i64..1_000_000,
            rows in prop::collection::vec(
                (prop_oneof![9 => Just(15i64), 1 => 1..50i64], prop_oneof![3 => Just(0u64), 1 => any::<u64>()]),
                1..200,
            ),
            (from, width) in (0i64..3000, 0i64..3000),
            horizon in 0i64..3000,
        ) {
            let mut time = start;
            let samples: Vec<(i64, u64)> = rows.iter().map(|(step, bits)| {
                time += step;
                (time, *bits)
            }).collect();
            let mut tape = tape(&samples);
            let (after, until) = (start + from, start + from + width);
            let seen = |after: i64| samples.iter().copied()
                .filter(|(time, _)| *time > after && *time <= until).collect::<Vec<_>>();
            prop_assert_eq!(read(&tape, after, until), seen(after));
            let horizon = start + horizon;
            let before = tape.len();
            let dropped = tape.evict(horizon);
            prop_assert_eq!(before - dropped, tape.len());
            prop_assert_eq!(read(&tape, after.max(horizon), until), seen(after.max(horizon)));
            prop_assert_eq!(tape.len() == 0, samples.last().is_none_or(|(time, _)| *time <= horizon));
        }
    }
}
