//! What a run tells of its steps.

use std::cell::Cell;

use super::*;

#[test]
fn every_step_tells_its_series_samples_and_time() {
    let ticks = Cell::new(0);
    let stopwatch = || {
        ticks.set(ticks.get() + 10);
        ticks.get()
    };
    let text = "sum by (a) (rate(x[5m])) / (1 + max_over_time(rate(x[5m])[10m:1m]))";
    let expr = parse(text, &Features::ALL).unwrap();
    let query = Query::new(&expr, &Options::default()).unwrap();
    let grid = Grid::instant(Timestamp::from_millis(1_200_000));
    let mut set = SeriesSet::new();
    for name in ["1", "2"] {
        let times: Vec<i64> = (0..41).map(|index| index * 30_000).collect();
        let values: Vec<f64> = (0..41).map(f64::from).collect();
        set.push_floats(Labels::from_pairs([("__name__", "x"), ("a", name)]), &times, &values);
    }
    let needs = query.needs(&grid).unwrap().len();
    let sets = vec![set; needs];
    let (answer, nodes) = query.explain(&grid, &sets, &Limits::default(), &stopwatch).unwrap();
    assert_eq!(answer, query.run(&grid, &sets, &Limits::default()).unwrap());
    let told: Vec<String> = nodes
        .iter()
        .map(|node| {
            let part = &text[node.range.start as usize..node.range.end as usize];
            let (series, samples, read) = (node.series, node.samples, node.read);
            let again = if node.told_before { " again" } else { "" };
            format!(
                "{}{}: {part}: {}x {series}/{samples} of {read}{again}",
                "  ".repeat(node.depth),
                node.kind,
                node.evaluations
            )
        })
        .collect();
    let expected = [
        "join: sum by (a) (rate(x[5m])) / (1 + max_over_time(rate(x[5m])[10m:1m])): 1x 2/2 of 0",
        "  aggregation: sum by (a) (rate(x[5m])): 1x 2/2 of 0",
        "    range function: rate(x[5m]): 2x 2/20 of 82",
        "  arithmetic with a number: 1 + max_over_time(rate(x[5m])[10m:1m]): 1x 2/2 of 0",
        "    range function: max_over_time(rate(x[5m])[10m:1m]): 1x 2/2 of 0",
        "      range function: rate(x[5m]): 2x 2/20 of 82 again",
        "    literal: 1: 1x 0/1 of 0",
    ];
    assert_eq!(told, expected);
    assert!(nodes.iter().all(|node| node.nanoseconds >= 10));
    assert!(nodes[0].nanoseconds > nodes[1].nanoseconds + nodes[3].nanoseconds);
}
