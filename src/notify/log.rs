//! The notification log: what each integration was last told about each group, and the
//! decision that is made from it. (Source: Alertmanager, `notify.DedupStage` and `nflog`.)

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::time::{Span, Timestamp};

use super::{Hashes, NotifyReason};

/// Whom an entry is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogKey {
    /// The group's key, `{}/{team="x"}:{alertname="y"}`.
    pub group_key: Arc<str>,
    /// The receiver's name.
    pub receiver: Arc<str>,
    /// The integration's kind.
    pub kind: Arc<str>,
    /// Its position among those of its kind in the receiver.
    pub index: u32,
}

/// What an integration was last told about a group. While an attempt is under way, and after one
/// of which nobody knows whether it arrived, only what holds either way stands in `firing` and
/// `resolved`; upstream keeps the old entry and then never corrects what the receiver believes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogEntry {
    /// When it was told.
    pub at: Timestamp,
    /// Hashes of the alerts it knows as firing ([`crate::label::Labels::notification_hash`]).
    pub firing: Hashes,
    /// Hashes of the alerts it knows as resolved.
    pub resolved: Hashes,
    /// Hashes of the alerts it may or may not take for firing.
    pub perhaps_firing: Hashes,
    /// When the entry is of no use any more.
    pub expires_at: Timestamp,
}

/// All entries.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// By the group's key, the entries of a group in the order of their keys.
    groups: HashMap<Arc<str>, Vec<Kept>, foldhash::fast::FixedState>,
}

type Kept = (LogKey, Arc<LogEntry>);

/// What is known about a group at a flush, for one integration.
#[derive(Copy, Clone, Debug)]
pub struct Situation<'a> {
    /// Hashes of the alerts that fire.
    pub firing: &'a Hashes,
    /// Hashes of the alerts that are resolved.
    pub resolved: &'a Hashes,
    /// Whether the integration wants to know of resolved ones.
    pub wants_resolved: bool,
    /// The route's `repeat_interval`.
    pub repeat_interval: Span,
}

impl LogEntry {
    /// What is known once a message with this content may or may not have arrived.
    pub fn in_doubt(&self, firing: &Hashes, resolved: &Hashes) -> LogEntry {
        let certain = self.firing.intersection(firing);
        let perhaps = self.firing.iter().chain(firing).chain(&self.perhaps_firing).copied();
        LogEntry {
            perhaps_firing: perhaps.filter(|hash| !certain.contains(*hash)).collect(),
            firing: certain,
            resolved: self.resolved.intersection(resolved),
            ..*self
        }
    }

    /// Whether the integration takes an alert for firing, or may.
    pub fn may_believe_firing(&self, hash: u64) -> bool {
        self.firing.contains(hash) || self.perhaps_firing.contains(hash)
    }
}

impl Log {
    /// The entry of an integration and group.
    pub fn get(&self, key: &LogKey) -> Option<&Arc<LogEntry>> {
        let kept = self.groups.get(&key.group_key)?;
        kept.iter().find(|(other, _)| other == key).map(|(_, entry)| entry)
    }

    /// Takes an entry in unless a newer one is there; whether it was taken.
    pub fn put(&mut self, key: LogKey, entry: Arc<LogEntry>) -> bool {
        let Some(kept) = self.groups.get_mut(&key.group_key) else {
            self.groups.insert(Arc::clone(&key.group_key), vec![(key, entry)]);
            return true;
        };
        match kept.binary_search_by(|(other, _)| other.cmp(&key)) {
            Ok(position) if kept[position].1.at > entry.at => return false,
            Ok(position) => kept[position].1 = entry,
            Err(position) => kept.insert(position, (key, entry)),
        }
        true
    }

    /// Forgets the entry of an integration and group.
    pub fn remove(&mut self, key: &LogKey) {
        let Some(kept) = self.groups.get_mut(&key.group_key) else { return };
        kept.retain(|(other, _)| other != key);
        if kept.is_empty() {
            self.groups.remove(&key.group_key);
        }
    }

    /// Forgets what has expired and says what that was, in key order.
    pub fn expire(&mut self, now: Timestamp) -> Vec<LogKey> {
        let mut expired = Vec::new();
        // order: what expired is sorted behind
        self.groups.retain(|_, kept| {
            let old = kept.extract_if(.., |(_, entry)| entry.expires_at <= now);
            expired.extend(old.map(|(key, _)| key));
            !kept.is_empty()
        });
        expired.sort();
        expired
    }

    /// All entries in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&LogKey, &Arc<LogEntry>)> {
        // order: they are sorted next
        let mut all: Vec<_> = self.groups.values().flatten().collect();
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        all.into_iter().map(|(key, entry)| (key, entry))
    }

    /// Whether any integration takes this alert for firing, or may.
    pub fn believes_firing(&self, group_key: &str, hash: u64) -> bool {
        let kept = self.groups.get(group_key);
        kept.is_some_and(|kept| kept.iter().any(|(_, entry)| entry.may_believe_firing(hash)))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        // order: a sum has none
        self.groups.values().map(Vec::len).sum()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

/// Whether an integration must be told something now, and why.
/// (Source: Alertmanager, `DedupStage.needsUpdate`.)
pub fn decide(
    now: Timestamp,
    entry: Option<&LogEntry>,
    situation: Situation<'_>,
) -> Option<NotifyReason> {
    let Some(entry) = entry else {
        return (!situation.firing.is_empty()).then_some(NotifyReason::FirstNotification);
    };
    if !situation.firing.is_subset(&entry.firing) {
        let known = !entry.firing.is_empty();
        return Some(if known { NotifyReason::NewAlerts } else { NotifyReason::FirstNotification });
    }
    if situation.firing.is_empty() {
        let believed = !entry.firing.is_empty() || !entry.perhaps_firing.is_empty();
        return believed.then_some(NotifyReason::AllResolved);
    }
    if situation.wants_resolved && !situation.resolved.is_subset(&entry.resolved) {
        return Some(NotifyReason::SomeResolved);
    }
    (entry.at < now - situation.repeat_interval).then_some(NotifyReason::RepeatInterval)
}

/// How long an entry is kept: twice the repeat interval, at most the retention.
/// (Source: Alertmanager, `nflog.Log`.)
pub fn lifetime(repeat_interval: Span, retention: Span) -> Span {
    match repeat_interval {
        Span::ZERO => retention,
        _ => retention.min(repeat_interval.times(2)),
    }
}

impl fmt::Display for LogKey {
    /// Alertmanager's key: `<groupKey>:<receiver>/<integration>/<idx>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}/{}", self.group_key, self.receiver, self.kind, self.index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Told<'a> = (&'a [u64], &'a [u64], i64);

    fn check(entry: Option<Told<'_>>, firing: &[u64], resolved: &[u64], expect: &str) {
        let entry = entry.map(|(firing, resolved, at)| LogEntry {
            at: Timestamp::from_millis(at),
            firing: firing.iter().copied().collect(),
            resolved: resolved.iter().copied().collect(),
            perhaps_firing: Hashes::default(),
            expires_at: Timestamp::MAX,
        });
        let (firing, resolved) =
            (firing.iter().copied().collect(), resolved.iter().copied().collect());
        let decide = |wants_resolved| {
            let situation = Situation {
                firing: &firing,
                resolved: &resolved,
                wants_resolved,
                repeat_interval: Span::from_millis(100),
            };
            decide(Timestamp::from_millis(1000), entry.as_ref(), situation)
                .map_or("none", NotifyReason::text)
        };
        let got = format!("{} | {}", decide(true), decide(false));
        assert_eq!(got, expect, "{entry:?} {firing:?} {resolved:?}");
    }

    #[test]
    fn decisions_follow_the_table() {
        check(None, &[], &[], "none | none");
        check(None, &[], &[1], "none | none");
        check(None, &[1], &[], "first notification | first notification");
        check(Some((&[1], &[], 950)), &[1], &[], "none | none");
        check(Some((&[1], &[], 950)), &[1, 2], &[], "new alerts added | new alerts added");
        check(Some((&[], &[1], 950)), &[1], &[], "first notification | first notification");
        check(Some((&[1], &[], 950)), &[], &[1], "all alerts resolved | all alerts resolved");
        check(Some((&[], &[1], 950)), &[], &[1], "none | none");
        check(Some((&[1, 2], &[], 950)), &[1], &[2], "some alerts resolved | none");
        check(Some((&[1, 2], &[2], 950)), &[1], &[2], "none | none");
        check(Some((&[1], &[], 900)), &[1], &[], "none | none");
        check(
            Some((&[1], &[], 899)),
            &[1],
            &[],
            "repeat interval elapsed | repeat interval elapsed",
        );
    }

    /// Section by section what the reference says of a flush, for all sets of two alerts.
    fn reference(
        entry: Option<(u8, u8, i64)>,
        firing: u8,
        resolved: u8,
        wants_resolved: bool,
    ) -> &'static str {
        let Some((told_firing, told_resolved, at)) = entry else {
            return if firing == 0 { "none" } else { "first notification" };
        };
        match () {
            () if firing & !told_firing != 0 && told_firing == 0 => "first notification",
            () if firing & !told_firing != 0 => "new alerts added",
            () if firing == 0 && told_firing != 0 => "all alerts resolved",
            () if firing == 0 => "none",
            () if wants_resolved && resolved & !told_resolved != 0 => "some alerts resolved",
            () if at < 900 => "repeat interval elapsed",
            () => "none",
        }
    }

    #[test]
    fn every_decision_about_two_alerts_is_the_references() {
        let sets: [&[u64]; 4] = [&[], &[1], &[2], &[1, 2]];
        let states = (0..16_u8).map(|both| (both & 3, both >> 2));
        for (firing, resolved) in states.clone().filter(|(firing, resolved)| firing & resolved == 0)
        {
            let (now_firing, now_resolved) =
                (sets[usize::from(firing)], sets[usize::from(resolved)]);
            let none = [true, false].map(|wants| reference(None, firing, resolved, wants));
            check(None, now_firing, now_resolved, &none.join(" | "));
            for (told_firing, told_resolved) in states.clone() {
                for at in [899, 900, 901] {
                    let entry = Some((told_firing, told_resolved, at));
                    let expect =
                        [true, false].map(|wants| reference(entry, firing, resolved, wants));
                    let told =
                        (sets[usize::from(told_firing)], sets[usize::from(told_resolved)], at);
                    check(Some(told), now_firing, now_resolved, &expect.join(" | "));
                }
            }
        }
    }

    #[test]
    fn entries_live_twice_the_repeat_interval_and_no_longer_than_the_retention() {
        for (repeat, retention, expect) in [(0, 7, 7), (1, 7, 2), (3, 7, 6), (4, 7, 7), (9, 7, 7)] {
            let span = lifetime(Span::from_secs(repeat), Span::from_secs(retention));
            assert_eq!(span, Span::from_secs(expect), "{repeat} {retention}");
        }
    }

    #[test]
    fn after_a_message_in_doubt_nothing_is_taken_for_known_that_is_not() {
        let set = |hashes: &[u64]| hashes.iter().copied().collect::<Hashes>();
        let told = LogEntry { firing: set(&[1, 2]), resolved: set(&[9]), ..LogEntry::default() };
        let doubt = told.in_doubt(&set(&[2, 3]), &set(&[1]));
        assert_eq!((&doubt.firing, &doubt.resolved), (&set(&[2]), &set(&[])));
        assert_eq!(doubt.perhaps_firing, set(&[1, 3]));
        let again = doubt.in_doubt(&set(&[]), &set(&[1, 2, 3]));
        assert_eq!((again.firing, again.perhaps_firing), (set(&[]), set(&[1, 2, 3])));
        let why = |firing: &[u64], resolved: &[u64]| {
            let (firing, resolved) = (set(firing), set(resolved));
            let situation = Situation {
                firing: &firing,
                resolved: &resolved,
                wants_resolved: true,
                repeat_interval: Span::from_mins(60),
            };
            decide(Timestamp::from_millis(0), Some(&doubt), situation).map(NotifyReason::text)
        };
        assert_eq!(why(&[1, 2], &[]), Some("new alerts added"), "it may take 1 for resolved");
        assert_eq!(why(&[2], &[1]), Some("some alerts resolved"), "it may take 1 for firing");
        assert_eq!(why(&[], &[1, 2]), Some("all alerts resolved"));
    }

    #[test]
    fn the_newer_entry_wins() {
        let key = LogKey {
            group_key: "{}:{}".into(),
            receiver: "r".into(),
            kind: "webhook".into(),
            index: 0,
        };
        let entry = |at, hash| {
            Arc::new(LogEntry {
                at: Timestamp::from_millis(at),
                firing: [hash].into(),
                resolved: Hashes::default(),
                perhaps_firing: Hashes::default(),
                expires_at: Timestamp::from_millis(at + 10),
            })
        };
        let mut log = Log::default();
        assert!(log.put(key.clone(), entry(5, 1)));
        assert!(!log.put(key.clone(), entry(4, 2)));
        assert!(log.believes_firing("{}:{}", 1) && !log.believes_firing("{}:{}", 2));
        assert!(!log.believes_firing("{}:{", 1));
        assert_eq!(key.to_string(), "{}:{}:r/webhook/0");
        assert_eq!(log.expire(Timestamp::from_millis(15)), [key]);
        assert!(log.is_empty());
    }
}
