//! What waits to be sent on.

use std::collections::VecDeque;

/// A bounded queue in which the newest matter most: what does not fit pushes the oldest out.
#[derive(Clone, Debug)]
pub struct Queue<T> {
    items: VecDeque<T>,
    capacity: usize,
}

impl<T> Queue<T> {
    /// An empty queue for at most `capacity` items.
    pub fn new(capacity: usize) -> Queue<T> {
        Queue { items: VecDeque::new(), capacity }
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Changes how many may wait; gives how many of the oldest that pushes out.
    #[must_use]
    pub fn resize(&mut self, capacity: usize) -> usize {
        self.capacity = capacity;
        self.make_room(0)
    }

    /// Adds items; gives how many were pushed out: the oldest of the queue, then of `items`.
    #[must_use]
    pub fn push(&mut self, items: impl ExactSizeIterator<Item = T>) -> usize {
        let skipped = items.len().saturating_sub(self.capacity);
        let dropped = self.make_room(items.len() - skipped);
        self.items.extend(items.skip(skipped));
        dropped + skipped
    }

    /// Takes the oldest `most` items out.
    pub fn take(&mut self, most: usize) -> Vec<T> {
        self.items.drain(..most.min(self.items.len())).collect()
    }

    fn make_room(&mut self, coming: usize) -> usize {
        let dropped = (self.items.len() + coming).saturating_sub(self.capacity);
        self.items.drain(..dropped);
        dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_pushes_the_oldest_out() {
        let mut queue = Queue::new(4);
        assert_eq!(queue.push(0..3), 0);
        assert_eq!(queue.push(3..6), 2);
        assert_eq!(queue.take(2), [2, 3]);
        assert_eq!(queue.push(10..20), 2 + 6, "more than the queue holds");
        assert_eq!(queue.resize(3), 1);
        assert_eq!(queue.take(9), [17, 18, 19]);
        assert!(queue.is_empty());
    }
}
