use super::*;

fn material() -> TlsMaterial {
    TlsMaterial {
        ca: None,
        cert: None,
        key: None,
        server_name: None,
        insecure_skip_verify: false,
        min_version: None,
        max_version: None,
    }
}

fn pem() -> (Secret, Secret) {
    let made = rcgen::generate_simple_self_signed(["x.test".to_owned()]).unwrap();
    (Secret::new(made.cert.pem()), Secret::new(made.signing_key.serialize_pem()))
}

fn refusal(material: &TlsMaterial) -> String {
    material.client_config(&[]).unwrap_err().to_string()
}

#[test]
fn material_that_does_not_serve_is_explained() {
    let (cert, key) = pem();
    let (_, other) = pem();
    let bad = || Some(Secret::new("nonsense"));
    let check = |ca, cert, key, expect: &str| {
        let text = refusal(&TlsMaterial { ca, cert, key, ..material() });
        assert!(text.starts_with(expect), "{text}");
    };
    check(bad(), None, None, "no certificate found in ca");
    check(None, bad(), Some(key), "no certificate found in cert");
    check(None, Some(cert.clone()), bad(), "no private key found in key");
    check(None, Some(cert), Some(other), "cert and key do not serve");
}

#[test]
fn the_server_is_asked_for_by_its_host_or_the_configured_name() {
    let check = |configured: Option<&str>, host: &str, expect: &str| {
        let server_name = configured.map(Arc::from);
        let name = TlsMaterial { server_name, ..material() }.server_name(host).unwrap();
        assert_eq!(name.to_str(), expect);
    };
    check(None, "mx.test", "mx.test");
    check(None, "[::1]", "::1");
    check(Some("other.test"), "mx.test", "other.test");
    assert!(material().server_name("a b").is_err());
}

#[test]
fn the_protocols_are_offered_in_order() {
    let config = material().client_config(&["h2", "http/1.1"]).unwrap();
    assert_eq!(config.alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
}
