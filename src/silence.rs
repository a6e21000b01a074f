//! Silences: matchers that keep alerts quiet for a while.
//! (Source: Alertmanager docs, "Silences", and `silence.Silences`.)

mod index;
mod lookup;
mod size;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::label::{Fingerprint, Labels, Matcher, Matchers};
use crate::time::{Span, Timestamp};

use lookup::Lookup;

/// A silence. It matches an alert that any of its matcher sets matches.
#[derive(Clone, Debug, PartialEq)]
pub struct Silence {
    /// A UUID, made by the caller.
    pub id: Arc<str>,
    /// The matcher sets, in written order.
    pub matcher_sets: Vec<Matchers>,
    /// First moment.
    pub starts_at: Timestamp,
    /// Last moment.
    pub ends_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who made it.
    pub created_by: Arc<str>,
    /// Why.
    pub comment: Arc<str>,
    /// For tools.
    pub annotations: Labels,
}

/// Where a silence is in its life.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SilenceState {
    /// It is in force.
    Active,
    /// It has not begun.
    Pending,
    /// It is over.
    Expired,
}

/// A change to the silences.
#[derive(Clone, Debug, PartialEq)]
pub enum SilenceCommand {
    /// Make a silence, or change the one that `silence.id` names (when not empty).
    Set {
        /// What is wanted; `updated_at` is ignored.
        silence: Box<Silence>,
        /// The id of the silence that is made when none can be changed in place.
        new_id: Arc<str>,
    },
    /// End a silence now.
    Expire {
        /// Which.
        id: Arc<str>,
    },
}

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SilenceError {
    /// No silence has this id.
    #[error("silence not found")]
    NotFound,
    /// There are as many as there may be.
    #[error("exceeded maximum number of silences: {count} (limit: {limit})")]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// It is longer than it may be.
    #[error("silence exceeded maximum size: {bytes} bytes (limit: {limit} bytes)")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        limit: usize,
    },
    /// The silence makes no sense.
    #[error("invalid silence: {0}")]
    Invalid(String),
}

/// How many silences there may be, and how long they may be.
/// (Source: Alertmanager, `--silences.max-silences` and `--silences.max-silence-size-bytes`.)
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// How many, those that are over and not yet forgotten too; looked at when one is made.
    pub count: Option<usize>,
    /// How many bytes a peer would be sent; looked at when one is made or changed.
    pub bytes: Option<usize>,
}

impl Limits {
    fn check_count(self, count: usize) -> Result<(), SilenceError> {
        match self.count {
            Some(limit) if count >= limit => Err(SilenceError::TooMany { count, limit }),
            _ => Ok(()),
        }
    }

    fn check_size(self, silence: &Silence) -> Result<(), SilenceError> {
        let Some(limit) = self.bytes else { return Ok(()) };
        let bytes = size::encoded(silence);
        if bytes > limit { Err(SilenceError::TooLong { bytes, limit }) } else { Ok(()) }
    }
}

/// All silences, those that are over for a while too.
#[derive(Clone, Debug, Default)]
pub struct Silences {
    by_id: BTreeMap<Arc<str>, Arc<Silence>>,
    /// Those that are not known to be over.
    lookup: Lookup,
    /// When those begin that were made for later.
    starts: BTreeSet<Timestamp>,
}

impl Silence {
    /// Where it is in its life.
    pub fn state(&self, now: Timestamp) -> SilenceState {
        if now < self.starts_at {
            SilenceState::Pending
        } else if now > self.ends_at {
            SilenceState::Expired
        } else {
            SilenceState::Active
        }
    }

    /// Whether any matcher set matches.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.matcher_sets.iter().any(|matchers| matchers.matches(labels))
    }

    /// Whether it makes sense.
    ///
    /// # Errors
    /// Why it does not.
    pub fn validate(&self) -> Result<(), SilenceError> {
        let invalid = |message: String| Err(SilenceError::Invalid(message));
        if self.matcher_sets.is_empty() {
            return invalid("at least one matcher set required".into());
        }
        for (index, matchers) in self.matcher_sets.iter().enumerate() {
            if matchers.0.is_empty() {
                return invalid(format!("matcher set {index} is empty"));
            }
            if matchers.iter().all(matches_empty) {
                return invalid(format!(
                    "matcher set {index}: at least one matcher must not match the empty string"
                ));
            }
        }
        if self.ends_at < self.starts_at {
            return invalid("end time must not be before start time".into());
        }
        Ok(())
    }

    fn can_become(&self, wanted: &Silence, now: Timestamp) -> bool {
        if self.matcher_sets != wanted.matcher_sets {
            return false;
        }
        match self.state(now) {
            SilenceState::Active => {
                let second = |at: Timestamp| at.millis().div_euclid(1000);
                second(self.starts_at) == second(wanted.starts_at) && wanted.ends_at >= now
            }
            SilenceState::Pending => wanted.starts_at >= now,
            SilenceState::Expired => false,
        }
    }
}

/// The ids of those in force, sorted.
fn active(now: Timestamp, silences: Vec<&Arc<Silence>>) -> Vec<Arc<str>> {
    let active = silences.into_iter().filter(|one| one.state(now) == SilenceState::Active);
    let mut ids: Vec<_> = active.map(|silence| Arc::clone(&silence.id)).collect();
    ids.sort_unstable();
    ids
}

/// Negative matchers count as not matching the empty string, a quirk of upstream that we keep.
fn matches_empty(matcher: &Matcher) -> bool {
    matcher.op.is_positive() && matcher.matches("")
}

impl Silences {
    /// Applies a command; the ids of the silences that changed, the one that answers the
    /// command last. Nothing changes when it is refused.
    pub fn apply(
        &mut self,
        now: Timestamp,
        command: SilenceCommand,
        limits: Limits,
    ) -> Result<Vec<Arc<str>>, SilenceError> {
        match command {
            SilenceCommand::Set { silence, new_id } => self.set(now, *silence, new_id, limits),
            SilenceCommand::Expire { id } => {
                let changed = self.expire(now, &id).ok_or(SilenceError::NotFound)?;
                Ok(if changed { vec![id] } else { Vec::new() })
            }
        }
    }

    fn set(
        &mut self,
        now: Timestamp,
        mut wanted: Silence,
        new_id: Arc<str>,
        limits: Limits,
    ) -> Result<Vec<Arc<str>>, SilenceError> {
        let mut changed = Vec::new();
        if !wanted.id.is_empty() {
            let old = self.by_id.get(&wanted.id).ok_or(SilenceError::NotFound)?;
            if old.can_become(&wanted, now) {
                wanted.validate()?;
                wanted.updated_at = now;
                limits.check_size(&wanted)?;
                let id = Arc::clone(&wanted.id);
                self.put(Arc::new(wanted));
                return Ok(vec![id]);
            }
            let begins = Silence { starts_at: wanted.starts_at.max(now), ..wanted.clone() };
            begins.validate()?;
            limits.check_count(self.by_id.len())?;
            limits.check_size(&Silence { id: Arc::clone(&new_id), updated_at: now, ..begins })?;
            let old_id = Arc::clone(&wanted.id);
            if self.expire(now, &old_id) == Some(true) {
                changed.push(old_id);
            }
        }
        wanted.starts_at = wanted.starts_at.max(now);
        wanted.validate()?;
        wanted.id = Arc::clone(&new_id);
        wanted.updated_at = now;
        if changed.is_empty() {
            limits.check_count(self.by_id.len())?;
            limits.check_size(&wanted)?;
        }
        self.put(Arc::new(wanted));
        changed.push(new_id);
        Ok(changed)
    }

    /// Ends a silence; `None` when there is none of this id, else whether it changed.
    fn expire(&mut self, now: Timestamp, id: &str) -> Option<bool> {
        let silence = self.by_id.get_mut(id)?;
        match silence.state(now) {
            SilenceState::Expired => return Some(false),
            SilenceState::Active => Arc::make_mut(silence).ends_at = now,
            SilenceState::Pending => {
                let silence = Arc::make_mut(silence);
                silence.starts_at = now;
                silence.ends_at = now;
            }
        }
        // a silence that ends now is over now, not a moment later
        let silence = Arc::make_mut(silence);
        silence.updated_at = now;
        silence.ends_at = now - Span::from_millis(1);
        silence.starts_at = silence.starts_at.min(silence.ends_at);
        self.lookup.remove(silence);
        Some(true)
    }

    /// Puts a silence in as it is.
    pub fn put(&mut self, silence: Arc<Silence>) {
        if let Some(old) = self.by_id.insert(Arc::clone(&silence.id), Arc::clone(&silence)) {
            self.lookup.remove(&old);
        }
        self.lookup.add(&silence);
        self.starts.insert(silence.starts_at);
    }

    /// Takes a peer's silence in when it is newer than ours; whether it was.
    pub fn merge(&mut self, silence: Arc<Silence>) -> bool {
        match self.by_id.get(&silence.id) {
            Some(own) if own.updated_at >= silence.updated_at => false,
            _ => {
                self.put(silence);
                true
            }
        }
    }

    /// The silence of this id.
    pub fn get(&self, id: &str) -> Option<&Arc<Silence>> {
        self.by_id.get(id)
    }

    /// All silences in id order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Silence>> {
        self.by_id.values()
    }

    /// The ids of the active silences that match, sorted.
    pub fn matching(&self, now: Timestamp, labels: &Labels) -> Vec<Arc<str>> {
        active(now, self.lookup.matching(labels, || labels.fingerprint()))
    }

    /// As [`Silences::matching`], where the fingerprint of the labels is known.
    pub fn matching_alert(
        &self,
        now: Timestamp,
        fingerprint: Fingerprint,
        labels: &Labels,
    ) -> Vec<Arc<str>> {
        active(now, self.lookup.matching(labels, || fingerprint))
    }

    /// Lets go of what is remembered of an alert that is no more.
    pub fn forget(&self, fingerprint: Fingerprint) {
        self.lookup.forget(fingerprint);
    }

    /// The next moment at which a silence may begin.
    pub fn next_start(&self, now: Timestamp) -> Option<Timestamp> {
        self.starts.range(now + Span::from_millis(1)..).next().copied()
    }

    /// Forgets the silences that ended longer ago than `retention`, and says which.
    pub fn collect(&mut self, now: Timestamp, retention: Span) -> Vec<Arc<str>> {
        for silence in self.by_id.values().filter(|one| one.state(now) == SilenceState::Expired) {
            self.lookup.remove(silence);
        }
        self.starts = self.starts.split_off(&now);
        let gone: Vec<_> = self
            .by_id
            .values()
            .filter(|silence| silence.ends_at + retention <= now)
            .map(|silence| Arc::clone(&silence.id))
            .collect();
        for id in &gone {
            self.by_id.remove(id);
        }
        gone
    }
}

#[cfg(test)]
mod tests;
