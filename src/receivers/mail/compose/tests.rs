use std::sync::Arc;

use crate::notify::integration::{Email, TlsOptions};

use super::*;

fn message(headers: &[(&str, &str)], text: Option<&str>, html: Option<&str>) -> MailMessage {
    let server = Email {
        to: String::new(),
        from: String::new(),
        hello: String::new(),
        smarthost: (Arc::from("mx"), 25),
        auth_username: String::new(),
        auth_password: None,
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
    MailMessage {
        from: "a@x".to_owned(),
        to: vec!["b@x".to_owned()],
        headers: headers.iter().map(|&(name, value)| (name.into(), value.into())).collect(),
        text: text.map(str::to_owned),
        html: html.map(str::to_owned),
        server: Arc::new(server),
    }
}

fn composed(message: &MailMessage) -> String {
    String::from_utf8(compose(message).unwrap()).unwrap().replace("\r\n", "\n")
}

/// The value of a header as it is sent, folds undone.
fn header_line(name: &str, value: &str) -> String {
    let mail = composed(&message(&[(name, value)], None, None)).replace("\n ", " ");
    mail.lines().next().unwrap().to_owned()
}

#[test]
fn a_mail_has_both_parts_text_first() {
    let headers = [("Subject", "s"), ("Message-Id", "<1@x>"), ("Date", "today")];
    let mail = composed(&message(&headers, Some("plain ü\n"), Some("<b>ü = u</b>")));
    let (head, body) = mail.split_once("\n\n").unwrap();
    let (head, boundary) = head.split_once("boundary=\"").unwrap();
    assert_eq!(
        head,
        "Subject: s\nMessage-Id: <1@x>\nDate: today\nMIME-Version: 1.0\n\
         Content-Type: multipart/alternative;\n "
    );
    let boundary = boundary.trim_end_matches('"');
    let expect = "--B\nContent-Type: text/plain; charset=utf-8\n\
        Content-Transfer-Encoding: quoted-printable\n\nplain =C3=BC\n\n\
        --B\nContent-Type: text/html; charset=utf-8\n\
        Content-Transfer-Encoding: quoted-printable\n\n<b>=C3=BC =3D u</b>\n--B--\n";
    assert_eq!(body.replace(boundary, "B"), expect);
}

#[test]
fn an_empty_part_is_left_out() {
    let mail = composed(&message(&[], Some(""), Some("<i>x</i>")));
    assert!(!mail.contains("text/plain") && mail.contains("text/html"), "{mail}");
}

#[test]
fn headers_are_encoded_and_cannot_break_out() {
    assert_eq!(header_line("Subject", "plain"), "Subject: plain");
    assert_eq!(header_line("Subject", "grün"), "Subject: =?utf-8?b?Z3LDvG4=?=");
    assert_eq!(header_line("Subject", "a\r\nBcc: x@y\n"), "Subject: a Bcc: x@y");
    assert_eq!(header_line("Subject", "a\0b\tc"), "Subject: a b c");
    assert_eq!(
        header_line("To", "Jürgen <j@x.org>, k@x.org"),
        "To: =?utf-8?b?SsO8cmdlbg==?= <j@x.org>, k@x.org"
    );
    for name in ["", "a b", "a:b", "ä", "a\r\nb", &"x".repeat(77)] {
        assert!(compose(&message(&[(name, "v")], None, None)).is_err(), "{name:?}");
    }
}

#[test]
fn id_and_date_are_added_where_they_are_missing() {
    let mail = composed(&message(&[], None, None));
    let id = mail.lines().find_map(|line| line.strip_prefix("Message-Id: ")).unwrap();
    assert!(id.starts_with('<') && id.ends_with('>') && id.contains('@'), "{id}");
    let date = mail.lines().find_map(|line| line.strip_prefix("Date: ")).unwrap();
    assert!(jiff::fmt::rfc2822::parse(date).is_ok(), "{date}");
    let other = composed(&message(&[("message-id", "<1@x>")], None, None));
    assert!(!other.contains("Message-Id"), "{other}");
}

#[test]
fn addresses_are_bare_in_the_envelope() {
    let check = |text: &str, expect: Option<&str>| {
        assert_eq!(address(text, "to").ok().as_deref(), expect, "{text}");
    };
    check("a@x.org", Some("a@x.org"));
    check(" A B <a@x.org> ", Some("a@x.org"));
    check("\"A, B\" <a@x.org>", Some("a@x.org"));
    check("root@localhost", Some("root@localhost"));
    check("root@my_host", Some("root@my_host"));
    check("root", None);
    check("a@x, b@x", None);
    check("a@x>\r\nDATA", None);
}
