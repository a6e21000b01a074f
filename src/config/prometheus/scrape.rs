//! `scrape_configs`: nothing is scraped; name and interval are read for the checks' sake.

use std::collections::HashSet;

use crate::config::read::{At, Field, PromDuration, Reader, Yaml, section};
use crate::config::yaml::{Entry, Node, Position};
use crate::time::Span;

section! {
    /// What of a scrape job is looked into.
    struct Looked("config.plain") {
        nonempty job_name: At<String>,
        nonempty scrape_interval: PromDuration,
    }
}

/// A scrape job; its other fields may be what they like.
#[derive(Clone, Debug)]
pub(in crate::config) struct RawScrape(Looked);

impl Field for RawScrape {
    fn read(node: &Node, reader: &mut Reader) -> Option<RawScrape> {
        let Node::Map(at, entries) = node else {
            return Looked::read(node, reader).map(RawScrape);
        };
        let looked_into =
            |entry: &&Entry| matches!(entry.key.text.as_str(), "job_name" | "scrape_interval");
        let entries = entries.iter().filter(looked_into).cloned().collect();
        Looked::read(&Node::Map(*at, entries), reader).map(RawScrape)
    }

    fn null(at: Position, reader: &mut Reader) -> Option<RawScrape> {
        reader.problem(at, "empty or null scrape config section");
        None
    }

    fn write(&self) -> Yaml {
        self.0.write()
    }
}

pub(super) fn check(jobs: &[RawScrape], reader: &mut Reader) {
    let mut names = HashSet::new();
    for RawScrape(job) in jobs {
        let name = &job.job_name;
        if name.is_empty() {
            if job.whole {
                reader.problem(job.at, "job_name is empty");
            }
        } else if !names.insert(name.as_str()) {
            let message = format!("found multiple scrape configs with job name {:?}", name.value);
            reader.problem(name.at, message);
        }
    }
}

impl RawScrape {
    /// Its name, and its interval or the given one.
    pub(super) fn compile(&self, interval: Span) -> (String, Span) {
        let PromDuration(own) = self.0.scrape_interval;
        (self.0.job_name.value.clone(), if own == Span::ZERO { interval } else { own })
    }
}
