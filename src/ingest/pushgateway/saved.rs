//! Groups as they are kept over a restart.

use serde::{Deserialize, Serialize};

use super::group::{Group, StoredFamily};
use crate::label::Labels;
use crate::source::MetricKind;
use crate::time::Timestamp;

/// A group, ready to be written in any format that serde knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedGroup {
    /// The grouping labels.
    pub labels: Vec<(String, String)>,
    /// When a push was last taken, in milliseconds since 1970.
    pub pushed: Option<i64>,
    /// When a push was last refused, in milliseconds since 1970.
    pub failed: Option<i64>,
    /// The families.
    pub families: Vec<SavedFamily>,
}

/// A family of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedFamily {
    /// Its name.
    pub name: String,
    /// The text of its [`MetricKind`].
    pub kind: String,
    /// What it means.
    pub help: String,
    /// Its unit.
    pub unit: String,
    /// Its series.
    pub series: Vec<SavedSeries>,
}

/// A series of a family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSeries {
    /// All its labels.
    pub labels: Vec<(String, String)>,
    /// The bits of its value: JSON knows no infinities.
    pub bits: u64,
}

impl SavedGroup {
    /// The grouping labels, which identify the group.
    pub fn labels(&self) -> Labels {
        Labels::from_pairs(self.labels.iter().map(|(name, value)| (name, value)))
    }

    pub(super) fn from_group(group: &Group) -> SavedGroup {
        let families = group.families.iter().map(|(name, family)| SavedFamily {
            name: name.clone(),
            kind: family.kind.text().to_owned(),
            help: family.help.clone(),
            unit: family.unit.clone(),
            series: family.series.iter().map(saved_series).collect(),
        });
        SavedGroup {
            labels: owned(&group.identity),
            pushed: group.pushed.map(Timestamp::millis),
            failed: group.failed.map(Timestamp::millis),
            families: families.collect(),
        }
    }

    pub(super) fn into_group(self) -> Group {
        let families = self.families.into_iter().map(|family| {
            let SavedFamily { name, kind, help, unit, series } = family;
            let kind = MetricKind::from_text(&kind).unwrap_or_default();
            let restored = |series: SavedSeries| {
                (Labels::from_pairs(series.labels), f64::from_bits(series.bits))
            };
            let series = series.into_iter().map(restored).collect();
            (name, StoredFamily { kind, help, unit, series })
        });
        Group {
            identity: Labels::from_pairs(self.labels),
            families: families.collect(),
            pushed: self.pushed.map(Timestamp::from_millis),
            failed: self.failed.map(Timestamp::from_millis),
            stored: Timestamp::MIN,
        }
    }
}

fn saved_series((labels, value): &(Labels, f64)) -> SavedSeries {
    SavedSeries { labels: owned(labels), bits: value.to_bits() }
}

fn owned(labels: &Labels) -> Vec<(String, String)> {
    labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
