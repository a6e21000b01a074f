//! Which alerts are handed on to the notification pipeline, and with what.
//! (Source: Prometheus, `rules/alerting.go` `sendAlerts`, `notifier`.)

use std::sync::Arc;

use crate::label::Labels;
use crate::time::{Span, Timestamp};

use super::{AlertState, RuleAlert};

/// How many intervals (or resend delays) a firing alert is believed without being heard of.
const BELIEVED: i64 = 4;

/// Until when a firing alert may be taken for firing: two failed evaluations or deliveries do
/// not resolve it.
pub fn valid_until(at: Timestamp, interval: Span, resend_delay: Span) -> Timestamp {
    at + interval.max(resend_delay).times(BELIEVED)
}

/// Whether an alert is to be handed on by an evaluation at `at`: it fires or was resolved, and
/// was last handed on more than the resend delay ago, or before it was resolved.
pub fn is_due(alert: &RuleAlert, at: Timestamp, resend_delay: Span) -> bool {
    let Some(last) = alert.last_sent_at else {
        return alert.state != AlertState::Pending;
    };
    let resolved_since = alert.resolved_at.is_some_and(|resolved| resolved > last);
    alert.state != AlertState::Pending && (resolved_since || last + resend_delay < at)
}

/// The alert's labels, with those external labels that it lacks.
pub fn with_external_labels(labels: &Labels, external: &Labels) -> Labels {
    if external.is_empty() {
        return labels.clone();
    }
    let mut builder = labels.edit();
    for (name, value) in external.iter().filter(|(name, _)| labels.get(name).is_none()) {
        builder.set(name, value);
    }
    builder.build()
}

/// The page that shows an expression: `<external URL>/graph?g0.expr=<expression>&g0.tab=1`.
pub fn generator_url(external_url: &str, expr_text: &str) -> Arc<str> {
    let mut url = String::with_capacity(external_url.len() + expr_text.len() * 2 + 24);
    url.push_str(external_url.trim_end_matches('/'));
    url.push_str("/graph?g0.expr=");
    push_query_escaped(&mut url, expr_text);
    url.push_str("&g0.tab=1");
    Arc::from(url)
}

/// Go's `url.QueryEscape`: letters, digits and `-_.~` stay, a blank is `+`, the rest `%XX`.
fn push_query_escaped(url: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                url.push(char::from(byte));
            }
            b' ' => url.push('+'),
            _ => {
                url.push('%');
                url.push(char::from(HEX[usize::from(byte >> 4)]));
                url.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::rule_alert;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn generator_urls_are_escaped_as_go_escapes() {
        let check = |external, expr, expected: &str| {
            assert_eq!(&*generator_url(external, expr), expected);
        };
        check("http://f:9090", "up == 0", "http://f:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1");
        check(
            "http://f/",
            "a{b=~\"ü~\"}",
            "http://f/graph?g0.expr=a%7Bb%3D~%22%C3%BC~%22%7D&g0.tab=1",
        );
        check("", "x/y[5m]", "/graph?g0.expr=x%2Fy%5B5m%5D&g0.tab=1");
    }

    #[test]
    fn validity_is_four_times_the_longer_of_interval_and_resend_delay() {
        let until = |interval, resend| {
            valid_until(at(100), Span::from_secs(interval), Span::from_secs(resend))
        };
        assert_eq!(until(30, 60), at(340));
        assert_eq!(until(120, 60), at(580));
    }

    #[test]
    fn external_labels_do_not_overwrite() {
        let labels = Labels::from_pairs([("alertname", "A"), ("cluster", "own")]);
        let external = Labels::from_pairs([("cluster", "eu"), ("replica", "0")]);
        assert_eq!(
            with_external_labels(&labels, &external).to_string(),
            r#"{alertname="A", cluster="own", replica="0"}"#
        );
    }

    #[test]
    fn due_is_strictly_after_the_resend_delay_or_on_resolution() {
        let check = |state, sent: Option<i64>, resolved: Option<i64>, now, expected| {
            let alert = RuleAlert {
                resolved_at: resolved.map(at),
                last_sent_at: sent.map(at),
                ..rule_alert(&Labels::empty(), state, at(0))
            };
            let due = is_due(&alert, at(now), Span::from_secs(60));
            assert_eq!(due, expected, "{state:?} sent {sent:?} resolved {resolved:?} at {now}");
        };
        check(AlertState::Pending, None, None, 100, false);
        check(AlertState::Firing, None, None, 0, true);
        check(AlertState::Firing, Some(0), None, 60, false);
        check(AlertState::Firing, Some(0), None, 61, true);
        check(AlertState::Inactive, Some(30), Some(31), 31, true);
        check(AlertState::Inactive, Some(31), Some(31), 91, false);
        check(AlertState::Inactive, Some(31), Some(31), 92, true);
        check(AlertState::Inactive, None, Some(31), 31, true);
    }
}
