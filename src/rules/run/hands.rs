//! Who does the work of rules that do not depend on each other.

use std::fmt;
use std::sync::Arc;

/// Does jobs, which are told by their numbers, side by side.
pub trait Crew: Send + Sync {
    /// How many could help now; with none, jobs are better done in turn.
    fn spare(&self) -> usize;

    /// Does every one of so many jobs, and returns when all are done; in which order and on how
    /// many threads is its own affair.
    fn do_all(&self, jobs: usize, job: &(dyn Fn(usize) + Sync));
}

/// Does jobs side by side, if it can. What comes of a run does not depend on it.
#[derive(Clone)]
pub struct Hands(Option<Arc<dyn Crew>>);

impl Hands {
    /// One job after another, on the thread that asks.
    pub fn one() -> Hands {
        Hands(None)
    }

    /// Jobs are given to this crew.
    pub fn many(crew: impl Crew + 'static) -> Hands {
        Hands(Some(Arc::new(crew)))
    }

    /// Whether somebody could help now.
    pub(super) fn are_many(&self) -> bool {
        self.0.as_ref().is_some_and(|crew| crew.spare() > 0)
    }

    /// Does every job; returns when all are done.
    pub fn do_all(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) {
        match &self.0 {
            Some(crew) => crew.do_all(jobs, job),
            None => (0..jobs).for_each(job),
        }
    }
}

impl fmt::Debug for Hands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Hands::many" } else { "Hands::one" })
    }
}
