//! The engine in a world that goes wrong: the promises of `drivers::simulate` hold for every
//! sequence of operations, not only for those that chance makes.
//! Input: the seed of the world's faults in one byte, then operations of two bytes each.

use firebell::drivers::simulate::{ALERTS, Operation, TEAMS, simulate};
use firebell::time::Span;

/// The most operations of one input.
const MAX_OPERATIONS: usize = 200;

/// One input.
pub fn run(data: &[u8]) {
    let Some((&seed, rest)) = data.split_first() else { return };
    let mut operations: Vec<_> =
        rest.chunks_exact(2).take(MAX_OPERATIONS).map(|pair| operation(pair[0], pair[1])).collect();
    operations.push(Operation::Settle);
    let verdict = simulate(u64::from(seed), &operations);
    let trace = verdict.trace.join("\n");
    assert!(verdict.broken.is_empty(), "{:#?}\n{trace}", verdict.broken);
}

fn operation(kind: u8, detail: u8) -> Operation {
    let number = usize::from(detail);
    let wide = i64::from(detail);
    match kind % 16 {
        0 | 1 => Operation::Wait(Span::from_millis(wide * 353)),
        2 => Operation::Wait(Span::from_millis(wide)),
        3 => Operation::Wait(Span::from_secs(wide * 30)),
        4..=6 => Operation::Fire(number % ALERTS),
        7..=9 => Operation::Resolve(number % ALERTS),
        10 => Operation::Silence {
            team: number % TEAMS,
            span: Span::from_secs(1 + wide / TEAMS as i64 * 8),
        },
        11 => Operation::Unsilence,
        12 => Operation::Faults(detail % 101),
        13 => Operation::Crash,
        14 => Operation::Reload,
        _ => Operation::Settle,
    }
}
