use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;

use crate::alerts::Alert;
use crate::engine::{Decision, DecisionKind, GroupKey, GroupTimer, RuleAlertKey, Suppression};
use crate::label::pattern::Dialect;
use crate::label::{Fingerprint, Labels, MatchOp, Matcher, Matchers};
use crate::notify::{Failure, FailureClass, LogEntry, LogKey, NotifyReason};
use crate::rules::{AlertState, GroupId, RuleAlert};
use crate::silence::Silence;
use crate::time::{Detail, Details, Timestamp};

use super::*;

fn text() -> impl Strategy<Value = Arc<str>> {
    "[a-zé\"{}=, ]{0,12}".prop_map(Arc::from)
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_millis)
}

fn labels() -> impl Strategy<Value = Labels> {
    btree_map("[a-z_é]{1,8}", "[a-z \u{1F514}]{1,8}", 0..5).prop_map(Labels::from_pairs)
}

fn hashes() -> impl Strategy<Value = BTreeSet<u64>> {
    btree_set(any::<u64>(), 0..5)
}

fn details() -> impl Strategy<Value = Details> {
    let detail = || {
        (0..1_000_000_u32, -1500..=1500).prop_map(|(nanos, minutes)| Detail::new(nanos, minutes))
    };
    (detail(), detail()).prop_map(|(starts, ends)| Details { starts, ends })
}

fn alert() -> impl Strategy<Value = Alert> {
    let times = (time(), time(), time(), details());
    (labels(), labels(), times, any::<bool>(), text()).prop_map(
        |(labels, annotations, times, timeout, generator_url)| Alert {
            labels,
            annotations,
            starts_at: times.0,
            ends_at: times.1,
            updated_at: times.2,
            timeout,
            generator_url,
            details: times.3,
        },
    )
}

fn matcher() -> impl Strategy<Value = Matcher> {
    let op = prop::sample::select(vec![
        MatchOp::Equal,
        MatchOp::NotEqual,
        MatchOp::Regex,
        MatchOp::NotRegex,
    ]);
    ("[a-z]{1,5}", op, "[a-z.*]?[a-z]{0,5}").prop_filter_map("regex", |(name, op, value)| {
        Matcher::new(&name, op, &value, Dialect::Alertmanager).ok()
    })
}

fn silence() -> impl Strategy<Value = Silence> {
    let sets = vec(vec(matcher(), 0..3).prop_map(Matchers), 0..3);
    (text(), sets, (time(), time(), time()), text(), text(), labels()).prop_map(
        |(id, matcher_sets, times, created_by, comment, annotations)| Silence {
            id,
            matcher_sets,
            starts_at: times.0,
            ends_at: times.1,
            updated_at: times.2,
            created_by,
            comment,
            annotations,
        },
    )
}

fn log_key() -> impl Strategy<Value = LogKey> {
    (text(), text(), text(), any::<u32>()).prop_map(|(group_key, receiver, kind, index)| LogKey {
        group_key,
        receiver,
        kind,
        index,
    })
}

fn rule_alert() -> impl Strategy<Value = RuleAlert> {
    let state =
        prop::sample::select(vec![AlertState::Inactive, AlertState::Pending, AlertState::Firing]);
    let moments = prop::array::uniform4(prop::option::of(time()));
    let value =
        prop_oneof![any::<f64>().prop_filter("equal to itself", |v| !v.is_nan()), Just(-0.0)];
    (state, labels(), labels(), value, time(), moments).prop_map(
        |(state, labels, annotations, value, active_at, moments)| RuleAlert {
            state,
            labels,
            annotations,
            value,
            active_at,
            fired_at: moments[0],
            resolved_at: moments[1],
            last_sent_at: moments[2],
            keep_firing_since: moments[3],
        },
    )
}

fn rule_alert_key(labels: Labels, ordinal: u32) -> RuleAlertKey {
    let group = GroupId { file: "rules.yml".into(), name: "g".into() };
    RuleAlertKey { group, rule: "HighLatency".into(), ordinal, labels }
}

fn decision() -> impl Strategy<Value = Decision> {
    (time(), text(), text(), verdict()).prop_map(|(at, group_key, receiver, verdict)| Decision {
        at,
        group_key,
        receiver,
        verdict,
    })
}

fn verdict() -> impl Strategy<Value = DecisionKind> {
    let failure = || {
        let class = prop::sample::select(vec![FailureClass::Other, FailureClass::RateLimited]);
        (class, "[a-z]{0,9}").prop_map(|(class, message)| Failure { class, message })
    };
    let reason =
        prop::sample::select(vec![NotifyReason::FirstNotification, NotifyReason::RepeatInterval]);
    let told = vec((labels(), any::<bool>()), 0..4);
    prop_oneof![
        (text(), reason, told, any::<u32>()).prop_map(|(integration, reason, alerts, total)| {
            DecisionKind::Notify { integration, reason, alerts, total }
        }),
        (text(), any::<u32>())
            .prop_map(|(integration, attempts)| DecisionKind::Notified { integration, attempts }),
        (text(), any::<u32>(), failure(), time()).prop_map(
            |(integration, attempt, failure, next)| DecisionKind::Retry {
                integration,
                attempt,
                failure,
                next
            }
        ),
        (text(), any::<u32>(), failure()).prop_map(|(integration, attempts, failure)| {
            DecisionKind::Failed { integration, attempts, failure }
        }),
        (labels(), cause()).prop_map(|(alert, cause)| DecisionKind::Suppressed { alert, cause }),
        labels().prop_map(|alert| DecisionKind::Released { alert }),
    ]
}

fn cause() -> impl Strategy<Value = Suppression> {
    let names = || vec(text(), 0..3);
    prop_oneof![
        (any::<u64>(), any::<u32>()).prop_map(|(by, rule)| Suppression::Inhibited {
            by: Fingerprint(by),
            rule: rule as usize
        }),
        names().prop_map(|intervals| Suppression::Inactive { intervals }),
        names().prop_map(|intervals| Suppression::Muted { intervals }),
        names().prop_map(|ids| Suppression::Silenced { ids }),
    ]
}

fn record() -> impl Strategy<Value = Record> {
    let put = |key, value| Record::Put(key, value);
    prop_oneof![
        alert().prop_map(move |alert| {
            let key = RecordKey::Alert(alert.fingerprint());
            put(key, RecordValue::Alert(Arc::new(alert)))
        }),
        silence().prop_map(move |silence| {
            let key = RecordKey::Silence(Arc::clone(&silence.id));
            put(key, RecordValue::Silence(Arc::new(silence)))
        }),
        (log_key(), time(), hashes(), hashes(), hashes(), time()).prop_map(
            move |(key, at, firing, resolved, perhaps_firing, expires_at)| {
                let (firing, resolved) = (firing.into(), resolved.into());
                let perhaps_firing = perhaps_firing.into();
                let entry = LogEntry { at, firing, resolved, perhaps_firing, expires_at };
                put(RecordKey::Notified(key), RecordValue::Notified(Arc::new(entry)))
            }
        ),
        (text(), labels(), time(), any::<bool>()).prop_map(
            move |(route, labels, next_flush, unfinished)| {
                let timer = GroupTimer { next_flush, unfinished };
                put(RecordKey::Group(GroupKey { route, labels }), RecordValue::Group(timer))
            }
        ),
        (rule_alert(), any::<u32>(), prop::option::of(labels())).prop_map(
            move |(alert, ordinal, other)| {
                let labels = other.unwrap_or_else(|| alert.labels.clone());
                let key = RecordKey::RuleAlert(rule_alert_key(labels, ordinal));
                put(key, RecordValue::RuleAlert(alert))
            }
        ),
        (any::<u64>(), decision()).prop_map(move |(number, decision)| {
            put(RecordKey::Decision(number), RecordValue::Decision(Arc::new(decision)))
        }),
    ]
}

proptest! {
    #[test]
    fn every_record_comes_back(record in record()) {
        let (key, value) = encode(&record);
        prop_assert_eq!(decode(&key, &value.unwrap()), Ok(Content::Record(record)));
    }

    #[test]
    fn what_is_written_is_what_prost_would_write(record in record()) {
        let (key, value) = encode(&record);
        let (kind, value) = (key[0], value.unwrap());
        let message = match kind {
            b'a' => rewritten::<alert::AlertWire>(&value),
            b's' => rewritten::<silence::SilenceWire>(&value),
            b'n' => rewritten::<log::LogEntryWire>(&value),
            b'g' => rewritten::<log::GroupTimerWire>(&value),
            b'r' => rewritten::<rule_alert::RuleAlertWire>(&value),
            _ => rewritten::<decision::DecisionWire>(&value),
        };
        prop_assert_eq!(message, &value[1..]);
    }

    #[test]
    fn a_record_with_a_flipped_or_missing_byte_is_read_or_refused(
        record in record(), position: prop::sample::Index, bit in 0..8_u32, cut: prop::sample::Index,
    ) {
        let (key, value) = encode(&record);
        let value = value.unwrap();
        let mut flipped = value.clone();
        flipped[position.index(value.len())] ^= 1_u8 << bit;
        let _ = decode(&key, &flipped);
        let _ = decode(&key, &value[..cut.index(value.len())]);
        let mut flipped = key.clone();
        flipped[position.index(key.len())] ^= 1_u8 << bit;
        let _ = decode(&flipped, &value);
    }

    #[test]
    fn noise_is_refused_or_read(
        kind in prop::sample::select(b"asngrdb\0x".to_vec()),
        key in vec(any::<u8>(), 0..40), value in vec(any::<u8>(), 0..200),
    ) {
        let key = [&[kind], key.as_slice()].concat();
        let value = [&[VERSION], value.as_slice()].concat();
        let _ = decode(&key, &value);
    }

    #[test]
    fn fields_of_the_future_are_passed_over(record in record()) {
        let (key, value) = encode(&record);
        let mut value = value.unwrap();
        // Field 1000, length-delimited, "new".
        value.extend_from_slice(&[0xc2, 0x3e, 3, b'n', b'e', b'w']);
        prop_assert_eq!(decode(&key, &value), Ok(Content::Record(record)));
    }
}

/// What prost makes of a value that it has read.
fn rewritten<M: prost::Message + Default>(value: &[u8]) -> Vec<u8> {
    wire::read::<M>("value", value).unwrap().encode_to_vec()
}

fn alert_key() -> Vec<u8> {
    encode(&Record::Forget(RecordKey::Alert(Fingerprint(1)))).0
}

#[test]
fn what_a_newer_version_wrote_is_refused_with_a_hint() {
    let check = |key: &[u8], value: &[u8], expect: &str| {
        assert_eq!(decode(key, value).unwrap_err().to_string(), expect);
    };
    check(b"z1", &[VERSION], "unknown kind of record 0x7a: written by a newer version?");
    check(&alert_key(), &[2], "version 2 of alert: written by a newer version?");
    check(&alert_key(), &[], "alert: bad length");
    check(b"", &[], "record: bad key");
    check(b"a123", &[VERSION], "alert: bad key");
    check(b"d\0\0\0\0\0\0\0\0", &[VERSION, 0x20, 99], "decision: bad kind");
    check(b"b\xff", b"", "blob: bad name");
}

#[test]
fn labels_out_of_order_or_odd_are_refused() {
    let value = |pairs: &[&str]| {
        let pairs: Vec<u8> = pairs
            .iter()
            .flat_map(|text| [&[0x0a, text.len() as u8], text.as_bytes()].concat())
            .collect();
        [&[VERSION, 0x0a, pairs.len() as u8], pairs.as_slice()].concat()
    };
    assert!(decode(&alert_key(), &value(&["a", "1", "b", "2"])).is_ok());
    for bad in [&["a"][..], &["b", "1", "a", "2"], &["a", "1", "a", "2"], &["a", ""]] {
        let error = decode(&alert_key(), &value(bad)).unwrap_err();
        assert_eq!(error.to_string(), "alert: bad labels");
    }
}

#[test]
fn a_value_over_the_limit_is_refused() {
    let value = vec![VERSION; VALUE_LIMIT + 2];
    assert_eq!(decode(&alert_key(), &value), Err(CodecError::TooLarge("alert")));
}

#[test]
fn a_number_keeps_its_bits() {
    let stale = f64::from_bits(0x7ff0_0000_0000_0002);
    let alert = RuleAlert {
        state: AlertState::Firing,
        labels: Labels::empty(),
        annotations: Labels::empty(),
        value: stale,
        active_at: Timestamp::MIN,
        fired_at: None,
        resolved_at: None,
        last_sent_at: None,
        keep_firing_since: None,
    };
    let key = RecordKey::RuleAlert(rule_alert_key(Labels::empty(), 0));
    let (key, value) = encode(&Record::Put(key, RecordValue::RuleAlert(alert)));
    match decode(&key, &value.unwrap()) {
        Ok(Content::Record(Record::Put(_, RecordValue::RuleAlert(alert)))) => {
            assert_eq!(alert.value.to_bits(), stale.to_bits());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_blob_comes_back() {
    let content = Content::Blob("pushed/é".to_owned(), vec![0, 255]);
    assert_eq!(decode(&blob_key("pushed/é"), &[0, 255]), Ok(content));
}
