//! Seeded simulations: whatever goes wrong, the promises hold.

use firebell::drivers::simulate::{operations, simulate};

const SEEDS: u64 = 600;
const LENGTH: usize = 60;

#[test]
fn promises_hold_whatever_goes_wrong() {
    let (mut messages, mut doubles, mut crashes) = (0, 0, 0);
    for seed in 0..SEEDS {
        let verdict = simulate(seed, &operations(seed, LENGTH));
        let trace = verdict.trace.join("\n");
        assert!(verdict.broken.is_empty(), "seed {seed}: {:#?}\n{trace}", verdict.broken);
        messages += verdict.messages;
        doubles += verdict.doubles;
        crashes += verdict.crashes;
    }
    println!("{SEEDS} seeds: {messages} messages, {doubles} doubles in doubt, {crashes} crashes");
    assert!(messages > 5_000 && doubles > 0 && crashes > 100, "the simulation is too tame");
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in 0..25 {
        let once = simulate(seed, &operations(seed, LENGTH));
        assert_eq!(once, simulate(seed, &operations(seed, LENGTH)), "seed {seed}");
    }
}
