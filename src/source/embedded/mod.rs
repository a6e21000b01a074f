//! The embedded store: what the rules can see, in memory.
//!
//! ```text
//! batch --> catalog: label set -> id --> columns[id]: a tape of packed blocks and a head
//!              |
//!              '-> postings: name -> value -> ids <-- matchers
//! ```
//!
//! A column packs plain numbers in blocks of 32 (`tape`, `block`): times and values each as rows
//! of integers (`integers`, `bits`), floats as integers of a decimal scale where that is exact
//! (`scale`). Whatever goes in comes back to the last bit. Series with histograms are kept as
//! they are (`rows`).

mod bits;
mod block;
mod catalog;
mod column;
mod found;
mod integers;
mod lookup;
mod narrowed;
mod postings;
mod rows;
mod scale;
mod tape;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::label::{Labels, Matchers};
use crate::sample::{Selection, Series, SeriesSet, clear_vector_registers};
use crate::time::{Span, Timestamp};

use super::{Answer, Batch, BatchSeries, Metadata, Source, SourceError};
use catalog::{Catalog, Order};
use column::{Column, Push};
use found::Found;

/// The most series of a store, unless it is told otherwise.
pub const MAX_SERIES: usize = 20_000_000;
/// The most metrics whose metadata a store keeps, unless it is told otherwise.
pub const MAX_METADATA: usize = 100_000;
/// The most samples that the selections of one query hold together, unless a store is told
/// otherwise: 16 bytes each. (Prometheus' default for `--query.max-samples`.)
pub const MAX_SELECTED: usize = 50_000_000;
/// So many series are brought near before the first of them is read.
const AHEAD: usize = 32;
/// Fewer series than this are sorted on the spot.
const SORT_ON_THE_SPOT: usize = 256;

/// How much a store takes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Series at one time.
    pub series: usize,
    /// Metrics with metadata.
    pub metadata: usize,
    /// Samples of the selections that are asked for at one time.
    pub selected: usize,
}

/// Why a sample was not taken.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its series has a later sample.
    OutOfOrder,
    /// Its series has another value at that time.
    Conflict,
    /// One more series would be too many.
    SeriesLimit,
}

/// A sample that was not taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// Its series.
    pub labels: Labels,
    /// Its time.
    pub at: Timestamp,
    /// Why.
    pub why: Refusal,
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Appended {
    /// Samples taken.
    pub samples: usize,
    /// Samples that were there already, with the same value.
    pub repeated: usize,
    /// Samples older than the retention: no rule could see them.
    pub expired: usize,
    /// Samples refused because their series has a later one.
    pub out_of_order: usize,
    /// Samples refused because their series has another value at that time.
    pub conflicting: usize,
    /// Samples refused because of the limit on series.
    pub over_limit: usize,
    /// The first sample refused.
    pub first_refused: Option<Refused>,
}

/// How much a store holds.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Series.
    pub series: usize,
    /// Samples.
    pub samples: usize,
    /// Bytes of memory, estimated.
    pub bytes: usize,
    /// Samples taken since the start.
    pub appended: u64,
    /// Samples refused since the start.
    pub refused: u64,
    /// Samples since the start that came too late for any rule to see them.
    pub expired: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { series: MAX_SERIES, metadata: MAX_METADATA, selected: MAX_SELECTED }
    }
}

impl Appended {
    /// Samples that the sender should hear about.
    pub fn refused(&self) -> usize {
        self.out_of_order + self.conflicting + self.over_limit
    }

    /// Adds what became of another batch.
    pub fn add(&mut self, other: &Appended) {
        self.samples += other.samples;
        self.repeated += other.repeated;
        self.expired += other.expired;
        self.out_of_order += other.out_of_order;
        self.conflicting += other.conflicting;
        self.over_limit += other.over_limit;
        if self.first_refused.is_none() {
            self.first_refused.clone_from(&other.first_refused);
        }
    }

    fn refuse(&mut self, series: &BatchSeries<'_>, labels: Labels, time: i64, why: Refusal) {
        match why {
            Refusal::OutOfOrder => self.out_of_order += 1,
            Refusal::Conflict => self.conflicting += 1,
            Refusal::SeriesLimit => self.over_limit += series.times.len(),
        }
        if self.first_refused.is_none() {
            let at = Timestamp::from_millis(time);
            self.first_refused = Some(Refused { labels, at, why });
        }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let why = match self.why {
            Refusal::OutOfOrder => "out of order: the series has a later sample",
            Refusal::Conflict => "the series has another value at that time",
            Refusal::SeriesLimit => "too many series",
        };
        write!(f, "sample of {} at {}: {why}", self.labels, self.at)
    }
}

/// Series in memory; every method takes a short lock and none waits.
#[derive(Debug, Default)]
pub struct Store {
    limits: Limits,
    shelves: RwLock<Shelves>,
    order: RwLock<Arc<Order>>,
    found: Mutex<Found>,
    metadata: RwLock<BTreeMap<Arc<str>, Metadata>>,
}

#[derive(Debug)]
struct Shelves {
    catalog: Catalog,
    /// By id.
    columns: Vec<Column>,
    retention: Option<Span>,
    /// Samples at or before this moment (in milliseconds) are out of every rule's sight.
    horizon: i64,
    samples: usize,
    totals: Appended,
}

impl Default for Shelves {
    fn default() -> Shelves {
        Shelves {
            catalog: Catalog::default(),
            columns: Vec::new(),
            retention: None,
            horizon: i64::MIN,
            samples: 0,
            totals: Appended::default(),
        }
    }
}

impl Store {
    /// An empty store with the default limits, which keeps everything until told otherwise.
    pub fn new() -> Store {
        Store::default()
    }

    /// An empty store with these limits.
    pub fn with_limits(limits: Limits) -> Store {
        Store { limits, ..Store::default() }
    }

    /// Adds samples. Within a series time only goes forward; a sample that is there already is
    /// no error, another value at the same time is one; what is valid is kept.
    pub fn append(&self, batch: &Batch) -> Appended {
        clear_vector_registers();
        let mut appended = Appended::default();
        let mut shelves = self.write();
        for index in 0..batch.len() {
            let series = batch.series(index);
            match shelves.id(series.identity, || batch.labels(index), self.limits.series) {
                Some(id) => shelves.add(id, &series, &mut appended),
                None => {
                    let time = series.times.first().copied().unwrap_or_default();
                    appended.refuse(&series, batch.labels(index), time, Refusal::SeriesLimit);
                }
            }
        }
        shelves.samples += appended.samples;
        shelves.totals.add(&appended);
        shelves.totals.first_refused = None;
        appended
    }

    /// The samples of each selection, in the order asked; each set sorted by labels. However many
    /// there are: for stores whose size is known.
    pub fn select(&self, selections: &[Selection]) -> Vec<SeriesSet> {
        self.fetch(selections, usize::MAX).unwrap_or_default()
    }

    /// The samples of each selection, unless they are more than `limit` together.
    fn fetch(&self, selections: &[Selection], limit: usize) -> Option<Vec<SeriesSet>> {
        clear_vector_registers();
        let shelves = self.read();
        let mut left = limit;
        let sets = selections.iter().map(|selection| {
            let ids = self.wanted(&shelves, selection);
            let set = shelves.select(&ids, selection, left)?;
            left -= set.sample_count();
            Some(set)
        });
        sets.collect()
    }

    /// Sets how far back samples are kept: the longest look-back of any rule.
    pub fn set_retention(&self, retention: Span) {
        self.write().retention = Some(retention);
    }

    /// Drops samples older than the retention and series without samples.
    pub fn evict(&self, now: Timestamp) {
        let mut shelves = self.write();
        if let Some(retention) = shelves.retention {
            shelves.evict((now - retention).millis());
        }
    }

    /// How much the store holds.
    pub fn counts(&self) -> Counts {
        let shelves = self.read();
        let columns = shelves.columns.iter().map(Column::bytes).sum::<usize>();
        let slots = shelves.columns.len() * size_of::<Column>();
        Counts {
            series: shelves.catalog.len(),
            samples: shelves.samples,
            bytes: columns + slots + shelves.catalog.bytes(),
            appended: shelves.totals.samples as u64,
            refused: shelves.totals.refused() as u64,
            expired: shelves.totals.expired as u64,
        }
    }

    /// The ids that match, in label order.
    fn find(&self, shelves: &Shelves, matchers: &Matchers) -> Arc<[u32]> {
        let generation = shelves.catalog.generation();
        if let Some(ids) = self.found().get(generation, matchers) {
            return ids;
        }
        let mut ids = shelves.catalog.find(matchers);
        if ids.len() < SORT_ON_THE_SPOT {
            let labels = |id: u32| shelves.catalog.labels(id);
            ids.sort_unstable_by(|left, right| labels(*left).cmp(labels(*right)));
        } else {
            self.order(&shelves.catalog).sort(&mut ids);
        }
        let ids = Arc::from(ids);
        self.found().keep(generation, matchers, &ids);
        ids
    }

    fn order(&self, catalog: &Catalog) -> Arc<Order> {
        let old = Arc::clone(&self.order.read().unwrap_or_else(PoisonError::into_inner));
        if old.generation == catalog.generation() {
            return old;
        }
        let new = Arc::new(catalog.order(&old));
        *self.order.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&new);
        new
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, Shelves> {
        self.shelves.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Shelves> {
        self.shelves.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelves {
    /// The id of a label set; a new one unless there are too many already.
    fn id(
        &mut self,
        identity: &[u8],
        labels: impl FnOnce() -> Labels,
        limit: usize,
    ) -> Option<u32> {
        if let Some(id) = self.catalog.get(identity) {
            return Some(id);
        }
        if self.catalog.len() >= limit {
            return None;
        }
        let id = self.catalog.add(labels())?;
        self.columns.resize_with(self.catalog.capacity(), Column::default);
        Some(id)
    }

    fn add(&mut self, id: u32, series: &BatchSeries<'_>, appended: &mut Appended) {
        let column = &mut self.columns[id as usize];
        let fresh = series.times.first().is_none_or(|first| *first > self.horizon);
        if fresh && series.histograms.is_empty() && column.extend(series.times, series.values) {
            appended.samples += series.times.len();
            return;
        }
        for (index, (&time, &value)) in series.times.iter().zip(series.values).enumerate() {
            if time <= self.horizon {
                appended.expired += 1;
                continue;
            }
            let why = match column.push(time, value, series.histogram(index)) {
                Push::Taken => {
                    appended.samples += 1;
                    continue;
                }
                Push::Repeated => {
                    appended.repeated += 1;
                    continue;
                }
                Push::OutOfOrder => Refusal::OutOfOrder,
                Push::Conflict => Refusal::Conflict,
            };
            appended.refuse(series, self.catalog.labels(id).clone(), time, why);
        }
    }

    /// What a selection wants of these series, unless it is more samples than `limit`.
    fn select(&self, ids: &[u32], selection: &Selection, limit: usize) -> Option<SeriesSet> {
        let (after, until) = (selection.after.millis(), selection.until.millis());
        let after = after.max(self.horizon);
        let mut set = SeriesSet::new();
        for some in ids.chunks(AHEAD) {
            self.touch(some);
            for id in some {
                self.columns[*id as usize].read(after, until, &mut set);
                set.end(self.catalog.labels(*id));
            }
            if set.sample_count() > limit {
                return None;
            }
            if set.len() == AHEAD.min(ids.len()) {
                // series of one selection mostly have as many samples
                let each = set.sample_count().div_ceil(set.len());
                set.reserve(ids.len(), each.min(limit / ids.len()));
            }
        }
        Some(set)
    }

    /// Brings what will be read of these series near: series that are neighbours by label lie
    /// far apart in memory, and waiting for many at a time is faster than for one by one.
    fn touch(&self, ids: &[u32]) {
        let columns = ids.iter().map(|id| self.columns[*id as usize].touch());
        let labels = ids.iter().map(|id| self.catalog.labels(*id).as_bytes());
        let labels = labels.map(|bytes| bytes.first().map_or(0, |byte| usize::from(*byte)));
        std::hint::black_box(columns.fold(0, |sum, byte| sum ^ byte));
        std::hint::black_box(labels.fold(0, |sum, byte| sum ^ byte));
    }

    fn evict(&mut self, horizon: i64) {
        self.horizon = self.horizon.max(horizon);
        let mut dead = Vec::new();
        for (id, column) in (0..).zip(&mut self.columns) {
            self.samples -= column.evict(self.horizon);
            if column.is_empty() && self.catalog.is_live(id) {
                *column = Column::default();
                dead.push(id);
            }
        }
        self.catalog.remove(&dead);
        if let Some(living) = self.catalog.renumber() {
            let columns = living.iter().map(|id| std::mem::take(&mut self.columns[*id as usize]));
            self.columns = columns.collect();
        }
    }
}

impl Source for Store {
    fn select<'a>(&'a self, selections: &'a [Selection]) -> Answer<'a, Vec<SeriesSet>> {
        Box::pin(async move {
            let sets = self.fetch(selections, self.limits.selected);
            sets.ok_or(SourceError::TooManySamples)
        })
    }

    fn at_hand(&self, selections: &[Selection]) -> Option<usize> {
        let shelves = self.read();
        Some(selections.iter().map(|one| self.wanted(&shelves, one).len()).sum())
    }

    fn series<'a>(
        &'a self,
        any_of: &'a [Matchers],
        from: Timestamp,
        until: Timestamp,
    ) -> Answer<'a, Vec<Labels>> {
        Box::pin(async move { Ok(Store::series(self, any_of, from, until)) })
    }

    fn label_names<'a>(
        &'a self,
        any_of: &'a [Matchers],
        from: Timestamp,
        until: Timestamp,
    ) -> Answer<'a, Vec<String>> {
        Box::pin(async move { Ok(Store::label_names(self, any_of, from, until)) })
    }

    fn label_values<'a>(
        &'a self,
        name: &'a str,
        any_of: &'a [Matchers],
        from: Timestamp,
        until: Timestamp,
    ) -> Answer<'a, Vec<String>> {
        Box::pin(async move { Ok(Store::label_values(self, name, any_of, from, until)) })
    }

    fn metadata<'a>(&'a self, metric: Option<&'a str>) -> Answer<'a, Vec<Metadata>> {
        Box::pin(async move { Ok(Store::metadata(self, metric)) })
    }

    fn append<'a>(&'a self, series: Vec<Series>) -> Answer<'a, ()> {
        Box::pin(async move {
            let appended = Store::append(self, &series.iter().collect());
            match appended.first_refused {
                Some(refused) if refused.why == Refusal::SeriesLimit => {
                    Err(SourceError::Limit(refused.to_string()))
                }
                _ => Ok(()),
            }
        })
    }
}
