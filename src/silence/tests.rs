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

/// How an update of a silence from 100 to 200 ends at a moment: `same`, `new` or the refusal.
fn update(at_seconds: i64, start: i64, end: i64) -> String {
    let mut silences = Silences::default();
    set(&mut silences, 50, silence("", 100, 200), "old");
    let answer = set(&mut silences, at_seconds, silence("old", start, end), "new");
    match answer.as_str() {
        "old" => "same".to_owned(),
        "new" | "old new" => "new".to_owned(),
        other => other.to_owned(),
    }
}

#[test]
fn updates_keep_the_silence_or_make_another_as_the_reference_says() {
    let end = "invalid silence: end time must not be before start time";
    for (now, start, finish, expect) in [
        // pending: may move to any moment that has not passed
        (60, 100, 200, "same"),
        (60, 150, 250, "same"),
        (60, 60, 61, "same"),
        (60, 59, 200, "new"),
        (60, 300, 250, end),
        // active: the start stays, the end may be any that has not passed
        (150, 100, 200, "same"),
        (150, 100, 150, "same"),
        (150, 100, 900, "same"),
        (150, 100, 149, end),
        (150, 101, 200, "new"),
        (150, 99, 200, "new"),
        (150, 160, 200, "new"),
        // the last moment still belongs to it
        (200, 100, 300, "same"),
        // expired: always another one
        (201, 100, 300, "new"),
        (201, 300, 400, "new"),
        (201, 100, 200, end),
    ] {
        assert_eq!(update(now, start, finish), expect, "at {now}: {start} to {finish}");
    }
}

#[test]
fn any_set_of_a_silence_silences_and_their_order_counts() {
    let mut silences = Silences::default();
    let sets = |texts: &[&str]| {
        let set = |value: &&str| matchers(MatchOp::Equal, value);
        texts.iter().map(set).collect::<Vec<_>>()
    };
    let wanted = |texts: &[&str], id| Silence { matcher_sets: sets(texts), ..silence(id, 0, 99) };
    assert_eq!(set(&mut silences, 0, wanted(&["api", "web"], ""), "a"), "a");
    for (job, expect) in [("api", 1), ("web", 1), ("db", 0), ("", 0)] {
        let labels = Labels::from_pairs([("job", job)]);
        assert_eq!(silences.matching(at(1), &labels).len(), expect, "{job}");
    }
    assert_eq!(set(&mut silences, 0, wanted(&["api", "web"], "a"), "b"), "a");
    assert_eq!(set(&mut silences, 1, wanted(&["web", "api"], "a"), "b"), "a b");
}

#[test]
fn the_newer_word_of_a_peer_wins_and_retention_counts_from_the_end() {
    let mut silences = Silences::default();
    let updated = |seconds, comment: &str| {
        let comment = Arc::from(comment);
        Arc::new(Silence { updated_at: at(seconds), comment, ..silence("a", 0, 100) })
    };
    for (seconds, comment, taken, holds) in [
        (5, "five", true, "five"),
        (5, "again", false, "five"),
        (4, "four", false, "five"),
        (6, "six", true, "six"),
    ] {
        assert_eq!(silences.merge(updated(seconds, comment)), taken, "{comment}");
        assert_eq!(&*silences.get("a").unwrap().comment, holds);
    }
    assert!(silences.collect(at(109), Span::from_secs(10)).is_empty());
    assert_eq!(silences.collect(at(110), Span::from_secs(10)), ["a".into()]);
}
