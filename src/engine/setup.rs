//! Everything the engine is configured with, compiled and checked.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use super::Upkeep;
use super::telemetry::{EventOutputs, TraceExport};

use crate::forward::Forwarding;
use crate::inhibit::InhibitRule;
use crate::label::Labels;
use crate::notify::integration::Receiver;
use crate::route::Route;
use crate::rules::Group;
use crate::template::Templates;
use crate::time::Span;
use crate::time::interval::TimeInterval;

/// A whole configuration: the Alertmanager file, the rule files and the process' own settings.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The notification half.
    pub notification: Arc<Notification>,
    /// The rule groups, sorted by file and name.
    pub groups: Vec<Arc<Group>>,
    /// Labels that identify this instance; added to alerts that lack them.
    pub external_labels: Labels,
    /// Our own URL as others reach it, without a trailing slash.
    pub external_url: Arc<str>,
    /// How long notification log entries and ended silences are kept.
    pub retention: Span,
    /// What is sent on to other servers.
    pub forward: Arc<Forwarding>,
    /// Limits, rhythms, and when the pipeline begins.
    pub upkeep: Upkeep,
}

/// A text that is made when somebody reads it first; copies share it.
#[derive(Clone)]
pub struct LazyText(Arc<LazyLock<String, MakeText>>);

type MakeText = Box<dyn FnOnce() -> String + Send>;

impl LazyText {
    /// The text that `make` makes.
    pub fn new(make: impl FnOnce() -> String + Send + 'static) -> LazyText {
        LazyText(Arc::new(LazyLock::new(Box::new(make))))
    }
}

impl Deref for LazyText {
    type Target = str;

    fn deref(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for LazyText {
    fn eq(&self, other: &LazyText) -> bool {
        **self == **other
    }
}

impl fmt::Debug for LazyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// What an Alertmanager configuration file says.
#[derive(Clone, Debug)]
pub struct Notification {
    /// After which time an alert without an end, not heard of again, is taken for resolved.
    pub resolve_timeout: Span,
    /// The routing tree.
    pub route: Route,
    /// All receivers by name.
    pub receivers: BTreeMap<Arc<str>, Arc<Receiver>>,
    /// Their names as they are written, one after the other.
    pub receiver_order: Vec<Arc<str>>,
    /// Inhibition rules, in order.
    pub inhibit_rules: Vec<InhibitRule>,
    /// Named time intervals (an entry matches when any of its list does).
    pub time_intervals: BTreeMap<Arc<str>, Vec<TimeInterval>>,
    /// The parsed templates: the default ones and the user's.
    pub templates: Arc<Templates>,
    /// The file marshalled again with defaults filled in and secrets hidden, for `/api/v2/status`.
    pub original: LazyText,
    /// Where events are written to; without it none is made.
    pub events: Option<Arc<EventOutputs>>,
    /// Where spans are sent to; without it none is made.
    pub traces: Option<Arc<TraceExport>>,
}
