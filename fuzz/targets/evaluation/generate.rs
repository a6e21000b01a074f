//! An expression that bytes choose: well-typed, and about the series that there are.

use firebell::promql::syntax::ast::ValueType;
use firebell::promql::syntax::functions::{FUNCTIONS, Signature};

/// How deep expressions are nested.
const DEPTH: usize = 5;

const SELECTORS: [&str; 10] = [
    "requests_total",
    "requests_total{job=\"a\"}",
    "temperature",
    "temperature{job!=\"b\"}",
    "latency_bucket",
    "native",
    "custom",
    "{job=~\"a|b\"}",
    "target_info",
    "nothing",
];
const NUMBERS: [&str; 12] =
    ["0", "1", "-1", "0.5", "2", "NaN", "Inf", "-Inf", "1e308", "-0", "3", "0.99"];
const STRINGS: [&str; 9] = ["job", "instance", "le", "version", "__name__", "(.*)", "$1x", "", "-"];
const SPANS: [&str; 8] = ["1ms", "15s", "31s", "1m", "2m", "5m", "10m", "1h"];
const OPERATORS: [&str; 15] =
    ["+", "-", "*", "/", "%", "^", "atan2", "==", "!=", "<", ">=", "> bool", "and", "or", "unless"];
const MATCHINGS: [&str; 7] = [
    "",
    "on(job)",
    "ignoring(instance)",
    "on(job) group_left",
    "on(job) group_right(version)",
    "on()",
    "ignoring(job, instance)",
];
const AGGREGATIONS: [&str; 9] =
    ["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "sum by (job)"];
const RANKINGS: [&str; 6] =
    ["topk", "bottomk", "quantile", "limitk", "limit_ratio", "quantile by (job)"];
const MODIFIERS: [&str; 8] =
    ["", "", "", "", "offset 1m", "offset -31s", "@ 600", "@ 333.3 offset 15s"];

/// The expression that these bytes choose.
pub fn expression(bytes: &[u8]) -> String {
    let mut choice = Choice { bytes: bytes.iter() };
    match choice.below(4) {
        0 => choice.scalar(DEPTH),
        _ => choice.vector(DEPTH),
    }
}

/// Chooses by one byte after the other; by zeros when there are none left.
struct Choice<'a> {
    bytes: std::slice::Iter<'a, u8>,
}

impl Choice<'_> {
    fn below(&mut self, limit: usize) -> usize {
        usize::from(self.bytes.next().copied().unwrap_or(0)) % limit
    }

    fn of(&mut self, texts: &[&'static str]) -> &'static str {
        texts[self.below(texts.len())]
    }

    fn scalar(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 1 } else { 4 }) {
            0 => self.of(&NUMBERS).to_owned(),
            1 => self.call(ValueType::Scalar, depth - 1),
            2 => format!("scalar({})", self.vector(depth - 1)),
            _ => {
                let operator = self.of(&OPERATORS[..7]);
                format!("({} {operator} {})", self.scalar(depth - 1), self.scalar(depth - 1))
            }
        }
    }

    fn vector(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 1 } else { 9 }) {
            0 => format!("{} {}", self.of(&SELECTORS), self.of(&MODIFIERS)),
            1..=3 => self.call(ValueType::Vector, depth - 1),
            4 => format!("{}({})", self.of(&AGGREGATIONS), self.vector(depth - 1)),
            5 => {
                let (ranking, number) = (self.of(&RANKINGS), self.scalar(depth.min(2) - 1));
                format!("{ranking}({number}, {})", self.vector(depth - 1))
            }
            6 => format!("-({})", self.vector(depth - 1)),
            7 => {
                let operator = self.of(&OPERATORS[..12]);
                format!("({} {operator} {})", self.vector(depth - 1), self.scalar(depth.min(2) - 1))
            }
            _ => {
                let (operator, matching) = (self.of(&OPERATORS), self.of(&MATCHINGS));
                let left = self.vector(depth - 1);
                format!("({left} {operator} {matching} {})", self.vector(depth - 1))
            }
        }
    }

    fn matrix(&mut self, depth: usize) -> String {
        let (span, modifiers) = (self.of(&SPANS), self.of(&MODIFIERS));
        if depth == 0 || self.below(3) > 0 {
            return format!("{}[{span}] {modifiers}", self.of(&SELECTORS));
        }
        let step = if self.below(2) == 0 { "" } else { self.of(&SPANS[1..]) };
        format!("({})[{span}:{step}] {modifiers}", self.vector(depth - 1))
    }

    fn call(&mut self, returns: ValueType, depth: usize) -> String {
        let fits = |function: &&Signature| function.returns == returns;
        let functions: Vec<&Signature> = FUNCTIONS.iter().filter(fits).collect();
        let function = functions[self.below(functions.len())];
        let (fewest, most) = match function.variadic {
            0 => (function.args.len(), function.args.len()),
            more => {
                (function.args.len() - 1, function.args.len() + more.unsigned_abs() as usize - 1)
            }
        };
        let count = fewest + self.below(most - fewest + 1);
        let args: Vec<String> = (0..count)
            .map(|index| self.argument(function.args[index.min(function.args.len() - 1)], depth))
            .collect();
        format!("{}({})", function.name, args.join(", "))
    }

    fn argument(&mut self, kind: ValueType, depth: usize) -> String {
        match kind {
            ValueType::Scalar => self.scalar(depth.min(2)),
            ValueType::Vector => self.vector(depth),
            ValueType::Matrix => self.matrix(depth),
            ValueType::String => format!("{:?}", self.of(&STRINGS)),
        }
    }
}
