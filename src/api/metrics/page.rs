//! The text exposition format: families of samples, as a scrape reads them.
//! (Source: Prometheus docs, "Exposition formats", version 0.0.4.)

use std::fmt::Write;

/// The content type of a page.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a family is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It goes up and down.
    Gauge,
    /// It only goes up.
    Counter,
    /// Buckets, a sum and a count.
    Histogram,
    /// Quantiles, a sum and a count.
    Summary,
}

/// A page of families.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
}

/// One family of a page.
pub(super) struct Family<'a> {
    name: &'static str,
    text: &'a mut String,
}

impl Page {
    /// Begins a gauge.
    pub(super) fn gauge(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.family(name, Kind::Gauge, help)
    }

    /// Begins a counter; its name ends in `_total`.
    pub(super) fn counter(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.family(name, Kind::Counter, help)
    }

    /// Begins a histogram.
    pub(super) fn histogram(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.family(name, Kind::Histogram, help)
    }

    /// Begins a summary.
    pub(super) fn summary(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.family(name, Kind::Summary, help)
    }

    fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> Family<'_> {
        let kind = match kind {
            Kind::Gauge => "gauge",
            Kind::Counter => "counter",
            Kind::Histogram => "histogram",
            Kind::Summary => "summary",
        };
        // writing to a string does not fail
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        Family { name, text: &mut self.text }
    }

    /// The page.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

impl Family<'_> {
    /// The family's only sample.
    pub(super) fn value(mut self, value: f64) {
        self.sample(&[], value);
    }

    /// One of the family's samples.
    pub(super) fn sample(&mut self, labels: &[(&str, &str)], value: f64) {
        self.part("", labels, value);
    }

    /// A sample of a histogram or a summary, by the suffix of its name.
    pub(super) fn part(&mut self, suffix: &str, labels: &[(&str, &str)], value: f64) {
        self.text.push_str(self.name);
        self.text.push_str(suffix);
        for (index, (name, value)) in labels.iter().enumerate() {
            let before = if index == 0 { '{' } else { ',' };
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.text, "{before}{name}=\"{value}\"");
        }
        let after = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.text, "{after} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_text_that_scrapes_read() {
        let mut page = Page::default();
        page.gauge("up", "Whether it is.").value(1.0);
        let mut family = page.counter("errors_total", "Errors.");
        family.sample(&[("path", "C:\\x"), ("why", "say \"no\"\n")], 12345678901.0);
        family.sample(&[("path", ""), ("why", "")], 0.25);
        let expect = "# HELP up Whether it is.\n# TYPE up gauge\nup 1\n\
            # HELP errors_total Errors.\n# TYPE errors_total counter\n\
            errors_total{path=\"C:\\\\x\",why=\"say \\\"no\\\"\\n\"} 12345678901\n\
            errors_total{path=\"\",why=\"\"} 0.25\n";
        assert_eq!(page.finish(), expect);
    }
}
