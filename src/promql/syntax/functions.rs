//! The table of PromQL's functions: names, argument types, result types.

use super::ast::ValueType;

/// One function's signature. (Source: Prometheus 3.14, `promql/parser/functions.go`.)
#[derive(Debug, PartialEq)]
pub struct Signature {
    /// Its name.
    pub name: &'static str,
    /// Types of its arguments; the last may be left out or repeated, see `variadic`.
    pub args: &'static [ValueType],
    /// 0: exactly `args`; n > 0: the last n may be left out; -1: the last may repeat, or be absent.
    pub variadic: i32,
    /// What it returns.
    pub returns: ValueType,
    /// Whether it needs `promql-experimental-functions`.
    pub experimental: bool,
}
