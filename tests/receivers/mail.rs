use std::sync::Arc;
use std::time::Duration;

use firebell::notify::integration::{Email, TlsOptions};
use firebell::notify::message::{MailMessage, Message};
use firebell::notify::{FailureClass, Verdict};
use firebell::receivers::Sender;
use tokio::time::Instant;

use crate::sinks::certificate::Certificate;
use crate::sinks::smtp::{Behaviour, Mail, SmtpSink};
use crate::{inline, judge, rejected, retry, send};

fn server(sink: &SmtpSink, host: &str) -> Email {
    Email {
        to: String::new(),
        from: String::new(),
        hello: "alerts.test".to_owned(),
        smarthost: (Arc::from(host), sink.address.port()),
        auth_username: String::new(),
        auth_password: None,
        auth_secret: None,
        auth_identity: String::new(),
        headers: Vec::new(),
        html: String::new(),
        text: String::new(),
        require_tls: false,
        force_implicit_tls: None,
        tls: TlsOptions::default(),
        threading: None,
    }
}

fn mail(server: Email) -> MailMessage {
    MailMessage {
        from: "Firebell <bell@example.org>".to_owned(),
        to: vec!["a@example.org".to_owned(), "b@example.org".to_owned()],
        headers: vec![("Subject".to_owned(), "[FIRING:1] x".to_owned())],
        text: Some("plain".to_owned()),
        html: None,
        server: Arc::new(server),
    }
}

async fn one_mail(sink: &SmtpSink, server: Email) -> Mail {
    assert_eq!(send(&Message::Mail(mail(server))).await, Verdict::Delivered);
    sink.mails.wait_for(1).await.remove(0)
}

#[tokio::test]
async fn a_mail_arrives() {
    let sink = SmtpSink::start(Behaviour::default()).await;
    let mail = one_mail(&sink, server(&sink, "127.0.0.1")).await;
    assert_eq!((mail.hello.as_str(), mail.encrypted, &mail.login), ("alerts.test", false, &None));
    assert_eq!(mail.from, "<bell@example.org>");
    assert_eq!(mail.to, ["<a@example.org>", "<b@example.org>"]);
    assert!(mail.data.starts_with("Subject: [FIRING:1] x\nMessage-Id: <"), "{}", mail.data);
    let lines = sink.lines.wait_for(6).await;
    assert_eq!(lines[0], "EHLO alerts.test");
    assert_eq!(lines.last().unwrap(), "QUIT");
}

#[tokio::test]
async fn lines_that_begin_with_a_dot_arrive() {
    let sink = SmtpSink::start(Behaviour::default()).await;
    let mut message = mail(server(&sink, "127.0.0.1"));
    message.text = Some(".\n.a\n".to_owned());
    assert_eq!(send(&Message::Mail(message)).await, Verdict::Delivered);
    let data = &sink.mails.wait_for(1).await[0].data;
    assert!(data.contains("\n\n.\n.a\n"), "{data}");
}

#[tokio::test]
async fn tls_begins_after_starttls_or_with_the_connection() {
    let certificate = Certificate::of(&["127.0.0.1"]);
    let trusting = || TlsOptions { ca: Some(inline(&certificate.cert)), ..TlsOptions::default() };
    for implicit_tls in [false, true] {
        let tls = Some(certificate.acceptor(None));
        let sink = SmtpSink::start(Behaviour { tls, implicit_tls, ..Behaviour::default() }).await;
        let mut server = server(&sink, "127.0.0.1");
        server.require_tls = true;
        server.force_implicit_tls = implicit_tls.then_some(true);
        let (_, text) = retry(send(&Message::Mail(mail(server.clone()))).await);
        assert!(text.contains("TLS handshake: "), "{text}");
        server.tls = trusting();
        let mail = one_mail(&sink, server).await;
        assert!(mail.encrypted);
        assert_eq!(mail.hello, "alerts.test");
    }
}

#[tokio::test]
async fn no_starttls_where_tls_is_required_is_an_error_and_nothing_is_sent() {
    let sink = SmtpSink::start(Behaviour::default()).await;
    let mut server = server(&sink, "127.0.0.1");
    server.require_tls = true;
    let (_, text) = retry(send(&Message::Mail(mail(server))).await);
    assert!(text.contains("does not advertise STARTTLS"), "{text}");
    assert_eq!(sink.mails.now(), []);
}

#[tokio::test]
async fn what_comes_before_tls_begins_is_not_believed() {
    let tls = Some(Certificate::of(&["127.0.0.1"]).acceptor(None));
    let sink = SmtpSink::start(Behaviour { tls, inject: true, ..Behaviour::default() }).await;
    let mut server = server(&sink, "127.0.0.1");
    server.require_tls = true;
    let (_, text) = retry(send(&Message::Mail(mail(server))).await);
    assert!(text.contains("before TLS began"), "{text}");
}

async fn log_in(mechanisms: &'static str, change: impl Fn(&mut Email)) -> Result<Mail, Verdict> {
    let secret = "sesame";
    let sink = SmtpSink::start(Behaviour { mechanisms, secret, ..Behaviour::default() }).await;
    let mut server = server(&sink, "127.0.0.1");
    server.auth_username = "alice".to_owned();
    change(&mut server);
    match send(&Message::Mail(mail(server))).await {
        Verdict::Delivered => Ok(sink.mails.wait_for(1).await.remove(0)),
        verdict => Err(verdict),
    }
}

fn all_means(server: &mut Email) {
    server.auth_password = Some(inline("pass"));
    server.auth_secret = Some(inline("sesame"));
    server.auth_identity = "team".to_owned();
}

#[tokio::test]
async fn the_first_mechanism_of_the_server_that_we_have_the_means_for_is_used() {
    let check = async |mechanisms: &'static str, change: fn(&mut Email), expect: Option<&str>| {
        let mail = log_in(mechanisms, change).await.unwrap();
        assert_eq!(mail.login.as_deref(), expect, "{mechanisms}");
    };
    check("PLAIN LOGIN CRAM-MD5", all_means, Some("PLAIN team/alice/pass")).await;
    check("X LOGIN PLAIN", all_means, Some("LOGIN alice/pass")).await;
    check("CRAM-MD5 PLAIN", all_means, Some("CRAM-MD5 alice")).await;
    let password_only = |server: &mut Email| server.auth_password = Some(inline("pass"));
    check("CRAM-MD5 PLAIN", password_only, Some("PLAIN /alice/pass")).await;
    check("PLAIN", |server| server.auth_username.clear(), None).await;
    check("", all_means, None).await;
}

#[tokio::test]
async fn a_failed_login_may_pass_and_is_told_apart() {
    let check = async |mechanisms: &'static str, change: fn(&mut Email), expect: &str| {
        let (class, text) = retry(log_in(mechanisms, change).await.unwrap_err());
        assert_eq!(class, FailureClass::AuthError);
        assert!(text.contains(expect), "{text}");
    };
    check("GSSAPI", all_means, "the server offers \"GSSAPI\"").await;
    check("PLAIN CRAM-MD5", |_| (), "PLAIN needs auth_password, CRAM-MD5 needs auth_secret").await;
    check("CRAM-MD5", |server| server.auth_secret = Some(inline("x")), "535").await;
}

#[tokio::test]
async fn plain_is_not_used_on_an_open_line_to_another_host() {
    // An address of this very host, but not by one of the names that count as local.
    let change = |server: &mut Email| {
        all_means(server);
        server.smarthost.0 = Arc::from("[::ffff:127.0.0.1]");
    };
    let (class, text) = retry(log_in("PLAIN", change).await.unwrap_err());
    assert_eq!(class, FailureClass::AuthError);
    assert!(text.contains("PLAIN is not used on a connection without TLS"), "{text}");
}

#[tokio::test]
async fn a_server_that_knows_no_ehlo_gets_helo() {
    let refuse = vec![("EHLO", "502 5.5.1 what?")];
    let sink = SmtpSink::start(Behaviour { refuse, ..Behaviour::default() }).await;
    one_mail(&sink, server(&sink, "127.0.0.1")).await;
    assert_eq!(sink.lines.wait_for(2).await[..2], ["EHLO alerts.test", "HELO alerts.test"]);
}

#[tokio::test]
async fn every_refusal_of_the_server_may_pass() {
    for (verb, line, expect) in [
        ("MAIL", "550 5.7.1 not you", "MAIL FROM refused: 550 5.7.1 not you"),
        ("RCPT", "450 4.2.1 later", "RCPT TO refused: 450 4.2.1 later"),
        ("DATA", "554 no", "DATA refused: 554 no"),
        (".", "552 too big", "the mail refused: 552 too big"),
    ] {
        let refuse = vec![(verb, line)];
        let sink = SmtpSink::start(Behaviour { refuse, ..Behaviour::default() }).await;
        let (class, text) = retry(send(&Message::Mail(mail(server(&sink, "127.0.0.1")))).await);
        assert_eq!((class, text.as_str()), (FailureClass::Other, expect));
        assert_eq!(sink.mails.now(), []);
    }
}

#[tokio::test]
async fn a_bad_address_is_rejected_before_anything_is_said() {
    let sink = SmtpSink::start(Behaviour::default()).await;
    for bad in ["", "nobody", "a@b>\r\nRCPT TO:<c@d", "a b@c", "@x"] {
        let mut message = mail(server(&sink, "127.0.0.1"));
        message.to.push(bad.to_owned());
        let text = rejected(send(&Message::Mail(message)).await);
        assert!(text.contains("bad address"), "{text}");
    }
    assert_eq!(sink.lines.now(), [""; 0]);
}

#[tokio::test]
async fn a_server_that_is_not_there_or_says_nothing_may_come_back() {
    let sink = SmtpSink::start(Behaviour::default()).await;
    let mut gone = server(&sink, "127.0.0.1");
    gone.smarthost.1 = 1;
    let (class, text) = retry(send(&Message::Mail(mail(gone))).await);
    assert_eq!(class, FailureClass::NotSent);
    assert!(text.contains("connect to 127.0.0.1:1: "), "{text}");

    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut server = server(&sink, "127.0.0.1");
    server.smarthost.1 = silent.local_addr().unwrap().port();
    let soon = Instant::now() + Duration::from_millis(20);
    let verdict = Sender::new().send(&Message::Mail(mail(server)), judge, soon).await;
    assert_eq!(retry(verdict).0, FailureClass::ContextDeadlineExceeded);
}
