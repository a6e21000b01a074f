//! Which expressions show the order of elements. A range query keeps its series in one order for
//! all its moments; an instant query orders by value, and groups by who is there at its moment.

use firebell::promql::syntax::ast::{AggregateOp, BinaryOp, Expr, ExprKind};

/// Whether a sum's last bits, or who is taken of equals, depend on an order of elements that is
/// another one in a range query.
pub fn is_shown(expr: &Expr) -> bool {
    let depends = match &expr.kind {
        ExprKind::Aggregate { op, expr, .. } => depends_on_order(*op) && may_differ(expr),
        _ => false,
    };
    depends || parts(expr).into_iter().any(is_shown)
}

/// Whether the elements of a vector may have another order in a range query.
fn may_differ(expr: &Expr) -> bool {
    let orders = match &expr.kind {
        ExprKind::Aggregate { .. } | ExprKind::Binary { op: BinaryOp::Or, .. } => true,
        ExprKind::Call { function, .. } => {
            function.name.starts_with("sort") || function.name.starts_with("histogram_")
        }
        _ => false,
    };
    orders || parts(expr).into_iter().any(may_differ)
}

fn depends_on_order(op: AggregateOp) -> bool {
    use AggregateOp::{Avg, BottomK, LimitK, Stddev, Stdvar, Sum, TopK};
    matches!(op, Sum | Avg | Stddev | Stdvar | TopK | BottomK | LimitK)
}

fn parts(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Number { .. }
        | ExprKind::String(_)
        | ExprKind::VectorSelector(_)
        | ExprKind::MatrixSelector { .. } => Vec::new(),
        ExprKind::Subquery { expr, .. } | ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => {
            vec![expr]
        }
        ExprKind::Aggregate { param, expr, .. } => {
            param.iter().map(|param| &**param).chain([&**expr]).collect()
        }
        ExprKind::Binary { lhs, rhs, .. } => vec![lhs, rhs],
        ExprKind::Call { args, .. } => args.iter().collect(),
    }
}
