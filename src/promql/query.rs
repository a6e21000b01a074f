//! A query: planned once, run on any grid.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::sample::{Selection, SeriesSet, clear_vector_registers};
use crate::time::{Span, Timestamp};

use super::answer::collect;
use super::explain::{ExplainedNode, Stopwatch, Trace, explain};
use super::plan::{Fetch, Lowered, Plan, is_causal, lower, reach};
use super::run::Run;
use super::syntax::ast::Expr;
use super::{Annotations, Answer, Grid, Limits, Options, QueryError};

/// A planned query.
#[derive(Clone, Debug)]
pub struct Query {
    expr: Expr,
    options: Options,
    /// The plan, when it is the same for every grid.
    plan: Option<Plan>,
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
        let Lowered { plan, grid_bound } = lower(expr, options, &Grid::instant(Timestamp::MIN));
        let plan = if grid_bound { None } else { Some(plan?) };
        Ok(Query { expr: expr.clone(), options: options.clone(), plan })
    }

    /// Which samples a run on this grid reads; equal selectors are asked for once.
    pub fn needs(&self, grid: &Grid) -> Result<Vec<Selection>, QueryError> {
        let plan = self.plan(grid)?;
        Ok(Fetch::of(&plan, grid, &self.options).selections)
    }

    /// Evaluates on the grid. `series` answers `needs(grid)`, set for set; sets may hold more
    /// samples than were asked for.
    pub fn run(
        &self,
        grid: &Grid,
        series: &[SeriesSet],
        limits: &Limits,
    ) -> Result<Answer, QueryError> {
        let plan = self.plan(grid)?;
        let mut run = self.begin(&plan, grid, series, limits, Trace::off());
        let value = collect(&mut run, grid)?;
        Ok(Answer { value, annotations: run.notes })
    }

    /// [`Query::run`], and what each step of it came to. Measuring costs little.
    pub fn explain(
        &self,
        grid: &Grid,
        series: &[SeriesSet],
        limits: &Limits,
        stopwatch: Stopwatch<'_>,
    ) -> Result<(Answer, Vec<ExplainedNode>), QueryError> {
        let plan = self.plan(grid)?;
        let trace = Trace::on(stopwatch, plan.len());
        let mut run = self.begin(&plan, grid, series, limits, trace);
        let value = collect(&mut run, grid)?;
        let nodes = explain(&run);
        Ok((Answer { value, annotations: run.notes }, nodes))
    }

    fn begin<'q>(
        &'q self,
        plan: &'q Plan,
        grid: &Grid,
        series: &'q [SeriesSet],
        limits: &'q Limits,
        trace: Trace<'q>,
    ) -> Run<'q> {
        clear_vector_registers();
        let fetch = Fetch::of(plan, grid, &self.options);
        Run {
            plan,
            options: &self.options,
            limits,
            fetch,
            series,
            notes: Annotations::new(),
            shared: HashMap::new(),
            held: 0,
            trace,
        }
    }

    /// How far before the evaluation time the query reads: lookback or range plus offset, summed
    /// over nested subqueries.
    pub fn reach(&self) -> Reach {
        // `@ start()` and `@ end()` of a rule are its evaluation time: a moment nobody writes
        // stands for it.
        let now = Timestamp::from_millis(4_102_444_800_123);
        match lower(&self.expr, &self.options, &Grid::instant(now)).plan {
            Ok(plan) => reach(&plan, now.millis(), self.options.lookback),
            Err(_) => Reach::Back(self.options.lookback),
        }
    }

    /// Whether a run over many moments finds at each of them what a run at that moment alone
    /// finds in the samples up to it: nothing is read at a fixed time (`@`) and nothing ahead.
    pub fn is_causal(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| is_causal(plan, self.options.lookback))
    }

    fn plan(&self, grid: &Grid) -> Result<Cow<'_, Plan>, QueryError> {
        match &self.plan {
            Some(plan) => Ok(Cow::Borrowed(plan)),
            None => Ok(Cow::Owned(lower(&self.expr, &self.options, grid).plan?)),
        }
    }
}
