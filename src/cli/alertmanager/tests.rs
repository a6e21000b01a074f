use super::*;
use crate::api::SilenceLog;
use crate::cli::address::Listen;
use crate::time::Span;

fn words(line: &str) -> impl Iterator<Item = String> {
    line.split_whitespace().map(str::to_owned)
}

fn settled(line: &str) -> Result<Values, String> {
    let values = read(&PROGRAM, words(line))?.settle(&BTreeMap::new())?;
    checked(&values).map(|_| values)
}

/// What Alertmanager 0.33 says of the same line.
#[test]
fn mistakes_are_told_in_the_peers_words() {
    for (line, expect) in [
        ("--nope", "unknown long flag '--nope'"),
        ("-x", "unknown short flag '-x'"),
        ("stray", "unexpected stray"),
        ("--data.retention=x", "time: invalid duration \"x\""),
        ("--log.level=loud", "unrecognized log level loud"),
        ("--log.format=xml", "unrecognized log format xml"),
        ("--log.silences=true", "unexpected true"),
        ("--config.file=a --config.file=b", "flag 'config.file' cannot be repeated"),
        ("--web.get-concurrency=x", "strconv.ParseFloat: parsing \"x\": invalid syntax"),
        ("--config.file", "expected argument for flag '--config.file'"),
        ("--no-config.file", "unknown long flag '--no-config.file'"),
    ] {
        assert_eq!(settled(line).map(|_| ()), Err(expect.to_owned()), "{line}");
    }
}

#[test]
fn without_flags_it_is_as_the_peer_without_flags() {
    let values = settled("").unwrap();
    let service = settings::service(&values, &Features::default()).unwrap();
    assert_eq!(service.listen, Listen::Addresses(vec![":9093".to_owned()]));
    assert_eq!(service.storage.unwrap().to_str(), Some("data/"));
    assert_eq!(service.plan.config_file.unwrap().to_str(), Some("alertmanager.yml"));
    assert_eq!(service.plan.retention, Span::from_mins(120 * 60));
    let upkeep = service.plan.upkeep;
    assert_eq!(upkeep.maintenance_interval, Span::from_mins(15));
    assert_eq!(upkeep.collection_interval, Span::from_mins(30));
    assert_eq!((upkeep.alerts_per_name, upkeep.silences.count), (None, None));
    assert!(service.surface.get_concurrency.unwrap() >= 8);
    assert_eq!((service.surface.timeout, service.surface.silence_log), (None, SilenceLog::Off));
}

#[test]
fn flags_reach_what_they_mean() {
    let line = "--web.listen-address=:1 --web.listen-address :2 --data.retention=1w2d3h \
        --web.get-concurrency=3 --web.timeout 1m30s --alerts.per-alertname-limit=5 \
        --silences.max-silences=-1 --silences.max-silence-size-bytes=700 --log.silences \
        --alerts.gc-interval=1m --data.maintenance-interval=2m --web.route-prefix=/x";
    let values = settled(line).unwrap();
    let service = settings::service(&values, &Features::default()).unwrap();
    assert_eq!(service.listen, Listen::Addresses(vec![":1".to_owned(), ":2".to_owned()]));
    assert_eq!(service.plan.retention, Span::from_mins((9 * 24 + 3) * 60));
    let upkeep = service.plan.upkeep;
    assert_eq!(upkeep.collection_interval, Span::from_mins(1));
    assert_eq!(upkeep.maintenance_interval, Span::from_mins(2));
    assert_eq!((upkeep.silences.count, upkeep.silences.bytes), (None, Some(700)));
    assert_eq!(upkeep.alerts_per_name, Some(5));
    assert_eq!(service.surface.get_concurrency, Some(3));
    assert_eq!(service.surface.timeout.unwrap().as_secs(), 90);
    assert_eq!(service.surface.silence_log, SilenceLog::On);
    assert_eq!(service.given.route_prefix.as_deref(), Some("/x"));
    assert_eq!(service.flags["web.listen-address"], ":1,:2");
}

#[test]
fn what_cannot_be_is_refused_at_the_start() {
    for (line, expect) in [
        ("--data.retention=0", "--data.retention=0: must be longer than nothing"),
        ("--alerts.gc-interval=-1s", "--alerts.gc-interval=-1s: must be longer than nothing"),
        ("--auto-gomemlimit.ratio=2", "--auto-gomemlimit.ratio=2: must be above 0 and at most 1"),
    ] {
        let values = settled(line).unwrap();
        let error = settings::service(&values, &Features::default()).err().unwrap();
        assert_eq!(error.to_string(), expect, "{line}");
    }
}

#[test]
fn flags_without_meaning_are_named_once_with_the_reason() {
    let line = "--cluster.peer=a:1 --cluster.peer=b:1 --cluster.label=x --config.file=a \
        --dispatch.maintenance-interval=1m";
    let line = read(&PROGRAM, words(line)).unwrap();
    let said = without_meaning(&line);
    let flags: Vec<_> = said.iter().map(|(flags, _)| flags.as_str()).collect();
    assert_eq!(flags, ["--cluster.peer --cluster.label", "--dispatch.maintenance-interval"]);
    let alone = read(&PROGRAM, words("--cluster.listen-address=")).unwrap();
    assert_eq!(without_meaning(&alone), []);
}

#[test]
fn help_version_and_completions_are_only_printed() {
    let text = |line: &str| asked(&read(&PROGRAM, words(line)).unwrap()).unwrap_or_default();
    for line in ["-h", "--help", "--help-long", "--help-man"] {
        let help = text(line);
        assert!(help.contains("--config.file") && help.contains("Example"), "{help}");
    }
    assert!(text("--version").starts_with("alertmanager, version 0.34.0 (branch: firebell, "));
    assert!(text("--completion-bash").contains("--web.external-url\n"));
    assert!(text("--completion-script-zsh").contains("complete -W"));
    assert_eq!(text("--config.file=x"), "");
}
