//! Logarithms and powers to the bit as Go computes them: unit tests of rules compare results
//! exactly, and libraries differ in the last digit.

use std::f64::consts::{LOG2_E, LOG10_E};

/// A number as fraction in [0.5, 1) and exponent of two; zero, infinities and not-a-number are
/// their own fraction.
fn split(value: f64) -> (f64, i32) {
    if value == 0.0 || !value.is_finite() {
        return (value, 0);
    }
    let subnormal = value.abs() < f64::MIN_POSITIVE;
    let (scaled, shift) = if subnormal { (value * 2_f64.powi(52), -52) } else { (value, 0) };
    let bits = scaled.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1022 + shift;
    (f64::from_bits((bits & !(0x7ff << 52)) | (1022 << 52)), exponent)
}

/// A number times a power of two, rounded once.
fn join(value: f64, power: i64) -> f64 {
    let (fraction, exponent) = split(value);
    let exponent = power.saturating_add(i64::from(exponent)).clamp(-1200, 1200) as i32;
    if exponent > -1021 {
        return fraction * 2_f64.powi(exponent / 2) * 2_f64.powi(exponent - exponent / 2);
    }
    // Too small to be normal: the first factor is exact, the second rounds.
    fraction * 2_f64.powi(-1000) * 2_f64.powi(exponent + 1000)
}

/// The natural logarithm. (Source: FreeBSD, `e_log.c`, which Go's `math.Log` follows.)
pub(in crate::promql) fn ln(value: f64) -> f64 {
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const L: [f64; 7] = [
        6.666_666_666_666_735e-1,
        3.999_999_999_940_942e-1,
        2.857_142_874_366_239e-1,
        2.222_219_843_214_978_4e-1,
        1.818_357_216_161_805e-1,
        1.531_383_769_920_937_3e-1,
        1.479_819_860_511_658_6e-1,
    ];
    if value.is_nan() || value == f64::INFINITY {
        return value;
    }
    if value < 0.0 {
        return f64::NAN;
    }
    if value == 0.0 {
        return f64::NEG_INFINITY;
    }
    let (mut fraction, mut exponent) = split(value);
    if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        fraction *= 2.0;
        exponent -= 1;
    }
    let fraction = fraction - 1.0;
    let exponent = f64::from(exponent);
    let s = fraction / (2.0 + fraction);
    let s2 = s * s;
    let s4 = s2 * s2;
    let odd = s2 * (L[0] + s4 * (L[2] + s4 * (L[4] + s4 * L[6])));
    let even = s4 * (L[1] + s4 * (L[3] + s4 * L[5]));
    let rest = odd + even;
    let square = 0.5 * fraction * fraction;
    exponent * LN2_HIGH - ((square - (s * (square + rest) + exponent * LN2_LOW)) - fraction)
}

/// The logarithm to base two: exact for powers of two.
pub(in crate::promql) fn log2(value: f64) -> f64 {
    let (fraction, exponent) = split(value);
    if fraction == 0.5 {
        return f64::from(exponent - 1);
    }
    ln(fraction) * LOG2_E + f64::from(exponent)
}

/// The logarithm to base ten.
pub(in crate::promql) fn log10(value: f64) -> f64 {
    ln(value) * LOG10_E
}

/// A power. Whole exponents are multiplied out on fractions and exponents of two apart.
/// (Source: Go, `math.Pow`.)
pub(in crate::promql) fn pow(base: f64, exponent: f64) -> f64 {
    let special = exponent == 0.0
        || base == 1.0
        || base == 0.0
        || !base.is_finite()
        || !exponent.is_finite()
        || exponent.abs() >= i64::MAX as f64;
    if special {
        return base.powf(exponent);
    }
    if exponent == 1.0 {
        return base;
    }
    if exponent.abs() == 0.5 {
        let root = base.sqrt();
        return if exponent > 0.0 { root } else { 1.0 / root };
    }
    let (mut whole, mut part) = (exponent.abs().trunc(), exponent.abs().fract());
    if part != 0.0 && base < 0.0 {
        return f64::NAN;
    }
    let mut result = 1.0;
    if part != 0.0 {
        if part > 0.5 {
            part -= 1.0;
            whole += 1.0;
        }
        result = (part * ln(base)).exp();
    }
    let mut power: i64 = 0;
    let (mut square, start) = split(base);
    let mut square_exponent = i64::from(start);
    let mut count = whole as i64;
    while count != 0 {
        if !(-(1 << 12)..=1 << 12).contains(&square_exponent) {
            power += square_exponent;
            break;
        }
        if count & 1 == 1 {
            result *= square;
            power += square_exponent;
        }
        square *= square;
        square_exponent <<= 1;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        count >>= 1;
    }
    if exponent < 0.0 {
        result = 1.0 / result;
        power = -power;
    }
    join(result, power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_and_ten_are_exact() {
        assert_eq!([log2(8.0), log2(0.25), log10(1000.0)], [3.0, -2.0, 3.0]);
        assert_eq!([pow(2.0, 10.0), pow(10.0, 3.0), pow(2.0, -1.0)], [1024.0, 1000.0, 0.5]);
        assert_eq!([pow(-2.0, 3.0), pow(4.0, 0.5), pow(9.0, -0.5)], [-8.0, 2.0, 1.0 / 3.0]);
        assert_eq!([pow(2.0, 1023.0), pow(2.0, 1024.0)], [2_f64.powi(1023), f64::INFINITY]);
        assert_eq!([pow(2.0, -1074.0), pow(2.0, -1080.0)], [5e-324, 0.0]);
    }

    #[test]
    fn the_ends_of_the_number_line_are_kept() {
        assert_eq!([ln(0.0), ln(f64::INFINITY)], [f64::NEG_INFINITY, f64::INFINITY]);
        assert!(ln(-1.0).is_nan() && log2(f64::NAN).is_nan() && pow(-8.0, 1.5).is_nan());
        assert_eq!([pow(0.0, 0.0), pow(f64::NAN, 0.0), pow(1.0, f64::NAN)], [1.0; 3]);
        assert_eq!(ln(5e-324), -744.440_071_921_381_2);
    }
}
