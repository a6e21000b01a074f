//! Types: what may stand where. The first fault is told, in Prometheus' words.

use std::collections::HashSet;

use super::ast::{
    AggregateOp, BinaryOp, Cardinality, Expr, ExprKind, PositionRange, ValueType, VectorMatching,
    VectorSelector,
};
use super::functions::Signature;
use super::lexer::{Parsed, fault};
use crate::label::METRIC_NAME;
use crate::template::quote;

/// Checks a tree and settles how its vectors are matched; gives the type of its value.
pub(super) fn check(expr: &mut Expr, text: &str) -> Parsed<ValueType> {
    let whole = expr.range;
    match &mut expr.kind {
        ExprKind::Number { .. } => Ok(ValueType::Scalar),
        ExprKind::String(_) => Ok(ValueType::String),
        ExprKind::VectorSelector(selector) => {
            vector_selector(selector, whole, true)?;
            Ok(ValueType::Vector)
        }
        ExprKind::MatrixSelector { selector, selector_range, .. } => {
            vector_selector(selector, *selector_range, true)?;
            Ok(ValueType::Matrix)
        }
        ExprKind::Subquery { expr, .. } => match check(expr, text)? {
            ValueType::Vector => Ok(ValueType::Matrix),
            other => {
                let other = other.api_text();
                let what = "subquery is only allowed on instant vector";
                fault(whole, format!("{what}, got {other} instead"))
            }
        },
        ExprKind::Aggregate { op, param, expr, .. } => {
            aggregate(*op, param.as_deref_mut(), expr, text)
        }
        ExprKind::Binary { .. } => binary(expr, text),
        ExprKind::Call { function, args } => call(function, args, whole, text),
        ExprKind::Unary { expr, .. } => match check(expr, text)? {
            known @ (ValueType::Scalar | ValueType::Vector) => Ok(known),
            other => {
                let what =
                    "unary expression only allowed on expressions of type scalar or instant vector";
                fault(whole, format!("{what}, got {}", quote(other.text())))
            }
        },
        ExprKind::Paren(expr) => check(expr, text),
    }
}

fn expect(expr: &mut Expr, wanted: ValueType, context: &str, text: &str) -> Parsed<()> {
    let got = check(expr, text)?;
    if got == wanted {
        return Ok(());
    }
    let (wanted, got) = (wanted.text(), got.text());
    fault(expr.range, format!("expected type {wanted} in {context}, got {got}"))
}

/// A selector must not name its metric twice, nor match everything by mistake.
fn vector_selector(
    selector: &VectorSelector,
    range: PositionRange,
    must_select: bool,
) -> Parsed<()> {
    let Some(name) = &selector.name else {
        let selects = selector.matchers.iter().any(|matcher| !matcher.matches(""));
        if must_select && !selects {
            return fault(range, "vector selector must contain at least one non-empty matcher");
        }
        return Ok(());
    };
    let inside = &selector.matchers[..selector.matchers.len().saturating_sub(1)];
    match inside.iter().find(|matcher| *matcher.name == *METRIC_NAME) {
        Some(other) => {
            let (name, other) = (quote(name), quote(&other.value));
            fault(range, format!("metric name must not be set twice: {name} or {other}"))
        }
        None => Ok(()),
    }
}

fn aggregate(
    op: AggregateOp,
    param: Option<&mut Expr>,
    expr: &mut Expr,
    text: &str,
) -> Parsed<ValueType> {
    expect(expr, ValueType::Vector, "aggregation expression", text)?;
    if let (Some(wanted), Some(param)) = (op.parameter(), param) {
        expect(param, wanted, "aggregation parameter", text)?;
    }
    Ok(ValueType::Vector)
}

fn binary(expr: &mut Expr, text: &str) -> Parsed<ValueType> {
    let whole = expr.range;
    let ExprKind::Binary { op, lhs, rhs, return_bool, matching } = &mut expr.kind else {
        return Ok(expr.value_type());
    };
    let types = (check(lhs, text)?, check(rhs, text)?);
    let operator = operator_range(lhs.range.end, rhs.range.start, text);
    let scalars = types == (ValueType::Scalar, ValueType::Scalar);
    if *return_bool && !op.is_comparison() {
        return fault(operator, "bool modifier can only be used on comparison operators");
    }
    if op.is_comparison() && !*return_bool && scalars {
        return fault(operator, "comparisons between scalars must use BOOL modifier");
    }
    if let Some(matching) = matching {
        label_on_both_sides(matching, operator)?;
    }
    for (value_type, range) in [(types.0, lhs.range), (types.1, rhs.range)] {
        if !matches!(value_type, ValueType::Scalar | ValueType::Vector) {
            let what = "binary expression must contain only scalar and instant vector types";
            return fault(range, what);
        }
    }
    if types == (ValueType::Vector, ValueType::Vector) {
        settle_matching(*op, matching.as_mut(), whole)?;
        return Ok(ValueType::Vector);
    }
    if let Some(matching) = matching.take() {
        no_matching(*op, &matching, whole)?;
    }
    Ok(if scalars { ValueType::Scalar } else { ValueType::Vector })
}

/// Where the operator stands: what is left between the two sides without blanks.
fn operator_range(lhs_end: u32, rhs_start: u32, text: &str) -> PositionRange {
    let between = text.get(lhs_end as usize..rhs_start as usize).unwrap_or("");
    let leading = between.len() - between.trim_start().len();
    let start = lhs_end + leading as u32;
    PositionRange { start, end: start + between.trim().len() as u32 }
}

fn label_on_both_sides(matching: &VectorMatching, operator: PositionRange) -> Parsed<()> {
    if !matching.on {
        return Ok(());
    }
    let include: HashSet<&str> = matching.include.iter().map(String::as_str).collect();
    match matching.labels.iter().find(|label| include.contains(label.as_str())) {
        Some(label) => {
            let label = quote(label);
            fault(operator, format!("label {label} must not occur in ON and GROUP clause at once"))
        }
        None => Ok(()),
    }
}

/// Two vectors: set operators match many to many.
fn settle_matching(
    op: BinaryOp,
    matching: Option<&mut VectorMatching>,
    whole: PositionRange,
) -> Parsed<()> {
    let Some(matching) = matching.filter(|_| op.is_set()) else { return Ok(()) };
    if matches!(matching.cardinality, Cardinality::OneToMany | Cardinality::ManyToOne) {
        return fault(whole, format!("no grouping allowed for {} operation", quote(op.text())));
    }
    if matching.fill_left.is_some() || matching.fill_right.is_some() {
        return fault(whole, "filling in missing series not allowed for set operators");
    }
    matching.cardinality = Cardinality::ManyToMany;
    Ok(())
}

/// A number on either side: nothing is matched.
fn no_matching(op: BinaryOp, matching: &VectorMatching, whole: PositionRange) -> Parsed<()> {
    if !matching.labels.is_empty() {
        return fault(whole, "vector matching only allowed between instant vectors");
    }
    if matching.fill_left.is_some() || matching.fill_right.is_some() {
        return fault(whole, "filling in missing series only allowed between instant vectors");
    }
    if op.is_set() {
        let op = quote(op.text());
        return fault(whole, format!("set operator {op} not allowed in binary scalar expression"));
    }
    Ok(())
}

fn call(
    function: &Signature,
    args: &mut [Expr],
    whole: PositionRange,
    text: &str,
) -> Parsed<ValueType> {
    argument_count(function, args.len(), whole)?;
    let is_info = function.name == "info";
    let context = format!("call to function {}", quote(function.name));
    for (index, arg) in args.iter_mut().enumerate() {
        if is_info && index == 1 {
            label_selector(arg, &context, whole)?;
            continue;
        }
        let last = function.args.len().saturating_sub(1);
        if let Some(wanted) = function.args.get(index.min(last)) {
            expect(arg, *wanted, &context, text)?;
        }
    }
    Ok(function.returns)
}

fn argument_count(function: &Signature, got: usize, whole: PositionRange) -> Parsed<()> {
    let name = quote(function.name);
    let listed = function.args.len();
    if function.variadic == 0 {
        if got != listed {
            let what = format!("expected {listed} argument(s) in call to {name}");
            return fault(whole, format!("{what}, got {got}"));
        }
        return Ok(());
    }
    let least = listed - 1;
    if got < least {
        let what = format!("expected at least {least} argument(s) in call to {name}");
        return fault(whole, format!("{what}, got {got}"));
    }
    match usize::try_from(function.variadic) {
        Ok(more) if got > least + more => {
            let most = least + more;
            let what = format!("expected at most {most} argument(s) in call to {name}");
            fault(whole, format!("{what}, got {got}"))
        }
        _ => Ok(()),
    }
}

/// The second argument of `info`: matchers without a metric, all of them optional.
fn label_selector(arg: &mut Expr, context: &str, whole: PositionRange) -> Parsed<()> {
    let got = arg.value_type();
    if got != ValueType::Vector {
        let wanted = ValueType::Vector.text();
        let got = got.text();
        return fault(whole, format!("expected type {wanted} in {context}, got {got}"));
    }
    match &arg.kind {
        ExprKind::VectorSelector(selector) if selector.name.is_none() => {
            vector_selector(selector, arg.range, false)
        }
        ExprKind::VectorSelector(_) => {
            fault(arg.range, "expected label selectors only, got vector selector instead")
        }
        _ => fault(arg.range, "expected label selectors only"),
    }
}
