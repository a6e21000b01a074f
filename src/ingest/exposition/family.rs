//! Which family a line belongs to.

use std::borrow::Cow;
use std::collections::HashMap;

use super::line::{self, Fault, Line, Pair, SampleLine};
use super::{Family, Format, MAX_HELP, Point, float};
use crate::ingest::limits;
use crate::label::{BUCKET_LABEL, Labels, METRIC_NAME};
use crate::source::MetricKind;
use crate::time::Timestamp;

/// Whether to read on.
#[derive(PartialEq)]
pub(super) enum Next {
    Line,
    End,
}

/// Families as they come together.
pub(super) struct Families {
    format: Format,
    families: Vec<Entry>,
    by_name: HashMap<String, usize>,
    samples: usize,
    most_samples: usize,
}

struct Entry {
    family: Family,
    typed: bool,
    helped: bool,
}

/// Suffixes of samples, and the kinds whose families use them.
const SUFFIXES: [(&str, &[MetricKind]); 7] = {
    use MetricKind::{Counter, GaugeHistogram, Histogram, Info, Summary};
    [
        ("_bucket", &[Histogram, GaugeHistogram]),
        ("_count", &[Histogram, Summary]),
        ("_sum", &[Histogram, Summary]),
        ("_gcount", &[GaugeHistogram]),
        ("_gsum", &[GaugeHistogram]),
        ("_total", &[Counter]),
        ("_info", &[Info]),
    ]
};
/// The suffix of OpenMetrics' creation times.
const CREATED: &str = "_created";

impl Families {
    pub(super) fn new(format: Format, most_samples: usize) -> Families {
        let (families, by_name) = (Vec::new(), HashMap::new());
        Families { format, families, by_name, samples: 0, most_samples }
    }

    /// Takes in one line.
    pub(super) fn line<'a>(&mut self, text: &'a str) -> Result<Next, Fault<'a>> {
        let mut pairs = Vec::new();
        match line::read(text, &mut pairs)? {
            Line::Nothing => {}
            Line::End if self.format == Format::OpenMetrics => return Ok(Next::End),
            Line::End => {}
            Line::Help { name, text: help } => {
                let entry = self.entry(&name);
                if std::mem::replace(&mut entry.helped, true) {
                    return Err(fault(text, format!("second HELP line for metric {name:?}")));
                }
                entry.family.help = help_text(help);
            }
            Line::Kind { name, kind, rest } => self.kind(&name, kind, rest)?,
            Line::Unit { name, unit } if self.format == Format::OpenMetrics => {
                unit.clone_into(&mut self.entry(&name).family.unit);
            }
            Line::Unit { .. } => {}
            Line::Sample(sample) => self.sample(text, &sample, pairs)?,
        }
        Ok(Next::Line)
    }

    pub(super) fn finish(self) -> Vec<Family> {
        let families = self.families.into_iter().map(|entry| entry.family);
        families.filter(|family| !family.points.is_empty()).collect()
    }

    fn kind<'a>(&mut self, name: &str, kind: MetricKind, rest: &'a str) -> Result<(), Fault<'a>> {
        let entry = self.entry(name);
        if std::mem::replace(&mut entry.typed, true) {
            return Err(fault(rest, format!("second TYPE line for metric {name:?}")));
        }
        if !entry.family.points.is_empty() {
            return Err(fault(rest, format!("TYPE line after samples of metric {name:?}")));
        }
        entry.family.kind = kind;
        Ok(())
    }

    fn sample<'a>(
        &mut self,
        text: &'a str,
        sample: &SampleLine<'a>,
        mut pairs: Vec<Pair<'a>>,
    ) -> Result<(), Fault<'a>> {
        if self.samples == self.most_samples {
            return Err(fault(text, format!("more than {} samples", self.most_samples)));
        }
        self.samples += 1;
        let Some(index) = self.family_of(&sample.name) else { return Ok(()) };
        let family = &mut self.families[index].family;
        canonical_bounds(text, family.kind, &mut pairs)?;
        let labels = labels(text, &sample.name, &mut pairs)?;
        let at = sample.time.map(|time| moment(time, self.format)).transpose()?;
        family.points.push(Point { labels, value: sample.value, at });
        Ok(())
    }

    /// The family of a sample; none for a creation time, which is left out.
    fn family_of(&mut self, name: &str) -> Option<usize> {
        if let Some(index) = self.by_name.get(name) {
            return Some(*index);
        }
        for (suffix, kinds) in SUFFIXES {
            let Some(base) = name.strip_suffix(suffix) else { continue };
            let found = self.by_name.get(base).copied();
            if let Some(index) = found.filter(|i| kinds.contains(&self.families[*i].family.kind)) {
                return Some(index);
            }
        }
        let created = name.strip_suffix(CREATED).filter(|_| self.format == Format::OpenMetrics);
        if created.is_some_and(|base| self.by_name.contains_key(base)) {
            return None;
        }
        Some(self.index(name))
    }

    fn entry(&mut self, name: &str) -> &mut Entry {
        let index = self.index(name);
        &mut self.families[index]
    }

    fn index(&mut self, name: &str) -> usize {
        if let Some(index) = self.by_name.get(name) {
            return *index;
        }
        let family = Family {
            name: name.to_owned(),
            kind: MetricKind::Unknown,
            help: String::new(),
            unit: String::new(),
            points: Vec::new(),
        };
        self.families.push(Entry { family, typed: false, helped: false });
        self.by_name.insert(name.to_owned(), self.families.len() - 1);
        self.families.len() - 1
    }
}

/// `le` of histograms and `quantile` of summaries are numbers, and equal numbers are one label.
fn canonical_bounds<'a>(
    text: &'a str,
    kind: MetricKind,
    pairs: &mut [Pair<'a>],
) -> Result<(), Fault<'a>> {
    let bound = match kind {
        MetricKind::Histogram | MetricKind::GaugeHistogram => BUCKET_LABEL,
        MetricKind::Summary => "quantile",
        _ => return Ok(()),
    };
    for (_, value) in pairs.iter_mut().filter(|(name, _)| name == bound) {
        let Some(number) = float::parse(value) else {
            let value = limits::shorten(value);
            return Err(fault(text, format!("expected a number as {bound:?} label, got {value}")));
        };
        *value = Cow::Owned(float::canonical(number));
    }
    Ok(())
}

fn labels<'a>(text: &'a str, name: &str, pairs: &mut [Pair<'a>]) -> Result<Labels, Fault<'a>> {
    pairs.sort_unstable();
    if let Some(twice) = pairs.windows(2).find(|two| two[0].0 == two[1].0) {
        let (label, metric) = (limits::shorten(&twice[0].0), limits::shorten(name));
        return Err(fault(text, format!("label {label} of metric {metric} is given twice")));
    }
    let named = [(METRIC_NAME, name)];
    let all = named.into_iter().chain(pairs.iter().map(|(name, value)| (&**name, &**value)));
    match limits::excess(all.clone()) {
        Some(message) => Err(fault(text, message)),
        None => Ok(Labels::from_pairs(all)),
    }
}

/// Milliseconds in the classic format, seconds in OpenMetrics.
fn moment(text: &str, format: Format) -> Result<Timestamp, Fault<'_>> {
    let millis = match format {
        Format::Text => text.parse().ok(),
        Format::OpenMetrics => float::parse(text)
            .map(|seconds| seconds * 1000.0)
            .filter(|t| t.is_finite())
            .map(|millis| millis.round() as i64),
    };
    let Some(millis) = millis else {
        let shown = limits::shorten(text);
        return Err(fault(text, format!("expected a timestamp, got {shown}")));
    };
    Ok(Timestamp::from_millis(millis))
}

fn help_text(text: &str) -> String {
    let mut end = text.len().min(MAX_HELP);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].replace("\\\\", "\u{0}").replace("\\n", "\n").replace('\u{0}', "\\")
}

fn fault(rest: &str, message: String) -> Fault<'_> {
    Fault { rest, message: Cow::Owned(message) }
}
