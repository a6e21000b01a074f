//! The embedded store: what it takes comes back to the last bit, whatever the times and values,
//! and a window shows exactly what lies in it.
//! Input: actions of one byte, some with an argument behind it; see `Action`.

use std::collections::VecDeque;

use firebell::label::{Labels, Matchers};
use firebell::sample::{STALE_BITS, Selection};
use firebell::source::Batch;
use firebell::source::embedded::Store;
use firebell::time::{Span, Timestamp};

/// The most actions of one input.
const MAX_ACTIONS: usize = 2000;
/// From one scrape to the next, in milliseconds.
const INTERVAL: i64 = 15_000;

/// One input.
pub fn run(data: &[u8]) {
    let mut bytes = data.iter().copied().collect::<VecDeque<u8>>();
    let mut world = World::new();
    for _ in 0..MAX_ACTIONS {
        let Some(action) = bytes.pop_front() else { break };
        let step = match action & 7 {
            0..=4 => INTERVAL,
            5 => INTERVAL + small(&mut bytes),
            6 => small(&mut bytes),
            _ => i64::from_le_bytes(eight(&mut bytes)),
        };
        match action >> 3 & 7 {
            0 => world.add(step, world.value),
            1 => world.add(step, world.value + small(&mut bytes) as f64),
            2 => world.add(step, small(&mut bytes) as f64 / 100.0),
            3 => world.add(step, f64::from_le_bytes(eight(&mut bytes))),
            4 => world.add(step, f64::from_bits(STALE_BITS)),
            5 => world.flush(),
            6 => world.evict(step),
            _ => world.look(step),
        }
    }
    world.flush();
    world.look(i64::MAX);
}

/// A store with one series, and what it ought to hold.
struct World {
    store: Store,
    labels: Labels,
    batch: Batch,
    kept: Vec<(i64, u64)>,
    waiting: Vec<(i64, u64)>,
    time: i64,
    value: f64,
    horizon: i64,
}

impl World {
    fn new() -> World {
        let store = Store::new();
        store.set_retention(Span::from_millis(0));
        World {
            store,
            labels: Labels::from_pairs([("__name__", "x")]),
            batch: Batch::new(),
            kept: Vec::new(),
            waiting: Vec::new(),
            time: 1_700_000_000_000,
            value: 0.0,
            horizon: i64::MIN,
        }
    }

    fn add(&mut self, step: i64, value: f64) {
        self.time = self.time.saturating_add(step);
        if !value.is_nan() {
            self.value = value;
        }
        self.batch.float(self.time, value);
        self.waiting.push((self.time, value.to_bits()));
    }

    /// Appends what waits: of it the store takes what is newer than all before.
    fn flush(&mut self) {
        self.batch.end(&self.labels);
        let appended = self.store.append(&std::mem::take(&mut self.batch));
        let mut taken = 0;
        for (time, bits) in self.waiting.drain(..) {
            let fresh = self.kept.last().is_none_or(|(last, _)| time > *last);
            if fresh && time > self.horizon {
                self.kept.push((time, bits));
                taken += 1;
            }
        }
        assert_eq!(appended.samples, taken);
    }

    fn evict(&mut self, before: i64) {
        self.flush();
        let horizon = self.time.saturating_sub(before.saturating_abs());
        self.store.evict(Timestamp::from_millis(horizon));
        self.horizon = self.horizon.max(horizon);
        let horizon = self.horizon;
        self.kept.retain(|(time, _)| *time > horizon);
        self.look(i64::MAX);
    }

    /// Compares windows that end now, at the newest and at the oldest sample.
    fn look(&self, length: i64) {
        let ends = [Some(self.time), self.kept.last().map(|(time, _)| *time), self.oldest()];
        for until in ends.into_iter().flatten() {
            let after = until.saturating_sub(length.saturating_abs());
            let expected = self.kept.iter().filter(|(time, _)| *time > after && *time <= until);
            let selection = Selection {
                matchers: Matchers::default(),
                after: Timestamp::from_millis(after),
                until: Timestamp::from_millis(until),
                narrowing: None,
            };
            let sets = self.store.select(&[selection]);
            let seen = sets[0].iter().flat_map(|series| {
                let bits = series.values.iter().map(|value| value.to_bits());
                series.times.iter().copied().zip(bits).collect::<Vec<_>>()
            });
            assert!(seen.eq(expected.copied()), "in ({after}, {until}]: {sets:?}");
        }
    }

    fn oldest(&self) -> Option<i64> {
        self.kept.first().map(|(time, _)| *time)
    }
}

fn small(bytes: &mut VecDeque<u8>) -> i64 {
    i64::from(bytes.pop_front().unwrap_or_default().cast_signed())
}

fn eight(bytes: &mut VecDeque<u8>) -> [u8; 8] {
    std::array::from_fn(|_| bytes.pop_front().unwrap_or_default())
}
