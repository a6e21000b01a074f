//! A block: some samples of a series, packed so that they come back to the last bit.
//!
//! ```text
//! bytes | 2     1      1     8      2       3        ...        ...     ...      ...     2
//!       | size  count  odd   first  times:  values:  varints    times   values   odd     size
//!                            time   packing packing             packed  packed   values
//! ```
//!
//! The size stands at both ends, so that blocks in a row can be walked from either. A packing is
//! a byte for form and width and one for the shift (values have their scale before); the varints
//! are the base of the times, then base and first number of the values. Odd values are those
//! that the scale cannot say: an index (1 byte) and a float (8 bytes) each.

use super::bits;
use super::integers::{Form, Packing};
use super::scale::Scale;

/// The most samples of a block.
pub(super) const LENGTH: usize = 32;
/// The most values of a block that its scale cannot say.
const MOST_ODD: usize = 3;
/// Where the size, the count and the first time stand.
const FIXED: usize = 12;
/// From this width on it is worth a try to pack bits instead of decimals.
const WIDE: u32 = 40;

/// Samples unpacked; what is behind `count` means nothing.
#[derive(Debug)]
pub(super) struct Samples {
    count: usize,
    times: [i64; LENGTH],
    values: [f64; LENGTH],
}

/// What a block says of itself in front.
#[derive(Copy, Clone, Debug)]
pub(super) struct Header {
    /// Bytes from its beginning to its end.
    pub(super) size: usize,
    /// How many samples it has.
    pub(super) count: usize,
    /// The time of the first.
    pub(super) first: i64,
}

impl Samples {
    pub(super) fn new() -> Samples {
        Samples { count: 0, times: [0; LENGTH], values: [0.0; LENGTH] }
    }

    pub(super) fn times(&self) -> &[i64] {
        &self.times[..self.count]
    }

    pub(super) fn values(&self) -> &[f64] {
        &self.values[..self.count]
    }

    /// Forgets what there was and takes at most [`LENGTH`] samples.
    pub(super) fn fill(&mut self, samples: impl Iterator<Item = (i64, f64)>) {
        self.count = 0;
        for (time, value) in samples.take(LENGTH) {
            self.times[self.count] = time;
            self.values[self.count] = value;
            self.count += 1;
        }
    }

    /// The samples with `after < time <= until`.
    pub(super) fn between(&self, after: i64, until: i64) -> (&[i64], &[f64]) {
        let (times, values) = (self.times(), self.values());
        let from = match times.first() {
            Some(first) if *first > after => 0,
            _ => times.partition_point(|time| *time <= after),
        };
        let to = match times.last() {
            Some(last) if *last <= until => times.len(),
            _ => times.partition_point(|time| *time <= until),
        };
        let to = to.max(from);
        (&times[from..to], &values[from..to])
    }

    /// Adds the samples to `out` as a block.
    pub(super) fn pack(&self, out: &mut Vec<u8>) {
        let begin = out.len();
        let (times, values) = (self.times(), self.values());
        let mut odd = Vec::new();
        let mut row = [0; LENGTH];
        let row = &mut row[..self.count];
        let (scale, packing) = scaled(values, row, &mut odd);
        let pace = Packing::of(times);
        out.extend_from_slice(&[0, 0, self.count as u8, odd.len() as u8]);
        out.extend_from_slice(&times.first().copied().unwrap_or_default().to_le_bytes());
        out.extend_from_slice(&[form_and_width(&pace), pace.shift as u8, scale.code()]);
        out.extend_from_slice(&[form_and_width(&packing), packing.shift as u8]);
        for number in [pace.base, packing.base, packing.first] {
            push_varint(number, out);
        }
        pace.write(times, out);
        packing.write(row, out);
        for index in odd {
            out.push(index);
            out.extend_from_slice(&values[usize::from(index)].to_le_bytes());
        }
        let size = (out.len() + 2 - begin) as u16;
        out.extend_from_slice(&size.to_le_bytes());
        out[begin..begin + 2].copy_from_slice(&size.to_le_bytes());
    }

    /// Unpacks the block that `bytes` begins with; more may follow it. Nothing comes of bytes
    /// that are no block.
    pub(super) fn unpack(&mut self, bytes: &[u8]) {
        self.count = 0;
        if self.try_unpack(bytes).is_none() {
            self.count = 0;
        }
    }

    fn try_unpack(&mut self, bytes: &[u8]) -> Option<()> {
        let header = Header::of(bytes)?;
        let count = header.count.min(LENGTH);
        let odd = usize::from(*bytes.get(3)?);
        let (packings, mut rest) = bytes.get(FIXED..)?.split_first_chunk::<5>()?;
        let [pace, pace_shift, scale, levels, shift] = *packings;
        let mut pace = packing(pace, pace_shift);
        let mut levels = packing(levels, shift);
        pace.first = header.first;
        for number in [&mut pace.base, &mut levels.base, &mut levels.first] {
            *number = pull_varint(&mut rest)?;
        }
        pace.read(rest, &mut self.times[..count]);
        let rest = rest.get(pace.size(count)..)?;
        let mut row = [0; LENGTH];
        levels.read(rest, &mut row[..count]);
        Scale::from_code(scale).floats(&row[..count], &mut self.values[..count]);
        if odd > 0 {
            let rest = rest.get(levels.size(count)..)?;
            for one in rest.chunks_exact(9).take(odd) {
                let value = f64::from_le_bytes(*one.last_chunk()?);
                *self.values.get_mut(usize::from(one[0]))? = value;
            }
        }
        self.count = count;
        Some(())
    }
}

impl Header {
    /// The header of the block that `bytes` begins with.
    pub(super) fn of(bytes: &[u8]) -> Option<Header> {
        let fixed = bytes.first_chunk::<FIXED>()?;
        let first = i64::from_le_bytes(*fixed.last_chunk()?);
        let size = usize::from(u16::from_le_bytes([fixed[0], fixed[1]]));
        Some(Header { size, count: usize::from(fixed[2]), first })
    }
}

/// Where the last block of `bytes` begins, when there is nothing behind it.
pub(super) fn last_begin(bytes: &[u8]) -> Option<usize> {
    let size = usize::from(u16::from_le_bytes(*bytes.last_chunk()?));
    bytes.len().checked_sub(size.max(1))
}

/// The integers that stand for values, and the packing that makes them smallest.
fn scaled(values: &[f64], row: &mut [i64], odd: &mut Vec<u8>) -> (Scale, Packing) {
    let decimal = Scale::decimal(values, row, odd, MOST_ODD);
    let decimal = decimal.map(|scale| (scale, Packing::of(row)));
    if let Some((scale, packing)) = decimal
        && packing.width < WIDE
    {
        return (scale, packing);
    }
    let mut bits = [0; LENGTH];
    let bits = &mut bits[..values.len()];
    for (slot, value) in bits.iter_mut().zip(values) {
        *slot = value.to_bits().cast_signed();
    }
    let plain = Packing::of(bits);
    match decimal {
        Some(found) if found.1.size(row.len()) + odd.len() * 9 <= plain.size(row.len()) => found,
        _ => {
            odd.clear();
            row.copy_from_slice(bits);
            (Scale::Bits, plain)
        }
    }
}

/// A width is at most 64, so the top bit is free for the form.
fn form_and_width(packing: &Packing) -> u8 {
    packing.width as u8 | if packing.form == Form::Steps { 0x80 } else { 0 }
}

fn packing(form_and_width: u8, shift: u8) -> Packing {
    let form = if form_and_width & 0x80 == 0 { Form::Levels } else { Form::Steps };
    let width = bits::known_width(form_and_width & 0x7f);
    Packing { form, first: 0, base: 0, shift: u32::from(shift & 63), width }
}

/// Signed numbers near zero become short: 0, -1, 1, -2, ... count as 0, 1, 2, 3, ...
fn push_varint(number: i64, out: &mut Vec<u8>) {
    let mut rest = (number << 1 ^ number >> 63).cast_unsigned();
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn pull_varint(bytes: &mut &[u8]) -> Option<i64> {
    let mut number = 0;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            *bytes = &bytes[index + 1..];
            return Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
        }
    }
    None
}

#[cfg(test)]
mod tests;
