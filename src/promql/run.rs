//! One run of a plan: nodes to columns, children first.

use std::collections::HashMap;
use std::rc::Rc;

use crate::sample::SeriesSet;

use super::aggregate::{self, Places};
use super::annotation::Annotations;
use super::binary::{self, Operation};
use super::block::{Block, Head, NameFate, Row};
use super::column::Column;
use super::explain::Trace;
use super::functions::{self, HistogramQuery, RangeCall};
use super::kernels::value::{arithmetic, comparison};
use super::names::{Dropped, Duplicates, drop_names, ignores_metadata, materialize};
use super::plan::{
    Extension, Fetch, Node, NodeId, Plan, Planned, Selector, SelectorId, Window, WindowSource,
    go_max, go_min,
};
use super::ranking::Order;
use super::select::{Wanted, select};
use super::syntax::ast::AggregateOp;
use super::window::{Reading, Source};
use super::{Grid, Limits, NameRemoval, Options, QueryError, StartTimestamps};

/// How many cells may be laid out for each sample that may be held: rows have a cell for every
/// step, whether the series has a sample there or not.
const CELLS_PER_SAMPLE: usize = 4;

static NO_SERIES: SeriesSet = SeriesSet::new();

/// See the module.
pub(super) struct Run<'q> {
    pub(super) plan: &'q Plan,
    pub(super) options: &'q Options,
    pub(super) limits: &'q Limits,
    pub(super) fetch: Fetch,
    pub(super) series: &'q [SeriesSet],
    pub(super) notes: Annotations,
    /// Results of nodes that have several parents.
    pub(super) shared: HashMap<(NodeId, Grid), Rc<Block>>,
    /// How many samples are held by results that are still needed.
    pub(super) held: usize,
    /// What is noted for those who want to know how the answer came about.
    pub(super) trace: Trace<'q>,
}

impl<'q> Run<'q> {
    /// The value of a scalar node.
    pub(super) fn scalar(&mut self, id: NodeId, grid: &Grid) -> Result<Column, QueryError> {
        let begun = self.trace.begin();
        let column = self.compute_scalar(id, grid)?;
        let numbers = if let Column::Steps(values) = &column { values.len() } else { 1 };
        self.trace.end(id, grid, begun, (0, numbers));
        Ok(column)
    }

    fn compute_scalar(&mut self, id: NodeId, grid: &Grid) -> Result<Column, QueryError> {
        let planned = self.plan.get(id);
        let grid = if planned.invariant { Grid::instant(grid.start) } else { *grid };
        let column = match &planned.node {
            Node::Number(bits) => Column::Constant(f64::from_bits(*bits)),
            Node::Time => {
                let seconds = |step| grid.millis(step) as f64 / 1000.0;
                Column::Steps((0..self.steps(&grid)?).map(seconds).collect())
            }
            Node::ScalarOf(vector) => {
                let held = self.held;
                let block = self.vector(*vector, &grid)?;
                self.held = held;
                scalar_of(&block)
            }
            Node::ScalarNegate(inner) => self.scalar(*inner, &grid)?.map(|value| -value),
            Node::ScalarMin(a, b) => self.scalar(*a, &grid)?.zip(&self.scalar(*b, &grid)?, go_min),
            Node::ScalarMax(a, b) => self.scalar(*a, &grid)?.zip(&self.scalar(*b, &grid)?, go_max),
            Node::ScalarBinary { op, lhs, rhs } => {
                let (lhs, rhs) = (self.scalar(*lhs, &grid)?, self.scalar(*rhs, &grid)?);
                match (arithmetic(*op), comparison(*op)) {
                    (Some(function), _) => lhs.zip(&rhs, function),
                    (None, Some(holds)) => lhs.zip(&rhs, |a, b| f64::from(u8::from(holds(a, b)))),
                    (None, None) => {
                        let message = "operator is not allowed between two scalars";
                        return Err(QueryError::bad_data(message, planned.range));
                    }
                }
            }
            _ => return Err(QueryError::bad_data("expected a scalar", planned.range)),
        };
        match column {
            Column::Steps(values) if planned.invariant => {
                Ok(Column::Constant(values.first().copied().unwrap_or(f64::NAN)))
            }
            column => Ok(column),
        }
    }

    pub(super) fn scalars(
        &mut self,
        ids: &[NodeId],
        grid: &Grid,
    ) -> Result<Vec<Column>, QueryError> {
        ids.iter().map(|id| self.scalar(*id, grid)).collect()
    }

    /// How many steps a grid has, if they fit the limit.
    fn steps(&self, grid: &Grid) -> Result<usize, QueryError> {
        let steps = grid.steps();
        if steps > self.limits.samples { Err(QueryError::TooManySamples) } else { Ok(steps) }
    }

    /// The value of a vector node; shared nodes are computed once for each grid.
    pub(super) fn vector(&mut self, id: NodeId, grid: &Grid) -> Result<Rc<Block>, QueryError> {
        let block = self.unnamed(id, grid)?;
        Ok(self.named(id, grid, block))
    }

    /// A node's value with the names gone that are to go at once.
    fn named(&mut self, id: NodeId, grid: &Grid, block: Rc<Block>) -> Rc<Block> {
        let doomed = |head: &Head| head.name == NameFate::Doomed;
        if self.options.name_removal == NameRemoval::Delayed || !block.heads.iter().any(doomed) {
            return block;
        }
        let mut block = Rc::unwrap_or_clone(block);
        materialize(&mut block);
        let block = Rc::new(block);
        if self.plan.get(id).uses > 1 {
            self.shared.insert((id, *grid), Rc::clone(&block));
        }
        block
    }

    /// The same, for who does not look at names: dropped ones may still be there.
    fn unnamed(&mut self, id: NodeId, grid: &Grid) -> Result<Rc<Block>, QueryError> {
        if self.limits.is_cancelled() {
            return Err(QueryError::Cancelled);
        }
        let steps = self.steps(grid)?;
        if steps == 0 {
            return Ok(Rc::new(Block::new(0)));
        }
        let planned = self.plan.get(id);
        if planned.uses > 1
            && let Some(block) = self.shared.get(&(id, *grid))
        {
            return Ok(Rc::clone(block));
        }
        let (held, begun) = (self.held, self.trace.begin());
        let block = if planned.invariant && steps > 1 {
            let once = self.compute(planned, &Grid::instant(grid.start))?;
            self.check_cells(once.len(), steps)?;
            Rc::new(once.broadcast(steps))
        } else {
            self.compute(planned, grid)?
        };
        let samples = block.samples();
        self.trace.end(id, grid, begun, (block.len(), samples));
        self.held = held;
        self.hold(samples)?;
        if planned.uses > 1 {
            self.shared.insert((id, *grid), Rc::clone(&block));
        }
        Ok(block)
    }

    /// Counts samples that are held beside those held already, if they fit the limit.
    pub(super) fn hold(&mut self, samples: usize) -> Result<(), QueryError> {
        self.held = self.held.saturating_add(samples);
        if self.held > self.limits.samples { Err(QueryError::TooManySamples) } else { Ok(()) }
    }

    pub(super) fn owned(&mut self, id: NodeId, grid: &Grid) -> Result<Block, QueryError> {
        let block = self.vector(id, grid)?;
        Ok(Rc::unwrap_or_clone(block))
    }

    fn check_cells(&self, series: usize, steps: usize) -> Result<(), QueryError> {
        let cells = series.saturating_mul(steps);
        if cells > self.limits.samples.saturating_mul(CELLS_PER_SAMPLE) {
            return Err(QueryError::TooManySamples);
        }
        Ok(())
    }

    fn compute(&mut self, planned: &'q Planned, grid: &Grid) -> Result<Rc<Block>, QueryError> {
        let removal = self.options.name_removal;
        let block = match &planned.node {
            Node::Select(selector) => self.select(planned, selector, grid, Wanted::Value)?,
            Node::SampleTime(selector) => self.select(planned, selector, grid, Wanted::Time)?,
            Node::StartTime(selector) => {
                let wanted = Wanted::Start(self.options.start_timestamps);
                self.select(planned, selector, grid, wanted)?
            }
            Node::VectorOf(scalar) => {
                let column = self.scalar(*scalar, grid)?;
                let values: Vec<f64> = column.iter(grid.steps()).collect();
                let mut block = Block::new(grid.steps());
                let head = Head::settled(Default::default());
                block.push(head, Row { values: &values, histograms: &[] });
                block
            }
            Node::Negate(vector) => {
                let mut block = self.owned(*vector, grid)?;
                negate(&mut block);
                drop_names(&mut block, removal, Dropped::Metadata, Duplicates::Join)?;
                block
            }
            Node::VectorScalar { .. } | Node::VectorVector { .. } | Node::Set { .. } => {
                self.binary(planned, grid)?
            }
            Node::Aggregate { op, grouping, param, vector } => {
                if let Some(block) = self.folded(*op, grouping, *vector, grid)? {
                    return Ok(Rc::new(block));
                }
                let param = param.map(|param| self.scalar(param, grid)).transpose()?;
                let unnamed = ignores_metadata(grouping) && *op != AggregateOp::LimitRatio;
                let mut block = self.unnamed(*vector, grid)?;
                if !unnamed || !block.histograms.is_empty() {
                    block = self.named(*vector, grid, block);
                }
                let places = Places {
                    whole: planned.range,
                    vector: planned.argument(0),
                    param: planned.argument(1),
                };
                let param = param.as_ref();
                let notes = &mut self.notes;
                aggregate::aggregate(*op, grouping, param, &block, &places, notes)?
            }
            Node::CountValues { label, grouping, vector } => {
                let block = self.vector(*vector, grid)?;
                aggregate::count_values(label, grouping, &block)
            }
            Node::Range { .. } | Node::AbsentOverTime { .. } => self.window(planned, grid)?,
            _ => return self.function(planned, grid),
        };
        Ok(Rc::new(block))
    }

    fn select(
        &mut self,
        planned: &Planned,
        selector: &Selector,
        grid: &Grid,
        wanted: Wanted,
    ) -> Result<Block, QueryError> {
        let set = self.series_of(selector.matchers, selector.moment.of(grid.start.millis()));
        self.check_cells(set.len(), grid.steps())?;
        let lookback = self.options.lookback.millis();
        let mut block = if selector.extension == Some(Extension::Smoothed) {
            functions::smoothed(set, selector, grid, lookback, planned.range, &mut self.notes)
        } else {
            select(set, selector, grid, lookback, wanted)?
        };
        if wanted != Wanted::Value {
            let removal = self.options.name_removal;
            drop_names(&mut block, removal, Dropped::Metadata, Duplicates::Join)?;
        }
        Ok(block)
    }

    pub(super) fn series_of(&self, selector: SelectorId, at: i64) -> &'q SeriesSet {
        let index = self.fetch.find(selector, at);
        index.and_then(|index| self.series.get(index)).unwrap_or(&NO_SERIES)
    }

    fn binary(&mut self, planned: &Planned, grid: &Grid) -> Result<Block, QueryError> {
        let operation = |op, comparison| Operation {
            op,
            comparison,
            removal: self.options.name_removal,
            range: planned.range,
        };
        match &planned.node {
            Node::VectorScalar { op, vector, scalar, side, comparison } => {
                let operation = operation(*op, *comparison);
                let block = self.owned(*vector, grid)?;
                let scalar = self.scalar(*scalar, grid)?;
                binary::vector_scalar(&operation, block, &scalar, *side, &mut self.notes)
            }
            Node::VectorVector { op, lhs, rhs, matching, comparison } => {
                let operation = operation(*op, *comparison);
                let (lhs, rhs) = (self.vector(*lhs, grid)?, self.vector(*rhs, grid)?);
                binary::vector_vector(&operation, &lhs, &rhs, matching, &mut self.notes)
            }
            Node::Set { op, lhs, rhs, matching } => {
                let (lhs, rhs) = (self.vector(*lhs, grid)?, self.vector(*rhs, grid)?);
                binary::set_operation(*op, &lhs, &rhs, matching)
            }
            _ => Err(QueryError::bad_data("expected an operator", planned.range)),
        }
    }

    fn window(&mut self, planned: &Planned, grid: &Grid) -> Result<Block, QueryError> {
        match &planned.node {
            Node::Range { function, window, scalars } => {
                let scalars = self.scalars(scalars, grid)?;
                let held = self.held;
                let (block, inner) = self.subquery(window, grid)?;
                let source = self.source(window, grid, block.as_deref(), inner);
                self.check_cells(source.len(), grid.steps())?;
                let call = RangeCall {
                    function: *function,
                    window,
                    scalars: &scalars,
                    range: planned.argument(0),
                    options: self.options,
                    limit: self.limits.samples.saturating_sub(self.held),
                };
                let result = functions::range(&call, &source, grid, &mut self.notes)?;
                self.held = held;
                Ok(result)
            }
            Node::AbsentOverTime { window, labels } => {
                let (block, inner) = self.subquery(window, grid)?;
                let source = self.source(window, grid, block.as_deref(), inner);
                Ok(functions::absent_over_time(&source, window, grid, labels))
            }
            _ => Err(QueryError::bad_data("expected a range vector", planned.range)),
        }
    }

    /// The result of a window's subquery, if it has one, and the grid it was evaluated on.
    pub(super) fn subquery(
        &mut self,
        window: &Window,
        grid: &Grid,
    ) -> Result<(Option<Rc<Block>>, Grid), QueryError> {
        match window.source {
            WindowSource::Series(_) => Ok((None, *grid)),
            WindowSource::Subquery { vector, step } => {
                let inner = window.subquery_grid(grid, step);
                Ok((Some(self.vector(vector, &inner)?), inner))
            }
        }
    }

    /// What a window slides over, given the result of its subquery.
    pub(super) fn source<'s>(
        &self,
        window: &Window,
        grid: &Grid,
        subquery: Option<&'s Block>,
        inner: Grid,
    ) -> Source<'s>
    where
        'q: 's,
    {
        match (window.source.clone(), subquery) {
            (WindowSource::Series(selector), _) => {
                let set = self.series_of(selector, window.moment.of(grid.start.millis()));
                let starts = self.options.start_timestamps;
                Source::Series(set, Reading { starts, hints: window.hints })
            }
            (WindowSource::Subquery { .. }, Some(block)) => Source::Subquery(block, inner),
            (WindowSource::Subquery { .. }, None) => {
                let (starts, hints) = (StartTimestamps::Ignored, window.hints);
                Source::Series(&NO_SERIES, Reading { starts, hints })
            }
        }
    }

    fn function(&mut self, planned: &Planned, grid: &Grid) -> Result<Rc<Block>, QueryError> {
        let removal = self.options.name_removal;
        let order = |descending| if descending { Order::Descending } else { Order::Ascending };
        let block = match &planned.node {
            Node::Value { function, vector, scalars } => {
                let block = self.owned(*vector, grid)?;
                functions::value(*function, block, &self.scalars(scalars, grid)?, removal)?
            }
            Node::Date { function, vector } => {
                let block = vector.map(|vector| self.owned(vector, grid)).transpose()?;
                functions::date(*function, block, grid, removal)?
            }
            Node::EvaluationTime(vector) => {
                functions::evaluation_time(self.owned(*vector, grid)?, grid, removal)?
            }
            Node::NoStartTime(vector) => {
                self.vector(*vector, grid)?;
                Block::new(grid.steps())
            }
            Node::Absent { vector, labels } => {
                functions::absent(&*self.vector(*vector, grid)?, labels)
            }
            Node::HistogramStatistic { function, vector } => {
                functions::histogram_statistic(*function, &*self.vector(*vector, grid)?, removal)?
            }
            Node::EditLabels { vector, edit } => {
                functions::edit_labels(self.owned(*vector, grid)?, edit)?
            }
            Node::Sort { vector, descending } => {
                let block = self.owned(*vector, grid)?;
                let order = order(*descending);
                functions::sort_by_value(block, order, planned.range, &mut self.notes)
            }
            Node::SortByLabel { vector, labels, descending } => {
                let (block, order) = (self.owned(*vector, grid)?, order(*descending));
                functions::sort_by_label(block, labels, order, planned.range, &mut self.notes)
            }
            Node::Info { vector, selector } => {
                let block = self.vector(*vector, grid)?;
                let at = selector.moment.of(grid.start.millis());
                let infos = self.series_of(selector.matchers, at);
                functions::info(&block, infos, selector, grid, self.options.lookback.millis())?
            }
            _ => self.histogram(planned, grid)?,
        };
        Ok(Rc::new(block))
    }

    fn histogram(&mut self, planned: &Planned, grid: &Grid) -> Result<Block, QueryError> {
        let removal = self.options.name_removal;
        let columns: Vec<Column>;
        let (query, vector, place) = match &planned.node {
            Node::HistogramQuantile { quantile, vector } => {
                columns = vec![self.scalar(*quantile, grid)?];
                (HistogramQuery::Quantile(&columns[0]), *vector, 1)
            }
            Node::HistogramFraction { lower, upper, vector } => {
                columns = vec![self.scalar(*lower, grid)?, self.scalar(*upper, grid)?];
                (HistogramQuery::Fraction(&columns[0], &columns[1]), *vector, 2)
            }
            Node::HistogramQuantiles { vector, label, quantiles } => {
                columns = self.scalars(quantiles, grid)?;
                (HistogramQuery::Quantiles(label, &columns), *vector, 0)
            }
            _ => return Err(QueryError::bad_data("expected a vector", planned.range)),
        };
        let block = self.vector(vector, grid)?;
        let places = functions::Places {
            first: planned.argument(0),
            vector: planned.argument(place),
            quantiles: planned.arguments.get(2..).unwrap_or_default(),
        };
        functions::histogram_query(&query, &block, grid, removal, &places, &mut self.notes)
    }
}

/// The one float of each step, or not-a-number if there is none or more than one.
fn scalar_of(block: &Block) -> Column {
    let mut values = vec![f64::NAN; block.steps];
    let mut found = vec![0_u8; block.steps];
    for (_, row) in block.rows() {
        for step in 0..block.steps {
            if let super::block::Cell::Float(value) = row.cell(step) {
                found[step] = found[step].saturating_add(1);
                values[step] = if found[step] == 1 { value } else { f64::NAN };
            }
        }
    }
    Column::Steps(values)
}

/// Changes the sign of every cell; histograms become gauges.
fn negate(block: &mut Block) {
    for value in block.values.iter_mut().filter(|value| !super::block::is_absent(**value)) {
        *value = -*value;
    }
    for histogram in block.histograms.iter_mut().flatten() {
        *histogram = std::sync::Arc::new(histogram.scaled(-1.0));
    }
}
