//! The syntax tree. Shapes follow Prometheus 3.14 (`promql/parser/ast.go`), with a
//! [`PositionRange`] on every node.

use crate::label::Matcher;
use crate::time::{Span, Timestamp};

/// A half-open range of byte offsets in the expression's text.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PositionRange {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// The four types of PromQL.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// One number.
    Scalar,
    /// One sample per series.
    Vector,
    /// Many samples per series.
    Matrix,
    /// A text.
    String,
}

/// An expression and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands in the text.
    pub range: PositionRange,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A number; `duration` tells that it was written as one (`1h`), in seconds.
    Number {
        /// The value.
        value: f64,
        /// Whether it was written as a duration.
        duration: bool,
    },
    /// A string literal, unquoted.
    String(String),
    /// `metric{matchers}` with its modifiers.
    VectorSelector(VectorSelector),
    /// `selector[range]`; modifiers (`offset`, `@`, `anchored`, `smoothed`) are the selector's.
    MatrixSelector {
        /// The selector in front of the bracket.
        selector: Box<VectorSelector>,
        /// Where the selector stands, without the bracket.
        selector_range: PositionRange,
        /// The window.
        range: DurationExpr,
    },
    /// `expr[range:step]` with its modifiers.
    Subquery {
        /// What is evaluated on the grid.
        expr: Box<Expr>,
        /// The window.
        range: DurationExpr,
        /// The resolution; the default evaluation interval when absent.
        step: Option<DurationExpr>,
        /// `offset` and `@`.
        modifiers: Modifiers,
    },
    /// `sum by (a) (expr)`.
    Aggregate {
        /// Which aggregation.
        op: AggregateOp,
        /// The parameter of topk, quantile, count_values, limitk, ...
        param: Option<Box<Expr>>,
        /// What is aggregated.
        expr: Box<Expr>,
        /// `by` or `without`, and the labels.
        grouping: Grouping,
    },
    /// `lhs op rhs`.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left side.
        lhs: Box<Expr>,
        /// Right side.
        rhs: Box<Expr>,
        /// Whether a comparison gives 0 and 1 instead of filtering.
        return_bool: bool,
        /// How vectors are matched; `None` unless both sides are vectors.
        matching: Option<VectorMatching>,
    },
    /// `function(args)`.
    Call {
        /// The function's signature in the table of functions.
        function: &'static super::functions::Signature,
        /// Its arguments.
        args: Vec<Expr>,
    },
    /// `-expr` or `+expr`.
    Unary {
        /// Whether it negates.
        negative: bool,
        /// What it stands before.
        expr: Box<Expr>,
    },
    /// `(expr)`.
    Paren(Box<Expr>),
}

/// `metric{matchers} offset d @ t anchored|smoothed`.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorSelector {
    /// The metric name, if it was written before the braces.
    pub name: Option<String>,
    /// All matchers: those in the braces in written order, then the one for `name`. A name
    /// quoted inside the braces is a matcher like any other.
    pub matchers: Vec<Matcher>,
    /// `offset` and `@`.
    pub modifiers: Modifiers,
    /// `anchored` or `smoothed`.
    pub extension: Option<Extension>,
}

/// The experimental window modifiers of Prometheus 3.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Extension {
    /// Start the window at the last sample at or before its left edge.
    Anchored,
    /// Interpolate at both edges.
    Smoothed,
}

/// `offset` and `@`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Modifiers {
    /// How far into the past; negative for the future. `None` when not written.
    pub offset: Option<DurationExpr>,
    /// The fixed evaluation time.
    pub at: Option<AtModifier>,
}

/// `@ t`, `@ start()`, `@ end()`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum AtModifier {
    /// A moment.
    At(Timestamp),
    /// The query's start.
    Start,
    /// The query's end.
    End,
}

/// A length of time in a range, a step or an offset.
#[derive(Clone, Debug, PartialEq)]
pub enum DurationExpr {
    /// A plain length.
    Fixed(Span),
    /// An expression that is only known when the query runs (`step()`, `range()`) or that has
    /// to be printed again as it was written (`5m * 2`).
    Computed(Box<DurationNode>, PositionRange),
}

/// A node of a duration expression; numbers are seconds.
#[derive(Clone, Debug, PartialEq)]
pub enum DurationNode {
    /// A number or a duration.
    Number {
        /// Seconds.
        value: f64,
        /// Whether it was written as a duration.
        duration: bool,
    },
    /// The step of the query.
    Step,
    /// The range of the query.
    Range,
    /// `min_of(a, b)`.
    MinOf(Box<DurationNode>, Box<DurationNode>),
    /// `max_of(a, b)`.
    MaxOf(Box<DurationNode>, Box<DurationNode>),
    /// `-a` or `+a`.
    Unary {
        /// Whether it negates.
        negative: bool,
        /// What it stands before.
        node: Box<DurationNode>,
    },
    /// `a op b`, arithmetic operators only.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left side.
        lhs: Box<DurationNode>,
        /// Right side.
        rhs: Box<DurationNode>,
    },
    /// `(a)`.
    Paren(Box<DurationNode>),
}

/// `by (labels)`, `without (labels)`; no grouping is `by ()`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Grouping {
    /// Whether the labels are those left out.
    pub without: bool,
    /// The labels, as written.
    pub labels: Vec<String>,
}

/// How the elements of two vectors find each other.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorMatching {
    /// One-to-one, many-to-one, ...
    pub cardinality: Cardinality,
    /// Whether `labels` are those matched `on`; else those ignored.
    pub on: bool,
    /// The labels of `on` or `ignoring`.
    pub labels: Vec<String>,
    /// The labels in the brackets of `group_left` or `group_right`.
    pub include: Vec<String>,
    /// The value that stands in for a missing left element.
    pub fill_left: Option<f64>,
    /// The value that stands in for a missing right element.
    pub fill_right: Option<f64>,
}

/// How many elements may share a match group.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cardinality {
    /// One on each side.
    OneToOne,
    /// `group_left`.
    ManyToOne,
    /// `group_right`.
    OneToMany,
    /// Set operators.
    ManyToMany,
}

/// Aggregation operators.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are PromQL's")]
pub enum AggregateOp {
    Sum,
    Avg,
    Min,
    Max,
    Count,
    Group,
    Stddev,
    Stdvar,
    TopK,
    BottomK,
    Quantile,
    CountValues,
    LimitK,
    LimitRatio,
}

/// Binary operators.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are PromQL's")]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Atan2,
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    And,
    Or,
    Unless,
    /// `</`: keep a histogram's observations below a value.
    TrimUpper,
    /// `>/`: keep a histogram's observations above a value.
    TrimLower,
}
