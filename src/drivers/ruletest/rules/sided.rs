//! Alerts that were expected beside those that fire, label by label.

use std::collections::BTreeSet;

use crate::config::ruletest::ExpectedAlert;
use crate::label::{ALERT_NAME, Labels, METRIC_NAME};

use super::fault::{Compared, Side};

/// What differs: alerts that are the same on both sides are only counted, the others are paired
/// with the one that is most like them.
pub(super) fn alerts(expected: &[ExpectedAlert], got: &[ExpectedAlert]) -> Vec<Compared> {
    let (missing, mut extra) = (without(expected, got), without(got, expected));
    let mut lines = Vec::new();
    let same = expected.len() - missing.len();
    if same > 0 {
        lines.push(Compared::new(Side::Both, format!("({same} as expected)")));
    }
    for alert in missing {
        match nearest(alert, &extra) {
            Some(index) => pair(alert, extra.remove(index), &mut lines),
            None => whole(alert, Side::Expected, &mut lines),
        }
    }
    for alert in extra {
        whole(alert, Side::Got, &mut lines);
    }
    lines
}

/// The alerts of the first list that the second has not, each of which counts once.
fn without<'a>(these: &'a [ExpectedAlert], those: &[ExpectedAlert]) -> Vec<&'a ExpectedAlert> {
    let mut those: Vec<&ExpectedAlert> = those.iter().collect();
    let is_new = |alert: &&ExpectedAlert| match those.iter().position(|one| one == alert) {
        Some(index) => {
            those.remove(index);
            false
        }
        None => true,
    };
    let mut is_new = is_new;
    these.iter().filter(|alert| is_new(alert)).collect()
}

/// The most similar one, by labels and annotations that are equal.
fn nearest(alert: &ExpectedAlert, among: &[&ExpectedAlert]) -> Option<usize> {
    let likeness = |other: &ExpectedAlert| {
        let shared = |one: &Labels, two: &Labels| {
            one.iter().filter(|(name, value)| two.get(name) == Some(value)).count()
        };
        shared(&alert.labels, &other.labels) * 2 + shared(&alert.annotations, &other.annotations)
    };
    let best =
        among.iter().enumerate().max_by_key(|(index, one)| (likeness(one), usize::MAX - index));
    best.map(|(index, _)| index)
}

fn whole(alert: &ExpectedAlert, side: Side, lines: &mut Vec<Compared>) {
    lines.push(Compared::new(side, shown(&alert.labels)));
    for (name, value) in alert.annotations.iter() {
        lines.push(Compared::new(side, format!("    {name}: {value}")));
    }
}

fn pair(expected: &ExpectedAlert, got: &ExpectedAlert, lines: &mut Vec<Compared>) {
    if expected.labels == got.labels {
        lines.push(Compared::new(Side::Both, shown(&expected.labels)));
    } else {
        lines.push(Compared::new(Side::Expected, shown(&expected.labels)));
        lines.push(Compared::new(Side::Got, shown(&got.labels)));
    }
    let (expected, got) = (&expected.annotations, &got.annotations);
    let names: BTreeSet<&str> = expected.iter().chain(got.iter()).map(|(name, _)| name).collect();
    for name in names {
        let (wanted, came) = (expected.get(name), got.get(name));
        let mut line = |side, value: Option<&str>| {
            let text = value.map(|value| format!("    {name}: {value}"));
            lines.extend(text.map(|text| Compared::new(side, text)));
        };
        if wanted == came {
            line(Side::Both, wanted);
        } else {
            line(Side::Expected, wanted);
            line(Side::Got, came);
        }
    }
}

/// Labels as expressions write them: `Down{job="a"}` of an alert, `up{job="a"}` of a series.
pub(super) fn shown(labels: &Labels) -> String {
    let own = if labels.get(METRIC_NAME).is_some() { METRIC_NAME } else { ALERT_NAME };
    let name = labels.value(own);
    let rest = labels.filter(|label| label != own);
    if rest.is_empty() && !name.is_empty() { name.to_owned() } else { format!("{name}{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(labels: &[(&str, &str)], annotations: &[(&str, &str)]) -> ExpectedAlert {
        ExpectedAlert {
            labels: Labels::from_pairs(labels.iter().copied().chain([(ALERT_NAME, "Down")])),
            annotations: Labels::from_pairs(annotations.iter().copied()),
        }
    }

    fn check(expected: &[ExpectedAlert], got: &[ExpectedAlert], lines: &[&str]) {
        let told = alerts(expected, got);
        let told = told.iter().map(|line| format!("{} {}", line.side.sign(), line.text));
        assert_eq!(told.collect::<Vec<_>>(), lines);
    }

    #[test]
    fn alerts_are_paired_with_those_like_them() {
        let expected = [
            alert(&[("job", "a")], &[("summary", "a is down"), ("url", "x")]),
            alert(&[("job", "b")], &[]),
            alert(&[("job", "c"), ("severity", "page")], &[]),
        ];
        let got = [
            alert(&[("job", "a")], &[("summary", "a is out"), ("url", "x")]),
            alert(&[("job", "b")], &[]),
            alert(&[("job", "c"), ("severity", "info")], &[]),
            alert(&[], &[("summary", "who?")]),
        ];
        check(
            &expected,
            &got,
            &[
                "  (1 as expected)",
                "  Down{job=\"a\"}",
                "-     summary: a is down",
                "+     summary: a is out",
                "      url: x",
                "- Down{job=\"c\", severity=\"page\"}",
                "+ Down{job=\"c\", severity=\"info\"}",
                "+ Down",
                "+     summary: who?",
            ],
        );
    }

    #[test]
    fn nothing_on_one_side_shows_the_other() {
        let one = [alert(&[("job", "a")], &[])];
        check(&one, &[], &["- Down{job=\"a\"}"]);
        check(&[], &one, &["+ Down{job=\"a\"}"]);
    }
}
