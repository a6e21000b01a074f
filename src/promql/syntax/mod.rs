//! PromQL's grammar: lexer, parser, type checker, printer. Every node knows where it stands.
//!
//! ```text
//! text --lexer--> tokens --parser--> tree --check--> typed tree --print--> text again
//! ```

pub mod ast;
mod check;
mod error;
mod features;
pub mod functions;
mod lexer;
mod literal;
mod names;
mod parser;
mod pretty;
mod print;
mod token;

pub use error::ParseError;
pub use features::Features;
pub use pretty::prettify;

use crate::label::{Labels, Matchers};
use ast::Expr;

/// Parses and type-checks an expression.
pub fn parse(text: &str, features: &Features) -> Result<Expr, ParseError> {
    let checked = parser::expression(text, features).and_then(|mut expr| {
        check::check(&mut expr, text)?;
        Ok(expr)
    });
    checked.map_err(|fault| ParseError::new(text, fault.range, fault.message))
}

/// Parses a series selector as the parameter `match[]` takes it: `up`, `{job=~"a.*"}`.
/// The selector may be empty (`{}`); who must not serve everything has to refuse it.
pub fn parse_metric_selector(text: &str) -> Result<Matchers, ParseError> {
    parser::selector(text).map_err(|fault| ParseError::new(text, fault.range, fault.message))
}

/// Parses the labels that a text begins with, as the series notation writes them
/// (`up{job="a"} 1 2 3`); tells how many bytes they take.
pub fn parse_metric(text: &str) -> Result<(Labels, usize), ParseError> {
    parser::metric(text).map_err(|fault| ParseError::new(text, fault.range, fault.message))
}

/// Reads a number as PromQL writes it: `1e3`, `0x1F`, `Inf`, without a sign. The error is Go's.
pub fn parse_number(text: &str) -> Result<f64, String> {
    literal::number(text)
}

#[cfg(test)]
mod tests;
