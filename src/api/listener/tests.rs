//! With a real client over loopback, and certificates made for it.

use std::path::PathBuf;
use std::sync::OnceLock;

use axum::Extension;
use axum::routing::get;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::{Certificate, Client, Identity, Response, tls};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;

use super::*;

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// The authority of servers and the one of clients, made once.
fn authorities() -> &'static [Issuer; 2] {
    static MADE: OnceLock<[Issuer; 2]> = OnceLock::new();
    MADE.get_or_init(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
        [(), ()].map(|()| {
            let mut params = CertificateParams::default();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
        })
    })
}

/// Certificate and key of a name as PEM.
fn issued(issuer: &Issuer, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    (params.signed_by(&key, issuer).unwrap().pem(), key.serialize_pem())
}

/// A server and the files it reads.
struct Server {
    folder: TempDir,
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Server {
    /// With `c.pem`, `k.pem` and `clients.pem` beside the web configuration.
    async fn start(web: &str) -> Server {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let [servers, clients] = authorities();
        let (certificate, key) = issued(servers, "localhost");
        write("c.pem", &certificate);
        write("k.pem", &key);
        write("clients.pem", &clients.pem());
        write("web.yml", web);
        let web = Web::open(&folder.path().join("web.yml")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let who = async |Extension(caller): Extension<Caller>| {
            assert!(caller.address.unwrap().ip().is_loopback());
            caller.user.unwrap_or_default()
        };
        let router = Router::new().route("/", get(who));
        let until = async { drop(stopped.await) };
        tokio::spawn(serve(listener, router, Some(Arc::new(web)), until));
        Server { folder, address, _stop: stop }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://localhost:{}/", self.address.port())
    }

    async fn get(&self, client: &Client) -> reqwest::Result<Response> {
        client.get(self.url("https")).send().await
    }
}

fn builder() -> reqwest::ClientBuilder {
    let [servers, _] = authorities();
    let trusted = Certificate::from_pem(servers.pem().as_bytes()).unwrap();
    Client::builder().no_proxy().tls_certs_only([trusted]).pool_max_idle_per_host(0)
}

fn client() -> Client {
    builder().build().unwrap()
}

/// A client that shows a certificate of this name.
fn client_of(issuer: &Issuer, name: &str) -> Client {
    let (certificate, key) = issued(issuer, name);
    let identity = Identity::from_pem(format!("{certificate}{key}").as_bytes()).unwrap();
    builder().identity(identity).build().unwrap()
}

const TLS: &str = "cert_file: c.pem, key_file: k.pem";

fn tls(more: &str) -> String {
    format!("tls_server_config: {{{TLS}{more}}}\n")
}

#[tokio::test]
async fn http_2_is_spoken_over_tls_unless_it_is_off() {
    let server = Server::start(&tls("")).await;
    let answer = server.get(&client()).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, reqwest::Version::HTTP_2));
    std::fs::write(server.path("web.yml"), tls("") + "http_server_config: {http2: false}\n")
        .unwrap();
    let answer = server.get(&client()).await.unwrap();
    assert_eq!(answer.version(), reqwest::Version::HTTP_11, "the next connection");
}

#[tokio::test]
async fn versions_are_spoken_as_configured() {
    let check = async |more: &str, newest: tls::Version, oldest: tls::Version, expect: bool| {
        let server = Server::start(&tls(more)).await;
        let client = builder().tls_version_min(oldest).tls_version_max(newest).build().unwrap();
        assert_eq!(server.get(&client).await.is_ok(), expect, "{more}");
    };
    let (v12, v13) = (tls::Version::TLS_1_2, tls::Version::TLS_1_3);
    check("", v12, v12, true).await;
    check("", v13, v13, true).await;
    check(", min_version: TLS13", v12, v12, false).await;
    check(", max_version: TLS12", v13, v13, false).await;
    check(", max_version: TLS12", v13, v12, true).await;
    check(", min_version: TLS10", v12, v12, true).await;
    let suite = |name: &str| format!(", cipher_suites: [{name}]");
    check(&suite("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"), v12, v12, true).await;
    check(&suite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), v12, v12, false).await;
    check(&suite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), v13, v13, true).await;
    check(", curve_preferences: [CurveP384, CurveP521]", v13, v13, true).await;
}

#[tokio::test]
async fn what_leaves_nothing_to_speak_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let (certificate, key) = issued(&authorities()[0], "localhost");
    write("c.pem", &certificate);
    write("k.pem", &key);
    let check = |text: &str, expect: &str| {
        write("web.yml", text);
        let error = Web::open(&folder.path().join("web.yml")).err().unwrap().to_string();
        assert!(error.contains(expect), "{text}: {error}");
    };
    check(&tls(", max_version: TLS11"), "min_version and max_version leave nothing");
    check(&tls(", curve_preferences: [CurveP521]"), "curve_preferences leave nothing");
    let old = ", max_version: TLS12, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA]";
    check(&tls(old), "cipher_suites leave nothing");
    let junk = ", client_auth_type: RequireAndVerifyClientCert, client_ca: junk";
    check(&tls(junk), "client_ca has no certificate");
    check("tls_server_config: {cert_file: no.pem, key_file: k.pem}\n", "no such file");
    check("foo: 1\n", "web.yml:1:1: field foo not found");
    let missing = Web::open(&folder.path().join("nowhere.yml")).err().unwrap();
    assert!(matches!(missing, WebError::Unreadable { .. }), "{missing}");
}

#[tokio::test]
async fn clients_show_the_certificates_that_are_asked_for() {
    let [servers, clients] = authorities();
    // without one, of another authority, of the right one
    let check = async |more: &str, expect: [bool; 3]| {
        let server = Server::start(&tls(more)).await;
        let asking = [client(), client_of(servers, "a"), client_of(clients, "a")];
        let mut got = Vec::new();
        for client in &asking {
            got.push(server.get(client).await.is_ok());
        }
        assert_eq!(got, expect, "{more}");
    };
    check(", client_auth_type: NoClientCert", [true, true, true]).await;
    check(", client_auth_type: RequestClientCert", [true, true, true]).await;
    check(", client_auth_type: RequireAnyClientCert", [false, true, true]).await;
    let given = ", client_auth_type: VerifyClientCertIfGiven, client_ca_file: clients.pem";
    check(given, [true, false, true]).await;
    let verified = ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: clients.pem";
    check(verified, [false, false, true]).await;
    check(&format!("{verified}, client_allowed_sans: [b, a]"), [false, false, true]).await;
    check(&format!("{verified}, client_allowed_sans: [b]"), [false, false, false]).await;
    check(&format!("{given}, client_allowed_sans: [a]"), [false, false, true]).await;
}

#[tokio::test]
async fn a_new_certificate_is_shown_without_a_restart() {
    let server = Server::start(&tls("")).await;
    assert!(server.get(&client()).await.is_ok());
    let (certificate, key) = issued(&authorities()[1], "localhost");
    std::fs::write(server.path("c.pem"), &certificate).unwrap();
    assert!(server.get(&client()).await.is_err(), "certificate and key differ");
    std::fs::write(server.path("k.pem"), &key).unwrap();
    assert!(server.get(&client()).await.is_err(), "of an authority that is not trusted");
    let trusted = Certificate::from_pem(authorities()[1].pem().as_bytes()).unwrap();
    let client = Client::builder().no_proxy().tls_certs_only([trusted]).build().unwrap();
    assert!(server.get(&client).await.is_ok());
    std::fs::write(server.path("web.yml"), "{}\n").unwrap();
    let plain = Client::builder().no_proxy().build().unwrap();
    let answer = plain.get(server.url("http")).send().await.unwrap();
    assert_eq!(answer.status(), 400, "an edit does not turn TLS off");
}

#[tokio::test]
async fn plain_http_to_a_tls_port_is_told_so() {
    let server = Server::start(&tls("")).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let expect =
        "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    assert_eq!(answer, expect);
}

/// What is read until the server ends the connection, if it does so in two seconds.
async fn answer_to(address: SocketAddr, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    tokio::time::timeout(Duration::from_secs(2), read).await.ok()?.ok()?;
    Some(answer)
}

#[tokio::test]
async fn a_client_that_takes_its_time_with_a_head_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(async || "here"));
    let patience = Duration::from_millis(100);
    tokio::spawn(serve_within(patience, listener, router, None, std::future::pending()));
    for slow in ["", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: x\r\nA"] {
        assert_eq!(answer_to(address, slow).await.as_deref(), Some(""), "{slow:?}");
    }
    // one that was answered may rest
    let whole = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut stream = TcpStream::connect(address).await.unwrap();
    for _ in 0..2 {
        stream.write_all(whole.as_bytes()).await.unwrap();
        let mut answer = [0; 512];
        let count = stream.read(&mut answer).await.unwrap();
        assert!(answer[..count].ends_with(b"here"));
        let silence = tokio::time::timeout(patience * 3, stream.read(&mut answer)).await;
        assert!(silence.is_err(), "it was left: {silence:?}");
    }
    // and one whose next head stops half-way is left
    stream.write_all(b"GET /").await.unwrap();
    assert_eq!(stream.read(&mut [0; 512]).await.unwrap(), 0);
}

#[tokio::test]
async fn addresses_may_have_the_characters_that_go_takes() {
    let server = Server::start("{}\n").await;
    for (target, status) in
        [("/?filter=a=\"b\"", "200"), ("/?filter=a=~\"<b>`\"", "200"), ("/?filter=a b", "400")]
    {
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = answer_to(server.address, &request).await.unwrap();
        assert_eq!(answer.split(' ').nth(1), Some(status), "{target}: {answer}");
    }
}

#[tokio::test]
async fn users_headers_and_rates_follow_the_file() {
    let hash = |password: &str| bcrypt::hash(password, 4).unwrap();
    let users = |hash: &str| {
        format!(
            "http_server_config: {{headers: {{X-Frame-Options: deny}}}}\n\
             basic_auth_users: {{ann: '{hash}'}}\n"
        )
    };
    let server = Server::start(&users(&hash("a"))).await;
    let client = client();
    let ask = async |user: &str, password: &str| {
        let request = client.get(server.url("http")).basic_auth(user, Some(password));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["x-frame-options"], "deny");
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let refused = (401, "Unauthorized\n".to_owned());
    let welcome = (200, "ann".to_owned());
    let stranger = client.get(server.url("http")).send().await.unwrap();
    assert_eq!(stranger.status(), 401);
    assert_eq!(stranger.headers()["www-authenticate"], "Basic");
    assert_eq!(ask("ann", "a").await, welcome);
    assert_eq!(ask("ann", "b").await, refused);
    assert_eq!(ask("eve", "a").await, refused);
    std::fs::write(server.path("web.yml"), users(&hash("b"))).unwrap();
    assert_eq!(ask("ann", "a").await, refused);
    assert_eq!(ask("ann", "b").await, welcome);

    let status = async || {
        let request = client.get(server.url("http")).basic_auth("ann", Some("b"));
        request.send().await.unwrap().status().as_u16()
    };
    for (half, expect) in [("basic_auth_users: {ann:", 500), ("", 500), ("{}\n", 200)] {
        std::fs::write(server.path("web.yml"), half).unwrap();
        assert_eq!(status().await, expect, "{half:?}");
    }
    std::fs::write(server.path("web.yml"), "rate_limit: {interval: 1h, burst: 2}\n").unwrap();
    assert_eq!([status().await, status().await, status().await], [200, 200, 429]);
}
