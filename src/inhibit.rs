//! Inhibition: alerts that keep others quiet.
//! (Source: Alertmanager docs, "inhibit_rule", and `inhibit.Inhibitor`.)

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use crate::alerts::Alert;
use crate::label::{Fingerprint, Labels, Matchers};
use crate::time::Timestamp;

/// One inhibition rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InhibitRule {
    /// Its name, perhaps empty.
    pub name: String,
    /// What an inhibiting alert looks like.
    pub source: Matchers,
    /// What an inhibited alert looks like.
    pub target: Matchers,
    /// Labels that both must have the same value of; a missing label is an empty one.
    pub equal: Vec<String>,
}

/// The rules with the alerts that inhibit by them.
#[derive(Clone, Debug, Default)]
pub struct Inhibitor {
    rules: Vec<Sources>,
}

/// The source alerts of one rule: by the labels that must be equal, then by fingerprint.
/// All of a bucket are kept, unlike upstream, where one that resolves may hide another.
#[derive(Clone, Debug)]
struct Sources {
    rule: InhibitRule,
    buckets: HashMap<Labels, BTreeMap<Fingerprint, Arc<Alert>>, foldhash::fast::FixedState>,
}

/// Which alert inhibits, and by which rule.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct InhibitedBy {
    /// The inhibiting alert.
    pub source: Fingerprint,
    /// The rule's position, from 0.
    pub rule: usize,
}

/// Whether an alert that came in begins to inhibit others.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum SourceNews {
    /// It does.
    Inhibits,
    /// It inhibits nothing, or did so before.
    None,
}

impl Inhibitor {
    /// An inhibitor that knows these alerts.
    pub fn new<'a>(
        rules: &[InhibitRule],
        alerts: impl Iterator<Item = (Fingerprint, &'a Arc<Alert>)>,
    ) -> Inhibitor {
        let empty =
            |rule: &InhibitRule| Sources { rule: rule.clone(), buckets: HashMap::default() };
        let mut inhibitor = Inhibitor { rules: rules.iter().map(empty).collect() };
        if !rules.is_empty() {
            for (fingerprint, alert) in alerts {
                // nobody rests yet who could be woken up
                let _ = inhibitor.put(Timestamp::MIN, fingerprint, alert);
            }
        }
        inhibitor
    }

    /// Takes in an alert that is new or changed, and says whether it inhibits others from now on.
    pub fn put(
        &mut self,
        now: Timestamp,
        fingerprint: Fingerprint,
        alert: &Arc<Alert>,
    ) -> SourceNews {
        let mut news = SourceNews::None;
        for sources in &mut self.rules {
            if sources.rule.source.matches(&alert.labels) {
                let key = sources.rule.equal_labels(&alert.labels);
                let bucket = sources.buckets.entry(key).or_default();
                let before = bucket.insert(fingerprint, Arc::clone(alert));
                if before.is_none_or(|before| before.is_resolved(now)) && !alert.is_resolved(now) {
                    news = SourceNews::Inhibits;
                }
            }
        }
        news
    }

    /// Forgets an alert.
    pub fn remove(&mut self, fingerprint: Fingerprint, alert: &Alert) {
        for sources in &mut self.rules {
            let key = sources.rule.equal_labels(&alert.labels);
            if let Some(bucket) = sources.buckets.get_mut(&key) {
                bucket.remove(&fingerprint);
                if bucket.is_empty() {
                    sources.buckets.remove(&key);
                }
            }
        }
    }

    /// What inhibits an alert with these labels now: the first rule that does, and of its
    /// sources the one with the lowest fingerprint.
    pub fn inhibits(&self, now: Timestamp, target: &Labels) -> Option<InhibitedBy> {
        self.rules.iter().enumerate().find_map(|(rule, sources)| {
            sources.inhibits(now, target).map(|source| InhibitedBy { source, rule })
        })
    }
}

impl Sources {
    fn inhibits(&self, now: Timestamp, target: &Labels) -> Option<Fingerprint> {
        if !self.rule.target.matches(target) {
            return None;
        }
        let bucket = self.buckets.get(&self.rule.equal_labels(target))?;
        // alerts that match both sides do not inhibit each other, nor themselves
        let both_sides = self.rule.source.matches(target);
        bucket
            .iter()
            .filter(|(_, source)| !source.is_resolved(now))
            .find(|(_, source)| !(both_sides && self.rule.target.matches(&source.labels)))
            .map(|(fingerprint, _)| *fingerprint)
    }
}

impl InhibitRule {
    fn equal_labels(&self, labels: &Labels) -> Labels {
        labels.filter(|name| self.equal.iter().any(|equal| equal == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Matcher;
    use crate::time::Details;

    fn labels(text: &str) -> Labels {
        Labels::from_pairs(text.split_whitespace().map(|pair| pair.split_once('=').unwrap()))
    }

    fn matchers(text: &str) -> Matchers {
        Matchers(labels(text).iter().map(|(name, value)| Matcher::equal(name, value)).collect())
    }

    fn rule(source: &str, target: &str, equal: &[&str]) -> InhibitRule {
        InhibitRule {
            name: String::new(),
            source: matchers(source),
            target: matchers(target),
            equal: equal.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    fn alert(text: &str, ends_at: i64) -> Arc<Alert> {
        Arc::new(Alert {
            labels: labels(text),
            annotations: Labels::empty(),
            starts_at: Timestamp::from_millis(0),
            ends_at: Timestamp::from_millis(ends_at),
            updated_at: Timestamp::from_millis(0),
            timeout: false,
            generator_url: "".into(),
            details: Details::default(),
        })
    }

    fn check(rule: InhibitRule, sources: &[(&str, i64)], target: &str, expect: Option<&str>) {
        let mut inhibitor = Inhibitor::new(&[rule], std::iter::empty());
        for (text, ends_at) in sources {
            let alert = alert(text, *ends_at);
            let _ = inhibitor.put(Timestamp::MIN, alert.fingerprint(), &alert);
        }
        let got = inhibitor.inhibits(Timestamp::from_millis(100), &labels(target));
        assert_eq!(got.map(|by| by.source), expect.map(|text| labels(text).fingerprint()));
    }

    #[test]
    fn a_source_inhibits_targets_with_equal_labels() {
        let severity = || rule("s=critical", "s=warning", &["a", "b"]);
        check(severity(), &[("s=critical a=1", 200)], "s=warning a=1", Some("s=critical a=1"));
        check(severity(), &[("s=critical a=1", 200)], "s=warning a=2", None);
        check(severity(), &[("s=critical a=1", 200)], "s=warning", None);
        check(severity(), &[("s=critical a=1", 200)], "s=info a=1", None);
        check(severity(), &[("s=critical a=1", 100)], "s=warning a=1", None);
        check(severity(), &[("s=critical", 200)], "s=warning", Some("s=critical"));
    }

    #[test]
    fn who_inhibits_whom_is_as_the_reference_says() {
        for (source, target, equal, inhibiting, ends_at, asked, expect) in [
            // without equal labels any source will do
            ("k=s", "k=t", "", "k=s z=1", 200, "k=t z=2", true),
            // an empty value and a missing label are equal
            ("k=s", "k=t", "z", "k=s", 200, "k=t", true),
            ("k=s", "k=t", "z", "k=s z=1", 200, "k=t", false),
            ("k=s", "k=t", "y z", "k=s y=1", 200, "k=t y=1", true),
            ("k=s", "k=t", "y z", "k=s y=1", 200, "k=t y=1 z=1", false),
            // it is over at the moment of its end
            ("k=s", "k=t", "", "k=s", 101, "k=t", true),
            ("k=s", "k=t", "", "k=s", 100, "k=t", false),
            // a target that is a source too is spared by sources that are targets too
            ("k=s", "", "", "k=s a=1", 200, "k=s a=2", false),
            ("k=s", "a=2", "", "k=s a=1", 200, "k=s a=2", true),
            ("k=s", "a=2", "", "k=s a=2", 200, "k=s a=2 b=1", false),
            ("k=s", "a=2", "", "k=s a=2", 200, "a=2 b=1", true),
            // no source, no target
            ("k=s", "k=t", "", "k=x", 200, "k=t", false),
            ("k=s", "k=t", "", "k=s", 200, "k=x", false),
        ] {
            let equal: Vec<&str> = equal.split_whitespace().collect();
            let expect = expect.then_some(inhibiting);
            check(rule(source, target, &equal), &[(inhibiting, ends_at)], asked, expect);
        }
    }

    #[test]
    fn a_resolved_source_does_not_hide_a_firing_one() {
        let all = || rule("s=c", "s=w", &[]);
        check(all(), &[("s=c i=1", 50), ("s=c i=2", 200)], "s=w", Some("s=c i=2"));
        check(all(), &[("s=c i=2", 50), ("s=c i=1", 200)], "s=w", Some("s=c i=1"));
    }

    #[test]
    fn alerts_on_both_sides_do_not_inhibit_each_other() {
        check(rule("", "", &[]), &[("x=1", 200)], "x=1", None);
        check(rule("", "", &[]), &[("x=1", 200)], "x=2", None);
        check(rule("k=a", "", &[]), &[("k=a", 200)], "k=b", Some("k=a"));
        check(rule("k=a", "", &[]), &[("k=a i=1", 200)], "k=a i=2", None);
    }
}
