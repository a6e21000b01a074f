//! Runs promqltest scripts, the language of Prometheus' own acceptance tests.
//!
//! ```text
//! clear
//! load[_with_nhcb] STEP
//!   [LABELS@st STARTS]
//!   SERIES
//! eval[_fail|_warn|_info|_ordered] instant at TIME EXPR
//! eval[_fail|_warn|_info] range from TIME to TIME step STEP EXPR
//!   expect ordered|fail|warn|no_warn|info|no_info [msg:TEXT | regex:PATTERN]
//!   expect string "TEXT"
//!   expect range vector from TIME to TIME step STEP
//!   NUMBER | SERIES
//! ```
//!
//! Time begins at zero. `load` adds to what was loaded before; `#` begins a comment line; a
//! blank line ends a block. Every instant `eval` is run again with its selectors fixed by `@`
//! and evaluated at other times, and as the middle of a range query. Everything experimental is
//! switched on, metric names are removed at the end. (Source: Prometheus 3.14,
//! `promql/promqltest`.)

mod classic;
mod compare;
mod evaluate;
mod fixed;
pub(super) mod hints;
mod report;
mod script;
mod store;
#[cfg(test)]
mod tests;

pub use report::{Failure, Report};

use script::Command;
use store::Store;

/// Runs one script; `file` is what failures call it.
pub fn run(file: &str, text: &str) -> Report {
    let script = script::parse(text);
    let mut report = Report::new(file, script.faults);
    let mut store = Store::default();
    for command in script.commands {
        match command {
            Command::Clear => store = Store::default(),
            Command::Load(load) => {
                if let Err(failure) = store.load(&load) {
                    report.failed(failure);
                }
            }
            Command::Eval(eval) => match evaluate::evaluate(&eval, &store) {
                Ok(()) => report.passed += 1,
                Err(failure) => report.failed(*failure),
            },
        }
    }
    report.sort();
    report
}
