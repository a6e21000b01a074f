use std::path::Path;

use super::*;
use crate::config::rules::GroupSources;
use crate::drivers::load::{ExpandEnvironment, Loaded, load};
use crate::label::matcher::Mode;
use crate::promql::syntax::Features;
use crate::time::Span;

/// A plan with this `prometheus.yml` and, perhaps, an Alertmanager configuration.
fn plan(directory: &Path, text: &str, configured: Option<&str>) -> Plan {
    let write = |name: &str, text: &str| {
        let path = directory.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let config = Some(write("p.yml", text));
    Plan {
        config_file: configured.map(|text| write("a.yml", text)),
        rule_files: Vec::new(),
        expand: ExpandEnvironment::No,
        mode: Mode::default(),
        evaluation_interval: None,
        features: Features::default(),
        external_labels: Labels::from_pairs([("b", "flag")]),
        external_url: "http://localhost:9093".into(),
        retention: Span::from_mins(60),
        upkeep: Default::default(),
        sources: GroupSources::None,
        outward: Outward { config, ..Outward::default() },
        recording: Default::default(),
    }
}

fn loaded(text: &str, change: impl Fn(&mut Plan)) -> Result<Loaded, String> {
    let directory = tempfile::tempdir().unwrap();
    let rules = "groups: [{name: g, rules: [{record: x, expr: vector(1)}]}]";
    std::fs::write(directory.path().join("r.yml"), rules).unwrap();
    let mut plan = plan(directory.path(), text, None);
    change(&mut plan);
    let prefix = format!("{}/", directory.path().display());
    load(&plan).map_err(|error| error.to_string().replace(&prefix, "")).map(|mut loaded| {
        for warning in &mut loaded.warnings {
            *warning = warning.replace(&prefix, "");
        }
        loaded
    })
}

const WHOLE: &str = "global: {evaluation_interval: 15s, rule_query_offset: 5s, \
    external_labels: {a: '${FIREBELL_SURELY_UNSET}x$$', b: file}}\n\
    rule_files: ['r*.yml', r.yml, none.yml]\n\
    alerting:\n  alert_relabel_configs: [{regex: a, action: labeldrop}]\n\
    \x20 alertmanagers:\n  - static_configs: [{targets: ['x:1', 'y:2']}]\n\
    \x20   relabel_configs: [{source_labels: [__address__], regex: y.*, action: drop}]\n\
    \x20   basic_auth: {username: u, password_file: secret}\n\
    remote_write: [{url: 'http://u:p@w/write', name: w, headers: {X-Scope: t}}]\n\
    scrape_configs: [{job_name: j}]\n";

#[test]
fn a_prometheus_yml_gives_rules_defaults_and_where_to_send() {
    let loaded = loaded(WHOLE, |_| {}).unwrap();
    let setup = &loaded.setup;
    assert_eq!(loaded.evaluation_interval, Span::from_secs(15));
    let group = &setup.groups[0];
    assert_eq!((setup.groups.len(), group.interval), (1, Span::from_secs(15)));
    assert_eq!(group.query_offset, Span::from_secs(5));
    assert_eq!(setup.external_labels.to_string(), r#"{a="x$", b="flag"}"#);
    let forward = &setup.forward;
    assert_eq!(forward.recipients, Recipients::Alertmanagers);
    assert_eq!(forward.alert_relabel.len(), 1);
    let url = |index: usize| &*forward.alertmanagers[index].url;
    assert_eq!((forward.alertmanagers.len(), url(0)), (1, "http://x:1/api/v2/alerts"));
    assert_eq!(*forward.dropped_alertmanagers, ["http://y:2/api/v2/alerts".into()]);
    let login = format!("{:?}", forward.alertmanagers[0].http.authorization);
    assert!(login.contains("/secret\""), "below the file's folder: {login}");
    let write = &forward.remote_writes[0];
    assert_eq!((&*write.name, &*write.url), ("w", "http://w/write"));
    assert!(write.http.authorization.is_some() && write.http.headers.len() == 1);
    let expected = [
        "p.yml: external label a: no variable FIREBELL_SURELY_UNSET is set",
        "p.yml: has no effect here: scrape_configs (10:17)",
        "rule_files: none.yml: no such file",
    ];
    assert_eq!(loaded.warnings, expected);
}

#[test]
fn flags_come_before_the_file_and_name_no_server_twice() {
    let address = |text: &str| Address::parse(text).unwrap();
    let loaded = loaded(WHOLE, |plan| {
        plan.evaluation_interval = Some(Span::from_secs(7));
        plan.outward.alertmanagers = vec![address("http://x:1"), address("http://z/am/")];
        plan.outward.remote_writes = vec![address("http://a/w"), address("http://a/w")];
    });
    let loaded = loaded.unwrap();
    assert_eq!(loaded.setup.groups[0].interval, Span::from_secs(7));
    let forward = &loaded.setup.forward;
    let urls: Vec<_> = forward.alertmanagers.iter().map(|one| &*one.url).collect();
    assert_eq!(urls, ["http://x:1/api/v2/alerts", "http://z/am/api/v2/alerts"]);
    let names: Vec<_> = forward.remote_writes.iter().map(|one| &*one.url).collect();
    assert_eq!(names, ["http://a/w", "http://w/write"]);
    let twice = "remote write to http://a/w is configured twice: once is used".to_owned();
    assert!(loaded.warnings.contains(&twice), "{:?}", loaded.warnings);
}

#[test]
fn who_is_told_depends_on_what_is_configured() {
    let told = |text: &str, change: &dyn Fn(&mut Plan)| {
        loaded(text, change).unwrap().setup.forward.recipients
    };
    assert_eq!(told("", &|_| {}), Recipients::Pipeline);
    assert_eq!(told(WHOLE, &|_| {}), Recipients::Alertmanagers);
    assert_eq!(told(WHOLE, &|plan| plan.outward.sending = Sending::Off), Recipients::Pipeline);
    let directory = tempfile::tempdir().unwrap();
    let silent = Some("route: {receiver: a}\nreceivers: [{name: a}]\n");
    let both = load(&plan(directory.path(), WHOLE, silent)).unwrap();
    assert_eq!(both.setup.forward.recipients, Recipients::Both);
}

#[test]
fn a_bad_file_is_refused_with_its_place() {
    let refused = loaded("rule_files: [r.yml]\nalerting: {alertmanagers: [{tiemout: 1s}]}", |_| {});
    let error = refused.map(|_| ()).unwrap_err();
    let expected =
        "p.yml:2:29: field tiemout not found in type config.plain: did you mean timeout?";
    assert_eq!(error, expected);
}

#[test]
fn variables_are_filled_as_go_fills_them() {
    let variable = |name: &str| (name == "X").then(|| "1".to_owned());
    let check = |text: &str, expect: &str, unset: &[&str]| {
        let unset = unset.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(expand(text, variable), (expect.to_owned(), unset), "{text}");
    };
    check("a$X-${X}b", "a1-1b", &[]);
    check("$$X $ $é", "$X $ $é", &[]);
    check("$Y${Z}", "", &["Y", "Z"]);
    check("${}a ${b", "a b", &[]);
    check("$1a", "a", &["1"]);
}
