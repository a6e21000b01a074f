use std::sync::Arc;

use super::*;
use crate::label::Labels;
use crate::promql::Options;
use crate::rules::tests::{alert, group, minute, record, surroundings};
use crate::rules::{GroupState, Outcome, Run, Supply};
use crate::sample::{Sample, Series, Value};

/// Series with a value each minute from the start, `None` where there is none.
type Stored = Vec<(Labels, Vec<Option<f64>>)>;

fn stored() -> Stored {
    let series = |name: &str, instance: &str, values: &[Option<f64>]| {
        (Labels::from_pairs([(METRIC_NAME, name), ("i", instance)]), values.to_vec())
    };
    let climbs: Vec<_> = (0..20).map(|value| Some(f64::from(value * value))).collect();
    let gaps: Vec<_> = (0..20).map(|value| (value % 7 > 2).then_some(f64::from(value))).collect();
    vec![series("x", "a", &climbs), series("x", "b", &gaps), series("y", "a", &gaps)]
}

fn select(stored: &Stored, selection: &Selection, until: Timestamp) -> SeriesSet {
    let chosen = stored.iter().filter(|(labels, _)| selection.matchers.matches(labels));
    SeriesSet::from_series(chosen.filter_map(|(labels, values)| {
        let samples = values.iter().zip(0..).filter_map(|(value, index)| {
            let at = minute(index);
            let seen = selection.after < at && at <= selection.until.min(until);
            value.filter(|_| seen).map(|value| Sample { at, value: Value::Float(value) })
        });
        let samples: Vec<_> = samples.collect();
        (!samples.is_empty()).then(|| Series { labels: labels.clone(), samples })
    }))
}

/// The outcomes of all slots; what rules write is seen by later slots only through the state.
fn outcomes(compiled: &Arc<Compiled>, foresight: &mut Foresight) -> Vec<Outcome> {
    let (stored, mut state) = (stored(), GroupState::new(compiled.group()));
    let surroundings = Arc::new(surroundings());
    let mut outcomes = Vec::new();
    for slot in (0..20).map(minute) {
        let (compiled, surroundings) = (Arc::clone(compiled), Arc::clone(&surroundings));
        let known = foresight.take(slot);
        let mut run = Run::knowing(known, compiled, Arc::new(state), slot, surroundings);
        while let Some(needs) = run.needs() {
            let sets = needs.series.iter().map(|one| select(&stored, one, slot));
            run.supply(Supply::series(Ok(sets.collect())));
        }
        let outcome = run.finish();
        state = outcome.state.clone();
        outcomes.push(outcome);
    }
    outcomes
}

fn foresee(compiled: &Compiled, slots: usize) -> Foresight {
    let written = Written::by([&**compiled.group()]);
    let step = Span::from_mins(1);
    let questions = Questions::new(compiled, &written, minute(0), step, slots);
    let needs = questions.needs();
    let sets = needs.iter().map(|one| select(&stored(), one, Timestamp::MAX)).collect();
    questions.answer(sets, &surroundings().limits)
}

fn check(expr: &str, foreseen: bool) {
    let rules = vec![alert("A", expr).hold(2), record("r", expr), alert("B", "r > 3")];
    let compiled = Arc::new(Compiled::new(Arc::new(group(rules)), &Options::default()));
    let mut foresight = foresee(&compiled, 20);
    let known: Vec<bool> = foresight.answers.iter().map(Option::is_some).collect();
    assert_eq!(known, [foreseen, foreseen, false], "{expr}");
    let foreseen = outcomes(&compiled, &mut foresight);
    let each = outcomes(&compiled, &mut Foresight::default());
    // as text: stale markers are not equal to themselves
    for (foreseen, alone) in foreseen.iter().zip(&each) {
        assert_eq!(format!("{foreseen:?}"), format!("{alone:?}"), "{expr}");
    }
}

#[test]
fn what_is_foreseen_is_what_each_slot_yields() {
    for expr in [
        "x > 5",
        "rate(x[5m]) * 60 > 2",
        "sum by (i) (x) / on (i) y",
        "avg_over_time(x[4m]) > bool 3",
        "x offset 2m",
        "max_over_time(rate(x[2m])[6m:1m])",
        "absent(x{i=\"b\"})",
        "time()",
        "vector(1)",
        "7",
        "x or y",
        "topk(1, x)",
        "stdvar_over_time(x[7m])",
        "quantile_over_time(0.3, x[7m])",
        "absent_over_time(y[2m])",
    ] {
        check(expr, true);
    }
}

#[test]
fn what_rules_write_and_what_is_ahead_is_asked_at_its_slot() {
    for expr in [
        "x offset -2m",
        "x @ 240",
        "sum(x @ end())",
        "x - on (i) group_left () ALERTS",
        "ALERTS_FOR_STATE",
        "{__name__=~\"x|r\"}",
        "{i=\"a\"}",
        "r",
        "last_over_time(r[5m])",
        "rate(x[5m:1m] offset -1m)",
    ] {
        check(expr, false);
    }
}

#[test]
fn rules_that_fail_are_left_to_each_slot() {
    check("x * on () y", false);
    check("label_replace(x, \"i\", \"\", \"\", \"\")", false);
}

#[test]
fn a_slot_that_was_not_asked_for_is_not_known() {
    let compiled = Compiled::new(Arc::new(group(vec![alert("A", "x")])), &Options::default());
    let mut foresight = foresee(&compiled, 3);
    assert!(foresight.take(minute(1)).is_empty());
    for slot in 0..3 {
        assert!(foresight.take(minute(slot))[0].is_some());
    }
    assert!(foresight.take(minute(3))[0].is_none());
    assert!(foresee(&compiled, 1).answers[0].is_none());
}
