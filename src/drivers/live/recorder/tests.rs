use std::path::{Path, PathBuf};

use super::*;
use crate::silence::Silence;

fn outputs(files: &[&Path]) -> Option<Arc<EventOutputs>> {
    let files = files.iter().map(|path| Arc::from(path.to_str().unwrap())).collect();
    Some(Arc::new(EventOutputs { files, ..EventOutputs::default() }))
}

fn event(comment: &str) -> Event {
    let at = Timestamp::from_millis(0);
    let silence = Silence {
        id: "s".into(),
        matcher_sets: Vec::new(),
        starts_at: at,
        ends_at: at,
        updated_at: at,
        created_by: "".into(),
        comment: comment.into(),
        annotations: Default::default(),
    };
    Event { at, kind: EventKind::SilenceCreated(Arc::new(silence)) }
}

fn comments(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let comment = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let data = line["data"].as_object().unwrap();
        let (kind, content) = data.iter().next().unwrap();
        content["silence"]["comment"].as_str().unwrap_or(kind).to_owned()
    };
    text.lines().map(comment).collect()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn folder() -> Folder {
    Folder(tempfile::tempdir().unwrap())
}

fn recorder() -> Recorder {
    Recorder::new(Arc::default())
}

/// Returns when the file has so many lines.
async fn written(path: &Path, lines: usize) {
    let enough = || comments(path).len() >= lines;
    while !enough() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn events_are_written_in_order_and_all_of_them_before_the_end() {
    let folder = folder();
    let (a, b) = (folder.path("a"), folder.path("b"));
    let recorder = recorder();
    recorder.configure(outputs(&[&a, &b]).as_ref());
    recorder.started();
    let names: Vec<String> = (0..500).map(|number| number.to_string()).collect();
    names.iter().for_each(|name| recorder.note(event(name)));
    recorder.stop().await;
    let mut expect = vec!["alertmanagerStartupEvent".to_owned()];
    expect.extend(names);
    expect.push("alertmanagerShutdownEvent".to_owned());
    assert_eq!(comments(&a), expect);
    assert_eq!(comments(&b), expect);
}

#[tokio::test]
async fn without_outputs_nothing_is_written_nor_counted() {
    let recorder = recorder();
    recorder.configure(None);
    recorder.started();
    recorder.note(event("lost"));
    assert_eq!(recorder.figures(), None);
    recorder.stop().await;
}

#[tokio::test]
async fn a_reload_moves_events_to_the_new_outputs() {
    let folder = folder();
    let (a, b) = (folder.path("a"), folder.path("b"));
    let recorder = recorder();
    recorder.configure(outputs(&[&a]).as_ref());
    recorder.note(event("one"));
    written(&a, 1).await;
    // the same again changes nothing
    recorder.configure(outputs(&[&a]).as_ref());
    recorder.note(event("two"));
    written(&a, 2).await;
    recorder.configure(outputs(&[&b]).as_ref());
    recorder.note(event("three"));
    written(&b, 1).await;
    recorder.configure(None);
    recorder.note(event("nowhere"));
    recorder.stop().await;
    assert_eq!(
        (comments(&a), comments(&b)),
        (vec!["one".into(), "two".into()], vec!["three".into()])
    );
}

#[tokio::test]
async fn a_reload_that_cannot_be_keeps_the_old_outputs() {
    let folder = folder();
    let (a, b) = (folder.path("a"), folder.path("b"));
    let recorder = recorder();
    recorder.configure(outputs(&[&a]).as_ref());
    recorder.note(event("one"));
    written(&a, 1).await;
    recorder.configure(outputs(&[&b, &folder.path("no/such/folder")]).as_ref());
    recorder.note(event("two"));
    recorder.stop().await;
    assert_eq!(comments(&a), ["one", "two", "alertmanagerShutdownEvent"]);
    assert_eq!(comments(&b), [""; 0]);
}

#[tokio::test]
async fn at_the_start_outputs_that_can_be_are_used() {
    let folder = folder();
    let recorder = recorder();
    recorder.configure(outputs(&[&folder.path("no/such/folder"), &folder.path("a")]).as_ref());
    recorder.note(event("one"));
    recorder.stop().await;
    assert_eq!(comments(&folder.path("a")), ["one", "alertmanagerShutdownEvent"]);
}

#[tokio::test]
async fn what_is_written_and_dropped_is_counted() {
    let folder = folder();
    let path = folder.path("a");
    let recorder = recorder();
    recorder.configure(outputs(&[&path]).as_ref());
    let many = 3 * EVENTS_LIMIT;
    for _ in 0..many {
        recorder.note(event("x"));
    }
    let figures = loop {
        let figures = recorder.figures().unwrap();
        let good: u64 = figures.written.values().map(|written| written.good).sum();
        let dropped: u64 = figures.dropped.values().sum();
        if good + dropped == many as u64 {
            break figures;
        }
        tokio::task::yield_now().await;
    };
    let output: Arc<str> = format!("file:{}", path.display()).into();
    let written = figures.written[&("silence_created", Arc::clone(&output))];
    assert_eq!(written.bytes, std::fs::metadata(&path).unwrap().len());
    assert_eq!((written.failed, figures.output_drops[&output]), (0, 0));
    recorder.stop().await;
}
