//! Rows of integers, as the distances from their least, or from each to the next.
//!
//! Whatever all distances have in common is said once: the least of them (`base`) and how many
//! of their low bits are zero (`shift`). A row that is constant, or grows by the same step,
//! takes no bits at all. (The idea is frame-of-reference coding.)

use super::bits;

/// What the packed numbers are distances of.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Each number itself.
    Levels,
    /// The step to each number from the one before; the first is said apart.
    Steps,
}

/// How a row is packed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Packing {
    pub(super) form: Form,
    /// The first number where steps are packed.
    pub(super) first: i64,
    /// What every packed number is to be added to.
    pub(super) base: i64,
    /// By how many bits every packed number is to be shifted up before.
    pub(super) shift: u32,
    pub(super) width: u32,
}

impl Packing {
    /// The packing that makes a row smallest.
    pub(super) fn of(row: &[i64]) -> Packing {
        let first = row.first().copied().unwrap_or_default();
        let levels = Packing::among(Form::Levels, 0, row.iter().copied());
        if levels.width == 0 {
            return levels;
        }
        let steps = Packing::among(Form::Steps, first, steps(row));
        if steps.size(row.len()) < levels.size(row.len()) { steps } else { levels }
    }

    /// How many bytes the numbers of a row of that length take.
    pub(super) fn size(&self, length: usize) -> usize {
        bits::size(self.width, self.packed(length))
    }

    /// Adds the numbers of the row that the packing was made for.
    pub(super) fn write(&self, row: &[i64], out: &mut Vec<u8>) {
        let distance = |number: i64| distance(self.base, number) >> self.shift;
        match self.form {
            Form::Levels => bits::pack(row.iter().copied().map(distance), self.width, out),
            Form::Steps => bits::pack(steps(row).map(distance), self.width, out),
        }
    }

    /// Reads as many numbers as `row` has room for.
    pub(super) fn read(&self, bytes: &[u8], row: &mut [i64]) {
        let skipped = row.len() - self.packed(row.len());
        let packed = &mut row[skipped..];
        if self.width == 0 {
            packed.fill(self.base);
        } else {
            bits::unpack(bytes, self.width, packed);
            for number in packed {
                *number = self.base.wrapping_add(*number << self.shift);
            }
        }
        if self.form == Form::Steps {
            let mut sum = self.first;
            if let Some(first) = row.first_mut() {
                *first = 0;
            }
            for number in row {
                sum = sum.wrapping_add(*number);
                *number = sum;
            }
        }
    }

    fn packed(&self, length: usize) -> usize {
        match self.form {
            Form::Levels => length,
            Form::Steps => length.saturating_sub(1),
        }
    }

    fn among(form: Form, first: i64, numbers: impl Iterator<Item = i64> + Clone) -> Packing {
        let base = numbers.clone().min().unwrap_or_default();
        let all = numbers.fold(0, |all, number| all | distance(base, number));
        let shift = if all == 0 { 0 } else { all.trailing_zeros() };
        Packing { form, first, base, shift, width: bits::width(all >> shift) }
    }
}

/// How far a number lies above the least one; exact even where the signed difference overflows.
fn distance(base: i64, number: i64) -> u64 {
    number.wrapping_sub(base).cast_unsigned()
}

fn steps(row: &[i64]) -> impl Iterator<Item = i64> + Clone {
    row.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_and_take_as_many_bits_as_they_need() {
        use Form::{Levels, Steps};
        let cases: [(&[i64], Form, u32); 10] = [
            (&[], Levels, 0),
            (&[7], Levels, 0),
            (&[-3, -3, -3], Levels, 0),
            (&[0, 15_000, 30_000, 45_000], Steps, 0),
            (&[0, 15_001, 30_000, 45_000], Steps, 2),
            (&[100, 107, 103, 100], Levels, 3),
            (&[100, 400, 700, 1001], Steps, 1),
            (&[0, 1 << 20, 0, 1 << 20], Levels, 1),
            (&[i64::MIN, i64::MAX, i64::MIN], Steps, 1),
            (&[i64::MIN, 5, i64::MAX, 0], Steps, 64),
        ];
        for (row, form, width) in cases {
            let packing = Packing::of(row);
            assert_eq!((packing.form, packing.width), (form, width), "{row:?}");
            let mut bytes = Vec::new();
            packing.write(row, &mut bytes);
            assert_eq!(bytes.len(), packing.size(row.len()));
            let mut read = vec![1; row.len()];
            packing.read(&bytes, &mut read);
            assert_eq!(read, row);
        }
    }
}
