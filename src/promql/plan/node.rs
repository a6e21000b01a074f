//! The nodes of a plan. Equal nodes compute equal values on equal grids.

use std::sync::Arc;

use crate::label::{Labels, Matchers, Pattern};
use crate::promql::Grid;
use crate::promql::syntax::ast::{AggregateOp, BinaryOp, Grouping};
use crate::time::{Span, Timestamp};

/// The index of a node in its plan.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::promql) struct NodeId(pub(super) u32);

impl NodeId {
    /// The position of the node in its plan.
    pub(in crate::promql) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The index of a set of matchers in its plan.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::promql) struct SelectorId(pub(super) u32);

/// When a selector looks: a fixed time or the evaluation time, minus an offset, in milliseconds.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::promql) struct Moment {
    /// The fixed time of `@`.
    pub(in crate::promql) at: Option<i64>,
    /// What is subtracted.
    pub(in crate::promql) offset: i64,
}

impl Moment {
    /// The time looked at when the evaluation time is `now`.
    pub(in crate::promql) fn of(self, now: i64) -> i64 {
        self.at.unwrap_or(now).saturating_sub(self.offset)
    }
}

/// `anchored` or `smoothed`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::promql) enum Extension {
    Anchored,
    Smoothed,
}

/// Where the counter-reset hints of native histograms come from.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::promql) enum ResetHints {
    /// As they are stored.
    Stored,
    /// Unknown ones are found out by comparing neighbours: what Prometheus does where only
    /// count and sum are wanted, and buckets are not read.
    Compared,
}

/// An instant selector.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::promql) struct Selector {
    pub(in crate::promql) matchers: SelectorId,
    pub(in crate::promql) moment: Moment,
    pub(in crate::promql) extension: Option<Extension>,
    pub(in crate::promql) hints: ResetHints,
}

/// What a window slides over.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::promql) enum WindowSource {
    /// Stored samples.
    Series(SelectorId),
    /// An expression, evaluated at the multiples of a step in milliseconds.
    Subquery { vector: NodeId, step: i64 },
}

/// A range selector or a subquery.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::promql) struct Window {
    pub(in crate::promql) source: WindowSource,
    /// Its length in milliseconds; left-open.
    pub(in crate::promql) length: i64,
    pub(in crate::promql) moment: Moment,
    pub(in crate::promql) extension: Option<Extension>,
    pub(in crate::promql) hints: ResetHints,
}

/// Whether a comparison filters or tells.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::promql) enum Comparison {
    Filter,
    Bool,
}

/// On which side of the operator the scalar stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::promql) enum ScalarSide {
    Left,
    Right,
}

/// How two vectors are matched.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::promql) struct Matching {
    pub(in crate::promql) cardinality: crate::promql::syntax::ast::Cardinality,
    pub(in crate::promql) on: bool,
    /// Sorted.
    pub(in crate::promql) labels: Vec<String>,
    /// As written.
    pub(in crate::promql) include: Vec<String>,
    /// Bits of the float that stands in for a missing left element.
    pub(in crate::promql) fill_left: Option<u64>,
    /// Bits of the float that stands in for a missing right element.
    pub(in crate::promql) fill_right: Option<u64>,
}

/// Functions from a number (and scalars) to a number, element by element.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::promql) enum ValueFunction {
    Abs,
    Ceil,
    Floor,
    Exp,
    Sqrt,
    Ln,
    Log2,
    Log10,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Asinh,
    Acosh,
    Atanh,
    Rad,
    Deg,
    Sgn,
    Round,
    Clamp,
    ClampMin,
    ClampMax,
}

/// Functions from a Unix time to a part of its date in UTC.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::promql) enum DateFunction {
    DaysInMonth,
    DayOfMonth,
    DayOfWeek,
    DayOfYear,
    Hour,
    Minute,
    Month,
    Year,
}

/// Functions from a native histogram to a number.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::promql) enum HistogramStatistic {
    Count,
    Sum,
    Avg,
    Stddev,
    Stdvar,
}

/// Functions from a window of samples to one.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::promql) enum RangeFunction {
    Rate,
    Increase,
    Delta,
    Irate,
    Idelta,
    Deriv,
    PredictLinear,
    Resets,
    Changes,
    AvgOverTime,
    SumOverTime,
    MinOverTime,
    MaxOverTime,
    CountOverTime,
    StddevOverTime,
    StdvarOverTime,
    LastOverTime,
    FirstOverTime,
    QuantileOverTime,
    PresentOverTime,
    MadOverTime,
    TsOfMinOverTime,
    TsOfMaxOverTime,
    TsOfFirstOverTime,
    TsOfLastOverTime,
    DoubleExponentialSmoothing,
}

impl RangeFunction {
    /// Whether the result is a sample as it was, under its name.
    pub(in crate::promql) fn keeps_names(self) -> bool {
        matches!(self, RangeFunction::LastOverTime | RangeFunction::FirstOverTime)
    }
}

/// What `label_replace` and `label_join` do to a label set.
#[derive(Clone, Debug)]
pub(in crate::promql) enum LabelEdit {
    Replace {
        target: String,
        template: String,
        source: String,
        pattern: Pattern,
        text: String,
    },
    Join {
        target: String,
        separator: String,
        sources: Vec<String>,
    },
    /// One that cannot be done; the text says why.
    Invalid(String),
}

impl LabelEdit {
    fn key(&self) -> (u8, Vec<&str>) {
        match self {
            LabelEdit::Replace { target, template, source, text, .. } => {
                (0, vec![target, template, source, text])
            }
            LabelEdit::Join { target, separator, sources } => {
                let fixed = [target.as_str(), separator.as_str()];
                (1, fixed.into_iter().chain(sources.iter().map(String::as_str)).collect())
            }
            LabelEdit::Invalid(text) => (2, vec![text]),
        }
    }
}

impl PartialEq for LabelEdit {
    fn eq(&self, other: &LabelEdit) -> bool {
        self.key() == other.key()
    }
}

impl Eq for LabelEdit {}

impl std::hash::Hash for LabelEdit {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

/// What `info` joins with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::promql) struct InfoSelector {
    /// Which info series are read.
    pub(in crate::promql) matchers: SelectorId,
    /// The matchers of the metric name: series they match are not enriched.
    pub(in crate::promql) names: Matchers,
    /// The other matchers: they name the labels that may be added.
    pub(in crate::promql) data: Matchers,
    /// When the first selector of the first argument looks.
    pub(in crate::promql) moment: Moment,
}

/// One step of a query.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::promql) enum Node {
    /// The bits of a number.
    Number(u64),
    Text(Arc<str>),
    /// `time()`
    Time,
    /// `scalar(v)`
    ScalarOf(NodeId),
    ScalarNegate(NodeId),
    ScalarBinary {
        op: BinaryOp,
        lhs: NodeId,
        rhs: NodeId,
    },
    ScalarMin(NodeId, NodeId),
    ScalarMax(NodeId, NodeId),
    /// `vector(s)`
    VectorOf(NodeId),
    Select(Selector),
    /// `timestamp(selector)`
    SampleTime(Selector),
    /// `start_timestamp(selector)`
    StartTime(Selector),
    /// `start_timestamp(expression)`: nothing has one.
    NoStartTime(NodeId),
    /// `timestamp(expression)`
    EvaluationTime(NodeId),
    /// A bare `x[5m]`, at the root only.
    Matrix(Window),
    Negate(NodeId),
    VectorScalar {
        op: BinaryOp,
        vector: NodeId,
        scalar: NodeId,
        side: ScalarSide,
        comparison: Comparison,
    },
    VectorVector {
        op: BinaryOp,
        lhs: NodeId,
        rhs: NodeId,
        matching: Arc<Matching>,
        comparison: Comparison,
    },
    Set {
        op: BinaryOp,
        lhs: NodeId,
        rhs: NodeId,
        matching: Arc<Matching>,
    },
    Aggregate {
        op: AggregateOp,
        grouping: Arc<Grouping>,
        param: Option<NodeId>,
        vector: NodeId,
    },
    CountValues {
        label: Arc<str>,
        grouping: Arc<Grouping>,
        vector: NodeId,
    },
    Value {
        function: ValueFunction,
        vector: NodeId,
        scalars: Vec<NodeId>,
    },
    Date {
        function: DateFunction,
        vector: Option<NodeId>,
    },
    Range {
        function: RangeFunction,
        window: Window,
        scalars: Vec<NodeId>,
    },
    Absent {
        vector: NodeId,
        labels: Labels,
    },
    AbsentOverTime {
        window: Window,
        labels: Labels,
    },
    HistogramStatistic {
        function: HistogramStatistic,
        vector: NodeId,
    },
    HistogramQuantile {
        quantile: NodeId,
        vector: NodeId,
    },
    HistogramQuantiles {
        vector: NodeId,
        label: Arc<str>,
        quantiles: Vec<NodeId>,
    },
    HistogramFraction {
        lower: NodeId,
        upper: NodeId,
        vector: NodeId,
    },
    EditLabels {
        vector: NodeId,
        edit: Arc<LabelEdit>,
    },
    Sort {
        vector: NodeId,
        descending: bool,
    },
    SortByLabel {
        vector: NodeId,
        labels: Vec<String>,
        descending: bool,
    },
    Info {
        vector: NodeId,
        selector: Arc<InfoSelector>,
    },
}

impl Window {
    /// How far the window reads beyond its left and right border, in milliseconds.
    pub(in crate::promql) fn margins(&self, lookback: Span) -> (i64, i64) {
        match self.extension {
            None => (0, 0),
            Some(Extension::Anchored) => (lookback.millis(), 0),
            Some(Extension::Smoothed) => (lookback.millis(), lookback.millis()),
        }
    }

    /// The grid on which a subquery's expression is evaluated when the subquery itself is
    /// evaluated on `grid`: the multiples of the step that any of its windows holds.
    pub(in crate::promql) fn subquery_grid(&self, grid: &Grid, step: i64) -> Grid {
        let bound = self.moment.of(grid.start.millis()).saturating_sub(self.length);
        let start = bound.div_euclid(step).saturating_add(1).saturating_mul(step);
        let end = self.moment.of(grid.last().millis());
        let at = Timestamp::from_millis;
        Grid::range(at(start), at(end), Span::from_millis(step))
    }
}

impl Node {
    /// The window the node slides, if it does.
    pub(in crate::promql) fn window(&self) -> Option<&Window> {
        match self {
            Node::Matrix(window)
            | Node::Range { window, .. }
            | Node::AbsentOverTime { window, .. } => Some(window),
            _ => None,
        }
    }

    /// Visits the nodes evaluated on the same grid; a subquery's expression is not.
    pub(in crate::promql) fn each_child(&self, mut visit: impl FnMut(NodeId)) {
        match self {
            Node::Number(_)
            | Node::Text(_)
            | Node::Time
            | Node::Select(_)
            | Node::SampleTime(_)
            | Node::StartTime(_)
            | Node::Matrix(_)
            | Node::AbsentOverTime { .. } => {}
            Node::ScalarOf(child)
            | Node::ScalarNegate(child)
            | Node::VectorOf(child)
            | Node::EvaluationTime(child)
            | Node::NoStartTime(child)
            | Node::Negate(child)
            | Node::CountValues { vector: child, .. }
            | Node::Absent { vector: child, .. }
            | Node::HistogramStatistic { vector: child, .. }
            | Node::EditLabels { vector: child, .. }
            | Node::Sort { vector: child, .. }
            | Node::SortByLabel { vector: child, .. }
            | Node::Info { vector: child, .. } => visit(*child),
            Node::ScalarMin(a, b)
            | Node::ScalarMax(a, b)
            | Node::ScalarBinary { lhs: a, rhs: b, .. }
            | Node::VectorScalar { vector: a, scalar: b, .. }
            | Node::VectorVector { lhs: a, rhs: b, .. }
            | Node::Set { lhs: a, rhs: b, .. }
            | Node::HistogramQuantile { quantile: a, vector: b } => {
                visit(*a);
                visit(*b);
            }
            Node::HistogramFraction { lower, upper, vector } => {
                [lower, upper, vector].into_iter().for_each(|child| visit(*child));
            }
            Node::Aggregate { param, vector, .. } => {
                param.iter().chain([vector]).for_each(|child| visit(*child));
            }
            Node::Date { vector, .. } => vector.iter().for_each(|child| visit(*child)),
            Node::Value { vector, scalars, .. }
            | Node::HistogramQuantiles { vector, quantiles: scalars, .. } => {
                [vector].into_iter().chain(scalars).for_each(|child| visit(*child));
            }
            Node::Range { scalars, .. } => scalars.iter().for_each(|child| visit(*child)),
        }
    }
}
