//! The tree of an expression as JSON, for tree views. Keys are sorted, as Prometheus' are.
//! (Source of the shapes: what Prometheus 3 answers to `parse_query`.)

use std::fmt::Write;

use crate::label::Matcher;
use crate::promql::syntax::ast::{
    AggregateOp, AtModifier, BinaryOp, Cardinality, DurationExpr, Expr, ExprKind, Extension,
    Grouping, Modifiers, VectorMatching, VectorSelector,
};
use crate::promql::syntax::functions::Signature;

use super::json;

/// Writes the tree.
pub(super) fn write(out: &mut String, expr: &Expr) {
    match &expr.kind {
        ExprKind::Number { value, .. } => literal(out, "numberLiteral", &number(*value)),
        ExprKind::String(text) => literal(out, "stringLiteral", text),
        ExprKind::VectorSelector(selector) => {
            out.push('{');
            selector_fields(out, selector, None);
            out.push_str(",\"type\":\"vectorSelector\"}");
        }
        ExprKind::MatrixSelector { selector, range, .. } => {
            out.push('{');
            selector_fields(out, selector, Some(range));
            out.push_str(",\"type\":\"matrixSelector\"}");
        }
        ExprKind::Subquery { expr, range, step, modifiers } => {
            subquery(out, expr, range, step.as_ref(), modifiers);
        }
        ExprKind::Aggregate { op, param, expr, grouping } => {
            aggregate(out, *op, param.as_deref(), expr, grouping);
        }
        ExprKind::Binary { op, lhs, rhs, return_bool, matching } => {
            let _ = write!(out, "{{\"bool\":{return_bool},\"lhs\":");
            write(out, lhs);
            out.push_str(",\"matching\":");
            matching_fields(out, *op, matching.as_ref());
            let _ = write!(out, ",\"op\":\"{}\",\"rhs\":", op.text());
            write(out, rhs);
            out.push_str(",\"type\":\"binaryExpr\"}");
        }
        ExprKind::Call { function, args } => call(out, function, args),
        ExprKind::Unary { negative, expr } => {
            out.push_str("{\"expr\":");
            write(out, expr);
            let sign = if *negative { '-' } else { '+' };
            let _ = write!(out, ",\"op\":\"{sign}\",\"type\":\"unaryExpr\"}}");
        }
        ExprKind::Paren(expr) => {
            out.push_str("{\"expr\":");
            write(out, expr);
            out.push_str(",\"type\":\"parenExpr\"}");
        }
    }
}

fn literal(out: &mut String, kind: &str, value: &str) {
    let _ = write!(out, "{{\"type\":\"{kind}\",\"val\":");
    json::string(out, value);
    out.push('}');
}

/// Without an exponent.
fn number(value: f64) -> String {
    match value {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        _ => value.to_string(),
    }
}

fn selector_fields(out: &mut String, selector: &VectorSelector, range: Option<&DurationExpr>) {
    let _ = write!(out, "\"anchored\":{}", selector.extension == Some(Extension::Anchored));
    out.push_str(",\"matchers\":");
    json::sequence(out, &selector.matchers, matcher);
    out.push_str(",\"name\":");
    json::string(out, selector.name.as_deref().unwrap_or_default());
    let _ = write!(out, ",\"offset\":{}", offset(&selector.modifiers));
    if let Some(range) = range {
        let _ = write!(out, ",\"range\":{}", millis(range));
    }
    let _ = write!(out, ",\"smoothed\":{}", selector.extension == Some(Extension::Smoothed));
    at(out, &selector.modifiers);
}

fn matcher(out: &mut String, matcher: &Matcher) {
    out.push_str("{\"name\":");
    json::string(out, &matcher.name);
    let _ = write!(out, ",\"type\":\"{}\",\"value\":", matcher.op.text());
    json::string(out, &matcher.value);
    out.push('}');
}

/// `startOrEnd` and `timestamp`.
fn at(out: &mut String, modifiers: &Modifiers) {
    out.push_str(match modifiers.at {
        Some(AtModifier::Start) => ",\"startOrEnd\":\"start\"",
        Some(AtModifier::End) => ",\"startOrEnd\":\"end\"",
        _ => ",\"startOrEnd\":null",
    });
    match modifiers.at {
        Some(AtModifier::At(moment)) => {
            let _ = write!(out, ",\"timestamp\":{}", moment.millis());
        }
        _ => out.push_str(",\"timestamp\":null"),
    }
}

fn offset(modifiers: &Modifiers) -> i64 {
    modifiers.offset.as_ref().map_or(0, millis)
}

/// What is only known when the query runs is nothing.
fn millis(length: &DurationExpr) -> i64 {
    match length {
        DurationExpr::Fixed(span) => span.millis(),
        DurationExpr::Computed(..) => 0,
    }
}

fn subquery(
    out: &mut String,
    expr: &Expr,
    range: &DurationExpr,
    step: Option<&DurationExpr>,
    modifiers: &Modifiers,
) {
    out.push_str("{\"expr\":");
    write(out, expr);
    let _ = write!(out, ",\"offset\":{},\"range\":{}", offset(modifiers), millis(range));
    at_and_step(out, step.map_or(0, millis), modifiers);
    out.push_str(",\"type\":\"subquery\"}");
}

/// `startOrEnd`, `step`, `timestamp`: the step stands between the two of [`at`].
fn at_and_step(out: &mut String, step: i64, modifiers: &Modifiers) {
    let mut fields = String::new();
    at(&mut fields, modifiers);
    let split = fields.find(",\"timestamp\"").unwrap_or(fields.len());
    let _ = write!(out, "{},\"step\":{step}{}", &fields[..split], &fields[split..]);
}

fn aggregate(
    out: &mut String,
    op: AggregateOp,
    param: Option<&Expr>,
    expr: &Expr,
    grouping: &Grouping,
) {
    out.push_str("{\"expr\":");
    write(out, expr);
    out.push_str(",\"grouping\":");
    json::strings(out, &grouping.labels);
    let _ = write!(out, ",\"op\":\"{}\",\"param\":", op.text());
    match param {
        Some(param) => write(out, param),
        None => out.push_str("null"),
    }
    let _ = write!(out, ",\"type\":\"aggregation\",\"without\":{}}}", grouping.without);
}

fn matching_fields(out: &mut String, op: BinaryOp, matching: Option<&VectorMatching>) {
    let Some(matching) = matching else {
        out.push_str("null");
        return;
    };
    let cardinality = match matching.cardinality {
        _ if op.is_set() => "many-to-many",
        Cardinality::OneToOne => "one-to-one",
        Cardinality::ManyToOne => "many-to-one",
        Cardinality::OneToMany => "one-to-many",
        Cardinality::ManyToMany => "many-to-many",
    };
    let fill = |value: Option<f64>| value.map_or("null".to_owned(), |value| value.to_string());
    let _ = write!(
        out,
        "{{\"card\":\"{cardinality}\",\"fillValues\":{{\"lhs\":{},\"rhs\":{}}},\"include\":",
        fill(matching.fill_left),
        fill(matching.fill_right)
    );
    json::strings(out, &matching.include);
    out.push_str(",\"labels\":");
    json::strings(out, &matching.labels);
    let _ = write!(out, ",\"on\":{}}}", matching.on);
}

fn call(out: &mut String, function: &Signature, args: &[Expr]) {
    out.push_str("{\"args\":");
    json::sequence(out, args, write);
    out.push_str(",\"func\":{\"argTypes\":");
    json::sequence(out, function.args, |out, kind| json::string(out, kind.api_text()));
    let _ = write!(
        out,
        ",\"name\":\"{}\",\"returnType\":\"{}\",\"variadic\":{}}},\"type\":\"call\"}}",
        function.name,
        function.returns.api_text(),
        function.variadic
    );
}
