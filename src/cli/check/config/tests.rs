use std::path::Path;

use crate::promql::syntax::Features;
use crate::time::Span;

use super::*;
use crate::cli::ExitStatus;
use crate::cli::check::report::Said;

const RULES: &str = "groups: [{name: g, rules: [{record: a, expr: b}, {record: a, expr: b}]}]";

/// The report on files of these names and texts, and its lines without the directory.
fn checked(files: &[(&str, &str)], flags: &[&str]) -> (ExitStatus, Vec<String>) {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let parsed = parse(&directory.path().join(files[0].0), flags);
    let settings = Settings {
        features: Features::default(),
        look_back: Span::from_mins(5),
        sources: Default::default(),
    };
    let report = check(&parsed, &settings).unwrap();
    let said = report.subjects.iter().flat_map(|subject| &subject.said);
    let lines = said.map(|said| match said {
        Said::Out(line) => line.clone(),
        Said::Err(line) => format!("stderr:{line}"),
    });
    let prefix = format!("{}/", directory.path().display());
    (report.status(), lines.map(|line| line.replace(&prefix, "")).collect())
}

fn parse(path: &Path, flags: &[&str]) -> Arguments {
    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }
    let path = path.to_string_lossy();
    let line = ["check"].into_iter().chain(flags.iter().copied()).chain([&*path]);
    <Line as clap::Parser>::try_parse_from(line).unwrap().arguments
}

#[test]
fn a_file_tells_whose_configuration_it_is() {
    let check = |text: &str, kind| assert_eq!(tell(text), kind, "{text}");
    check("route: {receiver: a}", Kind::Alertmanager);
    check("global: {resolve_timeout: 5m}", Kind::Alertmanager);
    check("", Kind::Alertmanager);
    check("global: {scrape_interval: 5m}", Kind::Prometheus);
    check("rule_files: []", Kind::Prometheus);
    check("{a: b", Kind::Alertmanager);
}

#[test]
fn an_alertmanager_configuration_is_counted_and_its_templates_are_parsed() {
    let config = "route: {receiver: a}\nreceivers: [{name: a}]\ntemplates: ['*.tmpl']\n";
    let found =
        "Found:\n - global config\n - route\n - 0 inhibit rules\n - 1 receivers\n - 1 templates";
    let good = [("a.yml", config), ("a.tmpl", "{{ define \"x\" }}{{ end }}")];
    let expected = ["Checking 'a.yml'  SUCCESS", found, "  SUCCESS", ""];
    assert_eq!(checked(&good, &[]), (ExitStatus::Success, expected.map(str::to_owned).to_vec()));
    let (status, lines) = checked(&[good[0], ("a.tmpl", "{{ define \"x\" }}{{ end")], &[]);
    assert_eq!(status, ExitStatus::Failure);
    assert!(lines[2].starts_with("  FAILED: a.tmpl:1:"), "{lines:?}");
    let (status, lines) =
        checked(&[("a.yml", "route: {receiver: b}\nreceivers: [{name: a}]")], &[]);
    assert_eq!(status, ExitStatus::Failure);
    assert!(lines[0].starts_with("Checking 'a.yml'  FAILED: undefined receiver"), "{lines:?}");
}

#[test]
fn a_prometheus_configuration_brings_its_rule_files_and_says_what_is_not_used() {
    let config = "rule_files: ['r*.yml']\nscrape_configs: [{job_name: j, scrape_interval: 3m}]\n";
    let files = [("p.yml", config), ("r.yml", RULES)];
    let (status, lines) = checked(&files, &[]);
    assert_eq!(status, ExitStatus::Success);
    let expected = [
        "Checking p.yml",
        "  SUCCESS: 1 rule files found",
        " SUCCESS: p.yml is valid prometheus config file syntax",
        "",
        "stderr:  NOTE: scrape_configs is not used",
        "Checking r.yml",
    ];
    assert_eq!(lines[..6], expected.map(str::to_owned));
    assert!(lines[6].starts_with("stderr:  FAILED:\nlint error 1 duplicate"), "{lines:?}");
    let (status, lines) = checked(&files, &["--lint", "too-long-scrape-interval", "--lint-fatal"]);
    assert_eq!(status, ExitStatus::Lint);
    let long = lines.iter().any(|line| line.ends_with("job: j, interval: 3m"));
    assert!(long, "{lines:?}");
    assert_eq!(checked(&files, &["--lint", "none", "--lint-fatal"]).0, ExitStatus::Success);
    assert_eq!(checked(&files, &["--agent"]).0, ExitStatus::Failure);
}

#[test]
fn a_rule_file_that_is_not_there_is_an_error_unless_only_the_syntax_counts() {
    let files = [("p.yml", "rule_files: [r.yml]")];
    let (status, lines) = checked(&files, &[]);
    assert_eq!(status, ExitStatus::Failure);
    assert_eq!(lines[1], "stderr:  FAILED: \"r.yml\" does not point to an existing file");
    assert_eq!(checked(&files, &["--syntax-only"]).0, ExitStatus::Success);
}

#[test]
fn a_directory_is_checked_as_a_whole_and_fragment_by_fragment() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let says = || {
        let subjects = super::alertmanager::directory(folder.path(), ExpandEnvironment::No);
        let first = |subject: &Subject| {
            let file = subject.file.rsplit('/').next().unwrap_or_default().to_owned();
            (file, subject.has(Severity::Error))
        };
        subjects.iter().map(first).collect::<Vec<_>>()
    };
    assert_eq!(says().len(), 1);
    assert!(says()[0].1, "there is no root");
    write("alertmanager.yml", "route: {receiver: r}\nreceivers: [{name: r}]\n");
    write("good.yml", "route: {receiver: p, matchers: [t=x]}\nreceivers: [{name: p}]\n");
    write("wrong.yml", "route: {receiver: nobody, matchers: [t=y]}\n");
    let expect = [("alertmanager.yml", false), ("good.yml", false), ("wrong.yml", true)];
    assert_eq!(says(), expect.map(|(name, wrong)| (name.to_owned(), wrong)));
}
