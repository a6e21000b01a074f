use super::*;
use crate::config::alertmanager::parse;
use crate::label::Labels;
use crate::route::Tree;

const ROOT: &str = "\
global: {resolve_timeout: 7m}
route: {receiver: default, routes: [{receiver: own, matchers: [team=root]}]}
receivers: [{name: default}, {name: own}]
time_intervals: [{name: nights, time_intervals: [{times: [{start_time: '22:00', end_time: '24:00'}]}]}]
";
const TEAM: &str = "\
route:
  receiver: pager
  matchers: [team=a]
  routes:
  - {receiver: default, matchers: [severity=info], mute_time_intervals: [nights, lunch]}
receivers:
- {name: pager, webhook_configs: [{url: 'http://127.0.0.1:9/'}]}
inhibit_rules: [{name: quiet, source_matchers: [severity=critical], target_matchers: [severity=info]}]
time_intervals: [{name: lunch, time_intervals: [{times: [{start_time: '12:00', end_time: '13:00'}]}]}]
";

fn root() -> Raw {
    parse("alertmanager.yml", ROOT, Expansion::Off, Mode::default()).unwrap()
}

fn add(raw: &mut Raw, namespace: &str, text: &str) -> Result<(), String> {
    let file = format!("{namespace}.yml");
    let added = raw.add_fragment(&file, namespace, text, Expansion::Off, Mode::default());
    added.map_err(|error| error.to_string())
}

#[test]
fn a_fragment_hangs_its_tree_below_the_root_with_names_of_its_own() {
    let mut raw = root();
    add(&mut raw, "team-a", TEAM).unwrap();
    add(&mut raw, "team-b", &TEAM.replace("team=a", "team=b")).unwrap();
    let notification = raw.compile(&[]).unwrap();
    let order: Vec<_> = notification.receiver_order.iter().map(|name| &**name).collect();
    assert_eq!(order, ["default", "own", "team-a/pager", "team-b/pager"]);
    let labels = &notification.receivers["team-a/pager"].labels;
    assert_eq!(labels.value("name"), "team-a/pager");
    let tree = Tree::new(&notification.route);
    let told = |labels: &[(&str, &str)]| {
        let nodes = tree.matching(&Labels::from_pairs(labels.iter().copied()));
        nodes.iter().map(|node| tree.node(*node).options.receiver.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(told(&[("team", "a")]), ["team-a/pager"]);
    assert_eq!(told(&[("team", "b"), ("severity", "info")]), ["default"]);
    assert_eq!(told(&[("team", "c")]), ["default"]);
    let mutes = &notification.route.routes[1].routes[0].options.mute_time_intervals;
    let mutes: Vec<_> = mutes.iter().map(|name| &**name).collect();
    assert_eq!(mutes, ["nights", "team-a/lunch"], "the root's, and its own");
    let rule = &notification.inhibit_rules[1];
    assert_eq!(rule.name, "team-b/quiet");
    let others = Labels::from_pairs([("team", "a"), ("severity", "info")]);
    assert!(!rule.target.matches(&others), "not the alerts of others");
}

#[test]
fn the_whole_is_written_out_and_read_again() {
    let mut raw = root();
    add(&mut raw, "team-a", TEAM).unwrap();
    let original = raw.original();
    let again = parse("original.yml", &original, Expansion::Off, Mode::default()).unwrap();
    assert_eq!(again.original(), original);
}

#[test]
fn a_broken_fragment_is_refused_alone_with_the_places_of_what_is_wrong() {
    for (text, expect) in [
        ("", "f.yml:1:1: no route provided in fragment"),
        ("receivers: []", "f.yml:1:1: no route provided in fragment"),
        (
            "route: {receiver: default}",
            "f.yml:1:8: the route of a fragment needs matchers: it is one among others",
        ),
        (
            "route: {receiver: nobody, matchers: [a=b]}",
            "f.yml:1:19: undefined receiver \"nobody\" used in route",
        ),
        (
            "route: {matchers: [a=b], routes: [{receiver: team-a/pager}]}",
            "f.yml:1:46: undefined receiver \"team-a/pager\" used in route",
        ),
        (
            "route: {matchers: [a=b]}\nglobal: {resolve_timeout: 1m}",
            "f.yml:2:9: global belongs into the root configuration",
        ),
        (
            "route: {matchers: [a=b]}\ntemplates: [x.tmpl]",
            "f.yml:1:1: templates belongs into the root configuration",
        ),
        ("route: {matchers: [a=b]}\nrout: 1", "did you mean route?"),
        ("route: {matchers: ['a=~(']}", "f.yml:1:20: "),
    ] {
        let mut raw = root();
        add(&mut raw, "team-a", TEAM).unwrap();
        let before = raw.original();
        let error = add(&mut raw, "f", text).unwrap_err();
        assert!(error.contains(expect), "{text:?}: {error}");
        assert_eq!(raw.original(), before, "{text:?}");
    }
}

#[test]
fn names_that_are_there_already_are_refused() {
    let mut raw = root();
    add(&mut raw, "team-a", TEAM).unwrap();
    let error = add(&mut raw, "team-a", TEAM).unwrap_err();
    assert!(error.contains("\"team-a/pager\" is there already: rename this file"), "{error}");
}
