//! `firebell test rules`.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use crate::config::rules::{GroupSources, UnknownFields};
use crate::drivers::ruletest::rules::{self, AlertsShown, Case, Conduct, Detail, Report};
use crate::label::pattern::Pattern;

use super::escape;
use crate::cli::{ExitStatus, features};

/// Run unit tests of rules and of the messages they lead to: promtool's test files, and more.
#[derive(Args)]
#[command(
    after_help = "Example test file:\n  rule_files: [airflow.yml]\n  evaluation_interval: 1m\n  tests:\n  - name: a failed run is told\n    interval: 1m\n    input_series:\n    - series: airflow_failed_total{dag=\"sales\"}\n      values: 0x5 1x10\n    alert_rule_test:\n    - alertname: RunFailed\n      eval_time: 10m\n      exp_alerts:\n      - exp_labels: {severity: page, dag: sales}\n        exp_annotations: {summary: sales has failed}\n    promql_expr_test:\n    - expr: sum(increase(airflow_failed_total[5m]))\n      eval_time: 6m\n      exp_samples: [{value: 1.25}]\n\nMessages are tested in the same file, with `alertmanager_config: alertmanager.yml` at its top:\n    silences: [{at: 1h, for: 30m, matchers: 'dag=\"sales\"'}]\n    receiver_faults: [{receiver: slack#team, from: 0s, until: 7m, fault: '503'}]\n    restart_at: [8m]\n    notification_test:\n    - at: 10m\n      receiver: team\n      exp_notifications:\n      - {status: firing, title: /sales has failed/, payload: {/channel: '#team'}}\n    exp_suppressed: [{at: 2h, alert: 'RunFailed{dag=\"sales\"}', by: silence}]\n    exp_no_notification: [{receiver: boss, from: 0s, until: 2h}]\n\nRun it:\n  firebell test rules airflow.test.yml --run 'failed' --junit report.xml"
)]
pub(in crate::cli) struct Arguments {
    /// Test files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Run only tests whose name matches; may be repeated.
    #[arg(long, value_name = "REGEX")]
    run: Vec<String>,
    /// Write the outcome as JUnit XML too.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) junit: Option<PathBuf>,
    /// Show all data of each test, and how long it took.
    #[arg(long)]
    debug: bool,
    /// Show differences between alerts in colours instead of both in full.
    #[arg(long)]
    diff: bool,
    /// Ignore fields of rule files that Prometheus does not know.
    #[arg(long)]
    ignore_unknown_fields: bool,
    /// Experimental parts of PromQL to understand; may be repeated.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(in crate::cli) enable_feature: Vec<String>,
}

/// Runs the files; fails when any test does.
pub(in crate::cli) fn run(arguments: &Arguments, sources: GroupSources) -> Result<ExitStatus> {
    let conduct = Conduct { sources, ..conduct(arguments)? };
    let reports = rules::run(&arguments.files, &conduct);
    let (mut passed, mut failed) = (0, 0);
    for report in &reports {
        tell(report, arguments)?;
        let faulty = report.cases.iter().filter(|case| !case.faults.is_empty()).count();
        passed += report.cases.len() - faulty;
        failed += faulty + usize::from(report.aborted.is_some());
    }
    writeln!(std::io::stdout().lock(), "{passed} passed, {failed} failed")?;
    if let Some(path) = &arguments.junit {
        std::fs::write(path, junit(&reports))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(if failed == 0 { ExitStatus::Success } else { ExitStatus::Failure })
}

fn conduct(arguments: &Arguments) -> Result<Conduct> {
    let mut conduct = Conduct::default();
    if !arguments.run.is_empty() {
        let pattern = arguments.run.join("|");
        conduct.run = Some(Pattern::unanchored(&pattern).context("--run")?);
    }
    if arguments.debug {
        conduct.detail = Detail::Everything;
    }
    if arguments.diff {
        conduct.alerts = AlertsShown::AsDifference;
    }
    if arguments.ignore_unknown_fields {
        conduct.unknown_fields = UnknownFields::Ignore;
    }
    for name in &arguments.enable_feature {
        features::enable(name, &mut conduct.features, &mut conduct.options)?;
    }
    Ok(conduct)
}

/// One file as promtool tells it: talk and failures on stderr, what was asked for on stdout.
fn tell(report: &Report, arguments: &Arguments) -> Result<()> {
    let (mut out, mut talk) = (std::io::stdout().lock(), std::io::stderr().lock());
    for warning in &report.warnings {
        writeln!(talk, "  WARNING: {warning}")?;
    }
    if arguments.debug {
        report.cases.iter().try_for_each(|case| debug(case, &mut out))?;
    }
    if report.passed() {
        writeln!(out, "  SUCCESS\n")?;
        return Ok(());
    }
    writeln!(talk, "  FAILED:")?;
    let aborted = report.aborted.iter().cloned();
    let faults = report.cases.iter().flat_map(|case| &case.faults);
    let faults = faults.map(|fault| located(&report.file, fault));
    for text in aborted.chain(faults) {
        writeln!(talk, "{text}")?;
        writeln!(out)?;
    }
    writeln!(out)?;
    Ok(())
}

fn located(file: &str, fault: &rules::Fault) -> String {
    format!("{}\n        at {file}:{}", fault.text, fault.line)
}

fn debug(case: &Case, out: &mut impl Write) -> Result<()> {
    writeln!(out, "DEBUG: Starting test {}", case.name)?;
    writeln!(out, "{}", case.dump)?;
    writeln!(out, "DEBUG: Test {} finished, took {:?}", case.name, case.took)?;
    Ok(())
}

/// The outcome as JUnit XML: a suite for each file, a case for each test.
fn junit(reports: &[Report]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for report in reports {
        let faults: usize = report.cases.iter().map(|case| case.faults.len()).sum();
        let errors = usize::from(report.aborted.is_some());
        // writing to a string does not fail
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{faults}\" errors=\"{errors}\" \
             skipped=\"0\">",
            escape(&report.file),
            report.cases.len() + errors,
        );
        if let Some(reason) = &report.aborted {
            let error = escape(reason);
            let _ = writeln!(xml, "    <testcase name=\"\"><error>{error}</error></testcase>");
        }
        for case in &report.cases {
            let _ = write!(xml, "    <testcase name=\"{}\"", escape(&case.name));
            let faults = case.faults.iter().map(|fault| located(&report.file, fault));
            let faults = faults.map(|text| format!("<failure>{}</failure>", escape(&text)));
            let _ = writeln!(xml, ">{}</testcase>", faults.collect::<String>());
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn junit_has_a_suite_for_each_file_and_a_case_for_each_test() {
        let fault = rules::Fault { line: 7, text: "exp: <1>".to_owned() };
        let cases = vec![
            Case { name: "good".to_owned(), ..Case::default() },
            Case { name: "bad & worse".to_owned(), faults: vec![fault], ..Case::default() },
        ];
        let report = Report { file: "t.yml".to_owned(), cases, ..Report::default() };
        let broken = Report { aborted: Some("no".to_owned()), ..Report::default() };
        let xml = junit(&[report, broken]);
        for part in [
            "<testsuite name=\"t.yml\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">",
            "<testcase name=\"good\"></testcase>",
            "<testcase name=\"bad &amp; worse\"><failure>exp: &lt;1&gt;&#10;        at t.yml:7<",
            "tests=\"1\" failures=\"0\" errors=\"1\"",
            "<error>no</error>",
        ] {
            assert!(xml.contains(part), "{part} in\n{xml}");
        }
    }
}
