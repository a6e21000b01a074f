//! Orders of elements: the heap of `topk` and `bottomk`, and the sort of `sort`. Which of equal
//! elements come first is Prometheus' choice, so the heap is Go's `container/heap`.

/// The order in which elements are wanted; not-a-number comes last in both.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Ascending,
    Descending,
}

impl Order {
    /// Whether the first value is worse than the second: not-a-number is worse than anything.
    fn worse(self, a: f64, b: f64) -> bool {
        a.is_nan()
            || match self {
                Order::Descending => a < b,
                Order::Ascending => a > b,
            }
    }
}

/// The best elements seen so far, the worst of them on top.
#[derive(Clone, Debug, Default)]
pub(super) struct Heap {
    entries: Vec<(f64, usize)>,
}

impl Heap {
    /// Takes an element if it is among the best `limit`.
    pub(super) fn offer(&mut self, order: Order, limit: usize, value: f64, index: usize) {
        if self.entries.len() < limit {
            self.entries.push((value, index));
            self.up(order);
            return;
        }
        let worst = self.entries[0].0;
        if order.worse(worst, value) && !(worst.is_nan() && value.is_nan()) {
            self.entries[0] = (value, index);
            self.down(order);
        }
    }

    /// Takes an element if there are fewer than `limit`.
    pub(super) fn append(&mut self, limit: usize, index: usize) {
        if self.entries.len() < limit {
            self.entries.push((0.0, index));
        }
    }

    /// The indexes of the elements, the best first; without an order as they came.
    pub(super) fn into_sorted(mut self, order: Option<Order>) -> Vec<usize> {
        if let Some(order) = order {
            sort(&mut self.entries, order);
        }
        self.entries.into_iter().map(|(_, index)| index).collect()
    }

    fn worse(&self, order: Order, a: usize, b: usize) -> bool {
        order.worse(self.entries[a].0, self.entries[b].0)
    }

    fn up(&mut self, order: Order) {
        let mut child = self.entries.len() - 1;
        while child > 0 {
            let parent = (child - 1) / 2;
            if !self.worse(order, child, parent) {
                break;
            }
            self.entries.swap(child, parent);
            child = parent;
        }
    }

    fn down(&mut self, order: Order) {
        let mut parent = 0;
        loop {
            let mut child = 2 * parent + 1;
            if child >= self.entries.len() {
                break;
            }
            if child + 1 < self.entries.len() && self.worse(order, child + 1, child) {
                child += 1;
            }
            if !self.worse(order, child, parent) {
                break;
            }
            self.entries.swap(child, parent);
            parent = child;
        }
    }
}

/// Up to this many elements Go's `sort.Sort` sorts by insertion.
const INSERTED: usize = 12;

/// Sorts elements, the best first. Equal ones keep their order; so do, of a few elements, those
/// that are not-a-number only as far as Go's insertion sort leaves them.
pub(super) fn sort(entries: &mut [(f64, usize)], order: Order) {
    if entries.len() <= INSERTED {
        for end in 1..entries.len() {
            let mut at = end;
            while at > 0 && order.worse(entries[at - 1].0, entries[at].0) {
                entries.swap(at - 1, at);
                at -= 1;
            }
        }
        return;
    }
    entries.sort_by(|a, b| match (a.0.is_nan(), b.0.is_nan()) {
        (false, false) => {
            let ascending = a.0.partial_cmp(&b.0).unwrap_or(std::cmp::Ordering::Equal);
            if order == Order::Ascending { ascending } else { ascending.reverse() }
        }
        (a, b) => a.cmp(&b),
    });
}

/// Whether a text comes before another one when runs of digits count as numbers.
/// (Source: facette/natsort, which Prometheus' `sort_by_label` uses.)
pub(super) fn naturally_before(a: &str, b: &str) -> bool {
    let (a, b) = (chunks(a), chunks(b));
    for (left, right) in a.iter().zip(&b) {
        match (left.parse::<i64>(), right.parse::<i64>()) {
            (Ok(x), Ok(y)) if x == y => {}
            (Ok(x), Ok(y)) => return x < y,
            _ if left == right => {}
            _ => return left < right,
        }
    }
    a.len() <= b.len() && !a.is_empty()
}

/// Runs of digits and runs of anything else.
fn chunks(text: &str) -> Vec<&str> {
    let mut chunks = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        let digit = first.is_ascii_digit();
        let end = rest.bytes().position(|byte| byte.is_ascii_digit() != digit);
        let (chunk, tail) = rest.split_at(end.unwrap_or(rest.len()));
        chunks.push(chunk);
        rest = tail;
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(order: Order, limit: usize, values: &[f64]) -> Vec<usize> {
        let mut heap = Heap::default();
        values.iter().enumerate().for_each(|(i, value)| heap.offer(order, limit, *value, i));
        heap.into_sorted(Some(order))
    }

    #[test]
    fn nan_is_chosen_only_when_nothing_else_is_there() {
        assert_eq!(best(Order::Descending, 2, &[f64::NAN, 1.0, 3.0, 2.0]), [2, 3]);
        assert_eq!(best(Order::Ascending, 2, &[f64::NAN, 1.0]), [1, 0]);
    }

    #[test]
    fn digits_sort_as_numbers() {
        let mut texts = vec!["web10", "web9", "web1", "Web", "9"];
        texts.sort_by(|a, b| naturally_before(b, a).cmp(&naturally_before(a, b)));
        assert_eq!(texts, ["9", "Web", "web1", "web9", "web10"]);
    }
}
