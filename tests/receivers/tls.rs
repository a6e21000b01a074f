use std::sync::Arc;

use firebell::notify::Verdict;
use firebell::notify::integration::{HttpOptions, TlsOptions, TlsVersion};
use firebell::notify::message::{HttpMessage, Message};
use firebell::secret::Secret;

use crate::sinks::certificate::Certificate;
use crate::sinks::http::HttpSink;
use crate::{inline, retry, send};

async fn post(sink: &HttpSink, host: &str, tls: TlsOptions) -> Verdict {
    let url = Secret::new(format!("https://{host}:{}/", sink.address.port()));
    let options = HttpOptions { tls, ..HttpOptions::default() };
    let body = Arc::from("{}");
    send(&Message::Http(HttpMessage { url, headers: Vec::new(), body, options, timeout: None }))
        .await
}

fn trusting(certificate: &Certificate) -> TlsOptions {
    TlsOptions { ca: Some(inline(&certificate.cert)), ..TlsOptions::default() }
}

#[tokio::test]
async fn a_server_is_trusted_by_the_configured_authority_only() {
    let certificate = Certificate::of(&["localhost", "127.0.0.1"]);
    let sink = HttpSink::start_tls(certificate.acceptor(None)).await;
    assert_eq!(post(&sink, "127.0.0.1", trusting(&certificate)).await, Verdict::Delivered);
    let (_, text) = retry(post(&sink, "127.0.0.1", TlsOptions::default()).await);
    assert!(text.contains("UnknownIssuer"), "{text}");
    let stranger = Certificate::of(&["127.0.0.1"]);
    let (_, text) = retry(post(&sink, "127.0.0.1", trusting(&stranger)).await);
    assert!(text.contains("invalid peer certificate"), "{text}");
}

#[tokio::test]
async fn a_self_signed_authority_is_good_for_its_own_server() {
    let certificate = Certificate::authority(&["127.0.0.1"]);
    let sink = HttpSink::start_tls(certificate.acceptor(None)).await;
    assert_eq!(post(&sink, "127.0.0.1", trusting(&certificate)).await, Verdict::Delivered);
    let other = HttpSink::start_tls(Certificate::authority(&["127.0.0.1"]).acceptor(None)).await;
    retry(post(&other, "127.0.0.1", trusting(&certificate)).await);
    let named = Certificate::authority(&["elsewhere.test"]);
    let wrong_name = HttpSink::start_tls(named.acceptor(None)).await;
    retry(post(&wrong_name, "127.0.0.1", trusting(&named)).await);
}

#[tokio::test]
async fn a_configured_name_replaces_the_hosts() {
    let certificate = Certificate::of(&["pager.test"]);
    let sink = HttpSink::start_tls(certificate.acceptor(None)).await;
    let (_, text) = retry(post(&sink, "127.0.0.1", trusting(&certificate)).await);
    assert!(text.contains("not valid for name"), "{text}");
    let named = TlsOptions { server_name: Some("pager.test".into()), ..trusting(&certificate) };
    assert_eq!(post(&sink, "127.0.0.1", named).await, Verdict::Delivered);
}

#[tokio::test]
async fn nothing_is_checked_when_the_options_say_so() {
    let sink = HttpSink::start_tls(Certificate::of(&["other.test"]).acceptor(None)).await;
    let careless = TlsOptions { insecure_skip_verify: true, ..TlsOptions::default() };
    assert_eq!(post(&sink, "127.0.0.1", careless).await, Verdict::Delivered);
}

#[tokio::test]
async fn we_show_our_certificate_when_asked() {
    let (server, client) = (Certificate::of(&["127.0.0.1"]), Certificate::of(&["client"]));
    let sink = HttpSink::start_tls(server.acceptor(Some(&client))).await;
    retry(post(&sink, "127.0.0.1", trusting(&server)).await);
    let ours = TlsOptions {
        cert: Some(inline(&client.cert)),
        key: Some(inline(&client.key)),
        ..trusting(&server)
    };
    assert_eq!(post(&sink, "127.0.0.1", ours).await, Verdict::Delivered);
}

#[tokio::test]
async fn the_versions_are_kept_to() {
    let certificate = Certificate::of(&["127.0.0.1"]);
    let sink = HttpSink::start_tls(certificate.acceptor(None)).await;
    let at_most = |version| TlsOptions { max_version: Some(version), ..trusting(&certificate) };
    let at_least = |version| TlsOptions { min_version: Some(version), ..trusting(&certificate) };
    assert_eq!(post(&sink, "127.0.0.1", at_most(TlsVersion::Tls12)).await, Verdict::Delivered);
    assert_eq!(post(&sink, "127.0.0.1", at_least(TlsVersion::Tls13)).await, Verdict::Delivered);
    assert_eq!(post(&sink, "127.0.0.1", at_least(TlsVersion::Tls10)).await, Verdict::Delivered);
    let (_, text) = retry(post(&sink, "127.0.0.1", at_most(TlsVersion::Tls11)).await);
    assert!(text.contains("leave no version"), "{text}");
}
