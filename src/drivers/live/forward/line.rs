//! A queue that somebody waits at.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::forward::Queue;

use super::LAST_FORWARDS;

/// The longest that a small batch waits for more.
const LONGEST_PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// What waits for one worker.
pub(super) struct Line<T> {
    queue: Mutex<Queue<T>>,
    news: Notify,
    closed: watch::Sender<bool>,
}

impl<T> Line<T> {
    pub(super) fn new(capacity: usize) -> Line<T> {
        Line {
            queue: Mutex::new(Queue::new(capacity)),
            news: Notify::new(),
            closed: watch::Sender::new(false),
        }
    }

    /// Adds items; gives how many older ones that pushes out.
    pub(super) fn push(&self, items: impl ExactSizeIterator<Item = T>) -> usize {
        let dropped = self.lock().push(items);
        self.news.notify_one();
        dropped
    }

    /// Changes how many may wait; gives how many of the oldest that pushes out.
    pub(super) fn resize(&self, capacity: usize) -> usize {
        self.lock().resize(capacity)
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Takes everything out.
    pub(super) fn clear(&self) -> usize {
        self.lock().take(usize::MAX).len()
    }

    /// Nothing comes any more; what waits may still be sent for a while.
    pub(super) fn close(&self) {
        self.closed.send_replace(true);
        self.news.notify_one();
    }

    /// Returns when the line has been closed for as long as may be waited for it.
    pub(super) async fn given_up(&self) {
        let mut closed = self.closed.subscribe();
        // the sender lives as long as this line
        let _ = closed.wait_for(|closed| *closed).await;
        tokio::time::sleep(LAST_FORWARDS).await;
    }

    /// The next `most` items. Fewer than that wait for more, as long as `patience` after the
    /// first was seen; a closed line does not wait. `None`: it is closed and empty.
    pub(super) async fn next(&self, most: usize, patience: Duration) -> Option<Vec<T>> {
        let (mut until, patience) = (None, patience.min(LONGEST_PATIENCE));
        loop {
            let waiting = self.len();
            let closed = *self.closed.borrow();
            let over = until.is_some_and(|until| until <= Instant::now());
            if waiting >= most || (waiting > 0 && (closed || over || patience.is_zero())) {
                return Some(self.lock().take(most));
            }
            if waiting == 0 && closed {
                return None;
            }
            match until {
                None if waiting == 0 => self.news.notified().await,
                _ => {
                    let until = *until.get_or_insert_with(|| Instant::now() + patience);
                    // either way it is looked again
                    let _ = tokio::time::timeout_at(until, self.news.notified()).await;
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue<T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(30);

    #[tokio::test]
    async fn a_small_batch_waits_for_more_and_a_full_one_does_not() {
        let line = Arc::new(Line::new(10));
        let (other, start) = (Arc::clone(&line), Instant::now());
        let next = tokio::spawn(async move { other.next(3, PATIENCE).await });
        assert_eq!(line.push([1, 2].into_iter()), 0);
        assert_eq!(next.await.unwrap(), Some(vec![1, 2]));
        assert!(start.elapsed() >= PATIENCE);
        assert_eq!(line.push([3, 4, 5, 6].into_iter()), 0);
        assert_eq!(line.next(3, Duration::MAX).await, Some(vec![3, 4, 5]));
        assert_eq!(line.next(3, Duration::ZERO).await, Some(vec![6]));
    }

    #[tokio::test]
    async fn a_closed_line_gives_what_it_has_and_ends() {
        let line = Line::new(10);
        assert_eq!(line.push([1].into_iter()), 0);
        line.close();
        assert_eq!(line.next(3, Duration::MAX).await, Some(vec![1]));
        assert_eq!(line.next(3, Duration::MAX).await, None);
    }
}
