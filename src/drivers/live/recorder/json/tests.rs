//! The expected lines are those that Alertmanager 0.33.1 wrote of the same happenings, with the
//! members that 0.34 has besides: names of inhibition rules, and matchers and the id of the group
//! in every event about one.

use super::*;
use crate::engine::Event;
use crate::label::{Fingerprint, Matcher};

const AT: Timestamp = Timestamp::from_millis(1_764_154_800_250);

fn author() -> Author {
    Author { instance: "vm".to_owned(), seed: Uuid::nil() }
}

fn set(text: &str) -> Labels {
    Labels::from_pairs(text.split_whitespace().map(|pair| pair.split_once('=').unwrap()))
}

fn alert(ends_at: Timestamp) -> Arc<Alert> {
    Arc::new(Alert {
        labels: set("alertname=A n=abc quiet=no team=x"),
        annotations: set("s=t"),
        starts_at: AT - Span::from_millis(250),
        ends_at,
        updated_at: AT,
        timeout: false,
        generator_url: "http://g".into(),
        details: Default::default(),
    })
}

fn matchers_of(texts: &[(&str, MatchOp, &str)]) -> Matchers {
    let dialect = crate::label::pattern::Dialect::Alertmanager;
    let matcher = |&(name, op, value): &(&str, MatchOp, &str)| {
        Matcher::new(name, op, value, dialect).unwrap()
    };
    Matchers(texts.iter().map(matcher).collect())
}

fn group(labels: Labels) -> Arc<EventGroup> {
    Arc::new(EventGroup {
        key: r#"{}/{n=~"a.*",team="x",z!="q"}:{alertname="A"}"#.into(),
        labels,
        receiver: "d".into(),
        matchers: matchers_of(&[
            ("n", MatchOp::Regex, "a.*"),
            ("team", MatchOp::Equal, "x"),
            ("z", MatchOp::NotEqual, "q"),
        ]),
        incarnation: 0,
    })
}

const GROUP: &str = r#""groupInfo":{"groupKey":"{}/{n=~\"a.*\",team=\"x\",z!=\"q\"}:{alertname=\"A\"}","groupLabels":{"labels":[{"key":"alertname","value":"A"}]},"groupId":"1f84bb67412ac07dcdbc29a6fc2fc9201feaf303be126d64e2ce200eefc3ad04","receiverName":"d","matchers":[{"type":"TYPE_REGEXP","name":"n","pattern":"a.*","rendered":"n=~\"a.*\""},{"type":"TYPE_EQUAL","name":"team","pattern":"x","rendered":"team=\"x\""},{"type":"TYPE_NOT_EQUAL","name":"z","pattern":"q","rendered":"z!=\"q\""}],"groupUuid":"UUID"}"#;
const LABELS: &str = r#""labels":{"labels":[{"key":"alertname","value":"A"},{"key":"n","value":"abc"},{"key":"quiet","value":"no"},{"key":"team","value":"x"}]}"#;
const DETAILS: &str = r#"{"fingerprint":"16880227137013329175","name":"A",LABELS,"annotations":{"labels":[{"key":"s","value":"t"}]},"startsAt":"2025-11-26T11:00:00Z","endsAt":"ENDS"RESOLVED}"#;

fn silence_of(annotations: &str) -> Arc<Silence> {
    Arc::new(Silence {
        id: "9f215a7a-0462-4682-9b74-61ee646b95ab".into(),
        matcher_sets: vec![matchers_of(&[("quiet", MatchOp::Regex, "y.*")])],
        starts_at: AT,
        ends_at: AT + Span::from_mins(60),
        updated_at: AT,
        created_by: "me".into(),
        comment: "c".into(),
        annotations: set(annotations),
    })
}

const SILENCE: &str = r#""silence":{"id":"9f215a7a-0462-4682-9b74-61ee646b95ab","matchers":[{"type":"TYPE_REGEXP","name":"quiet","pattern":"y.*","rendered":"quiet=~\"y.*\""}],NOTES"startsAt":"2025-11-26T11:00:00.250Z","endsAt":"2025-11-26T12:00:00.250Z","updatedAt":"2025-11-26T11:00:00.250Z","createdBy":"me","comment":"c","matcherSets":[{"matchers":[{"type":"TYPE_REGEXP","name":"quiet","pattern":"y.*","rendered":"quiet=~\"y.*\""}]}]}"#;

fn line(what: What) -> String {
    author().line(&Entry { at: AT, what })
}

fn check(kind: EventKind, expect: &str) {
    let Event { at, kind } = Event { at: AT, kind };
    let line = author().line(&Entry { at, what: What::Event(Box::new(kind)) });
    let expect = expect
        .replace("GROUP", GROUP)
        .replace("DETAILS", DETAILS)
        .replace("LABELS", LABELS)
        .replace("SILENCE", SILENCE)
        .replace("UUID", &author().uuid(0));
    let expect = format!(
        r#"{{"@timestamp":"2025-11-26T11:00:00.250Z","instance":"vm","data":{{{expect}}}}}"#
    );
    assert_eq!(line, expect);
}

fn fires() -> Timestamp {
    AT + Span::from_mins(5)
}

#[test]
fn the_life_of_the_process() {
    let begin = line(What::Startup);
    let expect = r#"{"@timestamp":"2025-11-26T11:00:00.250Z","instance":"vm","data":{"alertmanagerStartupEvent":{"version":"0.34.0","buildContext":"(firebell="#;
    assert!(begin.starts_with(expect), "{begin}");
    assert_eq!(VERSION, crate::api::ALERTMANAGER_VERSION);
    let expect = r#"{"@timestamp":"2025-11-26T11:00:00.250Z","instance":"vm","data":{"alertmanagerShutdownEvent":{}}}"#;
    assert_eq!(line(What::Shutdown), expect);
}

#[test]
fn alerts_that_come_join_and_go() {
    let ends = |text: &str, ends: &str, resolved: &str| {
        text.replace("DETAILS", DETAILS).replace("ENDS", ends).replace("RESOLVED", resolved)
    };
    let firing = |text: &str| ends(text, "2025-11-26T11:05:00.250Z", "");
    let expect = firing(r#""alertCreated":{"alert":DETAILS}"#);
    check(EventKind::AlertCreated(alert(fires())), &expect);
    let grouped =
        r#""alertGrouped":{"alert":{"hash":"16847906678854911997","details":DETAILS},GROUP}"#;
    let of = || group(set("alertname=A"));
    check(EventKind::AlertGrouped(alert(fires()), of()), &firing(grouped));
    let resolved =
        r#""alertResolved":{"alert":{"hash":"16847906678854911997","details":DETAILS},GROUP}"#;
    let resolved = ends(resolved, "2025-11-26T11:00:00.250Z", r#","resolved":true"#);
    check(EventKind::AlertResolved(alert(AT), of()), &resolved);
}

#[test]
fn a_message_that_arrived() {
    let told = |firing: bool, labels: &str| AlertData {
        firing,
        labels: set(labels),
        annotations: Labels::empty(),
        starts_at: AT,
        ends_at: (!firing).then_some(AT),
        generator_url: "".into(),
        fingerprint: Fingerprint(0),
        details: Default::default(),
    };
    let message = Told {
        alerts: Arc::from([told(true, "alertname=B"), told(false, "alertname=C")]),
        muted: vec![u64::MAX],
        group: group(set("alertname=A")),
        repeat_interval: Span::from_millis(14_400_500),
        reason: NotifyReason::SomeResolved,
        flush: 3,
        integration: "webhook".into(),
        index: 1,
    };
    let hash = |labels: &str| set(labels).notification_hash();
    let (b, c) = (hash("alertname=B"), hash("alertname=C"));
    let details = |name: &str, ends: &str, resolved: &str| {
        let print = set(&format!("alertname={name}")).fingerprint().0;
        format!(
            r#"{{"fingerprint":"{print}","name":"{name}","labels":{{"labels":[{{"key":"alertname","value":"{name}"}}]}},"annotations":{{}},"startsAt":"2025-11-26T11:00:00.250Z","endsAt":"{ends}"{resolved}}}"#
        )
    };
    let firing = details("B", "0001-01-01T00:00:00Z", "");
    let resolved = details("C", "2025-11-26T11:00:00.250Z", r#","resolved":true"#);
    let expect = format!(
        r#""notification":{{"alerts":[{{"hash":"{b}","details":{firing}}},{{"hash":"{c}","details":{resolved}}}],"firingAlerts":[{{"hash":"{b}"}}],"resolvedAlerts":[{{"hash":"{c}"}}],"mutedAlerts":[{{"hash":"18446744073709551615"}}],GROUP,"repeatInterval":"14400.500s","reason":"NOTIFY_REASON_NEW_RESOLVED_ALERTS","flushId":"3","integration":{{"name":"webhook","index":"1"}}}}"#
    );
    check(EventKind::Notification(message), &expect);
}

#[test]
fn what_says_nothing_is_left_out_of_a_message() {
    let message = Told {
        alerts: Arc::from([]),
        muted: Vec::new(),
        group: group(Labels::empty()),
        repeat_interval: Span::from_mins(240),
        reason: NotifyReason::FirstNotification,
        flush: 0,
        integration: "email".into(),
        index: 0,
    };
    let group = GROUP.replace(
        r#""groupLabels":{"labels":[{"key":"alertname","value":"A"}]}"#,
        r#""groupLabels":{}"#,
    );
    let expect = format!(
        r#""notification":{{{group},"repeatInterval":"14400s","reason":"NOTIFY_REASON_FIRST_NOTIFICATION","integration":{{"name":"email"}}}}"#
    );
    check(EventKind::Notification(message), &expect);
}

#[test]
fn silences_and_what_they_keep_back() {
    let plain = |text: &str| text.replace("SILENCE", SILENCE).replace("NOTES", "");
    check(EventKind::SilenceCreated(silence_of("")), &plain(r#""silenceCreated":{SILENCE}"#));
    let notes = r#""annotations":{"labels":[{"key":"a","value":"b"}]},"#;
    let noted = r#""silenceUpdated":{SILENCE}"#.replace("SILENCE", SILENCE).replace("NOTES", notes);
    check(EventKind::SilenceUpdated(silence_of("a=b")), &noted);
    let kind = EventKind::SilenceMuted { silence: silence_of(""), alert: alert(AT).labels.clone() };
    let expect = r#""silenceMutedAlert":{SILENCE,"mutedAlert":{LABELS,"fingerprint":"16880227137013329175"}}"#;
    check(kind, &plain(expect));
}

#[test]
fn inhibition() {
    let rule = InhibitRule {
        name: "sev".to_owned(),
        source: matchers_of(&[("severity", MatchOp::Equal, "critical")]),
        target: matchers_of(&[("severity", MatchOp::NotRegex, "warning")]),
        equal: vec!["b".to_owned(), "a".to_owned()],
    };
    let kind = EventKind::InhibitionMuted {
        rule,
        alert: alert(AT).labels.clone(),
        by: Fingerprint(13_260_820_748_495_758_517),
    };
    let expect = r#""inhibitionMutedAlert":{"inhibitRules":[{"name":"sev","sourceMatchers":[{"type":"TYPE_EQUAL","name":"severity","pattern":"critical","rendered":"severity=\"critical\""}],"targetMatchers":[{"type":"TYPE_NOT_REGEXP","name":"severity","pattern":"warning","rendered":"severity!~\"warning\""}],"equalLabels":["a","b"]}],"mutedAlert":{LABELS,"fingerprint":"16880227137013329175"},"inhibitingFingerprints":["13260820748495758517"]}"#;
    check(kind, expect);
}

#[test]
fn groups_of_other_processes_have_other_ids() {
    let (one, other) = (author(), Author { seed: Uuid::max(), ..author() });
    assert_eq!(one.uuid(7), author().uuid(7));
    assert!(one.uuid(7) != one.uuid(8) && one.uuid(7) != other.uuid(7));
    assert_eq!(Uuid::parse_str(&one.uuid(7)).unwrap().get_version_num(), 4);
}
