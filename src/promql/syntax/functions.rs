//! The table of PromQL's functions: names, argument types, result types.

use super::ast::ValueType;
use ValueType::{Matrix, Scalar, String, Vector};

/// One function's signature. (Source: Prometheus 3.14, `promql/parser/functions.go`.)
#[derive(Debug, PartialEq)]
pub struct Signature {
    /// Its name.
    pub name: &'static str,
    /// Types of its arguments; the last may be left out or repeated, see `variadic`.
    pub args: &'static [ValueType],
    /// 0: exactly `args`; n > 0: the last may be left out or stand up to n times; -1: it may be
    /// left out or stand any number of times.
    pub variadic: i32,
    /// What it returns.
    pub returns: ValueType,
    /// Whether it needs `promql-experimental-functions`.
    pub experimental: bool,
}

/// The signature of a function; names are case-sensitive.
pub fn find(name: &str) -> Option<&'static Signature> {
    let index = FUNCTIONS.binary_search_by(|function| function.name.cmp(name)).ok()?;
    Some(&FUNCTIONS[index])
}

/// A stable function that takes exactly `args` and returns a vector: most do.
const fn vector(name: &'static str, args: &'static [ValueType]) -> Signature {
    Signature { name, args, variadic: 0, returns: Vector, experimental: false }
}

/// A stable function of vectors whose last argument may be left out, or repeated.
const fn variadic(name: &'static str, args: &'static [ValueType], variadic: i32) -> Signature {
    Signature { name, args, variadic, returns: Vector, experimental: false }
}

/// A stable function that returns a number.
const fn scalar(name: &'static str, args: &'static [ValueType]) -> Signature {
    Signature { name, args, variadic: 0, returns: Scalar, experimental: false }
}

/// The same function behind `promql-experimental-functions`.
const fn experimental(signature: Signature) -> Signature {
    Signature { experimental: true, ..signature }
}

/// All functions, sorted by name.
pub static FUNCTIONS: [Signature; 90] = [
    vector("abs", &[Vector]),
    vector("absent", &[Vector]),
    vector("absent_over_time", &[Matrix]),
    vector("acos", &[Vector]),
    vector("acosh", &[Vector]),
    vector("asin", &[Vector]),
    vector("asinh", &[Vector]),
    vector("atan", &[Vector]),
    vector("atanh", &[Vector]),
    vector("avg_over_time", &[Matrix]),
    vector("ceil", &[Vector]),
    vector("changes", &[Matrix]),
    vector("clamp", &[Vector, Scalar, Scalar]),
    vector("clamp_max", &[Vector, Scalar]),
    vector("clamp_min", &[Vector, Scalar]),
    vector("cos", &[Vector]),
    vector("cosh", &[Vector]),
    vector("count_over_time", &[Matrix]),
    variadic("day_of_month", &[Vector], 1),
    variadic("day_of_week", &[Vector], 1),
    variadic("day_of_year", &[Vector], 1),
    variadic("days_in_month", &[Vector], 1),
    vector("deg", &[Vector]),
    vector("delta", &[Matrix]),
    vector("deriv", &[Matrix]),
    experimental(vector("double_exponential_smoothing", &[Matrix, Scalar, Scalar])),
    experimental(scalar("end", &[])),
    vector("exp", &[Vector]),
    vector("first_over_time", &[Matrix]),
    vector("floor", &[Vector]),
    vector("histogram_avg", &[Vector]),
    vector("histogram_count", &[Vector]),
    vector("histogram_fraction", &[Scalar, Scalar, Vector]),
    vector("histogram_quantile", &[Scalar, Vector]),
    experimental(variadic("histogram_quantiles", &[Vector, String, Scalar, Scalar], 9)),
    vector("histogram_stddev", &[Vector]),
    vector("histogram_stdvar", &[Vector]),
    vector("histogram_sum", &[Vector]),
    variadic("hour", &[Vector], 1),
    vector("idelta", &[Matrix]),
    vector("increase", &[Matrix]),
    experimental(variadic("info", &[Vector, Vector], 1)),
    vector("irate", &[Matrix]),
    variadic("label_join", &[Vector, String, String, String], -1),
    vector("label_replace", &[Vector, String, String, String, String]),
    vector("last_over_time", &[Matrix]),
    vector("ln", &[Vector]),
    vector("log10", &[Vector]),
    vector("log2", &[Vector]),
    experimental(vector("mad_over_time", &[Matrix])),
    experimental(scalar("max_of", &[Scalar, Scalar])),
    vector("max_over_time", &[Matrix]),
    experimental(scalar("min_of", &[Scalar, Scalar])),
    vector("min_over_time", &[Matrix]),
    variadic("minute", &[Vector], 1),
    variadic("month", &[Vector], 1),
    scalar("pi", &[]),
    vector("predict_linear", &[Matrix, Scalar]),
    vector("present_over_time", &[Matrix]),
    vector("quantile_over_time", &[Scalar, Matrix]),
    vector("rad", &[Vector]),
    experimental(scalar("range", &[])),
    vector("rate", &[Matrix]),
    vector("resets", &[Matrix]),
    variadic("round", &[Vector, Scalar], 1),
    scalar("scalar", &[Vector]),
    vector("sgn", &[Vector]),
    vector("sin", &[Vector]),
    vector("sinh", &[Vector]),
    vector("sort", &[Vector]),
    experimental(variadic("sort_by_label", &[Vector, String], -1)),
    experimental(variadic("sort_by_label_desc", &[Vector, String], -1)),
    vector("sort_desc", &[Vector]),
    vector("sqrt", &[Vector]),
    experimental(scalar("start", &[])),
    experimental(vector("start_timestamp", &[Vector])),
    vector("stddev_over_time", &[Matrix]),
    vector("stdvar_over_time", &[Matrix]),
    experimental(scalar("step", &[])),
    vector("sum_over_time", &[Matrix]),
    vector("tan", &[Vector]),
    vector("tanh", &[Vector]),
    scalar("time", &[]),
    vector("timestamp", &[Vector]),
    experimental(vector("ts_of_first_over_time", &[Matrix])),
    experimental(vector("ts_of_last_over_time", &[Matrix])),
    experimental(vector("ts_of_max_over_time", &[Matrix])),
    experimental(vector("ts_of_min_over_time", &[Matrix])),
    vector("vector", &[Scalar]),
    variadic("year", &[Vector], 1),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_every_function_is_found() {
        assert!(FUNCTIONS.is_sorted_by(|a, b| a.name < b.name));
        for function in &FUNCTIONS {
            assert_eq!(find(function.name), Some(function));
        }
        assert_eq!((find("Rate"), find("integral")), (None, None));
    }

    #[test]
    fn seventeen_of_ninety_are_experimental() {
        let count = FUNCTIONS.iter().filter(|function| function.experimental).count();
        assert_eq!((FUNCTIONS.len(), count), (90, 17));
    }
}
