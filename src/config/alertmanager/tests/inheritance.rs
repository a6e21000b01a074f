//! What children inherit: routes from routes, receivers from `global`.

use super::*;

/// The routes of a tree, depth first.
fn flat(route: &Route) -> Vec<&Route> {
    let below = route.routes.iter().flat_map(flat);
    std::iter::once(route).chain(below).collect()
}

#[test]
fn routes_inherit_receiver_grouping_timers_and_labels_but_not_intervals() {
    let notification = compiled(
        "receivers: [{name: a}, {name: b}]\ntime_intervals: [{name: t, time_intervals: [{}]}]\n\
         route:\n  receiver: a\n  group_by: [x]\n  group_wait: 0s\n  labels: {team: one, x: y}\n  \
         routes:\n  - receiver: b\n    group_by: ['...']\n    repeat_interval: 1d\n    \
         mute_time_intervals: [t]\n    labels: {team: two}\n    routes:\n    - {}\n    \
         - {group_by: []}\n    - {group_by: [z]}\n",
    );
    let routes = flat(&notification.route);
    let names =
        |names: &[&str]| GroupBy::Labels(names.iter().map(|name| Arc::from(*name)).collect());
    let group_by: Vec<_> = routes.iter().map(|route| route.options.group_by.clone()).collect();
    assert_eq!(group_by, [names(&["x"]), GroupBy::All, GroupBy::All, names(&[]), names(&["z"])]);
    let receivers: Vec<_> = routes.iter().map(|route| &*route.options.receiver).collect();
    assert_eq!(receivers, ["a", "b", "b", "b", "b"]);
    assert_eq!(routes[4].options.group_wait, Span::ZERO);
    assert_eq!(routes[4].options.group_interval, Span::from_mins(5));
    assert_eq!(routes[4].options.repeat_interval, Span::from_mins(24 * 60));
    assert_eq!(routes[0].options.repeat_interval, Span::from_mins(4 * 60));
    assert_eq!(routes[1].options.mute_time_intervals, [Arc::from("t")]);
    assert!(routes[2].options.mute_time_intervals.is_empty());
    assert_eq!(routes[2].options.labels.to_string(), r#"{team="two", x="y"}"#);
}

#[test]
fn matchers_of_all_three_forms_are_sorted_together() {
    let notification = compiled(
        "receivers: [{name: a}]\nroute:\n  receiver: a\n  routes:\n  \
         - {match: {z: '1'}, match_re: {b: c.*}, matchers: ['b=c, a!=d', 'x!~\"y\"']}\n",
    );
    assert_eq!(
        notification.route.routes[0].matchers.to_string(),
        r#"{a!="d",b=~"^(?:c.*)$",b="c",x!~"y",z="1"}"#
    );
}

fn integrations(receiver: &str) -> Vec<Integration> {
    compiled(&format!(
        "global:\n  smtp_smarthost: mail:587\n  smtp_from: f@x\n  smtp_auth_username: u\n  \
         smtp_auth_password: p\n  slack_app_token: token\n  pagerduty_url: http://pd/\n  \
         http_config: {{bearer_token: b, tls_config: {{ca_file: ca.pem}}}}\n\
         route: {{receiver: d}}\nreceivers:\n- name: d\n{receiver}"
    ))
    .receivers["d"]
        .integrations
        .clone()
}

#[test]
fn integrations_come_in_alertmanagers_order_of_kinds_and_are_counted_by_kind() {
    let integrations = integrations(
        "  slack_configs: [{api_url: 'http://s', http_config: {}}]\n  \
         pagerduty_configs: [{routing_key: a}, {routing_key: b}]\n  \
         email_configs: [{to: a}]\n  webhook_configs: [{url: 'http://w'}]\n",
    );
    let order: Vec<_> = integrations
        .iter()
        .map(|integration| (integration.settings.kind(), integration.index))
        .collect();
    assert_eq!(
        order,
        [("webhook", 0), ("email", 0), ("pagerduty", 0), ("pagerduty", 1), ("slack", 0)]
    );
    let resolved: Vec<_> = integrations.iter().map(|one| one.send_resolved).collect();
    assert_eq!(resolved, [true, false, true, true, false]);
}

#[test]
fn http_settings_are_inherited_whole_or_not_at_all_and_files_lie_beside_the_configuration() {
    let webhooks = integrations(
        "  webhook_configs:\n  - {url: 'http://w'}\n  \
         - {url: 'http://w', http_config: {tls_config: {ca_file: /abs/ca.pem}}}\n",
    );
    let http: Vec<_> = webhooks
        .iter()
        .map(|one| match &one.settings {
            Settings::Webhook(webhook) => webhook.http.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(
        matches!(&http[0].authorization, Some(Authorization::Scheme { scheme, .. }) if **scheme == *"Bearer")
    );
    assert_eq!(http[0].tls.ca, Some(SecretSource::File(Arc::from("conf/ca.pem"))));
    assert_eq!(http[1].authorization, None);
    assert_eq!(http[1].tls.ca, Some(SecretSource::File(Arc::from("/abs/ca.pem"))));
}

#[test]
fn an_app_token_becomes_the_header_of_requests_to_the_apps_address() {
    let text = "global: {slack_app_token_file: token.txt}\nroute: {receiver: d}\n\
                receivers: [{name: d, slack_configs: [{channel: x}]}]\n";
    let notification = compiled(text);
    let Settings::Slack(slack) = &notification.receivers["d"].integrations[0].settings else {
        panic!("not Slack");
    };
    let SecretSource::Inline(url) = &slack.url else { panic!("not inline") };
    assert_eq!(url.expose(), "https://slack.com/api/chat.postMessage");
    let credentials = SecretSource::File(Arc::from("token.txt"));
    let scheme = Arc::from("Bearer");
    let expect = Authorization::Scheme { scheme, credentials };
    assert_eq!(slack.http.authorization, Some(expect));
    assert_eq!(slack.markdown_in, ["fallback", "pretext", "text"]);
}

#[test]
fn mails_inherit_the_server_and_have_default_headers() {
    let mails = integrations(
        "  email_configs:\n  - {to: a@x, headers: {subject: S, x-y: z}}\n  \
         - {to: b@x, smarthost: '[::1]:465', require_tls: no, auth_password_file: f, html: '',\n     \
         threading: {enabled: true, thread_by_date: daily}}\n",
    );
    let mail = |index: usize| match &mails[index].settings {
        Settings::Email(email) => email.as_ref().clone(),
        other => panic!("{other:?}"),
    };
    let (first, second) = (mail(0), mail(1));
    let headers: Vec<String> =
        first.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(headers, ["From: f@x", "Subject: S", "To: a@x", "X-Y: z"]);
    assert_eq!(first.smarthost, (Arc::from("mail"), 587));
    assert_eq!((first.require_tls, first.hello.as_str()), (true, "localhost"));
    assert!(matches!(&first.auth_password, Some(SecretSource::Inline(_))));
    assert_eq!(first.html, "{{ template \"email.default.html\" . }}");
    assert_eq!(second.smarthost, (Arc::from("::1"), 465));
    assert_eq!(second.auth_password, Some(SecretSource::File(Arc::from("f"))));
    assert_eq!((second.require_tls, second.html.as_str()), (false, ""));
    assert_eq!(second.threading, Some(Threading::GroupAndDay));
}

#[test]
fn a_payload_keeps_its_shape() {
    let webhooks = integrations(
        "  webhook_configs: [{url: 'http://w', payload: {a: '{{ .X }}', b: [1, yes, null, 1.5], \
         5: gone, c: {d: \"5\"}}}]\n",
    );
    let Settings::Webhook(webhook) = &webhooks[0].settings else { panic!("not a webhook") };
    let text = |text: &str| Payload::Text(text.to_owned());
    let plain = |value: serde_json::Value| Payload::Plain(value);
    let list = vec![plain(1.into()), plain(true.into()), plain(().into()), plain(1.5.into())];
    let expect = Payload::Map(vec![
        ("a".to_owned(), text("{{ .X }}")),
        ("b".to_owned(), Payload::List(list)),
        ("c".to_owned(), Payload::Map(vec![("d".to_owned(), text("5"))])),
    ]);
    assert_eq!(webhook.payload, Some(expect));
}

#[test]
fn globs_of_templates_are_seen_from_the_configurations_directory() {
    let raw = load(&format!("{BASE}templates: ['*.tmpl', '/abs/*.tmpl', '../x']\n")).unwrap();
    assert_eq!(raw.template_globs(), ["conf/*.tmpl", "/abs/*.tmpl", "conf/../x"]);
}

#[test]
fn the_mode_decides_which_names_and_matchers_are_taken() {
    let text = "route: {receiver: d, group_by: [a-b], routes: [{matchers: ['a-b=c']}]}\n\
                receivers: [{name: d}]\n";
    let in_mode = |mode| parse("a.yml", text, Expansion::Off, mode).map(|raw| raw.warnings());
    assert_eq!(in_mode(Mode::Fallback), Ok(Vec::new()));
    assert_eq!(in_mode(Mode::Utf8), Ok(Vec::new()));
    let errors = in_mode(Mode::Classic).unwrap_err().to_string();
    assert!(errors.contains("invalid label name \"a-b\" in group_by list"), "{errors}");
    assert!(errors.contains("bad matcher format: a-b=c"), "{errors}");
}

#[test]
fn more_routes_than_the_limit_are_refused() {
    let routes = "{},".repeat(MAX_ENTRIES);
    let text = format!("receivers: [{{name: d}}]\nroute: {{receiver: d, routes: [{routes}]}}\n");
    let answer = answer(&text);
    assert!(answer.contains("100001 routes; at most 100000 are read"), "{answer}");
}

#[test]
fn what_there_is_a_better_word_for_is_taken_with_a_warning() {
    let text = format!(
        "{BASE}\
         mute_time_intervals: [{{name: a, time_intervals: [{{location: Local}}]}}]\n"
    );
    let raw = load(&text).unwrap();
    assert_eq!(
        raw.warnings(),
        [
            "conf/am.yml:4:23: mute_time_intervals is deprecated: write time_intervals",
            "conf/am.yml:4:61: location Local is taken for UTC: name the zone",
        ]
    );
}
