//! `/api/v1/status/tsdb`: what there is most of among the series.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract;
use axum::response::Response;
use serde::Serialize;

use crate::label::{Labels, METRIC_NAME};
use crate::time::Timestamp;

use super::lookups::look;
use super::parameters::{Parameters, parse_integer};
use super::refusal::Refusal;
use super::{Shared, envelope};

/// How many entries each list has unless another number is asked for.
const ENTRIES: usize = 10;
/// The most entries that can be asked for.
const ENTRIES_LIMIT: usize = 10_000;

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Statistics {
    head_stats: Head,
    series_count_by_metric_name: Vec<Entry>,
    label_value_count_by_label_name: Vec<Entry>,
    memory_in_bytes_by_label_name: Vec<Entry>,
    series_count_by_label_value_pair: Vec<Entry>,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    num_series: usize,
    num_label_pairs: usize,
    chunk_count: usize,
    min_time: i64,
    max_time: i64,
}

#[derive(Debug, PartialEq, Serialize)]
struct Entry {
    name: String,
    value: usize,
}

/// Counts all series.
pub(in crate::api) async fn show(
    extract::State(shared): extract::State<Shared>,
    parameters: Parameters,
) -> Result<Response, Refusal> {
    let entries = match parameters.text("limit") {
        "" => ENTRIES,
        text => match parse_integer(text).map(usize::try_from) {
            Ok(Ok(number)) if number > 0 => number,
            _ => return Err(Refusal::bad("limit must be a positive number")),
        },
    };
    if entries > ENTRIES_LIMIT {
        return Err(Refusal::bad(format!("limit must not exceed {ENTRIES_LIMIT}")));
    }
    look(&shared, move |place| {
        let all = place.wait(place.source.series(&[], Timestamp::MIN, Timestamp::MAX))?;
        envelope::written(&count(&all, entries))
    })
    .await
}

fn count(all: &[Labels], entries: usize) -> Statistics {
    let mut by_metric = BTreeMap::<&str, usize>::new();
    let mut by_pair = BTreeMap::<(&str, &str), usize>::new();
    for labels in all {
        *by_metric.entry(labels.value(METRIC_NAME)).or_default() += 1;
        for pair in labels {
            *by_pair.entry(pair).or_default() += 1;
        }
    }
    let mut values = BTreeMap::<&str, (usize, usize)>::new();
    for (name, value) in by_pair.keys() {
        let (count, bytes) = values.entry(name).or_default();
        *count += 1;
        *bytes += value.len();
    }
    let by_name = |part: fn(&(usize, usize)) -> usize| {
        values.iter().map(move |(name, both)| ((*name).to_owned(), part(both)))
    };
    Statistics {
        head_stats: Head {
            num_series: all.len(),
            num_label_pairs: by_pair.len(),
            chunk_count: all.len(),
            // of an empty head; when samples are from is not kept here
            min_time: i64::MAX,
            max_time: i64::MIN,
        },
        series_count_by_metric_name: most(
            by_metric.iter().map(|(name, count)| ((*name).to_owned(), *count)),
            entries,
        ),
        label_value_count_by_label_name: most(by_name(|both| both.0), entries),
        memory_in_bytes_by_label_name: most(by_name(|both| both.1), entries),
        series_count_by_label_value_pair: most(
            by_pair.iter().map(|((name, value), count)| (format!("{name}={value}"), *count)),
            entries,
        ),
    }
}

/// The greatest entries, greatest first, equal ones by name.
fn most(all: impl Iterator<Item = (String, usize)>, entries: usize) -> Vec<Entry> {
    let mut greatest = BTreeSet::new();
    for (name, value) in all {
        greatest.insert((std::cmp::Reverse(value), name));
        if greatest.len() > entries {
            greatest.pop_last();
        }
    }
    greatest.into_iter().map(|(value, name)| Entry { name, value: value.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_come_first() {
        let all: Vec<Labels> = [("up", "a"), ("up", "b"), ("down", "a")]
            .iter()
            .map(|(name, job)| Labels::from_pairs([(METRIC_NAME, name), ("job", job)]))
            .collect();
        let counted = count(&all, 2);
        let shown = |entries: &[Entry]| -> Vec<String> {
            entries.iter().map(|entry| format!("{} {}", entry.name, entry.value)).collect()
        };
        assert_eq!(counted.head_stats.num_series, 3);
        assert_eq!(counted.head_stats.num_label_pairs, 4);
        assert_eq!(shown(&counted.series_count_by_metric_name), ["up 2", "down 1"]);
        assert_eq!(shown(&counted.label_value_count_by_label_name), ["__name__ 2", "job 2"]);
        assert_eq!(shown(&counted.series_count_by_label_value_pair), ["__name__=up 2", "job=a 2"]);
    }
}
