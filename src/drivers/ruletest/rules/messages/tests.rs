use crate::drivers::ruletest::rules::{Conduct, Report, run_file};

const RULES: &str = "groups:\n- name: g\n  rules:\n  - alert: Down\n    expr: up == 0\n    \
    labels: {severity: page}\n    annotations: {summary: '{{ $labels.job }} is down'}\n";

const HEAD: &str = "rule_files: [r.yml]\nenvironment: {URL: 'http://127.0.0.1/hook'}\n\
    alertmanager_config: |\n  route:\n    receiver: team\n    group_by: [alertname]\n    \
    group_wait: 30s\n    group_interval: 5m\n    repeat_interval: 1h\n  receivers:\n  \
    - name: team\n    slack_configs:\n    - api_url: ${URL}\n      channel: '#team'\n      \
    title: '{{ .CommonAnnotations.summary }}'\n      send_resolved: true\n  - name: other\n  inhibit_rules:\n  \
    - source_matchers: [alertname=Outage]\n    target_matchers: [severity=page]\n";

/// Runs one test in which a job is down from 1m to 10m.
fn ran(test: &str) -> Report {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("r.yml"), RULES).unwrap();
    let path = directory.path().join("t.yml");
    let series = "input_series: [{series: 'up{job=\"a\"}', values: '1 0x8 1x200'}]";
    std::fs::write(&path, format!("{HEAD}tests:\n- {series}\n{test}")).unwrap();
    run_file(&path, &Conduct::default())
}

fn check(test: &str, expected: &[&str]) {
    let report = ran(test);
    assert_eq!(report.aborted, None);
    let faults = report.cases.iter().flat_map(|case| &case.faults);
    let texts: Vec<&str> = faults.map(|fault| fault.text.as_str()).collect();
    assert_eq!(texts, expected, "{test}");
}

const FIRST: &str = "    - {integration: slack, status: firing, reason: first notification, \
    group_labels: {alertname: Down}, alerts: [{labels: {alertname: Down, job: a, severity: \
    /^p/}, annotations: {summary: a is down}}], title: a is down, payload: {/channel: '#team'}}\n";

#[test]
fn messages_are_those_of_production_at_its_times() {
    let before = "  notification_test:\n  - {at: 1m29s, receiver: team}\n";
    let first = format!("  - at: 1m30s\n    receiver: team\n    exp_notifications:\n{FIRST}");
    let end =
        "  - {at: 15m, receiver: team, exp_notifications: [{status: resolved, title: /a is/}]}\n";
    check(&format!("{before}{first}{end}"), &[]);
}

#[test]
fn messages_that_nobody_expects_fail_the_test() {
    let unexpected = "    unexpected notification: 1m30s slack#team first notification \
        [{alertname=\"Down\", job=\"a\", severity=\"page\"} firing]";
    check(
        "  notification_test: [{at: 1m, receiver: team}, {at: 2m, receiver: other}]\n",
        &[unexpected],
    );
    check("  exp_no_notification: [{receiver: team, from: 0s, until: 1m}]\n", &[]);
    check(
        "  exp_no_notification: [{receiver: team, from: 0s, until: 2m}]\n",
        &[
            unexpected,
            "    no notification was expected, got: 1m30s slack#team first notification \
             [{alertname=\"Down\", job=\"a\", severity=\"page\"} firing]",
        ],
    );
}

#[test]
fn differences_are_told_field_by_field() {
    check(
        "  notification_test: [{at: 2m, receiver: team, exp_notifications: [{status: resolved, \
         title: /b is/}, {status: firing}]}]\n",
        &["    notification: team, time: 2m,\n        exp: one more message\n        got: none"],
    );
    check(
        "  notification_test: [{at: 2m, receiver: team, exp_notifications: [{title: /b is/}]}]\n",
        &[
            "    notification: team, time: 2m,\n        title\n            exp: /b is/\n            \
           got: a is down\n        in: 1m30s slack#team first notification [{alertname=\"Down\", \
           job=\"a\", severity=\"page\"} firing]",
        ],
    );
}

#[test]
fn silences_keep_alerts_back_and_say_so() {
    let silences = "  silences: [{at: 0s, for: 1h, matchers: 'job=\"a\"'}]\n";
    let test = "  notification_test: [{at: 30m, receiver: team}]\n";
    let by = |by: &str| format!("  exp_suppressed: [{{at: 5m, alert: 'Down', by: {by}}}]\n");
    check(&format!("{silences}{test}{}", by("silence")), &[]);
    check(
        &format!("{silences}{test}{}", by("inhibition")),
        &["    suppressed: Down, time: 5m,\n        exp: inhibition\n        got: silence"],
    );
}

#[test]
fn receivers_fail_and_the_process_dies_and_messages_come_nevertheless() {
    let faults =
        "  receiver_faults: [{receiver: 'slack#team', from: 0s, until: 2m, fault: '503'}]\n";
    let rest = "  restart_at: [4m]\n  notification_test:\n  - {at: 2m, receiver: team}\n  \
         - at: 9m\n    receiver: team\n    exp_notifications:\n";
    check(&format!("{faults}{rest}{FIRST}"), &[]);
}

#[test]
fn what_is_wrong_with_the_configuration_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let aborted = |text: &str| {
        let path = directory.path().join("t.yml");
        std::fs::write(&path, text).unwrap();
        run_file(&path, &Conduct::default()).aborted.unwrap_or_default()
    };
    let missing = aborted("tests:\n- restart_at: [1m]\n");
    assert!(
        missing.ends_with(":2:3: messages are tested with an `alertmanager_config` in the file")
    );
    let tree = aborted("alertmanager_config:\n  route: {receiver: a}\n  receivers: [{name: b}]\n");
    assert!(tree.contains("t.yml:2:"), "{tree}");
    assert!(aborted("alertmanager_config: none.yml\n").contains("none.yml: No such file"));
}

#[test]
fn receivers_that_the_configuration_does_not_have_are_refused_where_they_are_named() {
    let aborted = |test: &str| ran(test).aborted.unwrap_or_default();
    for (test, place, known) in [
        (
            "  notification_test: [{at: 1m, receiver: taem}]\n",
            ":23:42: the alertmanager_config has no receiver \"taem\"",
            "other, team",
        ),
        (
            "  exp_no_notification: [{receiver: boss, from: 0s, until: 1m}]\n",
            ":23:36: the alertmanager_config has no receiver \"boss\"",
            "other, team",
        ),
        (
            "  receiver_faults: [{receiver: email#team, from: 0s, fault: hang}]\n",
            ":23:32: the alertmanager_config has no receiver \"email#team\"",
            "slack#team",
        ),
    ] {
        let told = aborted(test);
        assert!(told.ends_with(&format!("t.yml{place}: there are {known}")), "{told}");
    }
}
