//! Aggregations whose input is used by nobody else: each series is folded as soon as its row is
//! there, and no block is made of all of them.

use super::aggregate::{Folding, folding};
use super::block::Block;
use super::column::Column;
use super::functions::{self, RangeCall};
use super::names::{ignores_metadata, share_metadata};
use super::plan::{Node, NodeId, Planned, RangeFunction, WindowSource};
use super::projection::Besides;
use super::run::Run;
use super::select::{Wanted, select_rows};
use super::syntax::ast::{AggregateOp, Grouping};
use super::{Grid, NameRemoval, QueryError};

/// What becomes of the names of series that a function is applied to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Names {
    /// They stay.
    Kept,
    /// They go at the end of the query.
    Doomed,
    /// They go at once.
    Gone,
}

impl Run<'_> {
    /// The aggregation of a node row by row; nothing where that cannot be done.
    pub(super) fn folded(
        &mut self,
        op: AggregateOp,
        grouping: &Grouping,
        vector: NodeId,
        grid: &Grid,
    ) -> Result<Option<Block>, QueryError> {
        let planned = self.plan.get(vector);
        if planned.uses > 1 || planned.invariant && grid.steps() > 1 {
            return Ok(None);
        }
        let limit = self.limits.samples.saturating_sub(self.held);
        let fold = |besides| folding(op, grouping, besides, grid.steps(), limit);
        let begun = self.trace.begin();
        let folded = match &planned.node {
            Node::Select(selector) if selector.extension.is_none() => {
                let at = selector.moment.of(grid.start.millis());
                let set = self.series_of(selector.matchers, at);
                let Some(mut fold) = fold(Besides::Name).filter(|_| set.only_floats()) else {
                    return Ok(None);
                };
                let lookback = self.options.lookback.millis();
                select_rows(set, selector, grid, lookback, Wanted::Value, &mut fold)?;
                fold
            }
            Node::Range { function, scalars, .. } => {
                let names = self.names_after(*function);
                let besides = match names {
                    Names::Gone => Besides::Metadata,
                    Names::Kept | Names::Doomed => Besides::Name,
                };
                let Some(mut fold) = fold(besides) else { return Ok(None) };
                if !self.can_fold_range(planned, grouping, names, grid) {
                    return Ok(None);
                }
                if names == Names::Doomed {
                    fold.doom();
                }
                let scalars = self.scalars(scalars, grid)?;
                self.fold_range(planned, &scalars, grid, &mut fold)?;
                fold
            }
            _ => return Ok(None),
        };
        self.trace.end(vector, grid, begun, folded.taken);
        Ok(Some(folded.finish()))
    }

    /// What a range function does to names.
    fn names_after(&self, function: RangeFunction) -> Names {
        match self.options.name_removal {
            _ if function.keeps_names() => Names::Kept,
            NameRemoval::Immediate => Names::Gone,
            NameRemoval::Delayed => Names::Doomed,
        }
    }

    /// Whether the series of a range function are floats that keep apart without their names,
    /// and nobody asks for names that are gone.
    fn can_fold_range(
        &self,
        planned: &Planned,
        grouping: &Grouping,
        names: Names,
        grid: &Grid,
    ) -> bool {
        let Node::Range { window, .. } = &planned.node else { return false };
        let WindowSource::Series(selector) = window.source else { return false };
        let set = self.series_of(selector, window.moment.of(grid.start.millis()));
        let mut labels = set.iter().map(|series| series.labels);
        set.only_floats()
            && (names != Names::Gone
                || (grouping.without || ignores_metadata(grouping)) && share_metadata(&mut labels))
    }

    fn fold_range(
        &mut self,
        planned: &Planned,
        scalars: &[Column],
        grid: &Grid,
        fold: &mut Folding,
    ) -> Result<(), QueryError> {
        let Node::Range { function, window, .. } = &planned.node else { return Ok(()) };
        let source = self.source(window, grid, None, *grid);
        let call = RangeCall {
            function: *function,
            window,
            scalars,
            range: planned.argument(0),
            options: self.options,
            limit: self.limits.samples.saturating_sub(self.held),
        };
        functions::range_rows(&call, &source, grid, &mut self.notes, fold)
    }
}
