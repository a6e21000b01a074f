use super::*;
use crate::sample::Series;
use crate::time::Timestamp;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn selection(pairs: &[(&str, &str)], after: i64, until: i64) -> Selection {
    let matchers = pairs.iter().map(|(name, value)| Matcher::equal(name, value)).collect();
    Selection { matchers: Matchers(matchers), after: at(after), until: at(until), narrowing: None }
}

fn x(after: i64, until: i64) -> Selection {
    selection(&[("__name__", "x"), ("job", "a")], after, until)
}

fn labels(name: &str, instance: &str) -> Labels {
    Labels::from_pairs([("__name__", name), ("job", "a"), ("i", instance)])
}

fn set(series: &[(Labels, &[(i64, f64)])]) -> SeriesSet {
    SeriesSet::from_series(series.iter().map(|(labels, samples)| {
        Series {
            labels: labels.clone(),
            samples: samples
                .iter()
                .map(|(time, value)| Sample { at: at(*time), value: Value::Float(*value) })
                .collect(),
        }
    }))
}

fn show(set: &SeriesSet) -> String {
    let series = |view: SeriesView<'_>| {
        let samples = view.times.iter().zip(view.values);
        let samples: Vec<_> = samples.map(|(time, value)| format!("{value}@{time}")).collect();
        format!("{}: {}", view.labels.value("i"), samples.join(" "))
    };
    set.iter().map(series).collect::<Vec<_>>().join("; ")
}

#[test]
fn overlapping_windows_of_the_same_series_are_fetched_once() {
    let swapped = selection(&[("job", "a"), ("__name__", "x")], 40, 100);
    let y = selection(&[("__name__", "y")], 0, 100);
    let queries = [vec![x(50, 100)], vec![x(0, 60), y.clone()], vec![swapped, x(-90, -50)], vec![]];
    let supplies = Supplies::plan(&queries);
    assert_eq!(supplies.wanted().len(), 3);
    assert_eq!(supplies.uses, [vec![1], vec![1, 2], vec![1, 0], vec![]]);
    assert_eq!(supplies.slots[0].selection, x(-90, -50));
    assert_eq!(supplies.slots[1].selection, x(0, 100));
    assert_eq!(supplies.slots[2].selection, y);
    assert!(!supplies.is_used_by(3));
}

#[test]
fn queries_see_what_earlier_rules_wrote_and_share_the_set() {
    let queries = [vec![x(0, 100)], vec![x(50, 100), x(0, 20)], vec![x(0, 80)]];
    let mut supplies = Supplies::plan(&queries);
    let fetched = set(&[(labels("x", "b"), &[(10, 1.0), (90, 2.0)])]);
    supplies.fill(vec![fetched]).unwrap();
    let mut overlay = Overlay::new(at(70));
    let seen = |supplies: &mut Supplies, overlay: &Overlay, query| {
        supplies.catch_up(query, overlay);
        supplies.lend(query, |sets| sets.iter().map(show).collect::<Vec<_>>())
    };
    assert_eq!(seen(&mut supplies, &overlay, 0), ["b: 1@10 2@90"]);
    for (name, instance, value) in
        [("x", "c", 5.0), ("x", "b", 4.0), ("x", "a", 3.0), ("other", "z", 9.0)]
    {
        overlay.write(&labels(name, instance), Value::Float(value));
    }
    let all = "a: 3@70; b: 1@10 4@70 2@90; c: 5@70";
    assert_eq!(seen(&mut supplies, &overlay, 1), [all, all]);
    overlay.write(&labels("x", "d"), Value::Float(6.0));
    assert_eq!(seen(&mut supplies, &overlay, 2), [format!("{all}; d: 6@70")]);
}

#[test]
fn what_is_stored_already_stays_and_other_moments_are_not_touched() {
    let mut overlay = Overlay::new(at(70));
    overlay.write(&labels("x", "b"), Value::Float(4.0));
    for (selection, samples, expected) in [
        (x(0, 100), &[(70, 1.0)][..], "b: 1@70"),
        (x(0, 69), &[(10, 1.0)][..], "b: 1@10"),
        (x(70, 100), &[(90, 1.0)][..], "b: 1@90"),
    ] {
        let mut supplies = Supplies::plan(&[vec![selection]]);
        supplies.fill(vec![set(&[(labels("x", "b"), samples)])]).unwrap();
        supplies.catch_up(0, &overlay);
        supplies.show(0, |sets| assert_eq!(show(&sets[0]), expected));
    }
}

#[test]
fn an_answer_of_another_length_is_refused() {
    let mut supplies = Supplies::plan(&[vec![x(0, 1)]]);
    let error = supplies.fill(Vec::new()).unwrap_err();
    assert_eq!(error, "the source answered 1 selections with 0 sets");
}
