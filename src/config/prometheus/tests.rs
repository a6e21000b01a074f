use super::*;

/// The first problem with its place, or nothing.
fn problem(text: &str) -> String {
    match parse("dir/p.yml", text, Expansion::Off) {
        Ok(_) => String::new(),
        Err(errors) => errors.0[0].to_string(),
    }
}

#[test]
fn what_means_something_is_read_and_the_rest_is_told_once() {
    let text = "global: {evaluation_interval: 30s, external_labels: {site: a}}\n\
        rule_files: [rules/*.yml, /abs.yml]\n\
        alerting:\n  alertmanagers:\n  - path_prefix: /am/\n    dns_sd_configs: [{names: [x]}]\n\
        \x20   static_configs: [{targets: ['a:9093', 'b:9093']}]\n\
        remote_write: [{url: 'http://w/api', queue_config: {capacity: 1}}]\n\
        scrape_configs:\n- {job_name: j, scrape_interval: 2m, whatever_sd_configs: []}\n\
        - {job_name: k, metrics_path: /m}\nstorage: {tsdb: {}}\n";
    let read = parse("dir/p.yml", text, Expansion::Off).unwrap();
    assert_eq!(read.evaluation_interval, Span::from_secs(30));
    assert_eq!(read.external_labels, [("site".to_owned(), "a".to_owned())]);
    assert_eq!(read.rule_files, ["dir/rules/*.yml", "/abs.yml"]);
    let urls: Vec<_> = read.alertmanagers.iter().map(|one| &*one.url).collect();
    assert_eq!(urls, ["http://a:9093/am/api/v2/alerts", "http://b:9093/am/api/v2/alerts"]);
    let write = &read.remote_write[0];
    assert_eq!((&*write.url, write.queue.capacity), ("http://w/api", 50));
    let jobs = [("j".to_owned(), Span::from_mins(2)), ("k".to_owned(), Span::from_mins(1))];
    assert_eq!(read.scrape_jobs, jobs);
    let unused: Vec<_> = read.unused.iter().map(ToString::to_string).collect();
    assert_eq!(
        unused,
        [
            "dir/p.yml:6:5: dns_sd_configs is not used",
            "dir/p.yml:10:3: scrape_configs is not used",
            "dir/p.yml:12:10: storage is not used",
        ]
    );
}

#[test]
fn what_prometheus_refuses_is_refused_with_its_place() {
    let check = |text: &str, expect: &str| assert_eq!(problem(text), expect, "{text}");
    check("", "");
    check("a: b", "dir/p.yml:1:1: field a not found in type config.plain");
    check("global: {evaluation_interval: 5}", "dir/p.yml:1:31: not a valid duration string: \"5\"");
    check("rule_files: [a/*/b*.yml]", "dir/p.yml:1:14: invalid rule file path \"a/*/b*.yml\"");
    check("remote_write: [{name: a}]", "dir/p.yml:1:16: url for remote_write is empty");
    check("remote_write: [null]", "dir/p.yml:1:16: empty or null remote write config section");
    check("global: {external_labels: {'': x}}", "dir/p.yml:1:28: \"\" is not a valid label name");
    check(
        "alerting: {alertmanagers: [{api_version: v1}]}",
        "dir/p.yml:1:42: expected Alertmanager api version to be one of [v2] but got v1",
    );
    check(
        "alerting: {alertmanagers: [{static_configs: [{targets: [a/b]}]}]}",
        "dir/p.yml:1:57: \"a/b\" is not a valid hostname",
    );
    check(
        "alerting: {alert_relabel_configs: [{action: foo}]}",
        "dir/p.yml:1:45: unknown relabel action \"foo\"",
    );
    check(
        "scrape_configs: [{job_name: a}, {job_name: a}]",
        "dir/p.yml:1:44: found multiple scrape configs with job name \"a\"",
    );
    check(
        "global: {scrape_timeout: 2m}",
        "dir/p.yml:1:26: global scrape timeout greater than scrape interval",
    );
}
