//! PromQL against the crate `promql-parser`: what both take means the same to both, and what one
//! takes the other takes too, but for the differences listed here (`tests/promql_syntax.rs` has
//! an example and the reason of each).
//! Input: an expression; or, when it does not parse, bytes that choose one.

use firebell::promql::syntax::{Features, parse};
use promql_parser::parser;

#[allow(clippy::duplicate_mod, reason = "each target is a program of its own")]
#[path = "evaluation/generate.rs"]
mod generate;

/// What the crate does not know.
const UNKNOWN: [&str; 20] = [
    "anchored",
    "smoothed",
    "</",
    ">/",
    "step()",
    "range()",
    "start()",
    "end()",
    "min_of",
    "max_of",
    "fill",
    "info(",
    "`",
    "_",
    "#",
    ":",
    "*",
    "offset (",
    "offset -(",
    "\\",
];

/// One input.
pub fn run(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && parse(text, &Features::ALL).is_ok()
    {
        return check(text, Origin::Typed);
    }
    check(&generate::expression(data), Origin::Generated);
}

/// Where an expression comes from: generated ones stay within the language that both claim.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    Typed,
    Generated,
}

fn check(text: &str, origin: Origin) {
    let (ours, theirs) = (parse(text, &Features::ALL), parser::parse(text));
    match (ours, theirs) {
        (Ok(_), Ok(_)) if has_odd_number(text) => {}
        (Ok(ours), Ok(theirs)) => {
            let printed = ours.to_string();
            match parser::parse(&printed) {
                Ok(again) => {
                    assert_eq!(again.to_string(), theirs.to_string(), "{text:?} as {printed:?}")
                }
                Err(error) => panic!("{text:?} as {printed:?}: {error}"),
            }
        }
        (Err(_), Err(_)) => {}
        (Ok(_), Err(_)) if origin == Origin::Typed && is_unknown(text) => {}
        // the crate does not ask for a selector without a name
        (_, _) if text.contains("info(") => {}
        (Ok(_), Err(error)) => panic!("only the oracle refuses {text:?}: {error}"),
        (Err(error), Ok(_)) => panic!("only the oracle takes {text:?}: {error}"),
    }
}

fn is_unknown(text: &str) -> bool {
    UNKNOWN.iter().any(|word| text.contains(word)) || has_odd_number(text)
}

/// Whether there is a number as the crate does not read it: no time at all (`0s`), octal digits
/// before an exponent (`03e2`), a fraction without a whole part, a component of 32 bits or more.
fn has_odd_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    let begins = |pair: &[u8]| pair[0] == b'0' && pair[1].is_ascii_alphanumeric();
    bytes.windows(2).any(|pair| begins(pair) || pair == b"[." || pair == b"{o")
        || bytes.split(|byte| !byte.is_ascii_digit()).any(|digits| digits.len() > 9)
}
