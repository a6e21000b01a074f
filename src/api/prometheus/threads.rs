//! The threads that expressions are read and evaluated on: few, kept, and with stacks that are
//! deep enough for the deepest expression.
//!
//! ```text
//! request --turn--> [semaphore] --run--> an idle thread, or a new one
//!                        ^                        | work done: idle again
//!                        '------------------------'
//! ```

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak, mpsc};
use std::thread;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::WAITING_LIMIT;
use super::refusal::Refusal;

/// How deep a stack is: parsing and evaluation recurse as deep as an expression is nested.
const STACK_BYTES: usize = 16 << 20;

/// As many threads as there are turns at most, made when they are needed.
pub(super) struct Threads {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    idle: Mutex<Vec<mpsc::Sender<Work>>>,
}

/// The right to run something now.
pub(super) struct Turn {
    threads: Arc<Threads>,
    permit: OwnedSemaphorePermit,
}

/// What a thread gets: what to do, where it is asked again, and what it holds until it is idle.
struct Work {
    job: Box<dyn FnOnce() + Send>,
    again: mpsc::Sender<Work>,
    permit: OwnedSemaphorePermit,
}

impl Threads {
    pub(super) fn new(most: usize) -> Arc<Threads> {
        Arc::new(Threads {
            turns: Arc::new(Semaphore::new(most)),
            waiting: AtomicUsize::new(0),
            idle: Mutex::default(),
        })
    }

    /// Waits for a turn; refused when too many wait already.
    pub(super) async fn turn(self: &Arc<Threads>) -> Result<Turn, Refusal> {
        let waiting = Waiting::new(&self.waiting);
        if waiting.ahead >= WAITING_LIMIT {
            return Err(Refusal::unavailable("too many requests wait for their turn"));
        }
        let permit = Arc::clone(&self.turns).acquire_owned().await;
        let permit = permit.map_err(|_| Refusal::unavailable("firebell is shutting down"))?;
        Ok(Turn { threads: Arc::clone(self), permit })
    }

    fn give(self: &Arc<Threads>, job: Box<dyn FnOnce() + Send>, permit: OwnedSemaphorePermit) {
        let idle = self.idle().pop();
        if let Some(thread) = idle {
            let work = Work { job, again: thread.clone(), permit };
            // the thread waits: it ends only with the pool
            let _ = thread.send(work);
            return;
        }
        let (again, inbox) = mpsc::channel();
        let first = Work { job, again, permit };
        let pool = Arc::downgrade(self);
        let builder = thread::Builder::new().name("query".to_owned()).stack_size(STACK_BYTES);
        // without a thread the job is dropped, and whoever waits for it hears that
        let _ = builder.spawn(move || serve(&pool, first, &inbox));
    }

    fn idle(&self) -> MutexGuard<'_, Vec<mpsc::Sender<Work>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Works until the pool is gone. Work that panics ends the thread and frees its turn.
fn serve(pool: &Weak<Threads>, first: Work, inbox: &mpsc::Receiver<Work>) {
    let mut next = Ok(first);
    while let Ok(Work { job, again, permit }) = next {
        job();
        let Some(pool) = pool.upgrade() else { return };
        pool.idle().push(again);
        drop(permit);
        drop(pool);
        next = inbox.recv();
    }
}

impl Turn {
    /// Does something on a thread of the pool; an error when it panicked.
    pub(super) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let (reply, answer) = oneshot::channel();
        // who asked may have gone away
        let job = Box::new(move || drop(reply.send(work())));
        self.threads.give(job, self.permit);
        answer.await.map_err(|_| Refusal::internal("the evaluation broke off"))
    }
}

/// One more that waits, as long as it lives.
struct Waiting<'a> {
    count: &'a AtomicUsize,
    ahead: usize,
}

impl Waiting<'_> {
    fn new(count: &AtomicUsize) -> Waiting<'_> {
        Waiting { count, ahead: count.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uses about a KiB of stack for every level.
    fn dive(levels: usize) -> usize {
        let ballast = std::hint::black_box([levels; 128]);
        if levels == 0 { 0 } else { 1 + dive(std::hint::black_box(ballast[0]) - 1) }
    }

    #[tokio::test]
    async fn work_runs_deep_and_threads_are_used_again() {
        let threads = Threads::new(2);
        for _ in 0..3 {
            let turn = threads.turn().await.unwrap();
            assert_eq!(turn.run(|| dive(4000)).await.unwrap(), 4000);
        }
        // the thread is idle before its turn is free
        let both = (threads.turn().await.unwrap(), threads.turn().await.unwrap());
        assert!(threads.idle().len() <= 2);
        drop(both);
    }

    #[tokio::test]
    async fn work_that_panics_frees_its_turn() {
        let threads = Threads::new(1);
        let broken = threads.turn().await.unwrap().run(|| assert_eq!(1, 2)).await;
        assert!(broken.is_err());
        assert_eq!(threads.turn().await.unwrap().run(|| 1).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn the_queue_is_limited() {
        let threads = Threads::new(1);
        threads.waiting.store(WAITING_LIMIT, Ordering::Relaxed);
        assert!(threads.turn().await.is_err());
        threads.waiting.store(WAITING_LIMIT - 1, Ordering::Relaxed);
        assert!(threads.turn().await.is_ok());
    }
}
