//! When a failed delivery is tried again.

use crate::time::Span;

/// The pause before the second attempt.
const FIRST_PAUSE: f64 = 500.0;
/// By how much each pause is longer than the one before.
const GROWTH: f64 = 1.5;
/// How far a pause is spread around its length.
const SPREAD: f64 = 0.5;
/// No pause is longer, before the spread.
const LONGEST_PAUSE: f64 = 60_000.0;

/// The pause after attempt number `attempt` (from 1): 500 ms, growing by half each time up to a
/// minute, spread by ±50 % by a hash of `seed` so that equal runs pause equally.
/// (Source: Alertmanager's retry stage; the spread there is a random number.)
pub fn pause(attempt: u32, seed: u64) -> Span {
    let exponent = i32::try_from(attempt.saturating_sub(1).min(64)).unwrap_or(64);
    let length = (FIRST_PAUSE * GROWTH.powi(exponent)).min(LONGEST_PAUSE);
    let bytes = [seed.to_le_bytes(), u64::from(attempt).to_le_bytes()].concat();
    let hash = xxhash_rust::xxh3::xxh3_64(&bytes);
    let fraction = (hash >> 11) as f64 / (1_u64 << 53) as f64;
    Span::from_millis((length * (1.0 - SPREAD + 2.0 * SPREAD * fraction)) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_minute_and_are_the_same_for_the_same_seed() {
        for seed in 0..200 {
            assert!((250..=750).contains(&pause(1, seed).millis()));
            assert!((375..=1125).contains(&pause(2, seed).millis()));
            assert!((30_000..=90_000).contains(&pause(u32::MAX, seed).millis()));
            assert_eq!(pause(3, seed), pause(3, seed));
        }
        assert_ne!(pause(1, 1), pause(1, 2));
    }
}
