//! What each step of a run came to: its series, its samples, its time.

use super::Grid;
use super::plan::{Node, NodeId, WindowSource};
use super::run::Run;
use super::syntax::ast::PositionRange;

/// Tells the nanoseconds since some moment that stays the same.
pub type Stopwatch<'a> = &'a dyn Fn() -> u64;

/// One step of a plan, and what it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedNode {
    /// How many steps it is away from the result, which has 0. A step's arguments follow it.
    pub depth: usize,
    /// What kind of step it is.
    pub kind: &'static str,
    /// The part of the expression it computes: the first of equal parts.
    pub range: PositionRange,
    /// How often it was computed; 0 when the run could do without.
    pub evaluations: usize,
    /// The series of its last result; 0 for numbers.
    pub series: usize,
    /// The samples of its last result, as Prometheus counts them.
    pub samples: usize,
    /// The samples that it was given by the source.
    pub read: usize,
    /// How long it took, its arguments included, in nanoseconds.
    pub nanoseconds: u64,
    /// Whether it is also an argument of a step told before, where its own arguments are.
    pub told_before: bool,
}

/// What a run notes of its nodes while it goes on.
pub(super) struct Trace<'a> {
    stopwatch: Option<Stopwatch<'a>>,
    work: Vec<Work>,
}

#[derive(Clone, Default)]
struct Work {
    evaluations: usize,
    series: usize,
    samples: usize,
    nanoseconds: u64,
    grid: Option<Grid>,
}

impl<'a> Trace<'a> {
    /// Notes nothing.
    pub(super) fn off() -> Trace<'a> {
        Trace { stopwatch: None, work: Vec::new() }
    }

    /// Notes everything about that many nodes.
    pub(super) fn on(stopwatch: Stopwatch<'a>, nodes: usize) -> Trace<'a> {
        Trace { stopwatch: Some(stopwatch), work: vec![Work::default(); nodes] }
    }

    /// When a node begins.
    pub(super) fn begin(&self) -> u64 {
        self.stopwatch.map_or(0, |stopwatch| stopwatch())
    }

    /// What came of a node that began then: series and samples.
    pub(super) fn end(&mut self, id: NodeId, grid: &Grid, begun: u64, came_to: (usize, usize)) {
        let Some(stopwatch) = self.stopwatch else { return };
        let work = &mut self.work[id.index()];
        work.evaluations += 1;
        (work.series, work.samples) = came_to;
        work.nanoseconds += stopwatch().saturating_sub(begun);
        work.grid = Some(*grid);
    }
}

/// The nodes of a run that has ended, the result first.
pub(super) fn explain(run: &Run<'_>) -> Vec<ExplainedNode> {
    let mut telling = Telling { run, told: vec![false; run.trace.work.len()], nodes: Vec::new() };
    telling.tell(run.plan.root, 0);
    telling.nodes
}

struct Telling<'r, 'q> {
    run: &'r Run<'q>,
    told: Vec<bool>,
    nodes: Vec<ExplainedNode>,
}

impl Telling<'_, '_> {
    fn tell(&mut self, id: NodeId, depth: usize) {
        let (run, planned) = (self.run, self.run.plan.get(id));
        let work = &run.trace.work[id.index()];
        let told_before = std::mem::replace(&mut self.told[id.index()], true);
        self.nodes.push(ExplainedNode {
            depth,
            kind: kind(&planned.node),
            range: planned.range,
            evaluations: work.evaluations,
            series: work.series,
            samples: work.samples,
            read: work.grid.map_or(0, |grid| read(run, &planned.node, &grid)),
            nanoseconds: work.nanoseconds,
            told_before,
        });
        if told_before {
            return;
        }
        if let Some(WindowSource::Subquery { vector, .. }) =
            planned.node.window().map(|it| &it.source)
        {
            self.tell(*vector, depth + 1);
        }
        let mut children = Vec::new();
        planned.node.each_child(|child| children.push(child));
        children.into_iter().for_each(|child| self.tell(child, depth + 1));
    }
}

/// The samples of the selection that a node reads.
fn read(run: &Run<'_>, node: &Node, grid: &Grid) -> usize {
    let (matchers, moment) = match node {
        Node::Select(selector) | Node::SampleTime(selector) | Node::StartTime(selector) => {
            (selector.matchers, selector.moment)
        }
        Node::Info { selector, .. } => (selector.matchers, selector.moment),
        node => match node.window() {
            Some(window) => match window.source {
                WindowSource::Series(matchers) => (matchers, window.moment),
                WindowSource::Subquery { .. } => return 0,
            },
            None => return 0,
        },
    };
    run.series_of(matchers, moment.of(grid.start.millis())).sample_count()
}

fn kind(node: &Node) -> &'static str {
    match node {
        Node::Number(_) | Node::Text(_) => "literal",
        Node::Time => "time",
        Node::ScalarOf(_) | Node::VectorOf(_) => "conversion",
        Node::ScalarNegate(_) | Node::ScalarBinary { .. } => "arithmetic of numbers",
        Node::ScalarMin(..) | Node::ScalarMax(..) => "arithmetic of numbers",
        Node::Select(_) | Node::SampleTime(_) | Node::StartTime(_) => "selector",
        Node::Matrix(_) => "range selector",
        Node::Negate(_) | Node::VectorScalar { .. } => "arithmetic with a number",
        Node::VectorVector { .. } => "join",
        Node::Set { .. } => "set operation",
        Node::Aggregate { .. } | Node::CountValues { .. } => "aggregation",
        Node::Range { .. } | Node::AbsentOverTime { .. } => "range function",
        Node::HistogramQuantile { .. }
        | Node::HistogramQuantiles { .. }
        | Node::HistogramFraction { .. }
        | Node::HistogramStatistic { .. } => "histogram function",
        Node::EditLabels { .. } | Node::Info { .. } => "label function",
        Node::Sort { .. } | Node::SortByLabel { .. } => "sort",
        Node::NoStartTime(_)
        | Node::EvaluationTime(_)
        | Node::Value { .. }
        | Node::Date { .. }
        | Node::Absent { .. } => "function",
    }
}
