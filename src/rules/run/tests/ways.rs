//! The ways to the same outcome: series or values from the source, one hand or many.

use super::*;
use crate::promql::{Query, syntax};
use crate::rules::run::answers::elements_of;
use crate::rules::{Crew, Rule};
use crate::sample::{Question, Reply};

/// Answers questions as a server does that has the world's series.
fn evaluated(world: &World, question: &Question) -> Result<Arc<Reply>, String> {
    let expr = syntax::parse(&question.expr, &Default::default()).map_err(|e| e.to_string())?;
    let query = Query::new(&expr, &Options::default()).map_err(|e| e.to_string())?;
    let grid = Grid::instant(question.at);
    let sets = world.fetch(&query.needs(&grid).unwrap())?;
    let answer = query.run(&grid, &sets, &Limits::default()).map_err(|e| e.to_string())?;
    let warnings = answer.annotations.warnings(&question.expr);
    Ok(Arc::new(Reply { elements: elements_of(answer.value)?, warnings, took: Duration::ZERO }))
}

/// Runs the group on a source that evaluates; the questions it is asked.
fn pushed_down(world: &mut World, at: Timestamp) -> (Outcome, Vec<String>) {
    let (compiled, state) = (Arc::clone(&world.compiled), Arc::new(world.state.clone()));
    let surroundings = Arc::new(world.surroundings.clone());
    let mut run = Run::asking(Asks::Values, compiled, state, at, surroundings);
    let mut asked = Vec::new();
    while let Some(needs) = run.needs() {
        let values = needs.values.iter().map(|question| evaluated(world, question)).collect();
        asked.extend(needs.values.iter().map(|question| question.expr.to_string()));
        run.supply(Supply { series: world.fetch(&needs.series), values });
    }
    let outcome = run.finish();
    world.take(&outcome);
    (outcome, asked)
}

fn rules() -> Vec<Rule> {
    vec![
        record("sum", "sum(up)"),
        record("again", "sum(up)"),
        record("double", "sum * 2"),
        alert("Down", "up == 0").annotation("all", "{{ query \"sum\" | first | value }}"),
        alert("Few", "count(up) < 3").annotation("up", "{{ query \"count(up)\" | first | value }}"),
        alert("Known", "ALERTS{alertname=\"Down\"}").hold(1),
        record("broken", "label_replace(up, \"i\", \"x\", \"\", \"\")"),
    ]
}

#[test]
fn a_source_that_evaluates_leads_to_the_same_as_one_that_yields_series() {
    let mut here = World::new(group(rules()));
    let mut there = World::new(group(rules()));
    for (minute_of, samples) in [(0, "up a=1 b=0"), (1, "up a=1 b=0"), (2, "up a=1 b=1 c=1")] {
        here.push(minute(minute_of), samples);
        there.push(minute(minute_of), samples);
        let (outcome, asked) = pushed_down(&mut there, minute(minute_of));
        // stale markers are not equal to themselves; their text is
        let same = format!("{:?}", here.tick(minute(minute_of)));
        assert!(format!("{outcome:?}") == same, "{minute_of}");
        let mut expected = vec!["sum(up)", "up == 0", "count(up) < 3"];
        expected.push("label_replace(up, \"i\", \"x\", \"\", \"\")");
        if minute_of < 2 {
            expected.push("count(up)");
        }
        assert_eq!(asked, expected, "each once, and none that reads what the group writes");
    }
}

#[test]
fn an_outage_fails_the_rules_that_were_asked_and_leaves_their_alerts() {
    let mut world = World::new(group(vec![alert("Down", "up == 0"), record("two", "2")]));
    world.push(minute(0), "up a=0");
    let (outcome, _) = pushed_down(&mut world, minute(0));
    assert_eq!(outcome.alerts.len(), 1);
    world.outage = "down";
    let (outcome, _) = pushed_down(&mut world, minute(1));
    assert_eq!(healths(&outcome), ["down", ""]);
    assert_eq!(written(&outcome), ["two 2"], "no stale markers");
    assert_eq!(outcome.state.rules[0].alerts.len(), 1);
}

#[test]
fn replies_of_another_number_are_refused() {
    let world = World::new(group(vec![record("a", "up")]));
    let (compiled, state) = (Arc::clone(&world.compiled), Arc::new(world.state.clone()));
    let surroundings = Arc::new(world.surroundings.clone());
    let mut run = Run::asking(Asks::Values, compiled, state, minute(0), surroundings);
    assert_eq!(run.needs().unwrap().values.len(), 1);
    run.supply(Supply::default());
    let expected = "the source answered 1 questions with 0 replies";
    assert_eq!(healths(&run.finish()), [expected]);
}

/// A crew that begins with the last job.
struct Backwards;

impl Crew for Backwards {
    fn spare(&self) -> usize {
        1
    }

    fn do_all(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) {
        (0..jobs).rev().for_each(job);
    }
}

#[test]
fn rules_side_by_side_lead_to_the_same_as_in_turn() {
    let rules = || {
        let mut rules = rules();
        rules.push(record("rates", "sum by (i) (rate(up[10m]))"));
        rules.push(record("share", "rate(up[10m]) / ignoring(i) group_left() sum(up)"));
        rules
    };
    let worlds = [Hands::one(), Hands::many(Backwards)];
    let outcomes = worlds.map(|hands| {
        let mut world = World::new(group(rules()));
        world.surroundings.hands = hands;
        for (instance, step) in (0..25).flat_map(|i| (0..1000).map(move |step| (i, step))) {
            let at = minute(0) + Span::from_millis(step * 500);
            world.put("up", &format!("i{instance}"), at, ((step * instance) % 7) as f64);
        }
        [world.tick(minute(8)), world.tick(minute(9))]
    });
    assert!(format!("{:?}", outcomes[0]) == format!("{:?}", outcomes[1]));
    assert!(outcomes[0][1].series.len() > 50);
}
