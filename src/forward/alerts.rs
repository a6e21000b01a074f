//! Alerts on their way to an external Alertmanager.
//! (Source: Prometheus, `notifier`; Alertmanager's API v2, `POST /api/v2/alerts`.)

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::alerts::PostedAlert;
use crate::label::Labels;
use crate::label::relabel::{Rule, relabel};
use crate::time::rfc3339;

/// Where an Alertmanager takes alerts, below its base address.
pub const PATH: &str = "/api/v2/alerts";

/// An alert that waits; the queues of several Alertmanagers share it.
pub type Shared = Arc<PostedAlert>;

/// The alerts after relabelling, without those that it drops. An alert that it does not change
/// is the same one.
pub fn relabelled(alerts: &[Shared], rules: &[Rule]) -> Vec<Shared> {
    if rules.is_empty() {
        return alerts.to_vec();
    }
    let one = |alert: &Shared| {
        let labels = relabel(&alert.labels, rules)?;
        if labels == alert.labels {
            return Some(Arc::clone(alert));
        }
        Some(Arc::new(PostedAlert { labels, ..PostedAlert::clone(alert) }))
    };
    alerts.iter().filter_map(one).collect()
}

/// The body of a request.
pub fn body(alerts: &[Shared]) -> Vec<u8> {
    let wire: Vec<Wire<'_>> = alerts.iter().map(|alert| Wire(alert)).collect();
    // texts and maps of texts: there is nothing that could fail
    serde_json::to_vec(&wire).unwrap_or_default()
}

/// Whether an answer means that the alerts have been taken.
pub fn is_taken(status: u16) -> bool {
    (200..300).contains(&status)
}

struct Wire<'a>(&'a PostedAlert);

struct Map<'a>(&'a Labels);

impl Serialize for Wire<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Wire(alert) = self;
        let mut map = serializer.serialize_map(None)?;
        if !alert.annotations.is_empty() {
            map.serialize_entry("annotations", &Map(&alert.annotations))?;
        }
        for (name, at) in [("endsAt", alert.ends_at), ("startsAt", alert.starts_at)] {
            if let Some(at) = at {
                map.serialize_entry(name, &rfc3339::millis(at))?;
            }
        }
        map.serialize_entry("generatorURL", &*alert.generator_url)?;
        map.serialize_entry("labels", &Map(&alert.labels))?;
        map.end()
    }
}

impl Serialize for Map<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Pattern;
    use crate::label::pattern::Dialect;
    use crate::label::relabel::Action;
    use crate::time::{Details, Timestamp};

    fn alert(pairs: &[(&str, &str)]) -> Shared {
        Arc::new(PostedAlert {
            labels: Labels::from_pairs(pairs.iter().copied()),
            annotations: Labels::from_pairs([("summary", "say \"hi\"")]),
            starts_at: Some(Timestamp::from_millis(1_767_323_045_006)),
            ends_at: Some(Timestamp::from_millis(1_767_323_285_006)),
            generator_url: Arc::from("http://p/graph?g0.expr=x&g0.tab=1"),
            details: Details::default(),
        })
    }

    #[test]
    fn a_body_is_what_alertmanager_takes() {
        let body = body(&[alert(&[("alertname", "A"), ("b", "c")])]);
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"[{"annotations":{"summary":"say \"hi\""},"endsAt":"2026-01-02T03:08:05.006Z","#
                .to_owned()
                + r#""startsAt":"2026-01-02T03:04:05.006Z","generatorURL":"http://p/graph?g0.expr=x&g0.tab=1","#
                + r#""labels":{"alertname":"A","b":"c"}}]"#
        );
    }

    #[test]
    fn relabelling_shares_what_it_does_not_change() {
        let rule = |action, regex: &str| Rule {
            source_labels: vec!["b".to_owned()],
            separator: ";".to_owned(),
            target_label: "b".to_owned(),
            pattern: Pattern::anchored(regex, Dialect::PromQl).unwrap(),
            modulus: 0,
            replacement: "new".to_owned(),
            action,
        };
        let alerts = [alert(&[("b", "1")]), alert(&[("b", "2")]), alert(&[("b", "3")])];
        let rules = [rule(Action::Drop, "2"), rule(Action::Replace, "3")];
        let after = relabelled(&alerts, &rules);
        assert_eq!(after.len(), 2);
        assert!(Arc::ptr_eq(&after[0], &alerts[0]));
        assert_eq!(after[1].labels.value("b"), "new");
        assert_eq!(relabelled(&alerts, &[]).len(), 3);
    }
}
