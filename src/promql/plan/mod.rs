//! What a query does, as a graph: typed nodes, equal sub-expressions once, every duration and
//! `@` resolved for one grid.

mod duration;
mod fetch;
mod lower;
mod lower_call;
mod narrow;
mod node;
mod reach;

pub(super) use duration::{go_max, go_min};
pub(super) use fetch::Fetch;
pub(super) use lower::{Lowered, lower};
pub(super) use node::{
    Comparison, DateFunction, Extension, HistogramStatistic, InfoSelector, LabelEdit, Matching,
    Moment, Node, NodeId, RangeFunction, ResetHints, ScalarSide, Selector, SelectorId,
    ValueFunction, Window, WindowSource,
};
pub(super) use reach::{is_causal, reach};

use crate::label::Matchers;
use crate::promql::syntax::ast::{PositionRange, ValueType};
use crate::sample::Narrowing;

/// The nodes of a query; children come before their parents.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    nodes: Vec<Planned>,
    /// What the whole query is.
    pub(super) root: NodeId,
    /// Its type.
    pub(super) root_type: ValueType,
    /// The distinct series selections, by [`SelectorId`].
    pub(super) selectors: Vec<Matchers>,
    /// By [`SelectorId`]: which of the series are as good as all.
    pub(super) narrowings: Vec<Option<Narrowing>>,
}

/// A node and what is known about it besides what it computes.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// What it computes.
    pub(super) node: Node,
    /// Where it stands in the text: the first of equal sub-expressions.
    pub(super) range: PositionRange,
    /// Where its arguments stand.
    pub(super) arguments: Vec<PositionRange>,
    /// Whether it is the same at every step.
    pub(super) invariant: bool,
    /// How many parents it has.
    pub(super) uses: u32,
}

impl Plan {
    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The node with that id.
    pub(super) fn get(&self, id: NodeId) -> &Planned {
        &self.nodes[id.0 as usize]
    }
}

impl Planned {
    /// Where the argument stands; the node itself when it has fewer.
    pub(super) fn argument(&self, index: usize) -> PositionRange {
        self.arguments.get(index).copied().unwrap_or(self.range)
    }
}
