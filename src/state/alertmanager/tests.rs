use crate::label::Labels;
use crate::label::matcher::{Mode, parse_list};

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn silence(id: &str, sets: &[&str]) -> Arc<Silence> {
    let set = |text: &&str| parse_list(text, Mode::default()).unwrap().value;
    Arc::new(Silence {
        id: id.into(),
        matcher_sets: sets.iter().map(set).collect(),
        starts_at: at(900_001),
        ends_at: at(2_000_000),
        updated_at: at(900_001),
        created_by: "ann".into(),
        comment: "why not".into(),
        annotations: Labels::from_pairs([("ticket", "T-1")]),
    })
}

fn key(receiver: &str) -> LogKey {
    LogKey {
        group_key: "{}/{team=\"x\"}:{alertname=\"A\"}".into(),
        receiver: receiver.into(),
        kind: "webhook".into(),
        index: 2,
    }
}

fn entry(millis: i64, firing: &[u64]) -> Arc<LogEntry> {
    Arc::new(LogEntry {
        at: at(millis),
        firing: firing.iter().copied().collect(),
        resolved: [u64::MAX].into(),
        expires_at: at(5_000_123),
        ..LogEntry::default()
    })
}

fn kept() -> Kept {
    let silences = [
        silence("one", &["a=\"1\", b!=\"2\", c=~\"x|y\", d!~\"z\""]),
        silence("two", &["a=\"1\"", "b=\"2\""]),
    ];
    Kept {
        log: BTreeMap::from([(key("x"), entry(999_001, &[1, 2])), (key("y"), entry(999_002, &[]))]),
        silences: silences.map(|silence| (Arc::clone(&silence.id), silence)).into(),
        notices: Vec::new(),
    }
}

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("am");
    assert!(!is_there(&directory));
    assert_eq!(Kept::read(&directory, NOW), Ok(Kept::default()), "nothing is there");
    kept().write(&directory, Span::from_mins(1)).unwrap();
    assert!(is_there(&directory));
    assert_eq!(Kept::read(&directory, NOW), Ok(kept()));
    let mut names: Vec<_> = std::fs::read_dir(&directory).unwrap().collect();
    names.sort_by_key(|entry| entry.as_ref().unwrap().file_name());
    let names: Vec<_> = names.into_iter().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["nflog", "silences"]);
    let later = at(5_000_123);
    assert_eq!(Kept::read(&directory, later), Ok(Kept::default()), "everything has expired");
}

#[test]
fn every_file_that_is_cut_off_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    kept().write(folder.path(), Span::ZERO).unwrap();
    for name in FILES {
        let whole = std::fs::read(folder.path().join(name)).unwrap();
        let mut cut_off = 0;
        for length in 1..whole.len() {
            let mut kept = Kept::default();
            let read = match name {
                "nflog" => kept.read_log(&whole[..length], NOW),
                _ => kept.read_silences(&whole[..length], NOW),
            };
            cut_off += usize::from(read.is_err());
        }
        assert_eq!(cut_off, whole.len() - 2, "all but the end of the first message: {name}");
    }
    std::fs::write(folder.path().join("nflog"), b"\x7fjunk").unwrap();
    let error = Kept::read(folder.path(), NOW).unwrap_err().to_string();
    let said = "byte 0: a message of 127 bytes, of which 4 are there: it is no nflog of an \
                Alertmanager, or damaged";
    assert!(error.ends_with(said), "{error}");
}

#[test]
fn messages_have_a_limit() {
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(MESSAGE_LIMIT + 1, &mut bytes);
    let error = Kept::default().read_log(&bytes, NOW).unwrap_err();
    assert_eq!(error.why, format!("a message of 67108865 bytes; at most {MESSAGE_LIMIT} are read"));
}

/// One field: its number, and its content behind its length.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, content.len() as u8], content].concat()
}

#[test]
fn what_old_versions_wrote_is_read() {
    // type, name, pattern; seconds of a moment
    let matcher = |kind: u8, name: &[u8], pattern: &[u8]| {
        [vec![8, kind], field(2, name), field(3, pattern)].concat()
    };
    let moment = [8, 0x80, 0x89, 0x7a];
    let wire = |id: &[u8], matcher: &[u8]| {
        let comment = [field(1, b"bob"), field(2, b"old")].concat();
        let parts = [field(1, id), field(2, matcher), field(3, &[]), field(4, &moment)];
        let silence = [parts.concat(), field(7, &comment)].concat();
        let mesh = [field(1, &silence), field(2, &moment)].concat();
        [vec![mesh.len() as u8], mesh].concat()
    };
    let good = wire(b"id", &matcher(3, b"job", b"a|b"));
    let bad = wire(b"no", &matcher(1, b"job", b"("));
    let odd = wire(b"od", &matcher(9, b"job", b"x"));
    let mut kept = Kept::default();
    kept.read_silences(&[good, bad, odd].concat(), NOW).unwrap();
    let one = &kept.silences["id"];
    assert_eq!((&*one.created_by, &*one.comment, one.matcher_sets.len()), ("bob", "old", 1));
    assert_eq!(one.matcher_sets[0].0[0].to_string(), "job!~\"a|b\"");
    assert_eq!(one.ends_at, at(2_000_000_000));
    assert_eq!(kept.silences.len(), 1);
    let notices = kept.notices.join("\n");
    assert!(notices.starts_with("silence no is left out: error parsing regexp"), "{notices}");
    assert!(notices.ends_with("silence od is left out: no matcher is of type 9"), "{notices}");
}

#[test]
fn what_is_newer_stays() {
    let theirs = kept();
    let records = theirs.records(&[]);
    assert_eq!(records.len(), 4);
    assert_eq!(theirs.records(&records), [], "known");
    let newer =
        Record::Put(RecordKey::Notified(key("x")), RecordValue::Notified(entry(999_500, &[3])));
    let changed =
        Silence { updated_at: at(900_000), ..Silence::clone(&silence("one", &["a=\"9\""])) };
    let older =
        Record::Put(RecordKey::Silence("one".into()), RecordValue::Silence(Arc::new(changed)));
    let own = [newer, older];
    assert_eq!(theirs.records(&own).len(), 3, "our entry of x is newer");
    let mut both = theirs.clone();
    both.take_records(&own);
    assert_eq!(both.log[&key("x")].firing, [3].into());
    assert_eq!(both.silences["one"], theirs.silences["one"]);
}
