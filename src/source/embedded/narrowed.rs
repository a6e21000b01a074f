//! Selections of which fewer series are enough.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::{Shelves, Store};
use crate::label::Matchers;
use crate::sample::{LabelPart, Selection};

impl Store {
    /// The ids that a selection wants, in label order.
    pub(super) fn wanted(&self, shelves: &Shelves, selection: &Selection) -> Arc<[u32]> {
        match &selection.narrowing {
            Some(narrowing)
                if narrowing
                    .apart
                    .as_ref()
                    .is_none_or(|part| self.tells_apart(shelves, &selection.matchers, part)) =>
            {
                self.find(shelves, &narrowing.matchers)
            }
            _ => self.find(shelves, &selection.matchers),
        }
    }

    /// Whether no two of the series that match have the same part of labels.
    fn tells_apart(&self, shelves: &Shelves, matchers: &Matchers, part: &LabelPart) -> bool {
        let generation = shelves.catalog.generation();
        if let Some(apart) = self.found().tells_apart(generation, matchers, part) {
            return apart;
        }
        let ids = self.find(shelves, matchers);
        let apart = are_apart(shelves, &ids, part);
        self.found().keep_apart(generation, matchers, part, apart);
        apart
    }
}

/// Series whose parts have different hashes have different parts. (The other way round a chance
/// of one in 2^64 for each pair says that two are not apart which are: then all are read.)
fn are_apart(shelves: &Shelves, ids: &[u32], part: &LabelPart) -> bool {
    let state = RandomState::default();
    let mut seen = HashSet::with_capacity_and_hasher(ids.len(), RandomState::default());
    ids.iter().all(|id| {
        let mut hasher = state.build_hasher();
        for pair in shelves.catalog.labels(*id).iter().filter(|(name, _)| part.has(name)) {
            pair.hash(&mut hasher);
        }
        seen.insert(hasher.finish())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::syntax::{Features, parse};
    use crate::promql::{Grid, Limits, Options, Query};
    use crate::source::Batch;
    use crate::time::{Span, Timestamp};

    const JOBS: usize = 5;

    /// Of every job two instances with requests and one info each; `twice` has two a job.
    fn store() -> Store {
        let mut batch = Batch::new();
        let mut add = |pairs: &[(&str, &str)], value: f64| {
            batch.float(0, value);
            batch.float(15_000, value * 2.0);
            batch.end_sorted(pairs.iter().copied());
        };
        for job in 0..JOBS {
            let job = job.to_string();
            for instance in ["a", "b"] {
                let at = [("instance", instance), ("job", &*job)];
                for code in ["200", "500"] {
                    add(&[("__name__", "requests"), ("code", code), at[0], at[1]], 3.0);
                }
                add(&[("__name__", "info"), at[0], at[1], ("region", &format!("r{job}"))], 1.0);
                add(&[("__name__", "twice"), at[0], at[1]], 2.0);
            }
        }
        let store = Store::new();
        store.append(&batch);
        store
    }

    /// The answer is what it would be with everything; so many series are read for it.
    fn check(text: &str, read: usize) {
        let store = store();
        let expr = parse(text, &Features::ALL).unwrap();
        let query = Query::new(&expr, &Options::default()).unwrap();
        let at = Timestamp::from_millis;
        for grid in [Grid::instant(at(20_000)), Grid::range(at(0), at(30_000), Span::from_secs(15))]
        {
            let needs = query.needs(&grid).unwrap();
            let all: Vec<Selection> =
                needs.iter().map(|it| Selection { narrowing: None, ..it.clone() }).collect();
            let (some, all) = (store.select(&needs), store.select(&all));
            let answer = |sets| {
                query.run(&grid, sets, &Limits::default()).map_err(|error| error.to_string())
            };
            assert_eq!(answer(&some), answer(&all), "{text}");
            assert_eq!(some.iter().map(|set| set.len()).sum::<usize>(), read, "{text}");
        }
    }

    #[test]
    fn series_without_partner_are_not_read() {
        check("requests{job=\"1\"} * on (job, instance) group_left (region) info", 4 + 2);
        check("info * on (job, instance) group_right requests{job=\"1\"}", 4 + 2);
        check("sum by (job, instance) (rate(requests{job=\"1\"}[1m])) / info", 4 + 2);
        check("sum by (job, instance) (rate(requests{job=\"1\"}[1m])) / ignoring (region) info", 6);
        check("-(requests{job=\"1\",code=\"200\"} > 1) * ignoring (code) twice", 2 + 2);
        check("requests{job=\"1\"} and on (job) twice", 4 + 2);
        check("requests{job=\"1\"} unless on (job) info{instance=\"a\"}", 4 + 1);
        check("requests{job=\"\"} * on (job) group_left twice{instance=\"a\"}", 0);
    }

    #[test]
    fn series_whose_absence_would_be_seen_are_read() {
        // match groups of two fail the query, whichever they are
        check("requests{job=\"1\"} * on (job) group_left twice", 4 + 10);
        check("requests{job=\"9\"} * on (job) group_left twice", 10);
        check("requests{job=\"1\",code=\"200\"} * on (job, instance) requests", 2 + 20);
        // the label is another when the series are matched
        check("sum by (instance) (requests{job=\"1\"}) * on (job, instance) info", 4 + 10);
        check("sum without (job) (requests{job=\"1\"}) * on (job, instance) group_left info", 14);
        check("requests{job=\"1\"} * on (instance) group_left info", 4 + 10);
        check("requests{job=\"1\"} * ignoring (job, code) group_left info", 4 + 10);
        check(
            "label_replace(twice{job=\"1\"}, \"job\", \"2\", \"\", \"\") * on (job) info",
            2 + 10,
        );
        let joined = "requests{job=\"1\"} * on (instance) group_left (job) info{job=\"2\"}";
        check(&format!("{joined} * on (job, instance) group_left twice"), 4 + 2 + 10);
        // others read the same, or see what finds no partner
        check("requests{job=\"1\"} and on (job) twice or twice", 4 + 10);
        check("requests{job=\"1\"} and on (job) twice or max_over_time(twice[5m:1m])", 4 + 10);
        check("requests{job=\"1\"} or on (job) twice", 4 + 10);
        check("requests{job=~\"1\"} * on (job, instance) group_left info", 4 + 10);
    }
}
