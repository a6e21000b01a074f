//! Groups that have nothing to say rest.
//!
//! ```text
//! slots of the group interval   |----|----|----|----|----|----|----|
//! without rest                  f    f    f    f    f    f    f    f
//! with rest                     f                        f (a repeat is due)
//! an alert joins          ^     f         a    f           the next slot, as ever
//! ```
//!
//! After a flush that left everybody told it is known when the group can have something to say
//! at the earliest, if nothing happens: when a message is to be repeated, an alert runs out, or a
//! silence begins. Until then its flushes would change nothing, so its timer goes to the first
//! slot behind that moment. Whatever could change that wakes it up for its next slot.

use crate::notify::{Hashes, Situation, decide};
use crate::route::RouteOptions;
use crate::time::{Span, Timestamp};

use super::Engine;
use super::groups::GroupNumber;

impl Engine {
    /// Moves the group's next flush to the first slot at which it can have something to say.
    pub(super) fn rest(&mut self, now: Timestamp, number: GroupNumber) {
        let Some(until) = self.quiet_until(now, number) else { return };
        let Some(group) = self.groups.get(number) else { return };
        let (interval, next) = (self.options_of(group).group_interval, group.next_flush);
        if interval <= Span::ZERO || until <= next {
            return;
        }
        let slots = ((until - next).millis() - 1) / interval.millis() + 1;
        self.arm(number, next + interval.times(slots));
        self.resting.insert(number);
        if let Some(group) = self.groups.get_mut(number) {
            group.rests_from = Some(next);
        }
    }

    /// Wakes a group up for its next slot, if it rests.
    pub(super) fn wake_up(&mut self, now: Timestamp, number: GroupNumber) {
        if self.resting.remove(&number) {
            self.return_to_slots(now, number);
        }
    }

    /// Wakes all groups up: something happened that is not about one of them.
    pub(super) fn wake_all_up(&mut self, now: Timestamp) {
        for number in std::mem::take(&mut self.resting) {
            self.return_to_slots(now, number);
        }
    }

    fn return_to_slots(&mut self, now: Timestamp, number: GroupNumber) {
        if let Some(group) = self.groups.get(number) {
            let interval = self.options_of(group).group_interval;
            // a slot of this very moment is not over while evaluations of it may come back
            let after = match self.evaluated_at {
                Some(at) if at == now => now - Span::from_millis(1),
                _ => now,
            };
            self.arm(number, next_slot(after, group.next_flush, interval));
        }
    }

    /// Until when the group has surely nothing to say if nothing happens; nothing when that is
    /// not known.
    fn quiet_until(&self, now: Timestamp, number: GroupNumber) -> Option<Timestamp> {
        let group = self.groups.get(number)?;
        let options = self.options_of(group);
        if depends_on_time(options) || !group.suppressed.is_empty() || group.flush.is_some() {
            return None;
        }
        let mut until = self.silences.next_start(now).unwrap_or(Timestamp::MAX);
        for alert in group.content.alerts() {
            if alert.is_resolved(now) {
                return None;
            }
            until = until.min(alert.ends_at);
        }
        let firing = group.content.alerts().map(|alert| alert.labels.notification_hash());
        let firing: Hashes = firing.collect();
        let destination = self.destinations.of(group.node());
        for (position, integration) in destination.integrations() {
            let situation = Situation {
                firing: &firing,
                resolved: &Hashes::default(),
                wants_resolved: integration.send_resolved,
                repeat_interval: options.repeat_interval,
            };
            let entry = self.log.get(&destination.log_key(&group.key, position))?;
            if decide(now, Some(entry), situation).is_some() {
                return None;
            }
            let repeat = entry.at + options.repeat_interval + Span::from_millis(1);
            until = until.min(repeat).min(entry.expires_at);
        }
        Some(until)
    }
}

/// The first slot after now of a group whose flush at `next_flush` is one of its slots.
pub(super) fn next_slot(now: Timestamp, next_flush: Timestamp, interval: Span) -> Timestamp {
    let ahead = (next_flush - now).millis() - 1;
    if interval <= Span::ZERO || ahead < interval.millis() {
        return next_flush;
    }
    next_flush - interval.times(ahead / interval.millis())
}

/// Whether a flush may do something else only because time went by: intervals begin and end, and
/// templates of route labels read the clock.
fn depends_on_time(options: &RouteOptions) -> bool {
    !(options.mute_time_intervals.is_empty()
        && options.active_time_intervals.is_empty()
        && options.labels.is_empty())
}

#[cfg(test)]
mod tests;
