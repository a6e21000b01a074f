//! Which group each series belongs to.

use crate::label::Labels;
use crate::promql::block::{Head, NameFate};
use crate::promql::projection::{Besides, Number, Numbers, Projection};
use crate::promql::syntax::ast::Grouping;

/// The groups of series that come one by one, numbered as they are met.
#[derive(Debug)]
pub(super) struct Grouper {
    numbers: Numbers,
    /// By group.
    pub(super) heads: Vec<Head>,
}

/// The labels that make a group's identity.
pub(super) fn projection(grouping: &Grouping, besides: Besides) -> Projection {
    if grouping.without {
        Projection::others(&grouping.labels, besides)
    } else {
        Projection::listed(&grouping.labels)
    }
}

impl Grouper {
    /// No groups yet.
    pub(super) fn new(projection: Projection) -> Grouper {
        Grouper { numbers: Numbers::new(projection), heads: Vec::new() }
    }

    /// The group of a series.
    pub(super) fn find(&mut self, labels: &Labels, name: NameFate) -> usize {
        let id = if self.numbers.projection.is_empty() {
            if self.heads.is_empty() {
                self.heads.push(Head::settled(Labels::empty()));
            }
            0
        } else {
            let number = self.numbers.number(labels);
            if let Number::New(_) = number {
                self.heads.push(Head::settled(self.numbers.projection.of(labels)));
            }
            number.get()
        };
        if name == NameFate::Doomed {
            self.heads[id].name = NameFate::Doomed;
        }
        id
    }
}

/// The groups of the series of a block.
#[derive(Debug)]
pub(super) struct Groups {
    /// By series.
    pub(super) of: Vec<usize>,
    /// By group.
    pub(super) heads: Vec<Head>,
}

impl Groups {
    pub(super) fn of(heads: &[Head], grouping: &Grouping) -> Groups {
        let mut grouper = Grouper::new(projection(grouping, Besides::Name));
        let of = heads.iter().map(|head| grouper.find(&head.labels, head.name)).collect();
        Groups { of, heads: grouper.heads }
    }
}
