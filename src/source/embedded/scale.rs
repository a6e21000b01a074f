//! Floats as integers, where that is possible to the last bit.
//!
//! Counters are whole numbers, gauges mostly have a few decimals: `12.5` is `125` of tenths. A
//! number counts as `n` units only if dividing `n` gives back its very bits, so minus zero,
//! infinities, not-a-numbers and the stale marker never do. (The idea is that of ALP, "Adaptive
//! Lossless floating-Point compression", SIGMOD 2024.)

/// How many units make one, by scale.
const UNITS: [f64; 5] = [1.0, 10.0, 100.0, 1000.0, 10_000.0];
/// Whole floats below this are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What the integers of a row mean.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// The bits of floats.
    Bits,
    /// Units of which ten to the power of this make one; at most four.
    Decimal(u8),
}

impl Scale {
    /// The scale of that code: 0 for bits, one more than the number of decimals otherwise.
    pub(super) fn from_code(code: u8) -> Scale {
        code.checked_sub(1).map_or(Scale::Bits, Scale::Decimal)
    }

    /// See [`Scale::from_code`].
    pub(super) fn code(self) -> u8 {
        match self {
            Scale::Bits => 0,
            Scale::Decimal(decimals) => decimals + 1,
        }
    }

    /// The decimal scale on which fewest values are no integers, if they are not more than
    /// `most_odd`; of several the coarsest. The integers come in `row`; a value that is none
    /// repeats its neighbour there and its index goes to `odd`.
    pub(super) fn decimal(
        values: &[f64],
        row: &mut [i64],
        odd: &mut Vec<u8>,
        most_odd: usize,
    ) -> Option<Scale> {
        let mut best = None;
        let mut most = most_odd;
        for (decimals, units) in UNITS.into_iter().enumerate() {
            let strange = |value: &&f64| integer(**value, units).is_none();
            let count = values.iter().filter(strange).take(most + 1).count();
            if count <= most && count < values.len() {
                best = Some(decimals);
                match count.checked_sub(1) {
                    Some(fewer) => most = fewer,
                    None => break,
                }
            }
        }
        let decimals = best?;
        odd.clear();
        let first = values.iter().find_map(|value| integer(*value, UNITS[decimals]));
        let mut last = first.unwrap_or_default();
        for (index, (&value, slot)) in (0..).zip(values.iter().zip(row)) {
            match integer(value, UNITS[decimals]) {
                Some(integer) => last = integer,
                None => odd.push(index),
            }
            *slot = last;
        }
        Some(Scale::Decimal(decimals as u8))
    }

    /// Writes the floats that these integers mean.
    pub(super) fn floats(self, row: &[i64], values: &mut [f64]) {
        let pairs = row.iter().zip(values);
        match self {
            Scale::Bits => pairs.for_each(|(bits, value)| *value = f64::from_bits(*bits as u64)),
            Scale::Decimal(0) => pairs.for_each(|(integer, value)| *value = *integer as f64),
            Scale::Decimal(decimals) => {
                let units = UNITS.get(usize::from(decimals)).copied().unwrap_or(1.0);
                pairs.for_each(|(integer, value)| *value = *integer as f64 / units);
            }
        }
    }
}

/// The value in units, if it is a whole number of them.
fn integer(value: f64, units: f64) -> Option<i64> {
    let scaled = (value * units).round();
    let exact = scaled.abs() < EXACT && (scaled / units).to_bits() == value.to_bits();
    // minus zero is caught because the integer has no sign of zero
    (exact && (value != 0.0 || value.is_sign_positive())).then_some(scaled as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_the_coarsest_that_gives_back_the_bits() {
        let stale = crate::sample::stale_marker();
        type Case<'a> = (&'a [f64], Option<(u8, usize)>);
        let cases: [Case<'_>; 10] = [
            (&[1.0, 2.0, -3.0], Some((0, 0))),
            (&[1.0, stale, 3.0], Some((0, 1))),
            (&[f64::NAN, -0.0, 3.0], Some((0, 2))),
            (&[f64::NAN, -0.0, stale], None),
            (&[0.1, 12.5, -7.0], Some((1, 0))),
            (&[0.25, 0.07, 1e9], Some((2, 0))),
            (&[0.0001, 1.0, 2.0, 0.5, 0.25], Some((4, 0))),
            (&[std::f64::consts::PI, std::f64::consts::E, 0.1 + 0.2], None),
            (&[1e300, f64::INFINITY, f64::MIN_POSITIVE], None),
            (&[EXACT - 1.0, 1.0 - EXACT, 0.0], Some((0, 0))),
        ];
        for (values, expected) in cases {
            let (mut row, mut odd) = (vec![9; values.len()], Vec::new());
            let scale = Scale::decimal(values, &mut row, &mut odd, 2);
            let found = scale.map(|scale| (scale.code() - 1, odd.len()));
            assert_eq!(found, expected, "{values:?}");
            let Some(scale) = scale else { continue };
            assert_eq!(Scale::from_code(scale.code()), scale);
            let mut floats = vec![0.0; values.len()];
            scale.floats(&row, &mut floats);
            for index in (0..values.len()).filter(|index| !odd.contains(&(*index as u8))) {
                assert_eq!(floats[index].to_bits(), values[index].to_bits(), "{values:?}");
            }
        }
    }
}
