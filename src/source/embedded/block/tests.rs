//! Blocks give back what went in, to the last bit, and are as small as they should be.

use proptest::prelude::*;

use super::*;

fn packed(times: &[i64], values: &[f64]) -> Vec<u8> {
    let mut samples = Samples::new();
    samples.fill(times.iter().copied().zip(values.iter().copied()));
    let mut bytes = Vec::new();
    samples.pack(&mut bytes);
    bytes
}

/// Packs and unpacks, alone and between other bytes; says how many bytes it took.
fn check(times: &[i64], values: &[f64]) -> usize {
    let block = packed(times, values);
    let mut surrounded = block.clone();
    surrounded.extend_from_slice(&[0xff; 16]);
    for bytes in [&block, &surrounded] {
        let mut samples = Samples::new();
        samples.unpack(bytes);
        assert_eq!(samples.times(), times);
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(samples.values()), bits(values), "{values:?}");
    }
    let header = Header::of(&block).expect("a block has a header");
    assert_eq!((header.size, header.count), (block.len(), times.len()));
    assert_eq!(header.first, times[0]);
    assert_eq!(last_begin(&block), Some(0));
    block.len()
}

fn regular() -> Vec<i64> {
    (0..LENGTH as i64).map(|index| 1_700_000_000_000 + index * 15_000).collect()
}

#[test]
fn blocks_are_small_where_samples_follow_a_pattern() {
    let counter = |index: usize| (1_000_000 + index * 300 + index * 7919 % 100) as f64;
    type Case<'a> = (&'a str, &'a dyn Fn(usize) -> f64, usize);
    let cases: [Case<'_>; 7] = [
        ("constant", &|_| 1.0, 32),
        ("constant of many decimals", &|_| std::f64::consts::PI, 36),
        ("stale at the end", &|index| [1.0, crate::sample::stale_marker()][index / 31], 40),
        ("counter", &counter, 66),
        ("two decimals", &|index| (index * 7919 % 100) as f64 / 100.0, 62),
        ("halves of a large number", &|index| 1e15 + (index % 2) as f64 * 0.5, 60),
        ("noise", &|index| (index as f64 * 7919.0).sin(), 300),
    ];
    for (name, value, most) in cases {
        let values: Vec<f64> = (0..LENGTH).map(value).collect();
        let size = check(&regular(), &values);
        assert!(size <= most, "{name}: {size} bytes");
    }
}

#[test]
fn times_a_little_off_cost_a_few_bits_each() {
    let times: Vec<i64> = (0..LENGTH as i64).map(|index| index * 15_000 + index * 7 % 4).collect();
    let size = check(&times, &[1.0; LENGTH]);
    assert!(size <= 48, "{size} bytes");
}

#[test]
fn any_number_of_samples_and_the_widest_steps_come_back() {
    for count in 1..=LENGTH {
        check(&regular()[..count], &vec![-0.0; count]);
    }
    check(&[i64::MIN, -1, i64::MAX], &[f64::MAX, f64::MIN, f64::NAN]);
    check(&[i64::MIN, i64::MAX], &[0.0, -0.0]);
}

#[test]
fn bytes_that_are_no_block_are_no_samples() {
    let block = packed(&regular(), &[0.1; LENGTH]);
    let mut samples = Samples::new();
    for end in 0..12 {
        samples.unpack(&block[..end]);
        assert!(samples.times().is_empty(), "{end} bytes");
    }
}

/// Floats as they come, and of any bits.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (-1000i64..1000).prop_map(|number| number as f64),
        2 => (-100_000i64..100_000).prop_map(|number| number as f64 / 100.0),
        1 => any::<u64>().prop_map(f64::from_bits),
        1 => Just(-0.0),
        1 => Just(crate::sample::stale_marker()),
    ]
}

proptest! {
    #[test]
    fn any_samples_come_back(
        start in any::<i64>(),
        rows in prop::collection::vec((prop_oneof![Just(15_000), 0..100_000i64, any::<i64>()], value()), 1..=LENGTH),
    ) {
        let mut time = start;
        let mut times = Vec::new();
        for (step, _) in &rows {
            times.push(time);
            time = time.wrapping_add(*step);
        }
        let values: Vec<f64> = rows.iter().map(|(_, value)| *value).collect();
        check(&times, &values);
    }

    #[test]
    fn noise_is_unpacked_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut samples = Samples::new();
        samples.unpack(&bytes);
        prop_assert!(samples.times().len() <= LENGTH);
    }
}
