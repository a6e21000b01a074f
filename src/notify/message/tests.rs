//! Whole messages, as goldens: they agree with what Alertmanager 0.33 sends for the same
//! configuration and alerts, but for what 0.34 changed (`routeLabels`, texts inside of JSON).

use super::*;
use crate::notify::integration::{
    Email, Integration, PagerDuty, Payload, Receiver, Slack, SlackAction, SlackConfirm, SlackField,
    Threading, TlsOptions, Webhook,
};
use crate::notify::{DeliveryId, NotifyReason};
use crate::time::{Details, Timestamp};

fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::from_pairs(pairs.iter().copied())
}

fn alert(instance: &str, ended: Option<i64>) -> AlertData {
    let labels = labels(&[
        ("alertname", "High<Rate>"),
        ("cluster", "c1"),
        ("instance", instance),
        ("severity", "critical"),
    ]);
    let summary = format!("It \"is\" down: <{instance}> & Ω");
    AlertData {
        firing: ended.is_none(),
        fingerprint: labels.fingerprint(),
        labels,
        annotations: Labels::from_pairs([
            ("summary", summary.as_str()),
            ("description", "line1\nline2"),
        ]),
        starts_at: Timestamp::from_millis(1_767_323_045_678),
        ends_at: ended.map(Timestamp::from_millis),
        generator_url: "http://prom/graph?a=1&b=2".into(),
        details: Details::default(),
    }
}

/// First both fire, then one is resolved, then the other.
fn stories() -> [(&'static str, NotifyReason, Vec<AlertData>); 3] {
    let (first, second) = (1_767_326_400_000, 1_767_328_200_500);
    [
        ("firing", NotifyReason::FirstNotification, vec![alert("i1", None), alert("i2", None)]),
        ("mixed", NotifyReason::SomeResolved, vec![alert("i1", Some(first)), alert("i2", None)]),
        ("resolved", NotifyReason::AllResolved, vec![alert("i2", Some(second))]),
    ]
}

fn delivery(settings: Settings, reason: NotifyReason, alerts: Vec<AlertData>) -> Delivery {
    let integration = Integration { index: 0, send_resolved: true, settings };
    let receiver = Receiver {
        name: "team-a.b".into(),
        integrations: vec![integration],
        ..Receiver::default()
    };
    Delivery {
        id: DeliveryId(1),
        receiver: Arc::new(receiver),
        integration: 0,
        group_key: "{}:{alertname=\"High<Rate>\", cluster=\"c1\"}".into(),
        group_labels: labels(&[("alertname", "High<Rate>"), ("cluster", "c1")]),
        route_labels: Labels::empty(),
        alerts: alerts.into(),
        reason,
        attempt: 1,
        at: Timestamp::from_millis(1_767_330_000_000),
        deadline: Timestamp::from_millis(1_767_330_010_000),
        origins: Default::default(),
    }
}

fn rendered(delivery: &Delivery) -> Result<Message, Failure> {
    render(delivery, &Templates::default(), &"http://am.example.com".into(), &SecretFiles::new())
}

fn body(delivery: &Delivery) -> String {
    match rendered(delivery) {
        Ok(Message::Http(message)) => message.body.to_string(),
        other => panic!("not a request: {other:?}"),
    }
}

fn goldens(name: &str, settings: &Settings) {
    for (story, reason, alerts) in stories() {
        let body = body(&delivery(settings.clone(), reason, alerts));
        assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
        insta::assert_snapshot!(format!("{name}-{story}"), body);
    }
}

fn inline(text: &str) -> SecretSource {
    SecretSource::Inline(Secret::new(text))
}

fn template(name: &str) -> String {
    format!("{{{{ template \"{name}\" . }}}}")
}

fn webhook() -> Webhook {
    Webhook {
        url: inline("http://hook/{{ .Status }}"),
        http: HttpOptions::default(),
        max_alerts: 0,
        timeout: None,
        payload: None,
    }
}

fn slack() -> Slack {
    Slack {
        url: inline("http://slack"),
        http: HttpOptions::default(),
        timeout: None,
        channel: "#alerts".to_owned(),
        username: template("slack.default.username"),
        color: template("slack.default.color"),
        title: template("slack.default.title"),
        title_link: template("slack.default.titlelink"),
        pretext: template("slack.default.pretext"),
        text: template("slack.default.text"),
        message_text: String::new(),
        fields: Vec::new(),
        footer: template("slack.default.footer"),
        fallback: template("slack.default.fallback"),
        callback_id: template("slack.default.callbackid"),
        icon_emoji: template("slack.default.iconemoji"),
        icon_url: template("slack.default.iconurl"),
        image_url: String::new(),
        thumb_url: String::new(),
        link_names: false,
        markdown_in: Vec::new(),
        actions: Vec::new(),
    }
}

fn text(text: &str) -> Payload {
    Payload::Text(text.to_owned())
}

fn pagerduty() -> PagerDuty {
    let details = [
        ("firing", "{{ .Alerts.Firing | toJson }}"),
        ("num_firing", "{{ .Alerts.Firing | len }}"),
        ("num_resolved", "{{ .Alerts.Resolved | len }}"),
        ("resolved", "{{ .Alerts.Resolved | toJson }}"),
    ];
    PagerDuty {
        api: PagerDutyApi::V2 { routing_key: inline("KEY"), url: Secret::new("http://pd") },
        http: HttpOptions::default(),
        timeout: None,
        client: template("pagerduty.default.client"),
        client_url: template("pagerduty.default.clientURL"),
        description: template("pagerduty.default.description"),
        details: details.map(|(name, value)| (name.to_owned(), text(value))).to_vec(),
        source: template("pagerduty.default.client"),
        severity: String::new(),
        class: String::new(),
        component: String::new(),
        group: String::new(),
        images: Vec::new(),
        links: Vec::new(),
    }
}

fn email() -> Email {
    Email {
        to: "a@example.org, \"B, C\" <b@example.org>".to_owned(),
        from: "am@example.org".to_owned(),
        hello: "here".to_owned(),
        smarthost: ("localhost".into(), 25),
        auth_username: String::new(),
        auth_password: None,
        auth_secret: None,
        auth_identity: String::new(),
        headers: vec![("Subject".to_owned(), "[x] {{ .Status }} Ω".to_owned())],
        html: "<b>{{ .CommonAnnotations.summary }}</b>".to_owned(),
        text: "plain {{ .Status }}".to_owned(),
        require_tls: false,
        force_implicit_tls: None,
        tls: TlsOptions::default(),
        threading: None,
    }
}

#[test]
fn webhooks_are_alertmanagers() {
    goldens("webhook", &Settings::Webhook(Box::new(webhook())));
    let one = Webhook { max_alerts: 1, ..webhook() };
    goldens("webhook-max-alerts", &Settings::Webhook(Box::new(one)));
}

#[test]
fn payloads_of_webhooks_are_the_users() {
    let payload = Payload::Map(vec![
        ("z {{ .Status }}".to_owned(), text("{{ len .Alerts }}")),
        ("a".to_owned(), Payload::List(vec![text("x"), Payload::Plain(1.5.into())])),
    ]);
    let settings = Settings::Webhook(Box::new(Webhook { payload: Some(payload), ..webhook() }));
    let [(_, reason, alerts), ..] = stories();
    let delivery = delivery(settings, reason, alerts);
    assert_eq!(body(&delivery), "{\"a\":[\"x\",1.5],\"z firing\":2}\n");
    let Ok(Message::Http(message)) = rendered(&delivery) else { panic!("not a request") };
    assert_eq!(message.url.expose(), "http://hook/firing");
}

#[test]
fn slack_messages_are_alertmanagers() {
    let guide = Slack {
        title: "Data Platform Alert".to_owned(),
        text: "{{ range .Alerts }}{{ .Annotations.summary }}\\n{{ .Annotations.description }}{{ end }}"
            .to_owned(),
        color: "{{ if eq .Status \"firing\" }}danger{{ else }}good{{ end }}".to_owned(),
        ..slack()
    };
    goldens("slack-guide", &Settings::Slack(Box::new(guide)));
    let field = |title: &str, value: &str, short| SlackField {
        title: title.to_owned(),
        value: value.to_owned(),
        short,
    };
    let run = SlackAction {
        kind: "button".to_owned(),
        text: "Run".to_owned(),
        url: "http://x/{{ .Status }}".to_owned(),
        style: "danger".to_owned(),
        ..SlackAction::default()
    };
    let confirm = SlackConfirm {
        title: "t".to_owned(),
        text: "sure".to_owned(),
        ok_text: "o".to_owned(),
        dismiss_text: "d".to_owned(),
    };
    let ask = SlackAction {
        kind: "button".to_owned(),
        text: "B".to_owned(),
        name: "n".to_owned(),
        value: "v".to_owned(),
        confirm: Some(confirm),
        ..SlackAction::default()
    };
    let full = Slack {
        channel: "#full".to_owned(),
        link_names: true,
        message_text: "msg {{ .Status }}".to_owned(),
        fields: vec![field("T {{ .Status }}", "V<b>", true), field("a", "b", false)],
        actions: vec![run, ask],
        icon_emoji: ":x:".to_owned(),
        image_url: "http://i".to_owned(),
        thumb_url: "http://t".to_owned(),
        markdown_in: vec!["text".to_owned()],
        ..slack()
    };
    goldens("slack-full", &Settings::Slack(Box::new(full)));
}

#[test]
fn pagerduty_events_are_alertmanagers() {
    goldens("pagerduty", &Settings::PagerDuty(Box::new(pagerduty())));
    let nest = Payload::Map(vec![
        ("a".to_owned(), text("{{ .Status }}")),
        ("b".to_owned(), Payload::List(vec![Payload::Plain(1.into()), text("2"), text("x: y")])),
        ("c".to_owned(), Payload::Plain(1.5.into())),
        ("d".to_owned(), text("")),
    ]);
    let mut details: Vec<(String, Payload)> = [
        ("firing", "{{ .Alerts.Firing | len }}"),
        ("resolved", "{{ .Alerts.Resolved | len }}"),
        ("num_firing", "{{ .Alerts.Firing | len }}"),
        ("num_resolved", "{{ .Alerts.Resolved | len }}"),
        ("alerts", "{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}"),
        ("yes", "yes"),
        ("colon", "ends:"),
        ("hex", "0x1f"),
        ("exp", "1e3"),
        ("date", "2024-01-01"),
    ]
    .map(|(name, value)| (name.to_owned(), text(value)))
    .to_vec();
    details.push(("nest".to_owned(), nest));
    let word = str::to_owned;
    let full = PagerDuty {
        api: PagerDutyApi::V2 {
            routing_key: inline("K{{ \"2\" }}"),
            url: Secret::new("http://pd"),
        },
        client: word("Airflow Platform"),
        client_url: word("https://airflow.example.com"),
        source: word("Airflow Platform"),
        description: word("{{ .GroupLabels.alertname }}"),
        severity: word("{{ .CommonLabels.severity }}"),
        class: word("c"),
        component: word("d"),
        group: word("e"),
        details,
        images: vec![[word("s"), word("a"), word("h")], [word(""), word("only"), word("")]],
        links: vec![[word("h"), word("t")], [word(""), word("n")]],
        ..pagerduty()
    };
    goldens("pagerduty-full", &Settings::PagerDuty(Box::new(full)));
}

#[test]
fn events_of_the_first_version_have_their_own_shape() {
    let first = PagerDuty {
        api: PagerDutyApi::V1 { service_key: SecretSource::File("/key".into()) },
        ..pagerduty()
    };
    let settings = Settings::PagerDuty(Box::new(first));
    assert_eq!(secret_files(&settings), [Arc::from("/key")]);
    let files = SecretFiles::from([("/key".into(), Secret::new(" KEY\n"))]);
    for (story, reason, alerts) in stories() {
        let delivery = delivery(settings.clone(), reason, alerts);
        assert!(rendered(&delivery).is_err());
        let templates = Templates::default();
        let message = render(&delivery, &templates, &"http://am".into(), &files);
        let Ok(Message::Http(message)) = message else { panic!("not a request: {message:?}") };
        assert_eq!(message.url.expose(), pagerduty::V1_URL);
        insta::assert_snapshot!(format!("pagerduty-v1-{story}"), message.body);
    }
}

#[test]
fn events_that_are_too_large_lose_their_details() {
    let large = text(&"x".repeat(pagerduty::MAX_EVENT));
    let details = vec![("large".to_owned(), large)];
    let settings = Settings::PagerDuty(Box::new(PagerDuty { details, ..pagerduty() }));
    let [(_, reason, alerts), ..] = stories();
    let body = body(&delivery(settings, reason, alerts));
    let said = "\"custom_details\":{\"error\":\"Custom details have been removed because the \
                original event exceeds the maximum size of 512KB\"}";
    assert!(body.contains(said) && body.len() < 1000, "{body}");
}

#[test]
fn mails_have_their_parts_and_threads() {
    let threaded = Email { threading: Some(Threading::GroupAndDay), ..email() };
    let settings = Settings::Email(Box::new(threaded));
    let [(_, reason, alerts), ..] = stories();
    let mut delivery = delivery(settings, reason, alerts[..1].to_vec());
    delivery.at = Timestamp::from_millis(1_767_330_000_000);
    let Ok(Message::Mail(mail)) = rendered(&delivery) else { panic!("not a mail") };
    assert_eq!((mail.from.as_str(), mail.to.len()), ("am@example.org", 2));
    let thread = "<alert-5cc0519ae7ae2a62-2026-01-02@alertmanager>";
    let expected = [("Subject", "[x] firing Ω"), ("References", thread), ("In-Reply-To", thread)];
    let headers: Vec<_> = mail.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(headers, expected);
    assert_eq!(mail.text.as_deref(), Some("plain firing"));
    let html = "<b>It &#34;is&#34; down: &lt;i1&gt; &amp; Ω</b>";
    assert_eq!(mail.html.as_deref(), Some(html));
}

#[test]
fn what_cannot_be_rendered_is_refused_for_good() {
    let [(_, reason, alerts), ..] = stories();
    let refused = |settings: Settings| {
        let failure = rendered(&delivery(settings, reason, alerts.clone())).unwrap_err();
        assert_eq!(failure.class, FailureClass::NotSent);
        failure.message
    };
    let broken = Slack { text: "a\n{{ .Nothing }}".to_owned(), ..slack() };
    assert_eq!(
        refused(Settings::Slack(Box::new(broken))),
        "channel \"#alerts\": template: :2:4: can't evaluate field Nothing \
         in type *template.Data"
    );
    let nowhere = Webhook { url: inline("{{ .CommonLabels.nothing }}"), ..webhook() };
    assert_eq!(
        refused(Settings::Webhook(Box::new(nowhere))),
        "webhook URL is empty after it is rendered"
    );
    let keyless = PagerDuty {
        api: PagerDutyApi::V2 { routing_key: inline(""), url: Secret::new("http://pd") },
        ..pagerduty()
    };
    assert_eq!(refused(Settings::PagerDuty(Box::new(keyless))), "service or routing key is empty");
    let two = Email { from: "a@b.c, d@e.f".to_owned(), ..email() };
    assert_eq!(
        refused(Settings::Email(Box::new(two))),
        "must be exactly one 'from' address (got: 2)"
    );
}

#[test]
fn answers_are_read_as_each_receiver_means_them() {
    let hook = Settings::Webhook(Box::new(webhook()));
    let chat = Settings::Slack(Box::new(slack()));
    let page = Settings::PagerDuty(Box::new(pagerduty()));
    let key = inline("k");
    let old = PagerDuty { api: PagerDutyApi::V1 { service_key: key }, ..pagerduty() };
    let old = Settings::PagerDuty(Box::new(old));
    let json = "application/json; charset=utf-8";
    for (settings, status, kind, said, expect) in [
        (&hook, 200, "", "", "delivered"),
        (&hook, 204, "", "", "delivered"),
        (&hook, 503, "", "busy\n", "retry serverError: unexpected status code 503: busy"),
        (&hook, 429, "", "", "rejected rateLimited: unexpected status code 429"),
        (&hook, 404, "", "", "rejected clientError: unexpected status code 404"),
        (&hook, 401, "", "", "rejected authError: unexpected status code 401"),
        (&hook, 302, "", "", "rejected other: unexpected status code 302"),
        (&chat, 200, "text/plain", "ok", "delivered"),
        (&chat, 200, json, "{\"ok\":true}", "delivered"),
        (
            &chat,
            200,
            "text/html",
            "no_channel",
            "rejected clientError: channel \"#alerts\": error response from Slack: no_channel",
        ),
        (
            &chat,
            200,
            json,
            "{\"ok\":false,\"error\":\"invalid_auth\"}",
            "rejected clientError: channel \"#alerts\": error response from Slack: invalid_auth",
        ),
        (
            &chat,
            200,
            json,
            "{",
            "retry other: channel \"#alerts\": could not unmarshal JSON response \"{\"",
        ),
        (
            &chat,
            429,
            "",
            "",
            "rejected rateLimited: channel \"#alerts\": unexpected status code 429",
        ),
        (&page, 429, "", "slow", "retry rateLimited: unexpected status code 429"),
        (
            &page,
            400,
            "",
            "{\"message\":\"bad\",\"errors\":[\"a\",\"b\"]}",
            "rejected clientError: unexpected status code 400: bad: a,b",
        ),
        (&old, 403, "", "", "retry other: unexpected status code 403"),
        (&old, 429, "", "", "rejected other: unexpected status code 429"),
    ] {
        let verdict = match judge(settings, status, kind, said) {
            Verdict::Delivered => "delivered".to_owned(),
            Verdict::Retry(why) => format!("retry {}: {}", why.class.text(), why.message),
            Verdict::Rejected(why) => format!("rejected {}: {}", why.class.text(), why.message),
        };
        assert_eq!(verdict, expect, "{} {status} {said}", settings.kind());
    }
}

#[test]
fn receivers_are_quoted_like_patterns() {
    assert_eq!(quote_pattern("a.b+(c)\\"), "a\\.b\\+\\(c\\)\\\\");
}
