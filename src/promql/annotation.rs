//! What a query's answer wants said about it: warnings and notes.

use std::collections::BTreeMap;

use crate::promql::syntax::ast::PositionRange;
use crate::time::Timestamp;

use super::functions::Forced;
use super::number::format_g;

/// How many annotations of each severity are told before the rest is only counted.
const TOLD: usize = 10;

/// How grave an annotation is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The answer may be wrong.
    Warning,
    /// The answer is right, but perhaps not what was meant.
    Info,
}

/// One annotation.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    /// How grave it is.
    pub severity: Severity,
    /// The text with its prefix (`PromQL info: `), without the position.
    pub text: String,
    /// The part of the expression it is about.
    pub range: PositionRange,
}

/// The annotations of one run, each text once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotations {
    by_text: BTreeMap<(Severity, String), PositionRange>,
    /// Forced monotonicity by text: over how many samples, and how much.
    forced: BTreeMap<String, ForcedSamples>,
}

/// Histograms whose bucket counts had to be made monotonic.
#[derive(Clone, Debug, PartialEq)]
struct ForcedSamples {
    range: PositionRange,
    forced: Forced,
    samples: usize,
    first: Timestamp,
    last: Timestamp,
}

impl Annotations {
    /// No annotations.
    pub fn new() -> Annotations {
        Annotations::default()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_text.is_empty() && self.forced.is_empty()
    }

    /// All of them: warnings first, then by text.
    pub fn iter(&self) -> impl Iterator<Item = Annotation> {
        let told = self.by_text.iter().map(|((severity, text), range)| Annotation {
            severity: *severity,
            text: text.clone(),
            range: *range,
        });
        told.chain(self.forced.iter().map(|(text, forced)| forced.annotation(text)))
    }

    /// The warnings as Prometheus' API tells them, for the query's text; at most ten, then how
    /// many more there are.
    pub fn warnings(&self, query: &str) -> Vec<String> {
        self.told(Severity::Warning, "warning", query)
    }

    /// The notes as Prometheus' API tells them, for the query's text; at most ten, then how
    /// many more there are.
    pub fn infos(&self, query: &str) -> Vec<String> {
        self.told(Severity::Info, "info", query)
    }

    pub(super) fn warn(&mut self, text: impl AsRef<str>, range: PositionRange) {
        self.add(Severity::Warning, format!("PromQL warning: {}", text.as_ref()), range);
    }

    pub(super) fn info(&mut self, text: impl AsRef<str>, range: PositionRange) {
        self.add(Severity::Info, format!("PromQL info: {}", text.as_ref()), range);
    }

    fn add(&mut self, severity: Severity, text: String, range: PositionRange) {
        self.by_text.entry((severity, text)).or_insert(range);
    }

    /// Notes that a classic histogram's counts at a moment had to be made monotonic; what is
    /// said of several moments becomes one annotation.
    pub(super) fn forced_monotonic(
        &mut self,
        text: String,
        range: PositionRange,
        forced: Forced,
        at: Timestamp,
    ) {
        let new = ForcedSamples { range, forced, samples: 0, first: at, last: at };
        let so_far = self.forced.entry(text).or_insert(new);
        so_far.samples += 1;
        so_far.first = so_far.first.min(at);
        so_far.last = so_far.last.max(at);
        so_far.forced.lowest = so_far.forced.lowest.min(forced.lowest);
        so_far.forced.highest = so_far.forced.highest.max(forced.highest);
        so_far.forced.greatest = so_far.forced.greatest.max(forced.greatest);
    }

    fn told(&self, severity: Severity, word: &str, query: &str) -> Vec<String> {
        let of_kind: Vec<Annotation> =
            self.iter().filter(|annotation| annotation.severity == severity).collect();
        let tell = |it: &Annotation| format!("{} ({})", it.text, position(query, it.range));
        let mut told: Vec<String> = of_kind.iter().take(TOLD).map(tell).collect();
        let more = of_kind.len().saturating_sub(TOLD);
        if more > 0 {
            told.push(format!("{more} more {word} annotations omitted"));
        }
        told
    }
}

impl ForcedSamples {
    fn annotation(&self, text: &str) -> Annotation {
        let Forced { lowest, highest, greatest } = self.forced;
        let [lowest, highest, greatest] = [lowest, highest, greatest].map(format_g);
        let text = format!(
            "PromQL info: {text}, from buckets {lowest} to {highest}, with a max diff of \
             {greatest}, over {} samples from {} to {}",
            self.samples, self.first, self.last
        );
        Annotation { severity: Severity::Info, text, range: self.range }
    }
}

/// `line:column` of a range's start; both count from one, columns in bytes.
fn position(query: &str, range: PositionRange) -> String {
    let before = &query.as_bytes()[..query.len().min(range.start as usize)];
    let line = before.iter().filter(|byte| **byte == b'\n').count();
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
    format!("{}:{}", line + 1, column + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: u32) -> PositionRange {
        PositionRange { start, end: start + 1 }
    }

    #[test]
    fn a_text_is_told_once_with_its_first_position() {
        let mut annotations = Annotations::new();
        annotations.info("odd", at(4));
        annotations.info("odd", at(7));
        annotations.warn("bad", at(0));
        assert_eq!(annotations.infos("a\nb +c +d"), ["PromQL info: odd (2:3)"]);
        assert_eq!(annotations.warnings("a\nb +c +d"), ["PromQL warning: bad (1:1)"]);
    }

    #[test]
    fn the_eleventh_is_only_counted() {
        let mut annotations = Annotations::new();
        for index in 0..13 {
            annotations.warn(format!("n{index}"), at(0));
        }
        let told = annotations.warnings("x");
        assert_eq!(told.len(), 11);
        assert_eq!(told[10], "3 more warning annotations omitted");
    }
}
