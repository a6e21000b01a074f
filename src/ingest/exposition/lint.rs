//! What is right by the format and yet not how metrics should be named and described.
//! (Source: prometheus.io/docs/practices/naming; classes and texts of `promtool check metrics`.)

use crate::label::{BUCKET_LABEL, METRIC_NAME};
use crate::source::MetricKind;

use super::{Family, Point};

/// Something about a metric that should be otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricLint {
    /// The metric.
    pub metric: String,
    /// What should be otherwise.
    pub text: String,
    /// Which kind of lint, a word for machines.
    pub class: &'static str,
}

/// The label of a summary's samples.
const QUANTILE_LABEL: &str = "quantile";
/// Units and the base unit that should stand in their place.
const UNITS: [(&str, &str); 25] = [
    ("amperes", "amperes"),
    ("bytes", "bytes"),
    ("celsius", "celsius"),
    ("grams", "grams"),
    ("joules", "joules"),
    ("kelvin", "kelvin"),
    ("meters", "meters"),
    ("metres", "metres"),
    ("moles", "moles"),
    ("seconds", "seconds"),
    ("volts", "volts"),
    ("minutes", "seconds"),
    ("hours", "seconds"),
    ("days", "seconds"),
    ("weeks", "seconds"),
    ("kelvins", "kelvin"),
    ("fahrenheit", "celsius"),
    ("rankine", "celsius"),
    ("inches", "meters"),
    ("yards", "meters"),
    ("miles", "meters"),
    ("bits", "bytes"),
    ("calories", "joules"),
    ("pounds", "grams"),
    ("ounces", "grams"),
];
/// Prefixes of units, as promtool spells them.
const PREFIXES: [&str; 19] = [
    "", "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "kibi", "mega",
    "mibi", "giga", "gibi", "tera", "tebi", "peta", "pebi",
];
/// Abbreviations of units.
const ABBREVIATIONS: [&str; 14] =
    ["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"];

/// All lints of an exposition, sorted by metric and text; of a label, once for each sample.
pub fn lint(families: &[Family]) -> Vec<MetricLint> {
    let mut lints = Vec::new();
    for family in families {
        let mut found = Found { metric: &family.name, lints: &mut lints };
        described(family, &mut found);
        unit(family, &mut found);
        counter(family, &mut found);
        reserved(family, &mut found);
        spelled(family, &mut found);
        unique(family, &mut found);
    }
    lints.sort();
    lints
}

struct Found<'a> {
    metric: &'a str,
    lints: &'a mut Vec<MetricLint>,
}

impl Found<'_> {
    fn tell(&mut self, class: &'static str, text: impl Into<String>) {
        self.lints.push(MetricLint { metric: self.metric.to_owned(), text: text.into(), class });
    }
}

fn described(family: &Family, found: &mut Found<'_>) {
    if family.help.is_empty() {
        found.tell("help", "no help text");
    }
}

/// The first word of the name that is a unit but not a base unit.
fn unit(family: &Family, found: &mut Found<'_>) {
    let other = family.name.split('_').find_map(|word| {
        let base = base_unit(word)?;
        (base != word).then_some((word, base))
    });
    if let Some((unit, base)) = other {
        found.tell("unit", format!("use base unit {base:?} instead of {unit:?}"));
    }
}

fn base_unit(word: &str) -> Option<&'static str> {
    UNITS.into_iter().find_map(|(unit, base)| {
        let prefix = word.strip_suffix(unit)?;
        PREFIXES.contains(&prefix).then_some(base)
    })
}

fn counter(family: &Family, found: &mut Found<'_>) {
    match (family.kind, family.name.ends_with("_total")) {
        (MetricKind::Counter, false) => {
            found.tell("counter", "counter metrics should have \"_total\" suffix");
        }
        (MetricKind::Counter | MetricKind::Unknown, _) | (_, false) => {}
        (_, true) => found.tell("counter", "non-counter metrics should not have \"_total\" suffix"),
    }
}

/// Suffixes, labels and words that belong to histograms and summaries.
fn reserved(family: &Family, found: &mut Found<'_>) {
    use MetricKind::{GaugeHistogram, Histogram, Summary, Unknown};
    let (name, kind) = (family.name.as_str(), family.kind);
    if kind == Unknown {
        return;
    }
    let is_histogram = matches!(kind, Histogram | GaugeHistogram);
    let is_summary = kind == Summary;
    if !is_histogram && name.ends_with("_bucket") {
        found.tell("reserved", "non-histogram metrics should not have \"_bucket\" suffix");
    }
    for suffix in ["_count", "_sum"] {
        if !is_histogram && !is_summary && name.ends_with(suffix) {
            let text =
                format!("non-histogram and non-summary metrics should not have {suffix:?} suffix");
            found.tell("reserved", text);
        }
    }
    for Point { labels, .. } in metrics(family) {
        if !is_histogram && labels.get(BUCKET_LABEL).is_some() {
            found.tell("reserved", "non-histogram metrics should not have \"le\" label");
        }
        if !is_summary && labels.get(QUANTILE_LABEL).is_some() {
            found.tell("reserved", "non-summary metrics should not have \"quantile\" label");
        }
    }
    let (lower, word) = (name.to_lowercase(), kind.text());
    if has_word(&lower, word) {
        found.tell("name", format!("metric name should not include type '{word}'"));
    }
}

fn spelled(family: &Family, found: &mut Found<'_>) {
    let name = family.name.as_str();
    if name.contains(':') {
        found.tell("name", "metric names should not contain ':'");
    }
    if ABBREVIATIONS.iter().any(|unit| has_word(&name.to_lowercase(), unit)) {
        found.tell("unit", "metric names should not contain abbreviated units");
    }
    if is_camel_case(name) {
        found.tell("name", "metric names should be written in 'snake_case' not 'camelCase'");
    }
    let labels = metrics(family).flat_map(|point| point.labels.iter());
    for _ in labels.filter(|(name, _)| *name != METRIC_NAME && is_camel_case(name)) {
        found.tell("name", "label names should be written in 'snake_case' not 'camelCase'");
    }
}

/// One sample of each metric: several samples are one histogram or summary, and its count
/// stands for it.
fn metrics(family: &Family) -> impl Iterator<Item = &Point> {
    use MetricKind::{GaugeHistogram, Histogram, Summary};
    let composed = matches!(family.kind, Histogram | GaugeHistogram | Summary);
    let stands = move |point: &&Point| {
        !composed || point.labels.get(METRIC_NAME).is_some_and(|name| name.ends_with("count"))
    };
    family.points.iter().filter(stands)
}

/// No two metrics have the same labels, whenever their values were taken.
fn unique(family: &Family, found: &mut Found<'_>) {
    let mut labels: Vec<_> = metrics(family).map(|point| &point.labels).collect();
    labels.sort();
    if labels.windows(2).any(|two| two[0] == two[1]) {
        found.tell("unique", "metric not unique");
    }
}

/// Whether a word stands between underscores or behind the last one.
fn has_word(name: &str, word: &str) -> bool {
    name.split('_').skip(1).any(|part| part == word)
}

fn is_camel_case(name: &str) -> bool {
    let pairs = name.as_bytes().windows(2);
    pairs.into_iter().any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::super::{Format, parse};
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        let lints = lint(&parse(text.as_bytes(), Format::Text).unwrap());
        let lines: Vec<_> =
            lints.iter().map(|lint| format!("{} {}", lint.metric, lint.text)).collect();
        assert_eq!(lines, expect, "{text}");
    }

    /// A gauge with a help text.
    fn gauge(name: &str, expect: &[&str]) {
        let expect: Vec<_> = expect.iter().map(|text| format!("{name} {text}")).collect();
        let text = format!("# HELP {name} x\n# TYPE {name} gauge\n{name} 1\n");
        check(&text, &expect.iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn names_and_units_are_judged_as_promtool_does() {
        gauge("x_seconds", &[]);
        gauge("x_milliseconds_y", &["use base unit \"seconds\" instead of \"milliseconds\""]);
        gauge("x_mibibytes", &["use base unit \"bytes\" instead of \"mibibytes\""]);
        gauge("x_mebibytes", &[]);
        gauge("thermometers", &[]);
        gauge("x_kelvins", &["use base unit \"kelvin\" instead of \"kelvins\""]);
        gauge("x_ms", &["metric names should not contain abbreviated units"]);
        gauge("ms_x", &[]);
        gauge("a:b", &["metric names should not contain ':'"]);
        gauge("aB", &["metric names should be written in 'snake_case' not 'camelCase'"]);
        gauge("x_gauge_y", &["metric name should not include type 'gauge'"]);
        gauge("x_total", &["non-counter metrics should not have \"_total\" suffix"]);
        gauge("x_bucket", &["non-histogram metrics should not have \"_bucket\" suffix"]);
        let text = "non-histogram and non-summary metrics should not have \"_sum\" suffix";
        gauge("x_sum", &[text]);
    }

    #[test]
    fn types_labels_and_descriptions_are_judged_as_promtool_does() {
        check(
            "x_hours_gauge_total 1\n",
            &[
                "x_hours_gauge_total no help text",
                "x_hours_gauge_total use base unit \"seconds\" instead of \"hours\"",
            ],
        );
        check(
            "# HELP a x\n# TYPE a counter\na{quantile=\"1\",le=\"1\"} 1\n",
            &[
                "a counter metrics should have \"_total\" suffix",
                "a non-histogram metrics should not have \"le\" label",
                "a non-summary metrics should not have \"quantile\" label",
            ],
        );
        check("# HELP a x\na 1\na 1 5\n", &["a metric not unique"]);
        check(
            "# HELP a x\n# TYPE a summary\na_sum{bC=\"1\"} 1\na_count{bC=\"1\"} 1\n",
            &["a label names should be written in 'snake_case' not 'camelCase'"],
        );
    }
}
