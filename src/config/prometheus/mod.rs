//! Prometheus' own configuration file: the parts that mean something here, checked as Prometheus
//! checks them; the rest is only known by name and told once.
//! (Source: Prometheus docs, "Configuration"; checks and texts of its `config` package.)

mod alerting;
mod relabel;
mod remote_write;
mod requests;
mod scrape;

use std::path::Path;
use std::sync::Arc;

use crate::forward::{Alertmanager, RemoteWrite};
use crate::label::relabel::Rule;
use crate::time::Span;

use super::alertmanager::Anything;
use super::read::{At, Pairs, PromDuration, Reader, errors, section};
use super::yaml::{self, Documents, Position};
use super::{ConfigError, ConfigErrors, Expansion};

use alerting::{RawAlerting, Targets};
use remote_write::RawRemoteWrite;
use scrape::RawScrape;

/// The scrape interval, and the evaluation interval, of a file that says nothing.
const INTERVAL: Span = Span::from_mins(1);

section! {
    /// The whole file.
    struct Root("config.plain") {
        nonempty global: Option<Global>,
        nonempty alerting: Option<RawAlerting>,
        nonempty rule_files: Vec<At<String>>,
        nonempty remote_write: Vec<RawRemoteWrite>,
        nonempty scrape_configs: Option<At<Vec<RawScrape>>>,
        nonempty scrape_config_files: Option<At<Anything>>,
        nonempty remote_read: Option<At<Anything>>,
        nonempty runtime: Option<At<Anything>>,
        nonempty storage: Option<At<Anything>>,
        nonempty tracing: Option<At<Anything>>,
        nonempty otlp: Option<At<Anything>>,
    }
}

section! {
    /// `global`
    struct Global("config.plain") {
        nonempty scrape_interval: PromDuration,
        nonempty scrape_timeout: At<PromDuration>,
        nonempty evaluation_interval: PromDuration,
        nonempty rule_query_offset: PromDuration,
        nonempty external_labels: Pairs<String>,
        nonempty metric_name_validation_scheme: Anything,
        nonempty metric_name_escaping_scheme: Anything,
        nonempty scrape_protocols: Anything,
        nonempty scrape_native_histograms: Anything,
        nonempty scrape_classic_histograms: Anything,
        nonempty scrape_failure_log_file: Anything,
        nonempty query_log_file: Option<At<Anything>>,
        nonempty body_size_limit: Anything,
        nonempty sample_limit: Anything,
        nonempty target_limit: Anything,
        nonempty label_limit: Anything,
        nonempty label_name_length_limit: Anything,
        nonempty label_value_length_limit: Anything,
        nonempty keep_dropped_targets: Anything,
        nonempty always_scrape_classic_histograms: Anything,
        nonempty convert_classic_histograms_to_nhcb: Anything,
        nonempty extra_scrape_metrics: Anything,
    }
}

/// What a Prometheus configuration says, as far as it means something here.
#[derive(Clone, Debug)]
pub struct Prometheus {
    /// Time between evaluations of groups that do not say.
    pub evaluation_interval: Span,
    /// The query offset of groups that do not say.
    pub rule_query_offset: Span,
    /// Labels that identify the instance, as they are written.
    pub external_labels: Vec<(String, String)>,
    /// The globs of rule files, joined to the configuration file's directory.
    pub rule_files: Vec<String>,
    /// The Alertmanagers that are listed one by one, each URL once.
    pub alertmanagers: Vec<Arc<Alertmanager>>,
    /// The URLs of those that `relabel_configs` left out.
    pub dropped_alertmanagers: Vec<Arc<str>>,
    /// The relabelling rules for alerts on their way to any of them.
    pub alert_relabel: Vec<Rule>,
    /// Where samples are written to.
    pub remote_write: Vec<RemoteWrite>,
    /// Scrape jobs by name and the time between their scrapes.
    pub scrape_jobs: Vec<(String, Span)>,
    /// Parts that have no effect here, with their places.
    pub unused: Vec<ConfigError>,
}

/// Reads a Prometheus configuration. `file` is its path, for messages and for the paths in it.
/// Only the first YAML document counts.
///
/// # Errors
/// Everything that is wrong with it, each with its place.
pub fn parse(file: &str, text: &str, expansion: Expansion<'_>) -> Result<Prometheus, ConfigErrors> {
    let documents = yaml::parse(text, Documents::First, expansion)
        .map_err(|problems| errors(file, problems))?;
    let mut reader = Reader::default();
    let mut root = Root::empty(Position { line: 1, column: 1 });
    if let Some(document) = documents.first() {
        reader.field(document, &mut root);
    }
    root.check(&mut reader);
    if reader.problems.is_empty() { Ok(root.compile(file)) } else { Err(reader.errors(file)) }
}

impl Root {
    fn check(&self, reader: &mut Reader) {
        if let Some(global) = &self.global {
            global.check(reader);
        }
        if let Some(alerting) = &self.alerting {
            alerting.check(reader);
        }
        for pattern in &self.rule_files {
            if !is_rule_path(pattern) {
                reader.problem(pattern.at, format!("invalid rule file path {:?}", pattern.value));
            }
        }
        remote_write::check(&self.remote_write, reader);
        if let Some(jobs) = &self.scrape_configs {
            scrape::check(jobs, reader);
        }
    }

    fn compile(&self, file: &str) -> Prometheus {
        let global = self.global.clone().unwrap_or_else(|| Global::empty(self.at));
        let or_default = |PromDuration(span)| if span == Span::ZERO { INTERVAL } else { span };
        let directory = Path::new(file).parent().unwrap_or(Path::new(""));
        let join = |path: &At<String>| directory.join(&path.value).to_string_lossy().into_owned();
        let labels = global.external_labels.iter();
        let writes = self.remote_write.iter();
        let jobs = self.scrape_configs.iter().flat_map(|jobs| &jobs.value);
        let scrape_interval = or_default(global.scrape_interval);
        let file_path = |path: &str| directory.join(path).to_string_lossy().into_owned();
        let alerting = self.alerting.as_ref();
        let Targets { active, dropped } =
            alerting.map(|alerting| alerting.targets(&file_path)).unwrap_or_default();
        Prometheus {
            evaluation_interval: or_default(global.evaluation_interval),
            rule_query_offset: global.rule_query_offset.0,
            external_labels: labels.map(|(name, value)| (name.into(), value.clone())).collect(),
            rule_files: self.rule_files.iter().map(join).collect(),
            alertmanagers: active,
            dropped_alertmanagers: dropped,
            alert_relabel: alerting.map(RawAlerting::relabel).unwrap_or_default(),
            remote_write: writes.filter_map(|write| write.compile(&file_path)).collect(),
            scrape_jobs: jobs.map(|job| job.compile(scrape_interval)).collect(),
            unused: self.unused(file),
        }
    }

    fn unused(&self, file: &str) -> Vec<ConfigError> {
        let at = |part: &Option<At<Anything>>| part.as_ref().map(|part| part.at);
        let parts = [
            ("scrape_configs", self.scrape_configs.as_ref().map(|jobs| jobs.at)),
            ("scrape_config_files", at(&self.scrape_config_files)),
            ("remote_read", at(&self.remote_read)),
            ("runtime", at(&self.runtime)),
            ("storage", at(&self.storage)),
            ("tracing", at(&self.tracing)),
            ("otlp", at(&self.otlp)),
            ("query_log_file", self.global.as_ref().and_then(|global| at(&global.query_log_file))),
        ];
        let there = |(name, at): (&str, Option<Position>)| Some((name.to_owned(), at?));
        let mut unused: Vec<_> = parts.into_iter().filter_map(there).collect();
        unused.extend(self.alerting.iter().flat_map(RawAlerting::unused));
        unused.extend(self.remote_write.iter().flat_map(RawRemoteWrite::unused));
        let told = |(name, Position { line, column }): (String, Position)| {
            let message = format!("{name} is not used");
            ConfigError { file: file.to_owned(), line, column, message }
        };
        let mut unused: Vec<_> = unused.into_iter().map(told).collect();
        unused.sort();
        unused
    }
}

impl Global {
    fn check(&self, reader: &mut Reader) {
        for (name, _) in &self.external_labels.0 {
            if name.is_empty() {
                reader.problem(name.at, format!("{:?} is not a valid label name", name.value));
            }
        }
        let PromDuration(written) = self.scrape_interval;
        let interval = if written == Span::ZERO { INTERVAL } else { written };
        if self.scrape_timeout.0 > interval {
            let message = "global scrape timeout greater than scrape interval";
            reader.problem(self.scrape_timeout.at, message);
        }
    }
}

/// At most one star, and that in the last part of the path.
fn is_rule_path(pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => true,
        Some((_, after)) => !after.contains(['/', '*']),
    }
}

#[cfg(test)]
mod tests;
