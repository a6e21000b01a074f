use super::parsed;
use crate::promql::syntax::ast::{Expr, ExprKind, PositionRange};

/// The texts of all nodes, outside in, as their positions cut them out.
fn cut<'a>(expr: &Expr, text: &'a str, texts: &mut Vec<&'a str>) {
    let at = |range: PositionRange| &text[range.start as usize..range.end as usize];
    texts.push(at(expr.range));
    match &expr.kind {
        ExprKind::MatrixSelector { selector_range, .. } => texts.push(at(*selector_range)),
        ExprKind::Subquery { expr, .. } | ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => {
            cut(expr, text, texts);
        }
        ExprKind::Aggregate { param, expr, .. } => {
            if let Some(param) = param {
                cut(param, text, texts);
            }
            cut(expr, text, texts);
        }
        ExprKind::Binary { lhs, rhs, .. } => {
            cut(lhs, text, texts);
            cut(rhs, text, texts);
        }
        ExprKind::Call { args, .. } => args.iter().for_each(|arg| cut(arg, text, texts)),
        _ => {}
    }
}

#[test]
fn every_node_knows_where_it_stands() {
    for (text, expected) in [
        (" foo ", &["foo"][..]),
        ("foo{a=\"b\"} offset 5m", &["foo{a=\"b\"} offset 5m"]),
        (" { a = \"b\" } ", &["{ a = \"b\" }"]),
        ("rate( foo [5m] @ 1 ) ", &["rate( foo [5m] @ 1 )", "foo [5m] @ 1", "foo"]),
        ("foo[5m] smoothed", &["foo[5m]", "foo"]),
        ("- 1 + -x", &["- 1 + -x", "- 1", "-x", "x"]),
        ("sum(x) by (a) > 1", &["sum(x) by (a) > 1", "sum(x) by (a)", "x", "1"]),
        (
            "(sum by (a) (topk(2, x)))",
            &["(sum by (a) (topk(2, x)))", "sum by (a) (topk(2, x))", "topk(2, x)", "2", "x"],
        ),
        ("sum(x)[5m:1m] offset -1m", &["sum(x)[5m:1m] offset -1m", "sum(x)", "x"]),
        ("x offset step()", &["x offset step()"]),
    ] {
        let mut texts = Vec::new();
        cut(&parsed(text), text, &mut texts);
        assert_eq!(texts, expected, "{text}");
    }
}
