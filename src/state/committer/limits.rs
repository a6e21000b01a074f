//! How much of the disk the journal may take.
//!
//! ```text
//! S: size of the newest snapshot
//! |<- files that a snapshot stands in for ->|<- the file that is written ->|
//!  at most max(128 MiB, 4 S), else a snapshot   64 MiB, then a round begins;
//!  is taken and they go                         512 MiB while one is under way,
//!                                               then commits wait: 8 MiB a second
//! ```
//!
//! So the journal takes up to max(128 MiB, 4 S) and 64 MiB, and writing snapshots costs at most a
//! quarter of what writing the journal does. Where commits outrun a round, which reads what they
//! wrote, up to two files of 512 MiB come to it: the one that the round works up, and the next.

use std::time::Duration;

/// Limits of the journal.
#[derive(Copy, Clone, Debug)]
pub(super) struct Limits {
    /// How large a file becomes before it is worked up at once, in bytes.
    pub file: u64,
    /// How much may stay behind without a snapshot, at least, in bytes.
    pub behind: u64,
    /// How large a file becomes before commits wait for the round that is under way, in
    /// bytes.
    pub waiting: u64,
    /// How fast commits go on while they wait, in bytes per second.
    pub rate: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { file: 64 << 20, behind: 128 << 20, waiting: 512 << 20, rate: 8 << 20 }
    }
}

/// How many times the newest snapshot may stay behind without a new one.
const SNAPSHOT_MULTIPLE: u64 = 4;

impl Limits {
    /// Whether so much stays behind that it is time for a snapshot.
    pub(super) fn are_exceeded(self, behind: u64, newest_snapshot: u64) -> bool {
        behind > self.behind.max(newest_snapshot.saturating_mul(SNAPSHOT_MULTIPLE))
    }

    /// How long a commit of so many bytes takes, in a file of this size.
    pub(super) fn pause(self, file: u64, commit: u64) -> Option<Duration> {
        let nanos = commit.saturating_mul(1_000_000_000) / self.rate.max(1);
        (file >= self.waiting).then(|| Duration::from_nanos(nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_due_when_what_stays_behind_outgrows_both_limits() {
        let limits = Limits::default();
        let mebi = |count: u64| count << 20;
        for (behind, newest, expect) in [
            (0, 0, false),
            (mebi(128), 0, false),
            (mebi(128) + 1, mebi(32), true),
            (mebi(128) + 1, mebi(33), false),
            (mebi(400), mebi(100), false),
            (mebi(400) + 1, mebi(100), true),
            (u64::MAX - 1, u64::MAX, false),
        ] {
            assert_eq!(limits.are_exceeded(behind, newest), expect, "{behind} {newest}");
        }
    }

    #[test]
    fn commits_wait_only_where_they_outrun_the_rounds() {
        let limits = Limits::default();
        assert_eq!(limits.pause((512 << 20) - 1, 1 << 20), None);
        assert_eq!(limits.pause(512 << 20, 1 << 20), Some(Duration::from_millis(125)));
    }
}
