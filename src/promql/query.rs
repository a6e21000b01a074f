//! A query: planned once, run on any grid.

use crate::sample::{Selection, SeriesSet};
use crate::time::Span;

use super::syntax::ast::Expr;
use super::{Answer, Grid, Limits, Options, QueryError};

/// A planned query.
#[derive(Clone, Debug)]
pub struct Query {
    expr: Expr,
    options: Options,
}

/// How far before the evaluation time a query reads.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// At most that far back.
    Back(Span),
    /// To a fixed moment (`@`): the distance grows as time goes by.
    Fixed,
}

impl Query {
    /// Plans an expression. Fails where no data could make it right (durations that are not
    /// positive, windows a function cannot use).
    pub fn new(expr: &Expr, options: &Options) -> Result<Query, QueryError> {
        Ok(Query { expr: expr.clone(), options: options.clone() })
    }

    /// Which samples a run on this grid reads; equal selectors are asked for once.
    pub fn needs(&self, grid: &Grid) -> Result<Vec<Selection>, QueryError> {
        let _ = (&self.expr, &self.options, grid);
        Ok(Vec::new())
    }

    /// Evaluates on the grid. `series` answers `needs(grid)`, set for set; sets may hold more
    /// samples than were asked for.
    pub fn run(
        &self,
        grid: &Grid,
        series: &[SeriesSet],
        limits: &Limits,
    ) -> Result<Answer, QueryError> {
        let _ = (grid, series, limits);
        Err(QueryError::execution("not evaluated"))
    }

    /// How far before the evaluation time the query reads: lookback or range plus offset, summed
    /// over nested subqueries.
    pub fn reach(&self) -> Reach {
        Reach::Back(self.options.lookback)
    }
}
