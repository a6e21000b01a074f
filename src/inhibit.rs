//! Inhibition: alerts that keep others quiet.
//! (Source: Alertmanager docs, "inhibit_rule", and `inhibit.Inhibitor`.)

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::alerts::Alert;
use crate::label::matcher::MatcherIndex;
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
    by_source: Arc<MatcherIndex>,
    by_target: Arc<MatcherIndex>,
}

/// The source alerts of one rule, by a hash of the values that must be equal.
/// All of a bucket are kept, unlike upstream, where one that resolves may hide another.
#[derive(Clone, Debug)]
struct Sources {
    rule: Arc<InhibitRule>,
    buckets: HashMap<u64, Bucket, FixedState>,
}

/// Source alerts by fingerprint; most stand alone.
#[derive(Clone, Debug)]
enum Bucket {
    One(Fingerprint, Arc<Alert>),
    Many(BTreeMap<Fingerprint, Arc<Alert>>),
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
        let empty = |rule: &InhibitRule| Sources {
            rule: Arc::new(rule.clone()),
            buckets: HashMap::default(),
        };
        let mut inhibitor = Inhibitor {
            rules: rules.iter().map(empty).collect(),
            by_source: Arc::new(MatcherIndex::new(rules.iter().map(|rule| &rule.source))),
            by_target: Arc::new(MatcherIndex::new(rules.iter().map(|rule| &rule.target))),
        };
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
        for number in candidates(&self.by_source, &alert.labels) {
            let Sources { rule, buckets } = &mut self.rules[number as usize];
            if rule.source.matches(&alert.labels) {
                let key = rule.hash_of_equal(&alert.labels);
                let before = match buckets.get_mut(&key) {
                    Some(bucket) => bucket.put(fingerprint, alert),
                    None => {
                        buckets.insert(key, Bucket::One(fingerprint, Arc::clone(alert)));
                        None
                    }
                };
                if before.is_none_or(|before| before.is_resolved(now)) && !alert.is_resolved(now) {
                    news = SourceNews::Inhibits;
                }
            }
        }
        news
    }

    /// Forgets an alert.
    pub fn remove(&mut self, fingerprint: Fingerprint, alert: &Alert) {
        for number in candidates(&self.by_source, &alert.labels) {
            let Sources { rule, buckets } = &mut self.rules[number as usize];
            let key = rule.hash_of_equal(&alert.labels);
            if let Some(bucket) = buckets.get_mut(&key)
                && bucket.remove(fingerprint) == Left::Nothing
            {
                buckets.remove(&key);
            }
        }
    }

    /// What inhibits an alert with these labels now: the first rule that does, and of its
    /// sources the one with the lowest fingerprint.
    pub fn inhibits(&self, now: Timestamp, target: &Labels) -> Option<InhibitedBy> {
        candidates(&self.by_target, target).into_iter().find_map(|number| {
            let rule = number as usize;
            let source = self.rules[rule].inhibits(now, target)?;
            Some(InhibitedBy { source, rule })
        })
    }
}

/// The rules that may be meant, in order.
fn candidates(index: &MatcherIndex, labels: &Labels) -> Vec<u32> {
    let mut found = Vec::new();
    index.candidates(labels, &mut found);
    found
}

impl Sources {
    fn inhibits(&self, now: Timestamp, target: &Labels) -> Option<Fingerprint> {
        let rule = &*self.rule;
        if self.buckets.is_empty() || !rule.target.matches(target) {
            return None;
        }
        let bucket = self.buckets.get(&rule.hash_of_equal(target))?;
        // alerts that match both sides do not inhibit each other, nor themselves
        let both_sides = rule.source.matches(target);
        bucket.find(|source| {
            !source.is_resolved(now)
                && rule.are_equal(&source.labels, target)
                && !(both_sides && rule.target.matches(&source.labels))
        })
    }
}

/// What is in a bucket when an alert is gone.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Left {
    Something,
    Nothing,
}

impl Bucket {
    /// Puts an alert in; the one that it replaces.
    fn put(&mut self, fingerprint: Fingerprint, alert: &Arc<Alert>) -> Option<Arc<Alert>> {
        let new = Arc::clone(alert);
        match self {
            Bucket::One(only, old) if *only == fingerprint => Some(std::mem::replace(old, new)),
            Bucket::One(only, old) => {
                let many = [(*only, Arc::clone(old)), (fingerprint, new)];
                *self = Bucket::Many(BTreeMap::from(many));
                None
            }
            Bucket::Many(many) => many.insert(fingerprint, new),
        }
    }

    fn remove(&mut self, fingerprint: Fingerprint) -> Left {
        let is_empty = match self {
            Bucket::One(only, _) => *only == fingerprint,
            Bucket::Many(many) => {
                many.remove(&fingerprint);
                many.is_empty()
            }
        };
        if is_empty { Left::Nothing } else { Left::Something }
    }

    /// The first by fingerprint that is wanted.
    fn find(&self, wanted: impl Fn(&Alert) -> bool) -> Option<Fingerprint> {
        match self {
            Bucket::One(only, alert) => wanted(alert).then_some(*only),
            Bucket::Many(many) => {
                many.iter().find(|(_, alert)| wanted(alert)).map(|(print, _)| *print)
            }
        }
    }
}

impl InhibitRule {
    /// The same for label sets that are equal where they must be; seldom for others.
    fn hash_of_equal(&self, labels: &Labels) -> u64 {
        let mut hasher = FixedState::default().build_hasher();
        self.equal.iter().for_each(|name| labels.value(name).hash(&mut hasher));
        hasher.finish()
    }

    fn are_equal(&self, a: &Labels, b: &Labels) -> bool {
        self.equal.iter().all(|name| a.value(name) == b.value(name))
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
