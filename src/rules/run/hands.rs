//! Who does the work of rules that do not depend on each other.

use std::fmt;
use std::sync::Arc;

/// Does every one of some jobs, which are told by their numbers, and returns when all are done;
/// in which order and on how many threads is its own affair.
type SideBySide = dyn Fn(usize, &(dyn Fn(usize) + Sync)) + Send + Sync;

/// Does jobs side by side, if it can. What comes of a run does not depend on it.
#[derive(Clone)]
pub struct Hands(Option<Arc<SideBySide>>);

impl Hands {
    /// One job after another, on the thread that asks.
    pub fn one() -> Hands {
        Hands(None)
    }

    /// Jobs are given to this function: how many there are, and what does one of them by its
    /// number. It must return when all are done.
    pub fn many(
        side_by_side: impl Fn(usize, &(dyn Fn(usize) + Sync)) + Send + Sync + 'static,
    ) -> Hands {
        Hands(Some(Arc::new(side_by_side)))
    }

    /// Whether jobs may be done side by side.
    pub fn are_many(&self) -> bool {
        self.0.is_some()
    }

    /// Does every job; returns when all are done.
    pub fn do_all(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) {
        match &self.0 {
            Some(side_by_side) => side_by_side(jobs, job),
            None => (0..jobs).for_each(job),
        }
    }
}

impl fmt::Debug for Hands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Hands::many" } else { "Hands::one" })
    }
}
