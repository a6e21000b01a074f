use std::sync::Arc;

use crate::label::Labels;
use crate::notify::integration::{
    Email, HttpOptions, Integration, Receiver, SecretSource, Settings, TlsOptions, Webhook,
};
use crate::notify::{DeliveryId, NotifyReason};
use crate::secret::Secret;
use crate::time::Timestamp;

use super::*;

fn delivery() -> Delivery {
    let webhook = Webhook {
        url: SecretSource::Inline(Secret::new("http://s3cret")),
        http: HttpOptions::default(),
        max_alerts: 0,
        timeout: None,
        payload: None,
    };
    let settings = Settings::Webhook(Box::new(webhook));
    let integrations = vec![Integration { index: 0, send_resolved: true, settings }];
    let receiver = Receiver { name: "team".into(), labels: Labels::empty(), integrations };
    Delivery {
        id: DeliveryId(1),
        receiver: Arc::new(receiver),
        integration: 0,
        group_key: "{}:{}".into(),
        group_labels: Labels::empty(),
        route_labels: Labels::empty(),
        alerts: Arc::new([]),
        reason: NotifyReason::NewAlerts,
        attempt: 2,
        at: Timestamp::from_millis(0),
        deadline: Timestamp::from_millis(0),
        origins: Default::default(),
    }
}

fn described(body: &str) -> String {
    let message = HttpMessage {
        url: Secret::new("http://s3cret/hook"),
        headers: vec![("Content-Type", "application/json".to_owned())],
        body: Arc::from(body),
        options: HttpOptions::default(),
        timeout: None,
    };
    describe(&delivery(), &Message::Http(message))
}

#[test]
fn a_request_is_laid_out_without_secrets() {
    let text = described(r#"{"routing_key":"s3cret","payload":{"summary":"x"}}"#);
    let expect = "team/webhook[0]  new alerts added, attempt 2\nPOST <redacted>\n\
        Content-Type: application/json\n\n{\n  \"routing_key\": \"<secret>\",\n  \
        \"payload\": {\n    \"summary\": \"x\"\n  }\n}\n";
    assert_eq!(text, expect);
    assert!(described("not JSON\n").ends_with("\n\nnot JSON\n"));
}

#[test]
fn a_mail_shows_envelope_headers_and_parts() {
    let server = Email {
        to: String::new(),
        from: String::new(),
        hello: String::new(),
        smarthost: (Arc::from("mx.test"), 587),
        auth_username: "alice".to_owned(),
        auth_password: Some(SecretSource::Inline(Secret::new("s3cret"))),
        auth_secret: None,
        auth_identity: String::new(),
        headers: Vec::new(),
        html: String::new(),
        text: String::new(),
        require_tls: true,
        force_implicit_tls: None,
        tls: TlsOptions::default(),
        threading: None,
    };
    let message = MailMessage {
        from: "bell@x".to_owned(),
        to: vec!["a@x".to_owned()],
        headers: vec![("Subject".to_owned(), "grün".to_owned())],
        text: Some("Hello\n".to_owned()),
        html: Some("<b>Hello</b>".to_owned()),
        server: Arc::new(server),
    };
    let text = describe(&delivery(), &Message::Mail(message));
    let expect = "team/webhook[0]  new alerts added, attempt 2\nSMTP mx.test:587\n\
        MAIL FROM bell@x\nRCPT TO a@x\nSubject: grün\n\n[text]\nHello\n\n[html]\n\
        <b>Hello</b>\n";
    assert_eq!(text, expect);
}
