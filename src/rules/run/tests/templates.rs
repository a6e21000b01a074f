//! Labels and annotations that are templates.

use super::*;

/// The annotation `text` of the alerts of a rule with that template, over `up a=1 b=2`.
fn expand(world: &mut World) -> Vec<String> {
    let outcome = world.tick(minute(0));
    outcome.alerts.iter().map(|alert| alert.annotations.value("text").to_owned()).collect()
}

fn world(template: &str) -> World {
    let rules = vec![record("early", "up * 10"), alert("A", "up").annotation("text", template)];
    let mut world = World::new(group(rules));
    world.push(minute(0), "up a=1 b=2");
    world
}

#[test]
fn templates_see_the_element_with_its_metric_name() {
    let text = "{{ $labels.__name__ }} {{ $labels.i }} {{ $value }} {{ $externalLabels.cluster }} \
        {{ $externalURL }}";
    assert_eq!(
        expand(&mut world(text)),
        ["up a 1 eu http://firebell", "up b 2 eu http://firebell"]
    );
}

#[test]
fn label_templates_are_part_of_the_identity() {
    let rule = alert("A", "up").label("level", "{{ if gt $value 1.0 }}high{{ else }}low{{ end }}");
    let mut world = World::new(group(vec![rule.hold(1)]));
    for slot in 0..3 {
        world.push(minute(slot), if slot < 2 { "up a=1" } else { "up a=2" });
        world.tick(minute(slot));
    }
    let alerts: Vec<String> = world.state.rules[0]
        .alerts
        .values()
        .map(|alert| format!("{} {:?}", alert.labels.value("level"), alert.state))
        .collect();
    assert_eq!(alerts, ["high Pending", "low Inactive"]);
}

#[test]
fn a_fault_becomes_the_text_and_is_noted_once() {
    let mut world = world("{{ $labels.i | nothing }}");
    let texts = expand(&mut world);
    assert!(texts[0].starts_with("<error expanding template: error parsing template __alert_A:"));
    let outcome = world.tick(minute(1));
    assert_eq!(healths(&outcome), ["", ""]);
    assert_eq!(outcome.notes.len(), 1);
    assert!(outcome.notes[0].starts_with("A: 2 texts not expanded, the first: error parsing"));
}

#[test]
fn a_template_may_query_and_sees_what_earlier_rules_wrote() {
    let text = "{{ range query (printf `early{i=%q}` $labels.i) }}{{ . | value }}{{ end }}";
    let mut world = world(text);
    assert_eq!(expand(&mut world), ["10", "20"]);
    let counts: Vec<usize> = world.fetches.iter().map(Vec::len).collect();
    assert_eq!(counts, [1, 2]);
}

#[test]
fn a_query_may_depend_on_another() {
    let text = "{{ with query `vector(2)` }}{{ $n := . | first | value }}\
        {{ with query (printf `up == %v` $n) }}{{ . | first | label `i` }}{{ end }}{{ end }}";
    let mut world = world(text);
    assert_eq!(expand(&mut world), ["b", "b"]);
    assert_eq!(world.fetches.len(), 2);
}

#[test]
fn a_query_is_asked_for_the_slot_without_the_query_offset() {
    let rule = alert("A", "up")
        .annotation("text", "{{ with query `time()` }}{{ . | first | value }}{{ end }}");
    let mut shifted = group(vec![rule]);
    shifted.query_offset = Span::from_mins(2);
    let mut world = World::new(shifted);
    world.push(minute(8), "up a=1");
    let outcome = world.tick(minute(10));
    assert_eq!(outcome.alerts[0].annotations.value("text"), "600");
}

#[test]
fn a_failing_query_fails_only_the_texts_that_ask_for_it() {
    let rule = alert("A", "up")
        .annotation("syntax", "{{ query `up(` }}")
        .annotation("text", "{{ range query `vector(1)` }}{{ . | value }}{{ end }}");
    let mut world = World::new(group(vec![rule]));
    world.push(minute(0), "up a=1");
    let outcome = world.tick(minute(0));
    let annotations = &outcome.alerts[0].annotations;
    assert_eq!(annotations.value("text"), "1");
    let error = annotations.value("syntax");
    assert!(error.starts_with("<error expanding template: error calling query: "), "{error}");
}

#[test]
fn queries_in_turn_end_after_some_rounds() {
    let nested = "{{ define `ask` }}{{ with query (printf `vector(%v + 1)` .) }}\
        {{ template `ask` (. | first | value) }}{{ end }}{{ end }}{{ template `ask` 0.0 }}";
    let texts = expand(&mut world(nested));
    assert!(texts[0].contains("queries that depend on queries, more than 8 deep"), "{}", texts[0]);
}
