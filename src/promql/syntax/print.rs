//! The tree as text: one line, exactly as Prometheus prints it. What is printed parses to the
//! same tree again.

use std::fmt::{self, Display, Formatter, Write};

use super::ast::{
    AggregateOp, AtModifier, BinaryOp, Cardinality, DurationExpr, DurationNode, Expr, ExprKind,
    Extension, Grouping, Modifiers, VectorMatching, VectorSelector,
};
use crate::label::matcher::is_legacy_name;
use crate::label::{METRIC_NAME, MatchOp, Matcher};
use crate::sample::format_shortest;
use crate::template::quote;
use crate::time::Span;
use crate::time::duration::format_prometheus;

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Number { value, duration } => number(f, *value, *duration),
            ExprKind::String(text) => f.write_str(&quote(text)),
            ExprKind::VectorSelector(selector) => write!(f, "{selector}"),
            ExprKind::MatrixSelector { selector, range, .. } => matrix(f, selector, range),
            ExprKind::Subquery { expr, range, step, modifiers } => {
                write!(f, "{expr}")?;
                subquery_suffix(f, range, step.as_ref(), modifiers)
            }
            ExprKind::Aggregate { op, param, expr, grouping } => {
                aggregate_head(f, *op, grouping)?;
                match param {
                    Some(param) => write!(f, "({param}, {expr})"),
                    None => write!(f, "({expr})"),
                }
            }
            ExprKind::Binary { op, lhs, rhs, return_bool, matching } => {
                write!(f, "{lhs} ")?;
                operator(f, *op, *return_bool, matching.as_ref())?;
                write!(f, " {rhs}")
            }
            ExprKind::Call { function, args } => {
                write!(f, "{}(", function.name)?;
                separated(f, args, |f, arg| write!(f, "{arg}"))?;
                f.write_str(")")
            }
            ExprKind::Unary { negative, expr } => {
                write!(f, "{}{expr}", if *negative { "-" } else { "+" })
            }
            ExprKind::Paren(expr) => write!(f, "({expr})"),
        }
    }
}

/// A number as Go's `FormatFloat(value, 'f', -1, 64)` writes it, or a length of time.
fn number(f: &mut Formatter<'_>, value: f64, duration: bool) -> fmt::Result {
    if duration {
        let span = Span::from_millis((value * 1000.0).round() as i64);
        return f.write_str(&format_prometheus(span));
    }
    match value {
        f64::INFINITY => f.write_str("+Inf"),
        f64::NEG_INFINITY => f.write_str("-Inf"),
        _ => write!(f, "{value}"),
    }
}

impl Display for VectorSelector {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        name_and_matchers(f, self)?;
        at(f, &self.modifiers)?;
        extension(f, self.extension)?;
        offset(f, &self.modifiers)
    }
}

fn name_and_matchers(f: &mut Formatter<'_>, selector: &VectorSelector) -> fmt::Result {
    f.write_str(selector.name.as_deref().unwrap_or(""))?;
    let mut texts: Vec<String> = selector
        .matchers
        .iter()
        .filter(|matcher| !is_the_name(matcher, selector))
        .map(matcher_text)
        .collect();
    if texts.is_empty() {
        let nothing_else = selector.name.is_none();
        return f.write_str(if nothing_else { "{}" } else { "" });
    }
    texts.sort();
    write!(f, "{{{}}}", texts.join(","))
}

/// Whether a matcher only repeats the name before the braces.
fn is_the_name(matcher: &Matcher, selector: &VectorSelector) -> bool {
    *matcher.name == *METRIC_NAME
        && matcher.op == MatchOp::Equal
        && selector.name.as_deref() == Some(&*matcher.value)
}

fn matcher_text(matcher: &Matcher) -> String {
    format!("{}{}{}", label_name(&matcher.name), matcher.op.text(), quote(&matcher.value))
}

fn label_name(name: &str) -> String {
    if is_legacy_name(name) { name.to_owned() } else { quote(name) }
}

fn matrix(f: &mut Formatter<'_>, selector: &VectorSelector, range: &DurationExpr) -> fmt::Result {
    name_and_matchers(f, selector)?;
    write!(f, "[{range}]")?;
    extension(f, selector.extension)?;
    at(f, &selector.modifiers)?;
    offset(f, &selector.modifiers)
}

pub(super) fn subquery_suffix(
    f: &mut impl Write,
    range: &DurationExpr,
    step: Option<&DurationExpr>,
    modifiers: &Modifiers,
) -> fmt::Result {
    match step {
        Some(step) => write!(f, "[{range}:{step}]")?,
        None => write!(f, "[{range}:]")?,
    }
    at(f, modifiers)?;
    offset(f, modifiers)
}

fn extension(f: &mut impl Write, extension: Option<Extension>) -> fmt::Result {
    f.write_str(match extension {
        Some(Extension::Anchored) => " anchored",
        Some(Extension::Smoothed) => " smoothed",
        None => "",
    })
}

fn at(f: &mut impl Write, modifiers: &Modifiers) -> fmt::Result {
    match modifiers.at {
        Some(AtModifier::At(moment)) => write!(f, " @ {:.3}", moment.seconds()),
        Some(AtModifier::Start) => f.write_str(" @ start()"),
        Some(AtModifier::End) => f.write_str(" @ end()"),
        None => Ok(()),
    }
}

fn offset(f: &mut impl Write, modifiers: &Modifiers) -> fmt::Result {
    match &modifiers.offset {
        Some(offset) => write!(f, " offset {offset}"),
        None => Ok(()),
    }
}

/// `sum by (a) ` or `sum`.
pub(super) fn aggregate_head(
    f: &mut impl Write,
    op: AggregateOp,
    grouping: &Grouping,
) -> fmt::Result {
    f.write_str(op.text())?;
    if !grouping.without && grouping.labels.is_empty() {
        return Ok(());
    }
    f.write_str(if grouping.without { " without " } else { " by " })?;
    labels(f, &grouping.labels)?;
    f.write_str(" ")
}

/// The operator of a binary expression with all that stands between its sides.
pub(super) fn operator(
    f: &mut impl Write,
    op: BinaryOp,
    return_bool: bool,
    matching: Option<&VectorMatching>,
) -> fmt::Result {
    f.write_str(op.text())?;
    if return_bool {
        f.write_str(" bool")?;
    }
    let Some(matching) = matching else { return Ok(()) };
    let group = match matching.cardinality {
        Cardinality::ManyToOne => Some(" group_left "),
        Cardinality::OneToMany => Some(" group_right "),
        Cardinality::OneToOne | Cardinality::ManyToMany => None,
    };
    if matching.on || !matching.labels.is_empty() || group.is_some() {
        f.write_str(if matching.on { " on " } else { " ignoring " })?;
        labels(f, &matching.labels)?;
    }
    if let Some(group) = group {
        f.write_str(group)?;
        labels(f, &matching.include)?;
    }
    fill(f, matching.fill_left, matching.fill_right)
}

fn fill(f: &mut impl Write, left: Option<f64>, right: Option<f64>) -> fmt::Result {
    if let (Some(left), Some(right)) = (left, right)
        && left.to_bits() == right.to_bits()
    {
        return write!(f, " fill ({})", format_shortest(left));
    }
    if let Some(left) = left {
        write!(f, " fill_left ({})", format_shortest(left))?;
    }
    if let Some(right) = right {
        write!(f, " fill_right ({})", format_shortest(right))?;
    }
    Ok(())
}

/// `(a, "b c")`.
fn labels(f: &mut impl Write, names: &[String]) -> fmt::Result {
    f.write_str("(")?;
    separated(f, names, |f, name| f.write_str(&label_name(name)))?;
    f.write_str(")")
}

fn separated<W: Write, T>(
    f: &mut W,
    items: &[T],
    mut write: impl FnMut(&mut W, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write(f, item)?;
    }
    Ok(())
}

impl Display for DurationExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            DurationExpr::Fixed(span) => f.write_str(&format_prometheus(*span)),
            DurationExpr::Computed(node, _) => write!(f, "{node}"),
        }
    }
}

impl Display for DurationNode {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            DurationNode::Number { value, duration } => number(f, *value, *duration),
            DurationNode::Step => f.write_str("step()"),
            DurationNode::Range => f.write_str("range()"),
            DurationNode::MinOf(a, b) => write!(f, "min_of({a}, {b})"),
            DurationNode::MaxOf(a, b) => write!(f, "max_of({a}, {b})"),
            DurationNode::Unary { negative, node } => {
                write!(f, "{}{node}", if *negative { "-" } else { "" })
            }
            DurationNode::Binary { op, lhs, rhs } => write!(f, "{lhs} {} {rhs}", op.text()),
            DurationNode::Paren(node) => write!(f, "({node})"),
        }
    }
}
