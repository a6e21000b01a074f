//! Label sets, matchers over them, and the names both go by.

mod arena;
mod fingerprint;
mod list;
mod map;
pub mod matcher;
pub mod pattern;
pub mod relabel;
mod set;

pub use arena::LabelArena;
pub use fingerprint::Fingerprint;
pub use list::PairList;
pub use map::FingerprintMap;
pub use matcher::{MatchOp, Matcher, Matchers};
pub use pattern::Pattern;
pub use set::{BytePairs, Labels, LabelsBuilder, Pairs};

/// The label that holds a series' metric name.
pub const METRIC_NAME: &str = "__name__";
/// The label that holds an alert's name.
pub const ALERT_NAME: &str = "alertname";
/// The label of a classic histogram bucket's upper bound.
pub const BUCKET_LABEL: &str = "le";
