//! One side of a histogram as pairs of index and count, in index order: the form in which
//! histograms are added, coarsened and compared.

/// Pairs of absolute bucket index and count.
pub(super) type Sparse = Vec<(i32, f64)>;

/// The pairs of a side, empty buckets among them. Spans that promise more buckets than there
/// are end early.
pub(super) fn read(spans: &[(i32, u32)], counts: &[f64]) -> Sparse {
    let mut sparse = Vec::with_capacity(counts.len());
    let mut counts = counts.iter();
    let mut index = 0_i32;
    for (gap, length) in spans {
        index = index.saturating_add(*gap);
        for _ in 0..*length {
            let Some(count) = counts.next() else { return sparse };
            sparse.push((index, *count));
            index = index.saturating_add(1);
        }
    }
    sparse
}

/// The spans and counts of pairs, without empty buckets. A gap that is wider than a span can say
/// is two spans, the first of them empty.
pub(super) fn write(sparse: &[(i32, f64)]) -> (Vec<(i32, u32)>, Vec<f64>) {
    let mut spans: Vec<(i32, u32)> = Vec::new();
    let mut counts = Vec::with_capacity(sparse.len());
    let mut next = 0_i32;
    for (index, count) in sparse.iter().filter(|(_, count)| *count != 0.0) {
        match (spans.last_mut(), index.checked_sub(next)) {
            (Some(last), Some(0)) => last.1 += 1,
            (_, Some(gap)) => spans.push((gap, 1)),
            (_, None) => {
                spans.push((i32::MAX, 0));
                spans.push((index.saturating_sub(next.saturating_add(i32::MAX)), 1));
            }
        }
        next = index.saturating_add(1);
        counts.push(*count);
    }
    (spans, counts)
}

/// The pairs after the resolution is lowered by `levels` powers of two.
pub(super) fn coarsen(sparse: &[(i32, f64)], levels: u32) -> Sparse {
    let mut coarse: Sparse = Vec::with_capacity(sparse.len());
    for (index, count) in sparse {
        let index = (index.saturating_sub(1) >> levels.min(31)) + 1;
        match coarse.last_mut() {
            Some(last) if last.0 == index => last.1 += count,
            _ => coarse.push((index, *count)),
        }
    }
    coarse
}

/// Both sides' pairs in index order, with zero where one has no bucket.
pub(super) fn zip(left: &[(i32, f64)], right: &[(i32, f64)]) -> Vec<(i32, f64, f64)> {
    let mut zipped = Vec::with_capacity(left.len().max(right.len()));
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    loop {
        let index = match (left.peek(), right.peek()) {
            (None, None) => return zipped,
            (Some((index, _)), None) | (None, Some((index, _))) => *index,
            (Some((a, _)), Some((b, _))) => *a.min(b),
        };
        let a = left.next_if(|(at, _)| *at == index).map_or(0.0, |(_, count)| *count);
        let b = right.next_if(|(at, _)| *at == index).map_or(0.0, |(_, count)| *count);
        zipped.push((index, a, b));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_and_writing_are_inverse_but_for_empty_buckets() {
        let pairs = read(&[(-2, 2), (3, 1)], &[1.0, 0.0, 5.0]);
        assert_eq!(pairs, [(-2, 1.0), (-1, 0.0), (3, 5.0)]);
        assert_eq!(write(&pairs), (vec![(-2, 1), (4, 1)], vec![1.0, 5.0]));
    }

    #[test]
    fn buckets_may_be_as_far_apart_as_indexes_go() {
        let pairs = [(i32::MIN, 1.0), (-1, 2.0), (i32::MAX, 4.0)];
        let (spans, counts) = write(&pairs);
        assert_eq!(spans, [(i32::MIN, 1), (i32::MAX - 1, 1), (i32::MAX, 1)]);
        assert_eq!(read(&spans, &counts), pairs);
        let (spans, counts) = write(&[pairs[0], pairs[2]]);
        assert_eq!(spans, [(i32::MIN, 1), (i32::MAX, 0), (i32::MAX, 1)]);
        assert_eq!(read(&spans, &counts), [pairs[0], pairs[2]]);
        assert_eq!(coarsen(&pairs, 31), [(0, 3.0), (1, 4.0)]);
    }

    #[test]
    fn two_buckets_become_one_a_level() {
        let pairs = [(-1, 1.0), (0, 2.0), (1, 4.0), (2, 8.0), (3, 16.0)];
        assert_eq!(coarsen(&pairs, 1), [(0, 3.0), (1, 12.0), (2, 16.0)]);
    }
}
