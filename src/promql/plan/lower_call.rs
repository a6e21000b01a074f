//! From function calls to nodes.

use std::sync::Arc;

use crate::label::pattern::Dialect;
use crate::label::{Labels, LabelsBuilder, METRIC_NAME, MatchOp, Matcher, Matchers, Pattern};
use crate::promql::QueryError;
use crate::promql::syntax::ast::{Expr, ExprKind, Modifiers, PositionRange, ValueType};

use super::lower::{Context, Lowering, Typed, unwrap_parens};
use super::{
    DateFunction, Extension, HistogramStatistic, InfoSelector, LabelEdit, Moment, Node, NodeId,
    RangeFunction, ValueFunction, Window,
};

impl Lowering<'_> {
    /// Lowers a call; the parser has checked the number and types of the arguments.
    pub(super) fn call(
        &mut self,
        expr: &Expr,
        name: &str,
        args: &[Expr],
    ) -> Result<Typed, QueryError> {
        if let Some(value) = self.grid_constant(name) {
            return Ok((
                self.add(Node::Number(value.to_bits()), expr.range, &[]),
                ValueType::Scalar,
            ));
        }
        let node = if let Some(function) = value_function(name) {
            let vector = self.operand(expr, args, 0)?;
            let scalars = self.operands(args.get(1..).unwrap_or_default())?;
            Node::Value { function, vector, scalars }
        } else if let Some(function) = range_function(name) {
            self.range_call(expr, name, function, args)?
        } else if let Some(function) = date_function(name) {
            let vector = args.first().map(|_| self.operand(expr, args, 0)).transpose()?;
            Node::Date { function, vector }
        } else if let Some(function) = histogram_statistic(name) {
            let context = match function {
                HistogramStatistic::Stddev | HistogramStatistic::Stdvar => Context::Plain,
                _ => Context::Statistics,
            };
            let vector = self.within(context, |lowering| lowering.operand(expr, args, 0))?;
            Node::HistogramStatistic { function, vector }
        } else if name.starts_with("histogram_") {
            self.within(Context::Buckets, |lowering| lowering.other_call(expr, name, args))?
        } else {
            self.other_call(expr, name, args)?
        };
        let kind = match node {
            Node::Time | Node::ScalarOf(_) | Node::ScalarMin(..) | Node::ScalarMax(..) => {
                ValueType::Scalar
            }
            _ => ValueType::Vector,
        };
        let ranges: Vec<_> = args.iter().map(blamed).collect();
        Ok((self.add(node, expr.range, &ranges), kind))
    }

    fn grid_constant(&mut self, name: &str) -> Option<f64> {
        let grid = self.grid;
        let value = match name {
            "pi" => return Some(std::f64::consts::PI),
            "start" => grid.start.seconds(),
            "end" => grid.end.seconds(),
            "step" => grid.step.seconds(),
            "range" => (grid.end - grid.start).seconds(),
            _ => return None,
        };
        self.grid_bound = true;
        Some(value)
    }

    fn other_call(&mut self, expr: &Expr, name: &str, args: &[Expr]) -> Result<Node, QueryError> {
        Ok(match name {
            "time" => Node::Time,
            "scalar" => Node::ScalarOf(self.operand(expr, args, 0)?),
            "vector" => Node::VectorOf(self.operand(expr, args, 0)?),
            "min_of" => Node::ScalarMin(self.operand(expr, args, 0)?, self.operand(expr, args, 1)?),
            "max_of" => Node::ScalarMax(self.operand(expr, args, 0)?, self.operand(expr, args, 1)?),
            "timestamp" | "start_timestamp" => self.timestamp(expr, name, args)?,
            "absent" => {
                let labels = args.first().map(absent_labels).unwrap_or_default();
                Node::Absent { vector: self.operand(expr, args, 0)?, labels }
            }
            "absent_over_time" => {
                let labels = args.first().map(absent_labels).unwrap_or_default();
                let window = self.range_operand(expr, name, args)?;
                Node::AbsentOverTime { window, labels }
            }
            "histogram_quantile" => Node::HistogramQuantile {
                quantile: self.operand(expr, args, 0)?,
                vector: self.operand(expr, args, 1)?,
            },
            "histogram_fraction" => Node::HistogramFraction {
                lower: self.operand(expr, args, 0)?,
                upper: self.operand(expr, args, 1)?,
                vector: self.operand(expr, args, 2)?,
            },
            "histogram_quantiles" => Node::HistogramQuantiles {
                vector: self.operand(expr, args, 0)?,
                label: Arc::from(self.text(args.get(1), expr.range)?),
                quantiles: self.operands(args.get(2..).unwrap_or_default())?,
            },
            "label_replace" | "label_join" => {
                let texts = self.texts(args.get(1..).unwrap_or_default(), expr.range)?;
                let edit = if name == "label_join" { join(&texts) } else { replace(&texts) };
                Node::EditLabels { vector: self.operand(expr, args, 0)?, edit: Arc::new(edit) }
            }
            "sort" | "sort_desc" => {
                let vector = self.operand(expr, args, 0)?;
                Node::Sort { vector, descending: name == "sort_desc" }
            }
            "sort_by_label" | "sort_by_label_desc" => Node::SortByLabel {
                vector: self.operand(expr, args, 0)?,
                labels: self.texts(args.get(1..).unwrap_or_default(), expr.range)?,
                descending: name == "sort_by_label_desc",
            },
            "info" => self.info(expr, args)?,
            _ => {
                let message = format!("unknown function with name {name:?}");
                return Err(QueryError::bad_data(message, expr.range));
            }
        })
    }

    fn operand(&mut self, expr: &Expr, args: &[Expr], index: usize) -> Result<NodeId, QueryError> {
        match args.get(index) {
            Some(arg) => Ok(self.expr(arg)?.0),
            None => Err(QueryError::bad_data("an argument is missing", expr.range)),
        }
    }

    fn operands(&mut self, args: &[Expr]) -> Result<Vec<NodeId>, QueryError> {
        args.iter().map(|arg| Ok(self.expr(arg)?.0)).collect()
    }

    fn texts(&self, args: &[Expr], range: PositionRange) -> Result<Vec<String>, QueryError> {
        args.iter().map(|arg| Ok(self.text(Some(arg), range)?.to_owned())).collect()
    }

    fn range_call(
        &mut self,
        expr: &Expr,
        name: &str,
        function: RangeFunction,
        args: &[Expr],
    ) -> Result<Node, QueryError> {
        let window = self.range_operand(expr, name, args)?;
        let others = args.iter().filter(|arg| !is_range(arg));
        let scalars = others.map(|arg| Ok(self.expr(arg)?.0)).collect::<Result<_, QueryError>>()?;
        Ok(Node::Range { function, window, scalars })
    }

    fn range_operand(
        &mut self,
        expr: &Expr,
        name: &str,
        args: &[Expr],
    ) -> Result<Window, QueryError> {
        let Some(arg) = args.iter().find(|arg| is_range(arg)) else {
            return Err(QueryError::bad_data("a range vector is missing", expr.range));
        };
        let window = self.window(arg)?;
        let (modifier, allowed) = match window.extension {
            None => return Ok(window),
            Some(Extension::Anchored) => ("anchored", ANCHORED),
            Some(Extension::Smoothed) => ("smoothed", SMOOTHED),
        };
        if allowed.contains(&name) {
            return Ok(window);
        }
        let allowed = allowed.join(", ");
        let message =
            format!("{modifier} modifier can only be used with: {allowed} - not with {name}");
        Err(QueryError::Execution { message, range: Some(expr.range) })
    }

    fn timestamp(&mut self, expr: &Expr, name: &str, args: &[Expr]) -> Result<Node, QueryError> {
        let selector = args.first().and_then(|arg| match &unwrap_parens(arg).kind {
            ExprKind::VectorSelector(selector) => Some(selector),
            _ => None,
        });
        match selector {
            Some(selector) if name == "timestamp" => Ok(Node::SampleTime(self.selector(selector)?)),
            Some(selector) => Ok(Node::StartTime(self.selector(selector)?)),
            None if name == "timestamp" => Ok(Node::EvaluationTime(self.operand(expr, args, 0)?)),
            None => Ok(Node::NoStartTime(self.operand(expr, args, 0)?)),
        }
    }

    fn info(&mut self, expr: &Expr, args: &[Expr]) -> Result<Node, QueryError> {
        let vector = self.operand(expr, args, 0)?;
        let matchers = match args.get(1).map(|arg| &unwrap_parens(arg).kind) {
            Some(ExprKind::VectorSelector(selector)) => selector.matchers.as_slice(),
            _ => &[],
        };
        let (mut names, data): (Vec<Matcher>, Vec<Matcher>) =
            matchers.iter().cloned().partition(|matcher| &*matcher.name == METRIC_NAME);
        if names.is_empty() {
            names.push(Matcher::equal(METRIC_NAME, "target_info"));
        } else if names.iter().all(|matcher| !matcher.op.is_positive()) {
            let any = Matcher::new(METRIC_NAME, MatchOp::Regex, ".+_info", Dialect::PromQl);
            names.extend(any.ok());
        }
        let fetched: Vec<Matcher> = names.iter().chain(&data).cloned().collect();
        let moment = match args.first().and_then(first_selector) {
            Some(modifiers) => self.reference(&modifiers)?,
            None => Moment { at: None, offset: 0 },
        };
        let matchers = self.matchers(Matchers(fetched));
        let selector =
            InfoSelector { matchers, names: Matchers(names), data: Matchers(data), moment };
        Ok(Node::Info { vector, selector: Arc::new(selector) })
    }

    /// The time a selector looks at inside subqueries, whose modifiers come first.
    fn reference(&mut self, modifiers: &[&Modifiers]) -> Result<Moment, QueryError> {
        let mut reference = Moment { at: None, offset: 0 };
        for modifiers in modifiers {
            let own = self.moment(modifiers)?;
            if own.at.is_some() {
                reference = own;
            } else {
                reference.offset = reference.offset.saturating_add(own.offset);
            }
        }
        Ok(reference)
    }
}

/// Functions that know what to do with samples before the window.
const ANCHORED: &[&str] = &["changes", "delta", "increase", "rate", "resets"];
/// Functions that can interpolate at the borders of the window.
const SMOOTHED: &[&str] = &["delta", "increase", "rate"];

fn is_range(expr: &Expr) -> bool {
    matches!(unwrap_parens(expr).kind, ExprKind::MatrixSelector { .. } | ExprKind::Subquery { .. })
}

/// The modifiers of the first selector in the text's order, after those of the subqueries around
/// it.
fn first_selector(expr: &Expr) -> Option<Vec<&Modifiers>> {
    match &expr.kind {
        ExprKind::Number { .. } | ExprKind::String(_) => None,
        ExprKind::VectorSelector(selector) => Some(vec![&selector.modifiers]),
        ExprKind::MatrixSelector { selector, .. } => Some(vec![&selector.modifiers]),
        ExprKind::Subquery { expr, modifiers, .. } => {
            let mut found = first_selector(expr)?;
            found.insert(0, modifiers);
            Some(found)
        }
        ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => first_selector(expr),
        ExprKind::Aggregate { param, expr, .. } => {
            first_selector(expr).or_else(|| param.as_deref().and_then(first_selector))
        }
        ExprKind::Binary { lhs, rhs, .. } => first_selector(lhs).or_else(|| first_selector(rhs)),
        ExprKind::Call { args, .. } => args.iter().find_map(first_selector),
    }
}

/// The labels an absent series has: those matched by exactly one equality.
fn absent_labels(expr: &Expr) -> Labels {
    let matchers = match &unwrap_parens(expr).kind {
        ExprKind::VectorSelector(selector) => &selector.matchers,
        ExprKind::MatrixSelector { selector, .. } => &selector.matchers,
        _ => return Labels::empty(),
    };
    let mut labels = LabelsBuilder::new();
    let mut seen = Vec::new();
    for matcher in matchers.iter().filter(|matcher| &*matcher.name != METRIC_NAME) {
        if matcher.op == MatchOp::Equal && !seen.contains(&&matcher.name) {
            labels.set(&matcher.name, &matcher.value);
            seen.push(&matcher.name);
        } else {
            labels.remove(&matcher.name);
        }
    }
    labels.build()
}

fn replace(texts: &[String]) -> LabelEdit {
    let [target, template, source, text] = texts else {
        return LabelEdit::Invalid("label_replace() takes four strings".to_owned());
    };
    let Ok(pattern) = Pattern::anchored(text, Dialect::PromQl) else {
        return LabelEdit::Invalid(format!(
            "invalid regular expression in label_replace(): {text}"
        ));
    };
    if target.is_empty() {
        let message = format!("invalid destination label name in label_replace(): {target}");
        return LabelEdit::Invalid(message);
    }
    let [target, template, source, text] = [target, template, source, text].map(String::clone);
    LabelEdit::Replace { target, template, source, pattern, text }
}

fn join(texts: &[String]) -> LabelEdit {
    let [target, separator, sources @ ..] = texts else {
        return LabelEdit::Invalid("label_join() takes at least two strings".to_owned());
    };
    if sources.iter().any(String::is_empty) {
        return LabelEdit::Invalid("invalid source label name in label_join(): ".to_owned());
    }
    if target.is_empty() {
        return LabelEdit::Invalid("invalid destination label name in label_join(): ".to_owned());
    }
    LabelEdit::Join {
        target: target.clone(),
        separator: separator.clone(),
        sources: sources.to_vec(),
    }
}

fn value_function(name: &str) -> Option<ValueFunction> {
    use ValueFunction as F;
    Some(match name {
        "abs" => F::Abs,
        "ceil" => F::Ceil,
        "floor" => F::Floor,
        "exp" => F::Exp,
        "sqrt" => F::Sqrt,
        "ln" => F::Ln,
        "log2" => F::Log2,
        "log10" => F::Log10,
        "sin" => F::Sin,
        "cos" => F::Cos,
        "tan" => F::Tan,
        "asin" => F::Asin,
        "acos" => F::Acos,
        "atan" => F::Atan,
        "sinh" => F::Sinh,
        "cosh" => F::Cosh,
        "tanh" => F::Tanh,
        "asinh" => F::Asinh,
        "acosh" => F::Acosh,
        "atanh" => F::Atanh,
        "rad" => F::Rad,
        "deg" => F::Deg,
        "sgn" => F::Sgn,
        "round" => F::Round,
        "clamp" => F::Clamp,
        "clamp_min" => F::ClampMin,
        "clamp_max" => F::ClampMax,
        _ => return None,
    })
}

fn date_function(name: &str) -> Option<DateFunction> {
    Some(match name {
        "days_in_month" => DateFunction::DaysInMonth,
        "day_of_month" => DateFunction::DayOfMonth,
        "day_of_week" => DateFunction::DayOfWeek,
        "day_of_year" => DateFunction::DayOfYear,
        "hour" => DateFunction::Hour,
        "minute" => DateFunction::Minute,
        "month" => DateFunction::Month,
        "year" => DateFunction::Year,
        _ => return None,
    })
}

fn histogram_statistic(name: &str) -> Option<HistogramStatistic> {
    Some(match name {
        "histogram_count" => HistogramStatistic::Count,
        "histogram_sum" => HistogramStatistic::Sum,
        "histogram_avg" => HistogramStatistic::Avg,
        "histogram_stddev" => HistogramStatistic::Stddev,
        "histogram_stdvar" => HistogramStatistic::Stdvar,
        _ => return None,
    })
}

/// What annotations about an argument point at. Of a subquery that is the beginning of the text:
/// by the time it is blamed, Prometheus has put its result in its place, which stands nowhere.
fn blamed(arg: &Expr) -> PositionRange {
    match unwrap_parens(arg) {
        Expr { kind: ExprKind::Subquery { .. }, .. } => PositionRange { start: 0, end: 0 },
        arg => arg.range,
    }
}

fn range_function(name: &str) -> Option<RangeFunction> {
    use RangeFunction as F;
    Some(match name {
        "rate" => F::Rate,
        "increase" => F::Increase,
        "delta" => F::Delta,
        "irate" => F::Irate,
        "idelta" => F::Idelta,
        "deriv" => F::Deriv,
        "predict_linear" => F::PredictLinear,
        "resets" => F::Resets,
        "changes" => F::Changes,
        "avg_over_time" => F::AvgOverTime,
        "sum_over_time" => F::SumOverTime,
        "min_over_time" => F::MinOverTime,
        "max_over_time" => F::MaxOverTime,
        "count_over_time" => F::CountOverTime,
        "stddev_over_time" => F::StddevOverTime,
        "stdvar_over_time" => F::StdvarOverTime,
        "last_over_time" => F::LastOverTime,
        "first_over_time" => F::FirstOverTime,
        "quantile_over_time" => F::QuantileOverTime,
        "present_over_time" => F::PresentOverTime,
        "mad_over_time" => F::MadOverTime,
        "ts_of_min_over_time" => F::TsOfMinOverTime,
        "ts_of_max_over_time" => F::TsOfMaxOverTime,
        "ts_of_first_over_time" => F::TsOfFirstOverTime,
        "ts_of_last_over_time" => F::TsOfLastOverTime,
        "double_exponential_smoothing" => F::DoubleExponentialSmoothing,
        _ => return None,
    })
}
