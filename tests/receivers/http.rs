use std::sync::Arc;

use firebell::notify::FailureClass;
use firebell::notify::Verdict;
use firebell::notify::integration::{Authorization, HttpOptions, SecretSource};
use firebell::notify::message::{HttpMessage, Message};
use firebell::receivers::Sender;
use firebell::secret::Secret;
use firebell::time::Span;
use tokio::time::Instant;

use crate::sinks::http::{Answer, HttpSink};
use crate::{inline, judge, rejected, retry, send};

fn request(url: String) -> HttpMessage {
    HttpMessage {
        url: Secret::new(url),
        headers: vec![("Content-Type", "application/json".to_owned())],
        body: Arc::from("{\"a\":1}\n"),
        options: HttpOptions::default(),
        timeout: None,
    }
}

#[tokio::test]
async fn a_request_carries_body_and_headers() {
    let sink = HttpSink::start().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("header");
    std::fs::write(&path, "from-file\n").unwrap();
    let mut message = request(sink.url("/hook?key=1"));
    message.options.headers = vec![
        ("X-Team".into(), inline("infra")),
        ("X-Team".into(), SecretSource::File(path.to_str().unwrap().into())),
    ];
    assert_eq!(send(&Message::Http(message)).await, Verdict::Delivered);
    let request = &sink.requests.wait_for(1).await[0];
    assert_eq!(
        (request.method.as_str(), request.uri.to_string().as_str()),
        ("POST", "/hook?key=1")
    );
    assert_eq!(request.body, "{\"a\":1}\n");
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("user-agent"), "Alertmanager/0.34.0");
    assert_eq!(request.header("x-team"), "infra, from-file");
    assert_eq!(request.header("authorization"), "");
    assert_eq!(request.header("accept-encoding"), "");
}

#[tokio::test]
async fn the_options_authorize() {
    let check = async |authorization: Authorization, url: fn(&HttpSink) -> String, expect: &str| {
        let sink = HttpSink::start().await;
        let mut message = request(url(&sink));
        message.options.authorization = Some(authorization);
        assert_eq!(send(&Message::Http(message)).await, Verdict::Delivered);
        assert_eq!(sink.requests.wait_for(1).await[0].header("authorization"), expect);
    };
    let basic = |password: Option<&str>| Authorization::Basic {
        username: inline("alice"),
        password: password.map(inline),
    };
    let bearer = Authorization::Scheme { scheme: "Bearer".into(), credentials: inline("t0k") };
    check(basic(Some("pass")), |sink| sink.url("/"), "Basic YWxpY2U6cGFzcw==").await;
    check(basic(None), |sink| sink.url("/"), "Basic YWxpY2U6").await;
    check(bearer.clone(), |sink| sink.url("/"), "Bearer t0k").await;
    check(bearer, |sink| format!("http://bob:x@{}/", sink.address), "Bearer t0k").await;
}

#[tokio::test]
async fn the_answer_is_judged_whole() {
    let sink = HttpSink::start().await;
    sink.answer([Answer::json(429, "{\"slow\":\"down\"}")]);
    let message = Message::Http(request(sink.url("/")));
    assert_eq!(rejected(send(&message).await), "429 application/json {\"slow\":\"down\"}");
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let sink = HttpSink::start().await;
    sink.answer([Answer::text(500, &"x".repeat(1 << 20))]);
    let message = Message::Http(request(sink.url("/")));
    assert_eq!(rejected(send(&message).await).len(), "500 text/plain ".len() + (256 << 10));
}

#[tokio::test]
async fn redirects_are_followed_with_authorization_only_to_the_same_host() {
    let (first, other) = (HttpSink::start().await, HttpSink::start().await);
    first.answer([Answer::redirect(307, "/second"), Answer::redirect(308, &other.url("/third"))]);
    let mut message = request(first.url("/first"));
    let bearer = Authorization::Scheme { scheme: "Bearer".into(), credentials: inline("t0k") };
    message.options.authorization = Some(bearer);
    assert_eq!(send(&Message::Http(message)).await, Verdict::Delivered);
    let requests = first.requests.wait_for(2).await;
    assert_eq!(requests[1].uri.path(), "/second");
    assert_eq!(requests[1].header("authorization"), "Bearer t0k");
    let last = &other.requests.wait_for(1).await[0];
    assert_eq!((last.uri.path(), last.body.as_str()), ("/third", "{\"a\":1}\n"));
    assert_eq!(last.header("authorization"), "");
}

#[tokio::test]
async fn redirects_are_not_followed_when_the_options_say_so() {
    let sink = HttpSink::start().await;
    sink.answer([Answer::redirect(302, "/second")]);
    let mut message = request(sink.url("/first"));
    message.options.follow_redirects = false;
    assert_eq!(rejected(send(&Message::Http(message)).await), "302 text/plain; charset=utf-8 ");
    assert_eq!(sink.requests.now().len(), 1);
}

#[tokio::test]
async fn a_proxy_is_asked_unless_the_host_is_excepted() {
    let (proxy, target) = (HttpSink::start().await, HttpSink::start().await);
    let mut message = request(target.url("/hook"));
    message.options.proxy_url = Some(Secret::new(format!("http://u:p@{}", proxy.address)));
    assert_eq!(send(&Message::Http(message.clone())).await, Verdict::Delivered);
    let asked = &proxy.requests.wait_for(1).await[0];
    assert_eq!(asked.uri.to_string(), target.url("/hook"));
    assert_eq!(asked.header("proxy-authorization"), "Basic dTpw");
    assert_eq!(target.requests.now().len(), 0);

    message.options.no_proxy = Some("127.0.0.0/8".into());
    assert_eq!(send(&Message::Http(message)).await, Verdict::Delivered);
    assert_eq!((proxy.requests.now().len(), target.requests.now().len()), (1, 1));
}

#[tokio::test]
async fn a_proxy_is_told_its_headers_when_it_is_asked_for_a_tunnel() {
    let proxy = HttpSink::start().await;
    proxy.answer([Answer::text(403, "no")]);
    let mut message = request("https://target.test/hook".to_owned());
    message.options.proxy_url = Some(Secret::new(format!("http://{}", proxy.address)));
    message.options.proxy_headers =
        ["a", "b"].map(|value| ("X-Tunnel".into(), Secret::new(value))).into();
    retry(send(&Message::Http(message)).await);
    let asked = &proxy.requests.wait_for(1).await[0];
    assert_eq!((asked.method.as_str(), asked.header("x-tunnel").as_str()), ("CONNECT", "a, b"));
    assert_eq!(asked.uri.to_string(), "target.test:443");
}

#[tokio::test]
async fn a_transport_error_may_pass_and_does_not_show_the_url() {
    let (class, text) =
        retry(send(&Message::Http(request("http://127.0.0.1:1/s3cret".into()))).await);
    assert_eq!(class, FailureClass::NotSent);
    assert!(text.starts_with("Post \"<redacted>\": "), "{text}");
    assert!(text.contains("refused") && !text.contains("s3cret"), "{text}");
}

#[tokio::test]
async fn a_url_that_cannot_be_asked_is_rejected_and_not_shown() {
    for url in ["", "s3cret", "ftp://s3cret/", "http://", "http://[s3cret", "mailto:s3cret"] {
        let text = rejected(send(&Message::Http(request(url.to_owned()))).await);
        assert!(text.contains("unsupported URL") && !text.contains("s3cret"), "{url}: {text}");
    }
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_rejected() {
    let sink = HttpSink::start().await;
    let mut message = request(sink.url("/"));
    message.headers.push(("X-Bad", "a\nb".to_owned()));
    let text = rejected(send(&Message::Http(message)).await);
    assert!(text.contains("header \"X-Bad\" cannot be sent"), "{text}");
}

#[tokio::test]
async fn silence_ends_at_the_own_timeout_or_the_deadline() {
    let sink = HttpSink::start().await;
    sink.answer([Answer::Silence, Answer::Silence]);
    let mut message = request(sink.url("/"));
    message.timeout = Some(Span::from_millis(20));
    let (class, text) = retry(send(&Message::Http(message.clone())).await);
    assert_eq!(class, FailureClass::ContextDeadlineExceeded);
    assert_eq!(text, "Post \"<redacted>\": configured timeout reached (20ms)");

    message.timeout = Some(Span::from_mins(60));
    let soon = Instant::now() + std::time::Duration::from_millis(20);
    let (class, text) = retry(Sender::new().send(&Message::Http(message), judge, soon).await);
    assert_eq!(class, FailureClass::ContextDeadlineExceeded);
    assert!(text.contains("deadline"), "{text}");
}

#[tokio::test]
async fn a_missing_secret_file_may_appear() {
    let mut message = request("http://127.0.0.1:1/".into());
    let credentials = SecretSource::File("/nonexistent/token".into());
    let bearer = Authorization::Scheme { scheme: "Bearer".into(), credentials };
    message.options.authorization = Some(bearer);
    let (_, text) = retry(send(&Message::Http(message)).await);
    assert!(text.contains("read secret file /nonexistent/token"), "{text}");
}
