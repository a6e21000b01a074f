//! What a query answers, as JSON.

use std::fmt::Write;
use std::time::Duration;

use crate::promql::{AnswerValue, VectorElement};
use crate::sample::SeriesView;

use super::json::{self, Moments};

/// The most bytes of room made ahead.
const ROOM_LIMIT: usize = 64 << 20;

/// How an answer came about.
pub(super) struct Statistics {
    /// Waiting for a turn.
    pub(super) queued: Duration,
    /// Reading the expression and fetching the samples.
    pub(super) prepared: Duration,
    /// Computing.
    pub(super) evaluated: Duration,
    /// The samples that were fetched.
    pub(super) samples: usize,
}

/// Writes `{"resultType":...,"result":...}` with at most `limit` series.
pub(super) fn write(
    body: &mut String,
    value: &AnswerValue,
    limit: usize,
    statistics: Option<&Statistics>,
) {
    let kind = match value {
        AnswerValue::Scalar { .. } => "scalar",
        AnswerValue::String { .. } => "string",
        AnswerValue::Vector(_) => "vector",
        AnswerValue::Matrix(_) => "matrix",
    };
    // writing to a text cannot fail, here and below
    let _ = write!(body, "{{\"resultType\":\"{kind}\",\"result\":");
    match value {
        AnswerValue::Scalar { at, value } => json::plain_point(body, at.millis(), *value),
        AnswerValue::String { at, text } => {
            body.push('[');
            json::moment(body, at.millis());
            body.push(',');
            json::string(body, text);
            body.push(']');
        }
        AnswerValue::Vector(elements) => {
            let (mut moments, count) = (Moments::default(), elements.len().min(limit));
            json::sequence(body, elements.iter().take(limit).enumerate(), |body, (index, one)| {
                let begin = body.len();
                element(body, &mut moments, one);
                make_room(body, begin, index, count);
            });
        }
        AnswerValue::Matrix(set) => {
            let (mut moments, count) = (Moments::default(), set.len().min(limit));
            json::sequence(body, set.iter().take(limit).enumerate(), |body, (index, one)| {
                let begin = body.len();
                series(body, &mut moments, one);
                make_room(body, begin, index, count);
            });
        }
    }
    if let Some(statistics) = statistics {
        write_statistics(body, statistics);
    }
    body.push('}');
}

/// After the first of many makes room for all: they are about the same size.
fn make_room(body: &mut String, begin: usize, index: usize, count: usize) {
    if index == 0 {
        let each = body.len() - begin;
        body.reserve((each + each / 16 + 2).saturating_mul(count - 1).min(ROOM_LIMIT));
    }
}

fn element(body: &mut String, moments: &mut Moments, element: &VectorElement) {
    body.push_str("{\"metric\":");
    json::labels(body, &element.labels);
    body.push(',');
    json::sample(body, moments, element.at.millis(), &element.value);
    body.push('}');
}

fn series(body: &mut String, moments: &mut Moments, series: SeriesView<'_>) {
    body.push_str("{\"metric\":");
    json::labels(body, series.labels);
    let histogram = |index: usize| series.histograms.get(index).and_then(Option::as_deref);
    let points = series.times.iter().copied().zip(series.values.iter().copied());
    if series.histograms.iter().all(Option::is_none) {
        body.push_str(",\"values\":");
        moments.points(body, points);
    } else if series.histograms.iter().any(Option::is_none) {
        let floats = points.enumerate().filter(|(index, _)| histogram(*index).is_none());
        body.push_str(",\"values\":");
        moments.points(body, floats.map(|(_, point)| point));
    }
    if series.histograms.iter().any(Option::is_some) {
        let found = (0..series.times.len()).filter_map(|index| Some((index, histogram(index)?)));
        body.push_str(",\"histograms\":");
        json::sequence(body, found, |body, (index, histogram)| {
            json::histogram_point(body, series.times[index], histogram);
        });
    }
    body.push('}');
}

fn write_statistics(body: &mut String, statistics: &Statistics) {
    let Statistics { queued, prepared, evaluated, samples } = statistics;
    let working = *prepared + *evaluated;
    let [queued, prepared, evaluated, working, total] =
        [*queued, *prepared, *evaluated, working, working + *queued].map(|it| it.as_secs_f64());
    let _ = write!(
        body,
        ",\"stats\":{{\"timings\":{{\"evalTotalTime\":{working},\"resultSortTime\":0,\
         \"queryPreparationTime\":{prepared},\"innerEvalTime\":{evaluated},\
         \"execQueueTime\":{queued},\"execTotalTime\":{total}}},\
         \"samples\":{{\"totalQueryableSamples\":{samples},\"peakSamples\":{samples}}}}}"
    );
}
