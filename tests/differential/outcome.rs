//! What a query came to, from either side, and how two of them differ.

use std::collections::BTreeMap;
use std::fmt;

use firebell::promql::{Answer, AnswerValue};
use firebell::sample::{Histogram, Value};
use serde_json::Value as Json;

/// How far floats may lie apart, relative to the larger one.
const TOLERANCE: f64 = 1e-12;

/// What a query came to.
#[derive(Debug)]
pub enum Outcome {
    Failed(String),
    Answered(Answered),
}

/// An answer in the shape of the API's.
#[derive(Debug, Default)]
pub struct Answered {
    kind: String,
    /// In the order told.
    series: Vec<Told>,
    warnings: Vec<String>,
    infos: Vec<String>,
}

#[derive(Debug)]
struct Told {
    labels: BTreeMap<String, String>,
    points: BTreeMap<i64, Point>,
}

#[derive(Debug)]
enum Point {
    Float(f64),
    Text(String),
    Histogram { count: f64, sum: f64, buckets: Vec<[f64; 4]> },
}

/// What is not the same.
pub struct Difference(String);

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn float(json: &Json) -> f64 {
    match json {
        Json::String(text) => text.trim_start_matches('+').parse().unwrap(),
        number => number.as_f64().unwrap(),
    }
}

fn texts(json: &Json) -> Vec<String> {
    let list = json.as_array().into_iter().flatten();
    let mut texts: Vec<String> = list.map(|text| text.as_str().unwrap().to_owned()).collect();
    texts.sort();
    texts
}

impl Point {
    fn of_json(kind: &str, json: &Json) -> (i64, Point) {
        let millis = (json[0].as_f64().unwrap() * 1000.0).round() as i64;
        let value = &json[1];
        let point = match value {
            Json::String(text) if kind == "string" => Point::Text(text.clone()),
            Json::String(_) => Point::Float(float(value)),
            _ => {
                let buckets = value["buckets"].as_array().into_iter().flatten();
                let bucket =
                    |it: &Json| [float(&it[0]), float(&it[1]), float(&it[2]), float(&it[3])];
                Point::Histogram {
                    count: float(&value["count"]),
                    sum: float(&value["sum"]),
                    buckets: buckets.map(bucket).collect(),
                }
            }
        };
        (millis, point)
    }

    fn of(value: &Value) -> Point {
        match value {
            Value::Float(value) => Point::Float(*value),
            Value::Histogram(histogram) => Point::of_histogram(histogram),
        }
    }

    fn of_histogram(histogram: &Histogram) -> Point {
        let populated = histogram.buckets().into_iter().filter(|bucket| bucket.count != 0.0);
        let buckets = populated.map(|bucket| {
            let borders = match (bucket.lower_inclusive, bucket.upper_inclusive) {
                (false, true) => 0.0,
                (true, false) => 1.0,
                (false, false) => 2.0,
                (true, true) => 3.0,
            };
            [borders, bucket.lower, bucket.upper, bucket.count]
        });
        Point::Histogram { count: histogram.count, sum: histogram.sum, buckets: buckets.collect() }
    }

    fn same(&self, other: &Point) -> bool {
        match (self, other) {
            (Point::Float(a), Point::Float(b)) => near(*a, *b),
            (Point::Text(a), Point::Text(b)) => a == b,
            (
                Point::Histogram { count, sum, buckets },
                Point::Histogram { count: other_count, sum: other_sum, buckets: other_buckets },
            ) => {
                let bucket =
                    |(a, b): (&[f64; 4], &[f64; 4])| a.iter().zip(b).all(|(a, b)| near(*a, *b));
                near(*count, *other_count)
                    && near(*sum, *other_sum)
                    && buckets.len() == other_buckets.len()
                    && buckets.iter().zip(other_buckets).all(bucket)
            }
            _ => false,
        }
    }
}

fn near(a: f64, b: f64) -> bool {
    a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= TOLERANCE * a.abs().max(b.abs())
}

impl Outcome {
    /// From the API's answer.
    pub fn of_json(text: &str) -> Outcome {
        let json: Json =
            serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        if json["status"] != "success" {
            return Outcome::Failed(json["error"].as_str().unwrap().to_owned());
        }
        let kind = json["data"]["resultType"].as_str().unwrap().to_owned();
        let result = &json["data"]["result"];
        let series = if kind == "scalar" || kind == "string" {
            let points = [Point::of_json(&kind, result)].into();
            vec![Told { labels: BTreeMap::new(), points }]
        } else {
            result.as_array().unwrap().iter().map(|one| Told::of_json(&kind, one)).collect()
        };
        let (warnings, infos) = (texts(&json["warnings"]), texts(&json["infos"]));
        Outcome::Answered(Answered { kind, series, warnings, infos })
    }

    /// From our own answer.
    pub fn of_answer(query: &str, answer: &Answer) -> Outcome {
        let no_labels = BTreeMap::new();
        let (kind, series) = match &answer.value {
            AnswerValue::Scalar { at, value } => {
                let points = [(at.millis(), Point::Float(*value))].into();
                ("scalar", vec![Told { labels: no_labels, points }])
            }
            AnswerValue::String { at, text } => {
                let points = [(at.millis(), Point::Text(text.clone()))].into();
                ("string", vec![Told { labels: no_labels, points }])
            }
            AnswerValue::Vector(elements) => {
                let told = elements.iter().map(|element| Told {
                    labels: owned(element.labels.iter()),
                    points: [(element.at.millis(), Point::of(&element.value))].into(),
                });
                ("vector", told.collect())
            }
            AnswerValue::Matrix(set) => {
                let told = set.iter().map(|view| {
                    let samples = (0..view.times.len()).map(|index| view.sample(index));
                    let points =
                        samples.map(|sample| (sample.at.millis(), Point::of(&sample.value)));
                    Told { labels: owned(view.labels.iter()), points: points.collect() }
                });
                ("matrix", told.collect())
            }
        };
        let mut warnings = answer.annotations.warnings(query);
        let mut infos = answer.annotations.infos(query);
        warnings.sort();
        infos.sort();
        Outcome::Answered(Answered { kind: kind.to_owned(), series, warnings, infos })
    }
}

fn owned<'a>(labels: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, String> {
    labels.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

impl Told {
    fn of_json(kind: &str, json: &Json) -> Told {
        let labels = json["metric"].as_object().unwrap().iter();
        let labels = labels.map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
        let single = [&json["value"], &json["histogram"]].into_iter().filter(|it| !it.is_null());
        let many = [&json["values"], &json["histograms"]].into_iter();
        let many = many.filter_map(Json::as_array).flatten();
        let points = single.chain(many).map(|point| Point::of_json(kind, point)).collect();
        Told { labels: owned(labels), points }
    }
}

/// How our answer differs from the expected one.
pub fn compare(expected: &Outcome, got: &Outcome, ordered: bool) -> Option<Difference> {
    let difference = match (expected, got) {
        (Outcome::Failed(_), Outcome::Failed(_)) => None,
        (Outcome::Failed(expected), Outcome::Answered(_)) => {
            Some(format!("expected the error {expected}, got an answer"))
        }
        (Outcome::Answered(_), Outcome::Failed(got)) => {
            Some(format!("expected an answer, got the error {got}"))
        }
        (Outcome::Answered(expected), Outcome::Answered(got)) => answers(expected, got, ordered),
    };
    difference.map(Difference)
}

fn answers(expected: &Answered, got: &Answered, ordered: bool) -> Option<String> {
    if expected.kind != got.kind {
        return Some(format!("expected a {}, got a {}", expected.kind, got.kind));
    }
    for (what, expected, got) in
        [("warnings", &expected.warnings, &got.warnings), ("infos", &expected.infos, &got.infos)]
    {
        if expected != got {
            return Some(format!("{what}: expected {expected:?}, got {got:?}"));
        }
    }
    let [mut left, mut right] =
        [&expected.series, &got.series].map(|it| it.iter().collect::<Vec<_>>());
    if !ordered {
        left.sort_by(|a, b| a.labels.cmp(&b.labels));
        right.sort_by(|a, b| a.labels.cmp(&b.labels));
    }
    let labels = |series: &[&Told]| series.iter().map(|it| it.labels.clone()).collect::<Vec<_>>();
    let (expected, got) = (labels(&left), labels(&right));
    if expected != got {
        return Some(format!("labels: expected {expected:?}, got {got:?}"));
    }
    left.into_iter().zip(right).find_map(|(left, right)| points(left, right))
}

fn points(expected: &Told, got: &Told) -> Option<String> {
    let times = expected.points.keys().chain(got.points.keys());
    times.into_iter().find_map(|at| match (expected.points.get(at), got.points.get(at)) {
        (Some(expected), Some(got)) if expected.same(got) => None,
        (left, right) => {
            Some(format!("{:?} at {at}: expected {left:?}, got {right:?}", expected.labels))
        }
    })
}
