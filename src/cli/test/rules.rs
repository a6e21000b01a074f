//! `firebell test rules`.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use crate::config::rules::{GroupSources, UnknownFields};
use crate::drivers::ruletest::rules::{
    self, AlertsShown, Conduct, Coverage, Detail, Report, Tally,
};
use crate::label::pattern::Pattern;

use super::report::{self, Colours, Output, Streams, Talk, coverage};
use crate::cli::{ExitStatus, features};

/// Run unit tests of rules and of the messages they lead to: promtool's test files, and more.
#[derive(Args)]
#[command(
    after_help = "Example test file:\n  rule_files: [airflow.yml]\n  evaluation_interval: 1m\n  tests:\n  - name: a failed run is told\n    interval: 1m\n    input_series:\n    - series: airflow_failed_total{dag=\"sales\"}\n      values: 0x5 1x10\n    alert_rule_test:\n    - alertname: RunFailed\n      eval_time: 10m\n      exp_alerts:\n      - exp_labels: {severity: page, dag: sales}\n        exp_annotations: {summary: sales has failed}\n    promql_expr_test:\n    - expr: sum(increase(airflow_failed_total[5m]))\n      eval_time: 6m\n      exp_samples: [{value: 1.25}]\n\nMessages are tested in the same file, with `alertmanager_config: alertmanager.yml` at its top:\n    silences: [{at: 1h, for: 30m, matchers: 'dag=\"sales\"'}]\n    receiver_faults: [{receiver: slack#team, from: 0s, until: 7m, fault: '503'}]\n    restart_at: [8m]\n    notification_test:\n    - at: 10m\n      receiver: team\n      exp_notifications:\n      - {status: firing, title: /sales has failed/, payload: {/channel: '#team'}}\n    exp_suppressed: [{at: 2h, alert: 'RunFailed{dag=\"sales\"}', by: silence}]\n    exp_no_notification: [{receiver: boss, from: 0s, until: 2h}]\n\nRun it:\n  firebell test rules airflow.test.yml --run 'failed' --junit report.xml\n  firebell test rules tests/*.yml --output github --coverage --coverage-min 80\n  firebell test rules tests/*.yml --coverage=lcov --coverage-output lcov.info\n\nExit codes: 0 all tests passed, and enough is covered; 1 some failed or could not be read."
)]
pub(in crate::cli) struct Arguments {
    /// Test files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Run only tests whose name matches; may be repeated.
    #[arg(long, value_name = "REGEX")]
    run: Vec<String>,
    /// How the outcome is written.
    #[arg(long, alias = "format", value_enum, value_name = "FORMAT", default_value_t)]
    pub(in crate::cli) output: Output,
    /// Tell what the tests exercised: rules that fired and resolved, routes, inhibition rules,
    /// receivers, silences.
    #[arg(long, value_enum, value_name = "FORMAT", num_args = 0..=1, require_equals = true,
          default_missing_value = "text")]
    coverage: Option<coverage::Format>,
    /// Write what the tests exercised to a file; as lcov unless --coverage says otherwise.
    #[arg(long, value_name = "FILE")]
    coverage_output: Option<PathBuf>,
    /// Fail when less than this share of it was exercised.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    coverage_min: Option<f64>,
    /// Write the outcome as JUnit XML too.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) junit: Option<PathBuf>,
    /// Show all data of each test, and how long it took.
    #[arg(long)]
    debug: bool,
    /// Show differences in colours, also where the output is no terminal.
    #[arg(long)]
    diff: bool,
    /// Ignore fields of rule files that Prometheus does not know.
    #[arg(long)]
    ignore_unknown_fields: bool,
    /// Experimental parts of PromQL to understand; may be repeated.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(in crate::cli) enable_feature: Vec<String>,
}

/// Runs the files; fails when any test does, or when too little is covered.
pub(in crate::cli) fn run(arguments: &Arguments, sources: GroupSources) -> Result<ExitStatus> {
    let conduct = Conduct { sources, ..conduct(arguments)? };
    let reports = rules::run(&arguments.files, &conduct);
    let mut coverage = Coverage::default();
    reports.iter().for_each(|report| coverage.add(&report.coverage));
    write(arguments, &reports, &coverage)?;
    if let Some(path) = &arguments.junit {
        std::fs::write(path, report::junit(&reports))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let passed = reports.iter().all(Report::passed);
    let covered = arguments.is_covered(&coverage);
    Ok(if passed && covered { ExitStatus::Success } else { ExitStatus::Failure })
}

/// Writes the outcome and the coverage. What a program is to read has stdout for itself.
fn write(arguments: &Arguments, reports: &[Report], coverage: &Coverage) -> Result<()> {
    let (mut stdout, mut stderr) = (std::io::stdout().lock(), std::io::stderr().lock());
    let shown = arguments.coverage.filter(|_| arguments.coverage_output.is_none());
    let of_people = matches!(arguments.output, Output::Human | Output::Github | Output::Promtool);
    if let Some(path) = &arguments.coverage_output {
        let format = arguments.coverage.unwrap_or(coverage::Format::Lcov);
        std::fs::write(path, format.write(coverage))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    match shown {
        Some(coverage::Format::Text) if of_people => {
            stdout.write_all(coverage::Format::Text.write(coverage).as_bytes())?;
        }
        Some(coverage::Format::Text) => {
            stderr.write_all(coverage::Format::Text.write(coverage).as_bytes())?;
        }
        Some(format) => {
            stdout.write_all(format.write(coverage).as_bytes())?;
            let mut streams = Streams { out: &mut stderr, talk: &mut std::io::sink() };
            return Ok(arguments.tell(reports, &mut streams)?);
        }
        None => {}
    }
    let mut streams = Streams { out: &mut stdout, talk: &mut stderr };
    Ok(arguments.tell(reports, &mut streams)?)
}

impl Arguments {
    /// Takes promtool's place.
    pub(in crate::cli) fn into_promtool(mut self) -> Arguments {
        if self.output == Output::Human {
            self.output = Output::Promtool;
        }
        self
    }

    fn tell(&self, reports: &[Report], streams: &mut Streams<'_>) -> std::io::Result<()> {
        let terminal = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let colours = if terminal || self.diff { Colours::On } else { Colours::Off };
        let talk = if self.debug { Talk::Everything } else { Talk::Outcome };
        self.output.write(reports, colours, talk, streams)
    }

    fn is_covered(&self, coverage: &Coverage) -> bool {
        let Some(least) = self.coverage_min else { return true };
        let (hit, all) = coverage.share();
        let enough = coverage.percent() >= least;
        if !enough {
            let percent = coverage.percent();
            eprintln!("coverage: {hit} of {all} exercised, {percent:.1} %, less than {least} %");
        }
        enough
    }
}

/// A share from 0 to 100.
fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').parse::<f64>().ok();
    number.filter(|share| (0.0..=100.0).contains(share)).ok_or_else(|| "from 0 to 100".to_owned())
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
    let counts = arguments.coverage.is_some()
        || arguments.coverage_output.is_some()
        || arguments.coverage_min.is_some();
    if counts {
        conduct.tally = Tally::Coverage;
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

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn shares_are_from_0_to_100() {
        assert_eq!(percent("80"), Ok(80.0));
        assert_eq!(percent("99.5%"), Ok(99.5));
        for text in ["", "-1", "101", "NaN", "many"] {
            assert!(percent(text).is_err(), "{text}");
        }
    }
}
