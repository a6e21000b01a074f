//! An expression whose selectors are all fixed by `@`: its value is the same at any time.

use crate::promql::syntax::ast::{AtModifier, Expr, ExprKind, Modifiers};
use crate::time::{Span, Timestamp};

/// Functions whose value depends on the evaluation time even of fixed arguments.
const BOUND_TO_TIME: [&str; 15] = [
    "days_in_month",
    "day_of_month",
    "day_of_week",
    "day_of_year",
    "hour",
    "minute",
    "month",
    "year",
    "predict_linear",
    "time",
    "timestamp",
    "start",
    "end",
    "step",
    "range",
];

/// Fixes every selector and subquery that is not fixed yet, except those inside a subquery, at a
/// time. `None` where the value depends on the evaluation time all the same.
pub(super) fn fixed(expr: &Expr, at: Timestamp) -> Option<Expr> {
    let mut expr = expr.clone();
    fix(&mut expr, at).then_some(expr)
}

/// The times at which a fixed expression is evaluated again.
pub(super) fn other_times(at: Timestamp) -> Vec<Timestamp> {
    let millis = at.millis();
    let times = match millis {
        0 => vec![-1000, 0, 1000],
        _ => vec![millis.saturating_mul(-10), 0, millis / 5, millis, millis.saturating_mul(10)],
    };
    times.into_iter().map(Timestamp::from_millis).collect()
}

fn fix(expr: &mut Expr, at: Timestamp) -> bool {
    match &mut expr.kind {
        ExprKind::Number { .. } | ExprKind::String(_) => true,
        ExprKind::VectorSelector(selector) => fix_modifiers(&mut selector.modifiers, at),
        ExprKind::MatrixSelector { selector, .. } => fix_modifiers(&mut selector.modifiers, at),
        ExprKind::Subquery { expr, modifiers, .. } => {
            fix_modifiers(modifiers, at) && !is_bound_to_time(expr)
        }
        ExprKind::Aggregate { param, expr, .. } => {
            let param_is_fixed = param.as_mut().is_none_or(|param| fix(param, at));
            fix(expr, at) && param_is_fixed
        }
        ExprKind::Binary { lhs, rhs, .. } => {
            let lhs_is_fixed = fix(lhs, at);
            fix(rhs, at) && lhs_is_fixed
        }
        ExprKind::Call { function, args } => {
            let is_bound = BOUND_TO_TIME.contains(&function.name);
            args.iter_mut().fold(!is_bound, |is_fixed, arg| fix(arg, at) && is_fixed)
        }
        ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => fix(expr, at),
    }
}

fn fix_modifiers(modifiers: &mut Modifiers, at: Timestamp) -> bool {
    if !matches!(modifiers.at, Some(AtModifier::At(_))) {
        modifiers.at = Some(AtModifier::At(at));
    }
    true
}

/// Whether a function that is bound to time is called anywhere inside.
fn is_bound_to_time(expr: &Expr) -> bool {
    let mut probe = expr.clone();
    !fix(&mut probe, Timestamp::default())
}

/// One minute before and after: the range whose middle is an instant query's time.
pub(super) const AROUND: Span = Span::from_mins(1);
