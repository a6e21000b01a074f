//! Runs unit tests of rules as `promtool test rules` does.
//!
//! ```text
//! test file --config::ruletest--> tests        for each test, from its start:
//!      '-- rule_files --> groups                 every evaluation_interval
//!                                                  evaluate all groups, listed ones first
//!   input_series --> embedded store <-- recorded   compare what fires with alert_rule_test
//!                                                at the end: ask promql_expr_test
//! ```
//!
//! As in promtool every group is evaluated every `evaluation_interval`, whatever its own
//! interval; an evaluation sees the samples up to its moment; `alert_rule_test` sees alerts that
//! fire, not those that are pending; expressions are asked when everything has been evaluated;
//! values must be equal to the last bit unless `fuzzy_compare` is set; a rule that fails ends its
//! test. Messages are promtool's, each followed by a line that says where the expectation stands.
//!
//! Beyond promtool, a file may name an `alertmanager_config` (a path, or the configuration
//! itself), and `environment` says what `${NAME}` in it stands for. A test may then say:
//!
//! | field | meaning |
//! |---|---|
//! | `silences: [{at, for, matchers}]` | a silence is made |
//! | `receiver_faults: [{receiver: KIND#NAME, from, until, fault}]` | attempts meet a status, `hang`, `lost`, `slow SPAN` or `doubled` |
//! | `restart_at: [T]` | the process dies and comes back; rules keep their alerts, as they do from records |
//! | `notification_test: [{at, receiver, exp_notifications}]` | exactly these messages came since the test of that receiver before |
//! | `exp_suppressed: [{at, alert, by}]` | the alert was kept back: `inhibition`, `silence`, `time interval` |
//! | `exp_no_notification: [{receiver, from, until}]` | nothing came |
//!
//! A message is compared field by field, as far as they are written: `integration`, `status`,
//! `reason`, `group_labels`, `alerts: [{status, labels, annotations}]`, `title`, `text`, and
//! `payload` (JSON pointers, header names of mails). Values are exact, or `/patterns/`. A message
//! to any receiver that no `notification_test` expects fails the test. Rules are evaluated as
//! above; what follows is the live engine in virtual time.
//!
//! Other than promtool: a query may load 50 million samples instead of 10 000, experimental
//! syntax that is switched on works in rules too, groups that `group_eval_order` does not list
//! are evaluated in the order of their files, and files run in parallel.

mod compare;
pub mod coverage;
mod difference;
mod dump;
mod evaluate;
mod fault;
mod files;
mod inputs;
mod load;
mod messages;
mod sided;

use crate::config::rules::{GroupSources, UnknownFields};
use crate::label::pattern::Pattern;
use crate::promql::Options;
use crate::promql::syntax::Features;

pub use coverage::Coverage;
pub use fault::{Compared, Fault, Side};
pub use files::{run, run_file};

/// How tests are run.
#[derive(Clone, Debug, Default)]
pub struct Conduct {
    /// Which tests, by their names; all when there is none.
    pub run: Option<Pattern>,
    /// How differences between alerts are shown.
    pub alerts: AlertsShown,
    /// How much is said of a test beside its outcome.
    pub detail: Detail,
    /// What happens with fields that rule files do not have.
    pub unknown_fields: UnknownFields,
    /// Which sources rule groups may name; every one is the test's own series.
    pub sources: GroupSources,
    /// Which experimental syntax rules and expressions may use.
    pub features: Features,
    /// What is counted on the way.
    pub tally: Tally,
    /// How queries are evaluated; the evaluation interval comes from the file.
    pub options: Options,
}

/// How differences between alerts are shown.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum AlertsShown {
    /// Expected ones, then those that fire.
    #[default]
    InFull,
    /// Line by line, coloured: red is missing, green is too much.
    AsDifference,
}

/// What is counted on the way.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Tally {
    /// Nothing.
    #[default]
    Nothing,
    /// What the tests exercise: [`Report::coverage`].
    Coverage,
}

/// How much is said of a test beside its outcome.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    #[default]
    Outcome,
    /// When it starts and ends, and all its data.
    Everything,
}

/// How a file's tests went.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The file as it was named.
    pub file: String,
    /// What deserves a word, one line each.
    pub warnings: Vec<String>,
    /// Why no test could run.
    pub aborted: Option<String>,
    /// The tests that ran.
    pub cases: Vec<Case>,
    /// What they exercised, when [`Tally::Coverage`] is wanted.
    pub coverage: Coverage,
}

/// How a test went.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// Its name, or `unnamed#` and its position from 0.
    pub name: String,
    /// The line it begins at, from 1.
    pub line: usize,
    /// What was not as expected, in order.
    pub faults: Vec<Fault>,
    /// Its data, when [`Detail::Everything`] is wanted.
    pub dump: String,
    /// How long it took.
    pub took: std::time::Duration,
}

impl Report {
    /// Whether everything was as expected.
    pub fn passed(&self) -> bool {
        self.aborted.is_none() && self.cases.iter().all(|case| case.faults.is_empty())
    }
}

#[cfg(test)]
mod tests;
