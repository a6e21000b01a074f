//! Scenario scripts: what an operator would tell about a night, line by line, checked against
//! the engine in virtual time.
//!
//! ```text
//! config routes/page.yml
//! at 0s       fires  HighLatency{job="api",severity="page"}
//! at 30s      expect slack#oncall first [HighLatency{job="api",severity="page"}]
//!               /attachments/0/title contains "FIRING"
//! at 5m       fails  slack#oncall 503
//! at 5m..6m   expect slack#oncall new-alerts retry [HighLatency{...}, Errors{...}]
//! at 6m       crash
//! at 6m       silence id=s1 {job="api"} for 1h
//! ```
//!
//! | line | meaning |
//! |---|---|
//! | `config FILE` | the Alertmanager configuration, relative to the script |
//! | `env NAME=VALUE` | what `${NAME}` in the configuration stands for |
//! | `rules FILE` | a rule file; its groups are evaluated on what `load` gives |
//! | `load STEP` and indented series | samples in promqltest's notation, from the start |
//! | `at T fires NAME{labels} [annotation="text" ...]` | the alert fires and is posted again every minute |
//! | `at T posts NAME{labels} [for SPAN]` | the alert is posted once |
//! | `at T resolves NAME{labels}` | it ends |
//! | `at T fails TARGET STATUS`, `hang`, `lost`, `slow SPAN`, `doubled` | what happens to attempts from now on |
//! | `at T works TARGET` | attempts succeed again |
//! | `at T silence id=ID {matchers} for SPAN`, `at T expire ID` | silences |
//! | `at T crash` | the process dies and comes back |
//! | `at T reload FILE` | another configuration |
//! | `at T expect TARGET REASON [retry] [alerts]` | the receiver gets this message |
//! | `at T expect suppressed NAME{labels} by CAUSE` | the alert is kept from its receiver |
//! | `until T` | how long the script runs; else to its last line |
//!
//! `T` is a duration since the start, or a range `A..B`. A `TARGET` is `kind#receiver`. `REASON`
//! is `first`, `new-alerts`, `some-resolved`, `all-resolved` or `repeat`; an alert in brackets
//! may be followed by `resolved`. Indented lines under an `expect` look into the rendered
//! message: a JSON pointer into the body (or `subject`, `html`, `text` of a mail), then
//! `= "text"` or `contains "text"`. Every message that is not expected is a failure.

pub(super) mod check;
pub(super) mod outside;
pub(super) mod parse;
pub(super) mod play;

pub use parse::{ScriptError, parse};
pub use play::{Files, Report, play};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::label::{Labels, Matchers};
use crate::notify::NotifyReason;
use crate::time::Span;

/// The most lines a script may have.
pub const LINES_LIMIT: usize = 100_000;

/// A parsed script.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// The configuration file.
    pub config: Option<String>,
    /// The rule files.
    pub rules: Vec<String>,
    /// What `${VAR}` in the configuration stands for.
    pub environment: BTreeMap<String, String>,
    /// Series notation lines with their step.
    pub load: Vec<(Span, String)>,
    /// How long the script runs.
    pub until: Span,
    /// What happens, in written order.
    pub events: Vec<Event>,
}

/// One line of a script.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The line's number, from 1.
    pub line: usize,
    /// When, since the start; for expectations the earliest moment.
    pub from: Span,
    /// The latest moment of an expectation; else equal to `from`.
    pub to: Span,
    /// What.
    pub action: Action,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// An alert fires until it is resolved.
    Fires {
        /// Its labels.
        labels: Labels,
        /// Its annotations.
        annotations: Labels,
    },
    /// An alert is posted once.
    Posts {
        /// Its labels.
        labels: Labels,
        /// How long it fires; `resolve_timeout` when absent.
        span: Option<Span>,
    },
    /// An alert ends.
    Resolves(Labels),
    /// Attempts fail from now on.
    Fails {
        /// `kind#receiver`.
        target: String,
        /// How.
        fault: Fault,
    },
    /// Attempts succeed again.
    Works {
        /// `kind#receiver`.
        target: String,
    },
    /// A silence is made.
    Silence {
        /// Its id.
        id: Arc<str>,
        /// What it matches.
        matchers: Matchers,
        /// How long it lasts.
        span: Span,
    },
    /// A silence is ended.
    Expire(Arc<str>),
    /// The process dies and comes back.
    Crash,
    /// Another configuration is put in force.
    Reload(String),
    /// A message is expected.
    Expect(Expected),
    /// An alert is expected to be kept back.
    ExpectSuppressed {
        /// Its labels.
        alert: Labels,
        /// `inhibition`, `silence`, `mute_time_interval` or `active_time_interval`.
        by: String,
    },
}

/// What happens to attempts.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The receiver answers with this HTTP status.
    Status(u16),
    /// The receiver never gets it, nobody reports.
    Hang,
    /// The receiver gets it, nobody reports.
    Lost,
    /// The report takes this long.
    Slow(Span),
    /// The report comes twice.
    Doubled,
}

/// A message as expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// `kind#receiver`.
    pub target: String,
    /// Why it is sent.
    pub reason: NotifyReason,
    /// Whether an earlier attempt failed.
    pub retried: bool,
    /// The alerts and whether each fires; `None` where the script does not say.
    pub alerts: Option<Vec<(Labels, bool)>>,
    /// What the rendered message must hold.
    pub contents: Vec<Content>,
}

/// What a part of a rendered message must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// The line's number.
    pub line: usize,
    /// Which part: a JSON pointer, or `subject`, `html`, `text`.
    pub part: String,
    /// The text.
    pub text: String,
    /// Whether the part must equal or contain it.
    pub comparison: Comparison,
}

/// How a part of a message is compared.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// They are equal.
    Equals,
    /// The part contains the text.
    Contains,
}
