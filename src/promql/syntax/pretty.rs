//! The tree as text over several lines, as Prometheus' API `format_query` lays it out: what is
//! longer than a line is split after its operator or inside its parentheses.

use std::fmt::{self, Write};

use super::ast::{Expr, ExprKind};
use super::print::{aggregate_head, operator, subquery_suffix};

/// The most columns that an expression may fill before it is split.
const COLUMNS: usize = 100;

/// Lays an expression out over lines of at most 100 columns where it can be split, as
/// Prometheus' API `format_query` does.
pub fn prettify(expr: &Expr) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = pretty(&mut text, expr, 0);
    text
}

fn pretty(text: &mut String, expr: &Expr, level: usize) -> fmt::Result {
    match &expr.kind {
        ExprKind::Unary { negative, expr } => {
            indent(text, level);
            text.push(if *negative { '-' } else { '+' });
            let mut inner = String::new();
            pretty(&mut inner, expr, level)?;
            text.push_str(inner.trim());
            Ok(())
        }
        // Prometheus does not indent a subquery that fits on its line.
        ExprKind::Subquery { .. } if fits(expr) => write!(text, "{expr}"),
        _ if fits(expr) => {
            indent(text, level);
            write!(text, "{expr}")
        }
        _ => split(text, expr, level),
    }
}

/// Writes an expression that does not fit on a line.
fn split(text: &mut String, expr: &Expr, level: usize) -> fmt::Result {
    match &expr.kind {
        ExprKind::Binary { op, lhs, rhs, return_bool, matching } => {
            pretty(text, lhs, level + 1)?;
            text.push('\n');
            indent(text, level);
            operator(text, *op, *return_bool, matching.as_ref())?;
            text.push('\n');
            return pretty(text, rhs, level + 1);
        }
        ExprKind::Subquery { expr, range, step, modifiers } => {
            pretty(text, expr, level)?;
            return subquery_suffix(text, range, step.as_ref(), modifiers);
        }
        _ => indent(text, level),
    }
    match &expr.kind {
        ExprKind::Aggregate { op, param, expr, grouping } => {
            aggregate_head(text, *op, grouping)?;
            text.push_str("(\n");
            if let Some(param) = param {
                pretty(text, param, level + 1)?;
                text.push_str(",\n");
            }
            closed(text, expr, level)
        }
        ExprKind::Call { function, args } => match args.split_last() {
            Some((last, others)) => {
                text.push_str(function.name);
                text.push_str("(\n");
                for arg in others {
                    pretty(text, arg, level + 1)?;
                    text.push_str(",\n");
                }
                closed(text, last, level)
            }
            None => write!(text, "{expr}"),
        },
        ExprKind::Paren(expr) => {
            text.push_str("(\n");
            closed(text, expr, level)
        }
        _ => write!(text, "{expr}"),
    }
}

/// Writes the last thing inside parentheses, and closes them.
fn closed(text: &mut String, expr: &Expr, level: usize) -> fmt::Result {
    pretty(text, expr, level + 1)?;
    text.push('\n');
    indent(text, level);
    text.push(')');
    Ok(())
}

fn indent(text: &mut String, level: usize) {
    for _ in 0..level {
        text.push_str("  ");
    }
}

/// Whether an expression fills at most one line; looks at no more than one line of it.
fn fits(expr: &Expr) -> bool {
    let mut room = Room(COLUMNS);
    write!(room, "{expr}").is_ok()
}

/// Takes a text as long as there is room.
struct Room(usize);

impl Write for Room {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.checked_sub(text.len()).ok_or(fmt::Error)?;
        Ok(())
    }
}
