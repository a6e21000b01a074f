//! Unsigned numbers of one width, one behind the other, low bits first.
//!
//! ```text
//! width 5   [ aaaaabbb | bbcccccd | dddd.... ]
//! ```

/// The widest number that is packed: whatever bit it begins at, eight bytes hold all of it.
const WIDEST: u32 = 57;

/// How many bits hold each number up to `largest`; more than 57 become 64.
pub(super) fn width(largest: u64) -> u32 {
    let bits = u64::BITS - largest.leading_zeros();
    if bits > WIDEST { u64::BITS } else { bits }
}

/// A width read from a byte, which is no wider than there are bits.
pub(super) fn known_width(byte: u8) -> u32 {
    u32::from(byte).min(u64::BITS)
}

/// How many bytes that many numbers take.
pub(super) fn size(width: u32, count: usize) -> usize {
    (width as usize * count).div_ceil(8)
}

/// Adds numbers, none of them wider than `width`, which comes from [`width`].
pub(super) fn pack(numbers: impl Iterator<Item = u64>, width: u32, out: &mut Vec<u8>) {
    if width > WIDEST {
        numbers.for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
        return;
    }
    let (mut pending, mut used) = (0, 0);
    for number in numbers {
        pending |= number << used;
        used += width;
        while used >= 8 {
            out.push(pending as u8);
            pending >>= 8;
            used -= 8;
        }
    }
    if used > 0 {
        out.push(pending as u8);
    }
}

/// Reads as many numbers as `out` has room for. Bytes behind the numbers are not heeded, but
/// reading is faster where there are some.
pub(super) fn unpack(bytes: &[u8], width: u32, out: &mut [i64]) {
    let mask = u64::MAX.checked_shl(width).map_or(u64::MAX, |high| !high);
    let mut bit = 0;
    for slot in out {
        *slot = (eight(bytes, bit >> 3) >> (bit & 7) & mask).cast_signed();
        bit += width as usize;
    }
}

/// The eight bytes from `at` on as a number; what is behind the end counts as zero.
fn eight(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    if let Some(eight) = rest.first_chunk() {
        return u64::from_le_bytes(*eight);
    }
    rest.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_width_come_back() {
        for bits in 0..=64u32 {
            let largest = u64::MAX.checked_shr(64 - bits).unwrap_or(0);
            let width = width(largest);
            assert!(width >= bits && (width == 64 || width == bits));
            let numbers: Vec<u64> = (0..9).map(|shift| largest >> shift).collect();
            let mut bytes = Vec::new();
            pack(numbers.iter().copied(), width, &mut bytes);
            assert_eq!(bytes.len(), size(width, numbers.len()));
            for padding in [0, 8] {
                bytes.resize(bytes.len() + padding, 0xff);
                let mut read = [0; 9];
                unpack(&bytes, width, &mut read);
                assert_eq!(read.map(i64::cast_unsigned).to_vec(), numbers, "{bits} bits");
            }
        }
    }
}
