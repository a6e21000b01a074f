//! Threads for rules that do not depend on each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, available_parallelism, scope};

use tokio::sync::Semaphore;

use crate::rules::Hands;

/// How deep a thread's stack is: rules recurse as deep as their expressions are nested.
const STACK_BYTES: usize = 16 << 20;

/// At most so many threads beside those that groups run on, and no more than there are
/// processors. A group that finds none free does its rules itself.
/// (Source: Prometheus, `--rules.max-concurrent-evals`.)
pub(super) fn hands(most: usize) -> Hands {
    let most = most.min(available_parallelism().map_or(1, usize::from));
    let free = Arc::new(Semaphore::new(most));
    Hands::many(move |jobs, job| {
        let wanted = jobs.saturating_sub(1).min(most);
        let helpers: Vec<_> = (0..wanted).map_while(|_| free.try_acquire().ok()).collect();
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
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_done_once_however_many_threads_there_are() {
        for most in [0, 1, 3] {
            let done: Vec<_> = (0..100).map(|_| AtomicUsize::new(0)).collect();
            hands(most).do_all(done.len(), &|number| {
                done[number].fetch_add(1, Ordering::Relaxed);
            });
            assert!(done.iter().all(|count| count.load(Ordering::Relaxed) == 1), "{most}");
        }
    }
}
