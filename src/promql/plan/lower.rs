//! From syntax tree to plan: resolves durations and `@` for a grid, makes equal
//! sub-expressions one node, and finds out what is the same at every step.

use std::collections::HashMap;
use std::sync::Arc;

use crate::label::Matchers;
use crate::promql::syntax::ast::{
    AggregateOp, AtModifier, BinaryOp, DurationExpr, Expr, ExprKind, Grouping, Modifiers,
    PositionRange, ValueType, VectorMatching, VectorSelector,
};
use crate::promql::{Grid, Options, QueryError};

use super::duration::{Sign, millis};
use super::narrow::narrowings;
use super::{
    Comparison, Extension, Matching, Moment, Node, NodeId, Plan, Planned, RangeFunction,
    ResetHints, ScalarSide, Selector, SelectorId, Window, WindowSource,
};

/// A plan, and whether it holds for the one grid only that it was made for.
#[derive(Debug)]
pub(in crate::promql) struct Lowered {
    pub(in crate::promql) plan: Result<Plan, QueryError>,
    pub(in crate::promql) grid_bound: bool,
}

/// Plans an expression for a grid.
pub(in crate::promql) fn lower(expr: &Expr, options: &Options, grid: &Grid) -> Lowered {
    let mut lowering = Lowering {
        options,
        grid,
        grid_bound: false,
        nodes: Vec::new(),
        index: HashMap::new(),
        selectors: Vec::new(),
        selector_index: HashMap::new(),
        context: Context::Plain,
    };
    let root = lowering.root(expr);
    let grid_bound = lowering.grid_bound;
    let plan = root.map(|(root, root_type)| {
        let Lowering { nodes, selectors, .. } = lowering;
        let narrowings = narrowings(&nodes, root, &selectors);
        Plan { nodes, root, root_type, selectors, narrowings }
    });
    Lowered { plan, grid_bound }
}

/// A lowered sub-expression: a scalar, a vector or a text.
pub(super) type Typed = (NodeId, ValueType);

pub(super) struct Lowering<'a> {
    pub(super) options: &'a Options,
    pub(super) grid: &'a Grid,
    pub(super) grid_bound: bool,
    nodes: Vec<Planned>,
    index: HashMap<Node, NodeId>,
    selectors: Vec<Matchers>,
    selector_index: HashMap<Matchers, SelectorId>,
    context: Context,
}

/// What is made of the histograms of the selectors that are lowered.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Context {
    Plain,
    /// Only count and sum are wanted.
    Statistics,
    /// Buckets are wanted, whatever is said further down.
    Buckets,
}

impl Lowering<'_> {
    fn root(&mut self, expr: &Expr) -> Result<Typed, QueryError> {
        if !is_matrix(expr) {
            return self.expr(expr);
        }
        let window = self.window(expr)?;
        Ok((self.add(Node::Matrix(window), expr.range, &[]), ValueType::Matrix))
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Result<Typed, QueryError> {
        match &expr.kind {
            ExprKind::Number { value, .. } => {
                let node = Node::Number(value.to_bits());
                Ok((self.add(node, expr.range, &[]), ValueType::Scalar))
            }
            ExprKind::String(text) => {
                let node = Node::Text(Arc::from(text.as_str()));
                Ok((self.add(node, expr.range, &[]), ValueType::String))
            }
            ExprKind::VectorSelector(selector) => {
                let selector = self.selector(selector)?;
                Ok((self.add(Node::Select(selector), expr.range, &[]), ValueType::Vector))
            }
            ExprKind::MatrixSelector { .. } | ExprKind::Subquery { .. } => {
                Err(QueryError::bad_data("a range vector is not allowed here", expr.range))
            }
            ExprKind::Aggregate { op, param, expr: inner, grouping } => {
                self.aggregate(expr, *op, param.as_deref(), inner, grouping)
            }
            ExprKind::Binary { .. } => self.binary(expr),
            ExprKind::Call { function, args } => self.call(expr, function.name, args),
            ExprKind::Unary { negative: false, expr: inner } | ExprKind::Paren(inner) => {
                self.expr(inner)
            }
            ExprKind::Unary { expr: inner, .. } => {
                let (inner, kind) = self.expr(inner)?;
                let scalar = kind == ValueType::Scalar;
                let node = if scalar { Node::ScalarNegate(inner) } else { Node::Negate(inner) };
                Ok((self.add(node, expr.range, &[]), kind))
            }
        }
    }

    fn aggregate(
        &mut self,
        expr: &Expr,
        op: AggregateOp,
        param: Option<&Expr>,
        inner: &Expr,
        grouping: &Grouping,
    ) -> Result<Typed, QueryError> {
        let (vector, _) = self.expr(inner)?;
        let param_range = param.map_or(expr.range, |param| unwrap_parens(param).range);
        let arguments = [unwrap_parens(inner).range, param_range];
        let mut grouping = grouping.clone();
        grouping.labels.sort_unstable();
        grouping.labels.dedup();
        let node = if op == AggregateOp::CountValues {
            let label = self.text(param, expr.range)?;
            if label.is_empty() {
                return Err(QueryError::execution("invalid label name \"\""));
            }
            Node::CountValues { label: Arc::from(label), grouping: Arc::new(grouping), vector }
        } else {
            let param = param.map(|param| self.expr(param)).transpose()?.map(|(id, _)| id);
            Node::Aggregate { op, grouping: Arc::new(grouping), param, vector }
        };
        Ok((self.add(node, expr.range, &arguments), ValueType::Vector))
    }

    fn binary(&mut self, expr: &Expr) -> Result<Typed, QueryError> {
        let ExprKind::Binary { op, lhs, rhs, return_bool, matching } = &expr.kind else {
            return Err(QueryError::bad_data("expected a binary expression", expr.range));
        };
        let comparison = if *return_bool { Comparison::Bool } else { Comparison::Filter };
        let ((left, left_type), (right, right_type)) = (self.expr(lhs)?, self.expr(rhs)?);
        let op = *op;
        let node = match (left_type, right_type) {
            (ValueType::Scalar, ValueType::Scalar) => {
                let node = Node::ScalarBinary { op, lhs: left, rhs: right };
                return Ok((self.add(node, expr.range, &[]), ValueType::Scalar));
            }
            (ValueType::Scalar, _) => {
                let side = ScalarSide::Left;
                Node::VectorScalar { op, vector: right, scalar: left, side, comparison }
            }
            (_, ValueType::Scalar) => {
                let side = ScalarSide::Right;
                Node::VectorScalar { op, vector: left, scalar: right, side, comparison }
            }
            _ => {
                let matching = Arc::new(resolve_matching(matching.as_ref()));
                if matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Unless) {
                    Node::Set { op, lhs: left, rhs: right, matching }
                } else {
                    Node::VectorVector { op, lhs: left, rhs: right, matching, comparison }
                }
            }
        };
        Ok((self.add(node, expr.range, &[]), ValueType::Vector))
    }

    pub(super) fn selector(&mut self, selector: &VectorSelector) -> Result<Selector, QueryError> {
        let matchers = self.matchers(Matchers(selector.matchers.clone()));
        let moment = self.moment(&selector.modifiers)?;
        let (extension, hints) = (extension(selector), self.hints());
        Ok(Selector { matchers, moment, extension, hints })
    }

    /// The id of a set of matchers, in whatever order they are written.
    pub(super) fn matchers(&mut self, mut matchers: Matchers) -> SelectorId {
        matchers.0.sort();
        if let Some(id) = self.selector_index.get(&matchers) {
            return *id;
        }
        let id = SelectorId(self.selectors.len() as u32);
        self.selectors.push(matchers.clone());
        self.selector_index.insert(matchers, id);
        id
    }

    /// The window of a range selector or subquery.
    pub(super) fn window(&mut self, expr: &Expr) -> Result<Window, QueryError> {
        match &expr.kind {
            ExprKind::Paren(inner) | ExprKind::Unary { negative: false, expr: inner } => {
                self.window(inner)
            }
            ExprKind::MatrixSelector { selector, range, .. } => {
                let matchers = self.matchers(Matchers(selector.matchers.clone()));
                Ok(Window {
                    source: WindowSource::Series(matchers),
                    length: self.duration(range, Sign::Positive)?,
                    moment: self.moment(&selector.modifiers)?,
                    extension: extension(selector),
                    hints: self.hints(),
                })
            }
            ExprKind::Subquery { expr: inner, range, step, modifiers } => {
                let moment = self.moment(modifiers)?;
                let default = self.options.default_step.millis();
                let step = step.as_ref().map(|step| self.duration(step, Sign::Positive));
                let step = step.transpose()?.unwrap_or(default).max(1);
                let length = self.duration(range, Sign::Positive)?;
                let (vector, kind) =
                    self.within(Context::Buckets, |lowering| lowering.expr(inner))?;
                let vector = match kind {
                    ValueType::Scalar => self.add(Node::VectorOf(vector), inner.range, &[]),
                    _ => vector,
                };
                let source = WindowSource::Subquery { vector, step };
                let hints = ResetHints::Stored;
                Ok(Window { source, length, moment, extension: None, hints })
            }
            _ => Err(QueryError::bad_data("expected a range vector", expr.range)),
        }
    }

    fn hints(&self) -> ResetHints {
        match self.context {
            Context::Statistics => ResetHints::Compared,
            Context::Plain | Context::Buckets => ResetHints::Stored,
        }
    }

    /// Lowers something in a context; one in which buckets are wanted cannot be left inside.
    pub(super) fn within<T>(
        &mut self,
        context: Context,
        lower: impl FnOnce(&mut Self) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        let outer = self.context;
        if outer != Context::Buckets {
            self.context = context;
        }
        let lowered = lower(self);
        self.context = outer;
        lowered
    }

    pub(super) fn moment(&mut self, modifiers: &Modifiers) -> Result<Moment, QueryError> {
        let offset = match &modifiers.offset {
            Some(offset) => self.duration(offset, Sign::Any)?,
            None => 0,
        };
        let at = modifiers.at.map(|at| match at {
            AtModifier::At(at) => at.millis(),
            AtModifier::Start => self.bound_to(self.grid.start.millis()),
            AtModifier::End => self.bound_to(self.grid.end.millis()),
        });
        Ok(Moment { at, offset })
    }

    fn bound_to(&mut self, value: i64) -> i64 {
        self.grid_bound = true;
        value
    }

    fn duration(&mut self, duration: &DurationExpr, sign: Sign) -> Result<i64, QueryError> {
        // A duration may be wrong on one grid and right on another.
        self.grid_bound |= mentions_grid(duration);
        millis(duration, sign, self.grid)
    }

    /// The text of a string argument.
    pub(super) fn text<'e>(
        &self,
        expr: Option<&'e Expr>,
        range: PositionRange,
    ) -> Result<&'e str, QueryError> {
        match expr.map(|expr| &unwrap_parens(expr).kind) {
            Some(ExprKind::String(text)) => Ok(text),
            _ => Err(QueryError::bad_data("expected a string", range)),
        }
    }

    /// Adds a node, or finds the equal one that is there.
    pub(super) fn add(
        &mut self,
        node: Node,
        range: PositionRange,
        arguments: &[PositionRange],
    ) -> NodeId {
        if let Some(id) = self.index.get(&node) {
            return *id;
        }
        let id = NodeId(self.nodes.len() as u32);
        let invariant = self.is_invariant(&node);
        node.each_child(|child| self.nodes[child.0 as usize].uses += 1);
        self.index.insert(node.clone(), id);
        let arguments = arguments.to_vec();
        self.nodes.push(Planned { node, range, arguments, invariant, uses: 0 });
        id
    }

    /// Whether a node is the same at every step. Functions that look at the evaluation time are
    /// not, `timestamp(x @ t)` is.
    fn is_invariant(&self, node: &Node) -> bool {
        let own = match node {
            Node::Time | Node::Date { .. } | Node::EvaluationTime(_) => false,
            Node::Range { function: RangeFunction::PredictLinear, .. } => false,
            Node::Select(selector) | Node::SampleTime(selector) | Node::StartTime(selector) => {
                selector.moment.at.is_some()
            }
            Node::Info { selector, .. } => selector.moment.at.is_some(),
            _ => node.window().is_none_or(|window| window.moment.at.is_some()),
        };
        let mut invariant = own;
        node.each_child(|child| invariant &= self.nodes[child.0 as usize].invariant);
        invariant
    }
}

fn is_matrix(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Paren(inner) | ExprKind::Unary { negative: false, expr: inner } => {
            is_matrix(inner)
        }
        ExprKind::MatrixSelector { .. } | ExprKind::Subquery { .. } => true,
        _ => false,
    }
}

/// The expression inside any parentheses.
pub(super) fn unwrap_parens(mut expr: &Expr) -> &Expr {
    while let ExprKind::Paren(inner) = &expr.kind {
        expr = inner;
    }
    expr
}

fn extension(selector: &VectorSelector) -> Option<Extension> {
    use crate::promql::syntax::ast::Extension as Written;
    selector.extension.map(|extension| match extension {
        Written::Anchored => Extension::Anchored,
        Written::Smoothed => Extension::Smoothed,
    })
}

fn resolve_matching(matching: Option<&VectorMatching>) -> Matching {
    use crate::promql::syntax::ast::Cardinality;
    let Some(matching) = matching else {
        return Matching {
            cardinality: Cardinality::OneToOne,
            on: false,
            labels: Vec::new(),
            include: Vec::new(),
            fill_left: None,
            fill_right: None,
        };
    };
    let mut labels = matching.labels.clone();
    labels.sort_unstable();
    labels.dedup();
    Matching {
        cardinality: matching.cardinality,
        on: matching.on,
        labels,
        include: matching.include.clone(),
        fill_left: matching.fill_left.map(f64::to_bits),
        fill_right: matching.fill_right.map(f64::to_bits),
    }
}

fn mentions_grid(duration: &DurationExpr) -> bool {
    use crate::promql::syntax::ast::DurationNode as D;
    fn node(it: &D) -> bool {
        match it {
            D::Number { .. } => false,
            D::Step | D::Range => true,
            D::Unary { node: inner, .. } | D::Paren(inner) => node(inner),
            D::MinOf(a, b) | D::MaxOf(a, b) | D::Binary { lhs: a, rhs: b, .. } => {
                node(a) || node(b)
            }
        }
    }
    matches!(duration, DurationExpr::Computed(it, _) if node(it))
}
