//! What the grammar takes and refuses, and how it says so.

mod limits;
mod pretty;
mod print;
mod refuse;
mod spans;

use super::ast::Expr;
use super::{Features, parse};

fn parsed(text: &str) -> Expr {
    parse(text, &Features::ALL).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str, features: &Features) -> String {
    match parse(text, features) {
        Ok(expr) => panic!("{text} was taken as {expr}"),
        Err(error) => error.to_string(),
    }
}
