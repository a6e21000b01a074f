//! Threads for rules that do not depend on each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, available_parallelism, scope};

use tokio::sync::Semaphore;

use crate::rules::{Crew, Hands};

use super::EVALUATIONS_LIMIT;

/// How deep a thread's stack is: rules recurse as deep as their expressions are nested.
const STACK_BYTES: usize = 16 << 20;

/// Threads beside those that groups run on, as long as there are processors without a group. A
/// group that finds none free does its rules itself.
/// (Source: Prometheus, `--rules.max-concurrent-evals`.)
struct Threads {
    free: Semaphore,
    processors: usize,
    /// The permits of groups: those that are not there run.
    groups: Arc<Semaphore>,
}

/// At most so many threads beside those of the groups, which run by these permits.
pub(super) fn hands(most: usize, groups: Arc<Semaphore>) -> Hands {
    let processors = available_parallelism().map_or(1, usize::from);
    Hands::many(Threads { free: Semaphore::new(most.min(processors)), processors, groups })
}

impl Crew for Threads {
    fn spare(&self) -> usize {
        let running = EVALUATIONS_LIMIT.saturating_sub(self.groups.available_permits());
        self.free.available_permits().min(self.processors.saturating_sub(running))
    }

    fn do_all(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) {
        let wanted = jobs.saturating_sub(1).min(self.spare());
        let helpers: Vec<_> = (0..wanted).map_while(|_| self.free.try_acquire().ok()).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= jobs {
                    return;
                }
                job(number);
            }
        };
        scope(|scope| {
            for _ in &helpers {
                // without the thread its work is done here
                let _ = Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
            }
            work();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_done_once_however_many_threads_there_are() {
        for most in [0, 1, 3] {
            let done: Vec<_> = (0..100).map(|_| AtomicUsize::new(0)).collect();
            hands(most, Arc::new(Semaphore::new(EVALUATIONS_LIMIT))).do_all(
                done.len(),
                &|number| {
                    done[number].fetch_add(1, Ordering::Relaxed);
                },
            );
            assert!(done.iter().all(|count| count.load(Ordering::Relaxed) == 1), "{most}");
        }
    }

    #[test]
    fn nobody_helps_while_every_processor_has_a_group() {
        for (processors, running, spare) in [(4, 1, 3), (2, 1, 1), (2, 2, 0), (1, 1, 0)] {
            let groups = Arc::new(Semaphore::new(EVALUATIONS_LIMIT - running));
            let threads = Threads { free: Semaphore::new(4), processors, groups };
            assert_eq!(threads.spare(), spare, "{processors} {running}");
        }
    }
}
