//! What receives in tests: an HTTP sink and a mail sink on loopback ports that record
//! everything and answer as a script says. They end with the test's runtime.
#![allow(dead_code, reason = "every test binary uses its own part")]
#![allow(clippy::unwrap_used, reason = "tests")]

pub mod certificate;
pub mod http;
pub mod smtp;

use std::time::Duration;

use tokio::sync::watch;

/// How long a test waits for something that must happen.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A list that grows, and that can be waited for.
#[derive(Clone, Debug)]
pub struct Recording<T>(watch::Sender<Vec<T>>);

impl<T: Clone> Recording<T> {
    pub fn new() -> Recording<T> {
        Recording(watch::Sender::new(Vec::new()))
    }

    pub fn push(&self, item: T) {
        self.0.send_modify(|items| items.push(item));
    }

    /// What there is now.
    pub fn now(&self) -> Vec<T> {
        self.0.borrow().clone()
    }

    /// Everything, once there are at least so many.
    pub async fn wait_for(&self, count: usize) -> Vec<T> {
        match self.wait_until(|items| items.len() >= count).await {
            Some(items) => items,
            None => panic!("waited for {count}, got {}", self.now().len()),
        }
    }

    /// Everything, once it is as wanted; `None` when that does not come.
    pub async fn wait_until(&self, mut wanted: impl FnMut(&[T]) -> bool) -> Option<Vec<T>> {
        let mut receiver = self.0.subscribe();
        let waiting = receiver.wait_for(|items| wanted(items));
        let items = tokio::time::timeout(PATIENCE, waiting).await.ok()?;
        Some(items.unwrap().clone())
    }
}
