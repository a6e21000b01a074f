//! The signals that a server listens to.

use anyhow::Result;
use tokio::signal::unix::SignalKind;

/// What a signal asks for.
pub(super) enum Signal {
    Reload,
    Stop,
}

/// The signals that we listen to, from the first moment on: a hang-up that nobody waits for
/// ends a process.
pub(super) struct Signals {
    hangup: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    pub(super) fn new() -> Result<Signals> {
        let signal = tokio::signal::unix::signal;
        Ok(Signals {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.hangup.recv() => Signal::Reload,
            _ = self.terminate.recv() => Signal::Stop,
            _ = self.interrupt.recv() => Signal::Stop,
        }
    }

    pub(super) async fn second_stop(&mut self) {
        while let Signal::Reload = self.next().await {}
    }
}
