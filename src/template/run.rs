//! What the functions of a template know while it runs.
//!
//! gotmpl's functions are registered once and get nothing but their arguments, so what differs
//! from run to run (the moment, the alert, the answers to queries, the place we are at) lies
//! in a slot of the thread for exactly as long as [`execute`] takes. A run never leaves its
//! thread, and nothing outside this module can see the slot.

use std::cell::RefCell;
use std::fmt;

use crate::label::Labels;
use crate::time::Timestamp;

use super::rule::Queries;

/// The most actions one run may take; loops and nested templates included.
pub(super) const MAX_STEPS: u32 = 2_000_000;
/// The most bytes one run may write, and a single function may return.
pub(super) const MAX_OUTPUT: usize = 16 << 20;
/// The most rounds all the loops of one run may go.
pub(super) const MAX_ROUNDS: u64 = 1_000_000;

/// The most bytes that all functions of one run may return together.
pub(super) const MAX_WORK: usize = 1 << 30;

/// Everything that differs from run to run.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// What `now` says.
    pub(super) now: Timestamp,
    /// Where we are: see [`Place`].
    pub(super) place: Place,
    /// How many actions were taken.
    pub(super) steps: u32,
    /// How many bytes functions returned.
    pub(super) work: usize,
    /// The labels of the route (notification templates).
    pub(super) route_labels: Labels,
    /// Our own URL (rule templates).
    pub(super) external_url: String,
    /// Answers to `query` (rule templates).
    pub(super) queries: Queries,
}

/// A place in the sources of a set of templates.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Which source.
    pub(super) source: usize,
    /// Line, from 1.
    pub(super) line: usize,
    /// Column, from 1.
    pub(super) column: usize,
}

const LINE_BITS: u32 = 20;
const COLUMN_BITS: u32 = 20;

impl Place {
    /// Packed into a number, which is how it is written into the parsed template.
    pub(super) fn pack(self) -> i64 {
        let cap = |value: usize, bits: u32| value.min((1 << bits) - 1) as i64;
        (cap(self.source, 20) << (LINE_BITS + COLUMN_BITS))
            | (cap(self.line, LINE_BITS) << COLUMN_BITS)
            | cap(self.column, COLUMN_BITS)
    }

    /// And back.
    pub(super) fn unpack(packed: i64) -> Place {
        let take = |shift: u32, bits: u32| ((packed >> shift) & ((1 << bits) - 1)) as usize;
        Place {
            source: take(LINE_BITS + COLUMN_BITS, 20),
            line: take(COLUMN_BITS, LINE_BITS),
            column: take(0, COLUMN_BITS),
        }
    }
}

thread_local! {
    static SLOT: RefCell<Option<Run>> = const { RefCell::new(None) };
}

/// Does something with a run in the slot and gives the run back.
pub(super) fn execute<T>(run: Run, work: impl FnOnce() -> T) -> (T, Run) {
    let outer = SLOT.replace(Some(run));
    let result = work();
    let run = SLOT.replace(outer).unwrap_or_default();
    (result, run)
}

/// Looks at the run of this thread.
pub(super) fn with<T>(look: impl FnOnce(&mut Run) -> T) -> T {
    SLOT.with_borrow_mut(|slot| look(slot.get_or_insert_with(Run::default)))
}

/// A text that refuses to grow beyond [`MAX_OUTPUT`].
#[derive(Debug, Default)]
pub(super) struct Output {
    /// What was written.
    pub(super) text: String,
}

impl fmt::Write for Output {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        if self.text.len() + part.len() > MAX_OUTPUT {
            return Err(fmt::Error);
        }
        self.text.push_str(part);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_survive_packing() {
        let place = Place { source: 3, line: 1200, column: 77 };
        assert_eq!(Place::unpack(place.pack()), place);
        let far = Place { source: 1, line: usize::MAX, column: usize::MAX };
        assert_eq!(Place::unpack(far.pack()).source, 1);
    }

    #[test]
    fn a_run_inside_a_run_leaves_the_outer_one_alone() {
        let at = |millis| Run { now: Timestamp::from_millis(millis), ..Run::default() };
        let (inner, outer) = execute(at(1), || {
            let (seen, _) = execute(at(2), || with(|run| run.now));
            with(|run| run.steps = 7);
            seen
        });
        assert_eq!((inner.millis(), outer.now.millis(), outer.steps), (2, 1, 7));
    }
}
