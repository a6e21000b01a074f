use super::*;
use crate::label::MatchOp;
use crate::label::pattern::Dialect;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn matchers(op: MatchOp, value: &str) -> Matchers {
    Matchers(vec![Matcher::new("job", op, value, Dialect::Alertmanager).unwrap()])
}

fn silence(id: &str, from: i64, to: i64) -> Silence {
    Silence {
        id: Arc::from(id),
        matcher_sets: vec![matchers(MatchOp::Equal, "api")],
        starts_at: at(from),
        ends_at: at(to),
        updated_at: at(0),
        created_by: "anna".into(),
        comment: "deploy".into(),
        annotations: Labels::empty(),
    }
}

fn set(silences: &mut Silences, now: i64, wanted: Silence, new_id: &str) -> String {
    let command = SilenceCommand::Set { silence: Box::new(wanted), new_id: Arc::from(new_id) };
    match silences.apply(at(now), command, Limits::default()) {
        Ok(ids) => ids.join(" "),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_silence_is_made_changed_in_place_or_replaced() {
    let mut silences = Silences::default();
    assert_eq!(set(&mut silences, 100, silence("", 0, 200), "a"), "a");
    assert_eq!(silences.get("a").unwrap().starts_at, at(100), "a start in the past becomes now");
    assert_eq!(set(&mut silences, 110, silence("a", 100, 300), "b"), "a", "end may move");
    assert_eq!(set(&mut silences, 120, silence("a", 101, 300), "c"), "a c", "start may not");
    assert_eq!(silences.get("a").unwrap().state(at(120)), SilenceState::Expired);
    assert_eq!(silences.get("c").unwrap().state(at(120)), SilenceState::Active);
    assert_eq!(
        set(&mut silences, 130, silence("a", 130, 300), "d"),
        "d",
        "expired ones are remade"
    );
    assert_eq!(set(&mut silences, 130, silence("x", 130, 300), "e"), "silence not found");
    assert_eq!(set(&mut silences, 130, silence("", 500, 600), "f"), "f");
    assert_eq!(set(&mut silences, 140, silence("f", 400, 600), "g"), "f", "a pending one may move");
}

#[test]
fn expiring_ends_it_at_once_and_twice_is_no_error() {
    let mut silences = Silences::default();
    set(&mut silences, 0, silence("", 0, 200), "a");
    set(&mut silences, 0, silence("", 100, 200), "p");
    let labels = Labels::from_pairs([("job", "api")]);
    assert_eq!(silences.matching(at(10), &labels), ["a".into()]);
    for id in ["a", "p", "a"] {
        silences
            .apply(at(10), SilenceCommand::Expire { id: id.into() }, Limits::default())
            .unwrap();
        assert_eq!(silences.get(id).unwrap().state(at(10)), SilenceState::Expired, "{id}");
    }
    assert!(silences.matching(at(10), &labels).is_empty());
    let unknown =
        silences.apply(at(10), SilenceCommand::Expire { id: "z".into() }, Limits::default());
    assert_eq!(unknown, Err(SilenceError::NotFound));
    assert_eq!(silences.collect(at(110), Span::from_secs(100)).len(), 2);
}

#[test]
fn nonsense_is_refused_and_changes_nothing() {
    let mut silences = Silences::default();
    let mut check = |sets: Vec<Matchers>, expect: &str| {
        let wanted = Silence { matcher_sets: sets, ..silence("", 0, 10) };
        assert_eq!(set(&mut silences, 0, wanted, "n"), expect);
    };
    let empty =
        "invalid silence: matcher set 0: at least one matcher must not match the empty string";
    check(vec![], "invalid silence: at least one matcher set required");
    check(vec![Matchers(vec![])], "invalid silence: matcher set 0 is empty");
    check(vec![matchers(MatchOp::Equal, "")], empty);
    check(vec![matchers(MatchOp::Regex, ".*")], empty);
    check(vec![matchers(MatchOp::NotEqual, "x")], "n");
    let end = "invalid silence: end time must not be before start time";
    assert_eq!(set(&mut silences, 20, silence("", 0, 10), "m"), end);
    assert!(silences.get("m").is_none());
}
