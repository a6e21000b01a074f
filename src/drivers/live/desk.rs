//! The desk at which requests are worked off: by whoever brings one while nobody sits there, else
//! by the one who does.
//!
//! ```text
//! send() --> waiting --> desk free? --yes--> sit down: step through what waits, commit, hand on
//!                            |                  '-- stand up, and look again whether something waits
//!                            '--no---> whoever sits there looks again before leaving
//! the keeper: sits down when something is due, and when a visitor would have to wait or stay long
//! ```
//!
//! So a request that comes alone is answered on its own thread, without waking another, and
//! requests that come together are stepped through by one, and committed as one. Commits are in
//! the order of steps, because both happen at the desk.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use tokio::sync::mpsc::{self, OwnedPermit};
use tokio::sync::{Notify, Semaphore};
use tracing::debug;

use crate::engine::Wake;

use super::core::{Act, Core, Flow};
use super::handle::{Gone, Request};
use super::{Clock, GROUP_COMMIT, REQUESTS_LIMIT};

/// How many times a visitor works off what waits before the keeper is called.
const ROUNDS_LIMIT: usize = 4;

pub(super) struct Desk {
    waiting: Mutex<VecDeque<Request>>,
    /// One permit for each request that may still come.
    room: Semaphore,
    /// Nobody when the driver has stopped.
    seat: Mutex<Option<Core>>,
    /// Calls the keeper.
    bell: Notify,
}

impl Desk {
    pub(super) fn new(core: Core) -> Desk {
        Desk {
            waiting: Mutex::default(),
            room: Semaphore::new(REQUESTS_LIMIT),
            seat: Mutex::new(Some(core)),
            bell: Notify::new(),
        }
    }

    /// Brings a request, and works off what waits if nobody else does. Waits while there are too
    /// many.
    pub(super) async fn send(&self, request: Request) -> Result<(), Gone> {
        self.room.acquire().await.map_err(|_| Gone::Stopped)?.forget();
        held(&self.waiting).push_back(request);
        self.visit();
        Ok(())
    }

    /// Works off what waits, unless somebody does: then that one will.
    fn visit(&self) {
        for _ in 0..ROUNDS_LIMIT {
            let mut seat = match self.seat.try_lock() {
                Ok(seat) => seat,
                Err(TryLockError::WouldBlock) => return,
                // the keeper has to see that a step has failed
                Err(TryLockError::Poisoned(_)) => break,
            };
            let Some(core) = seat.as_mut() else { return held(&self.waiting).clear() };
            let Some(room) = core.room() else { break };
            self.work_off(core);
            core.hand_on(room);
            let keeper_is_needed = core.is_due_before_keeper_wakes() || core.flow() == Flow::Stops;
            drop(seat);
            if keeper_is_needed {
                self.bell.notify_one();
            }
            // what came meanwhile found the seat taken
            if held(&self.waiting).is_empty() {
                return;
            }
        }
        self.bell.notify_one();
    }

    fn work_off(&self, core: &mut Core) {
        for _ in 0..GROUP_COMMIT {
            if core.flow() == Flow::Stops {
                return;
            }
            let Some(request) = held(&self.waiting).pop_front() else { break };
            self.room.add_permits(1);
            core.take(request);
        }
        // requests that never end must not keep what is due from happening
        core.do_what_is_due();
    }

    /// Keeps the desk until the driver stops.
    pub(super) async fn keep(&self, acts: mpsc::Sender<Act>, clock: &Clock) {
        while let Ok(room) = acts.clone().reserve_owned().await {
            let Some(sleep) = self.sit_down(room) else { break };
            match sleep {
                Sleep::Not => tokio::task::yield_now().await,
                Sleep::UntilCalled => self.bell.notified().await,
                Sleep::UntilDue(wake) => tokio::select! {
                    () = self.bell.notified() => {}
                    () = tokio::time::sleep(clock.until(wake.at)) => {
                        debug!(why = %wake.why, due = %wake.at, "waking up");
                    }
                },
            }
        }
        self.close();
    }

    /// The keeper's turn; nothing when it was the last one.
    fn sit_down(&self, room: OwnedPermit<Act>) -> Option<Sleep> {
        // after a step that failed nobody knows what holds: the driver ends
        let mut seat = self.seat.lock().ok()?;
        let core = seat.as_mut()?;
        self.work_off(core);
        core.hand_on(room);
        if core.flow() == Flow::Stops {
            return None;
        }
        let wake = core.keeper_sleeps();
        drop(seat);
        if !held(&self.waiting).is_empty() {
            return Some(Sleep::Not);
        }
        Some(wake.map_or(Sleep::UntilCalled, Sleep::UntilDue))
    }

    /// Nothing is taken any more; those who wait are told that nobody answers.
    fn close(&self) {
        self.room.close();
        held(&self.seat).take();
        held(&self.waiting).clear();
    }
}

/// How long the keeper sleeps.
enum Sleep {
    Not,
    UntilCalled,
    UntilDue(Wake),
}

/// What a lock guards: a panic in between leaves nothing half done that anybody reads.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
