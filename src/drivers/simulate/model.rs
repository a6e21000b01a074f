//! What receivers should believe, and whether they do.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::label::Labels;
use crate::time::Timestamp;

use super::receivers::{Address, Belief};
use super::setup::BOUND;
use super::{TEAMS, labels};

/// Whether an alert fires, and since when.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Fired {
    pub(super) firing: bool,
    pub(super) since: Timestamp,
}

/// A team that was silenced.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Silenced {
    pub(super) team: usize,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// Compares what receivers believe with what is so; `quiet_since` is when the trouble ended.
pub(super) fn check(
    quiet_since: Timestamp,
    fired: &BTreeMap<usize, Fired>,
    silences: &[Silenced],
    belief: &BTreeMap<Address, Belief>,
) -> Vec<String> {
    let mut broken = Vec::new();
    for (&alert, fired) in fired {
        for (target, key) in addresses(alert) {
            let address = (target, key);
            let labels = labels(alert);
            let believed =
                belief.get(&address).is_some_and(|belief| belief.firing.contains(&labels));
            let never_told = !fired.firing
                && (address.0 == "default/webhook[1]" || ended_in_silence(alert, fired, silences));
            if believed != fired.firing && !never_told {
                let (is, takes) = (word(fired.firing), word(believed));
                broken.push(format!(
                    "{quiet_since}: {labels} is {is} since {}, {address:?} takes it for {takes}",
                    fired.since
                ));
            }
        }
    }
    broken
}

/// Whether a silence may have kept the end of an alert back.
fn ended_in_silence(alert: usize, fired: &Fired, silences: &[Silenced]) -> bool {
    silences.iter().any(|silenced| {
        silenced.team == alert % TEAMS
            && silenced.from <= fired.since + BOUND
            && fired.since <= silenced.to
    })
}

fn word(firing: bool) -> &'static str {
    if firing { "firing" } else { "resolved" }
}

/// Who is told of an alert, and in which group: the routes of [`super::setup::setup`], written
/// down a second time in the plainest way.
fn addresses(alert: usize) -> Vec<(String, Arc<str>)> {
    let labels: Labels = labels(alert);
    let (name, team) = (labels.value("alertname"), labels.value("team"));
    let group = |prefix: &str, labels: String| Arc::from(format!("{prefix}:{labels}"));
    match team {
        "0" => vec![
            (
                "pager/webhook[0]".to_owned(),
                group("{}/{team=\"0\"}", format!("{{alertname=\"{name}\"}}")),
            ),
            (
                "everyone/webhook[0]".to_owned(),
                group("{}/{team=~\"0|1\"}", "{team=\"0\"}".to_owned()),
            ),
        ],
        "1" => vec![(
            "everyone/webhook[0]".to_owned(),
            group("{}/{team=~\"0|1\"}", "{team=\"1\"}".to_owned()),
        )],
        _ => vec![
            ("default/webhook[0]".to_owned(), group("{}", format!("{{alertname=\"{name}\"}}"))),
            ("default/webhook[1]".to_owned(), group("{}", format!("{{alertname=\"{name}\"}}"))),
        ],
    }
}
