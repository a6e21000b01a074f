use crate::notify::integration::{SecretSource, TlsVersion};

use super::*;

/// Forty-nine characters of salt and hash, and a few more.
const REST: &str = "QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi";

fn refused(text: &str) -> Vec<String> {
    let errors = parse("web.yml", text).err();
    let errors = errors.unwrap_or_else(|| panic!("taken: {text}"));
    errors.0.into_iter().map(|error| error.message).collect()
}

#[test]
fn an_empty_file_asks_for_nothing() {
    for text in ["", "{}\n", "tls_server_config: {}\n", "tls_server_config: {min_version: TLS12}\n"]
    {
        assert_eq!(parse("web.yml", text), Ok(WebConfig::default()), "{text:?}");
    }
}

#[test]
fn everything_is_read_and_paths_stand_beside_the_file() {
    let text = format!(
        "tls_server_config:\n  cert_file: c.pem\n  key_file: /k.pem\n  client_ca: CA\n  \
         client_auth_type: RequireAndVerifyClientCert\n  client_allowed_sans: [a]\n  \
         cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n  curve_preferences: [X25519]\n  \
         min_version: TLS13\nhttp_server_config:\n  http2: false\n  headers: {{X-Frame-Options: \
         deny}}\nrate_limit: {{interval: 100ms, burst: 5}}\nbasic_auth_users: {{ann: \
         $2y$10${REST}}}\n"
    );
    let web = parse("etc/web.yml", &text).unwrap();
    let tls = web.tls.unwrap();
    assert_eq!(tls.cert, SecretSource::File("etc/c.pem".into()));
    assert_eq!(tls.key, SecretSource::File("/k.pem".into()));
    assert_eq!(tls.client_ca, Some(SecretSource::Inline(Secret::new("CA"))));
    assert_eq!(tls.client_auth, ClientAuth::RequireAndVerifyClientCert);
    assert_eq!(tls.client_allowed_sans, ["a"]);
    assert_eq!(tls.cipher_suites, [CipherSuite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")]);
    assert_eq!((tls.curves, tls.min_version), (vec![Curve::X25519], TlsVersion::Tls13));
    assert_eq!(web.protocols, Protocols::Http1);
    assert_eq!(web.headers, [("X-Frame-Options".to_owned(), "deny".to_owned())]);
    assert_eq!(web.rate_limit, Some(RateLimit { interval: Span::from_millis(100), burst: 5 }));
    assert!(web.users.contains_key("ann"));
}

#[test]
fn what_upstream_refuses_is_refused_in_its_words() {
    let both = "cert_file: c.pem, key_file: k.pem";
    let check = |tls: &str, expected: &str| {
        assert_eq!(refused(&format!("tls_server_config: {{{tls}}}\n")), [expected], "{tls}");
    };
    check("cert_file: c.pem", "missing one of key or key_file");
    check("key_file: k.pem", "missing one of cert or cert_file");
    check("client_auth_type: RequireAnyClientCert", "missing one of cert or cert_file");
    check(&format!("{both}, client_auth_type: Foo"), "invalid ClientAuth: Foo");
    let policy = "client CA's have been configured without a Client Auth Policy";
    check(&format!("{both}, client_ca_file: c.pem"), policy);
    check(&format!("{both}, min_version: TLS9"), "unknown TLS version: TLS9");
    check(&format!("{both}, cipher_suites: [foo]"), "unknown cipher: foo");
    check(&format!("{both}, curve_preferences: [P256]"), "unknown curve: P256");
    check(&format!("{both}, foo: 1"), "field foo not found in type web.TLSConfig");
}

#[test]
fn headers_are_those_that_upstream_allows() {
    let check = |header: &str, expected: &str| {
        let text = format!("http_server_config: {{headers: {{{header}}}}}\n");
        assert_eq!(refused(&text), [expected], "{header}");
    };
    check("Foo: b", "HTTP header \"Foo\" can not be configured");
    check("x-frame-options: deny", "HTTP header \"x-frame-options\" can not be configured");
    let frame = "invalid value for X-Frame-Options. Expected one of: [\"deny\" \"sameorigin\"], \
                 but got: \"bad\"";
    check("X-Frame-Options: bad", frame);
    check(
        "Content-Security-Policy: \"a\\nb\"",
        "HTTP header \"Content-Security-Policy\" has control characters",
    );
}

#[test]
fn hashes_have_the_form_of_bcrypt() {
    let check = |hash: &str, expected: &str| {
        assert_eq!(refused(&format!("basic_auth_users: {{a: '{hash}'}}\n")), [expected], "{hash}");
    };
    let short = "crypto/bcrypt: hashedSecret too short to be a bcrypted password";
    check("b", short);
    check("", short);
    let start =
        "crypto/bcrypt: bcrypt hashes must start with '$', but hashedSecret started with 'x'";
    check(&format!("x2y$10${REST}"), start);
    let version = "crypto/bcrypt: bcrypt algorithm version '3' requested is newer than current \
                   version '2'";
    check(&format!("$3y$10${REST}"), version);
    check(&format!("$2y$xx${REST}"), "strconv.Atoi: parsing \"xx\": invalid syntax");
    let cost = "crypto/bcrypt: cost 3 is outside allowed inclusive range 4..31";
    check(&format!("$2y$03${REST}"), cost);
    for good in ["$2y$10$", "$2$10$", "$2a$31$", "$1y$10$", "$2z$04$"] {
        assert!(
            parse("w", &format!("basic_auth_users: {{a: '{good}{REST}'}}\n")).is_ok(),
            "{good}"
        );
    }
}

#[test]
fn rate_limits_are_go_durations() {
    let limit = |text: &str| parse("w", &format!("rate_limit: {text}\n")).unwrap().rate_limit;
    assert_eq!(limit("{burst: 3}"), None);
    assert_eq!(limit("{interval: 1s, burst: -1}").map(|limit| limit.burst), Some(0));
    let bad = refused("rate_limit: {interval: bad}\n");
    assert_eq!(bad, ["cannot unmarshal !!str `bad` into time.Duration"]);
}
