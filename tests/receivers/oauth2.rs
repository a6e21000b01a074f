//! Tokens that are asked for before a request is made.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firebell::notify::integration::{Authorization, HttpOptions};
use firebell::notify::message::{HttpMessage, Message};
use firebell::notify::oauth2::{Grant, JwtBearer, OAuth2, SignatureAlgorithm};
use firebell::notify::{FailureClass, Verdict};
use firebell::receivers::Sender;
use firebell::secret::Secret;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512, RsaParameters, UnparsedPublicKey,
};
use rustls::pki_types::pem::PemObject;
use tokio::time::Instant;

use crate::sinks::http::{Answer, HttpSink, Request};
use crate::{inline, judge, retry, sinks};

const KEY: &str = include_str!("rsa.pem");
const PUBLIC_KEY: &str = include_str!("rsa.pub.pem");

struct House {
    sender: Sender,
    tokens: HttpSink,
    receiver: HttpSink,
}

impl House {
    async fn new(answers: impl IntoIterator<Item = Answer>) -> House {
        let (tokens, receiver) = (HttpSink::start().await, HttpSink::start().await);
        tokens.answer(answers);
        House { sender: Sender::new(), tokens, receiver }
    }

    async fn send(&self, change: impl FnOnce(&mut OAuth2)) -> Verdict {
        let mut settings = OAuth2 {
            client_id: "fire bell".into(),
            grant: Grant::ClientCredentials { secret: Some(inline("s3:cret")) },
            scopes: vec!["read".to_owned(), "write".to_owned()],
            token_url: self.tokens.url("/token").into(),
            parameters: vec![("audience".to_owned(), "pages & more".to_owned())],
            http: HttpOptions::default(),
        };
        change(&mut settings);
        let authorization = Some(Authorization::OAuth2(Box::new(settings)));
        let message = Message::Http(HttpMessage {
            url: Secret::new(self.receiver.url("/hook")),
            headers: Vec::new(),
            body: Arc::from("{}"),
            options: HttpOptions { authorization, ..HttpOptions::default() },
            timeout: None,
        });
        self.sender.send(&message, judge, Instant::now() + sinks::PATIENCE).await
    }

    async fn asked(&self, count: usize) -> Vec<Request> {
        let requests = self.tokens.requests.wait_for(count).await;
        assert_eq!(requests.len(), count);
        requests
    }

    /// What the receiver was told of us, request by request.
    fn authorizations(&self) -> Vec<String> {
        self.receiver.requests.now().iter().map(|one| one.header("authorization")).collect()
    }
}

fn token(text: &str, seconds: u64) -> Answer {
    let body =
        format!(r#"{{"access_token":"{text}","token_type":"bearer","expires_in":{seconds}}}"#);
    Answer::json(200, &body)
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_again_when_it_has_run_out() {
    // ten seconds before its end a token is no longer used
    let house = House::new([token("one", 10), token("two", 3600)]).await;
    for _ in 0..3 {
        assert_eq!(house.send(|_| ()).await, Verdict::Delivered);
    }
    let asked = house.asked(2).await;
    assert_eq!(asked[0].uri.path(), "/token");
    assert_eq!(asked[0].header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(asked[0].header("authorization"), "Basic ZmlyZStiZWxsOnMzJTNBY3JldA==");
    assert_eq!(
        asked[0].body,
        "scope=read+write&audience=pages+%26+more&grant_type=client_credentials"
    );
    assert_eq!(house.authorizations(), ["Bearer one", "Bearer two", "Bearer two"]);
}

#[tokio::test]
async fn a_server_that_wants_the_secret_among_the_parameters_gets_it_there() {
    let refusal = Answer::json(401, r#"{"error":"invalid_client"}"#);
    let house = House::new([refusal, token("one", 1), token("two", 3600)]).await;
    for _ in 0..2 {
        assert_eq!(house.send(|_| ()).await, Verdict::Delivered);
    }
    let asked = house.asked(3).await;
    for one in &asked[1..] {
        assert_eq!(one.header("authorization"), "");
        assert!(one.body.ends_with("&client_id=fire+bell&client_secret=s3%3Acret"), "{}", one.body);
    }
    assert_eq!(house.authorizations(), ["Bearer one", "Bearer two"]);
}

#[tokio::test]
async fn other_settings_get_another_token() {
    let house = House::new([token("one", 3600), token("two", 3600)]).await;
    assert_eq!(house.send(|_| ()).await, Verdict::Delivered);
    assert_eq!(house.send(|settings| settings.scopes.clear()).await, Verdict::Delivered);
    assert_eq!(house.send(|_| ()).await, Verdict::Delivered);
    assert_eq!(house.authorizations(), ["Bearer one", "Bearer two", "Bearer one"]);
}

#[tokio::test]
async fn what_keeps_a_token_away_is_told_without_secrets_and_may_pass() {
    let check = async |answers: Vec<Answer>, change: fn(&mut OAuth2), expect: &str| {
        let house = House::new(answers).await;
        let (class, text) = retry(house.send(change).await);
        assert_eq!(class, FailureClass::NotSent);
        assert!(text.contains(expect), "{text}");
        assert!(!text.contains("s3:cret") && !text.contains("s3%3Acret"), "{text}");
        assert_eq!(house.receiver.requests.now().len(), 0);
    };
    let refusal = || Answer::json(400, r#"{"error":"unauthorized_client"}"#);
    let text = r#"oauth2: cannot fetch token: 400 Bad Request: {"error":"unauthorized_client"}"#;
    check(vec![refusal(), refusal()], |_| (), text).await;
    let empty = || Answer::json(200, "{}");
    check(vec![empty(), empty()], |_| (), "server response missing access_token").await;
    check(vec![], |it| it.token_url = "token".into(), "token_url must be an absolute").await;
    check(vec![], |it| it.token_url = "http://127.0.0.1:1/".into(), "refused").await;
    let taken = |it: &mut OAuth2| it.parameters = vec![("scope".to_owned(), String::new())];
    check(vec![], taken, r#"endpoint_params may not overwrite "scope""#).await;
    let no_key = |it: &mut OAuth2| it.grant = Grant::JwtBearer(Box::default());
    check(vec![], no_key, "no private key found in it: is it PEM?").await;
}

#[tokio::test]
async fn a_signed_statement_is_good_for_a_token() {
    let house = House::new([token("one", 3600), token("two", 3600)]).await;
    let claims = serde_json::json!({"team": ["a", {"b": 1}], "sub": "me"});
    let mut statement = JwtBearer {
        key: Some(inline(KEY)),
        key_id: Some("k1".into()),
        algorithm: SignatureAlgorithm::Rs512,
        issuer: Some("issuer".into()),
        audience: None,
        claims: claims.as_object().unwrap().clone(),
    };
    let with = |statement: &JwtBearer| Grant::JwtBearer(Box::new(statement.clone()));
    assert_eq!(house.send(|it| it.grant = with(&statement)).await, Verdict::Delivered);
    statement = JwtBearer { key: statement.key, ..JwtBearer::default() };
    assert_eq!(house.send(|it| it.grant = with(&statement)).await, Verdict::Delivered);

    let asked = house.asked(2).await;
    let (head, claims) = opened(&asked[0], &RSA_PKCS1_2048_8192_SHA512);
    assert_eq!(head, serde_json::json!({"alg": "RS512", "typ": "JWT", "kid": "k1"}));
    assert_eq!((&claims["iss"], &claims["sub"]), (&"issuer".into(), &"me".into()));
    assert_eq!(claims["aud"], house.tokens.url("/token"));
    assert_eq!(claims["scope"], "read write");
    assert_eq!(claims["team"], serde_json::json!(["a", {"b": 1}]));
    let seconds = |name: &str| Duration::from_secs(claims[name].as_u64().unwrap());
    assert_eq!(seconds("exp") - seconds("iat"), Duration::from_secs(600));

    let (head, other) = opened(&asked[1], &RSA_PKCS1_2048_8192_SHA256);
    assert_eq!(head, serde_json::json!({"alg": "RS256", "typ": "JWT"}));
    assert_eq!((&other["iss"], &other["sub"]), (&"fire bell".into(), &"fire bell".into()));
    assert_ne!(claims["jti"], other["jti"]);
    assert_eq!(house.authorizations(), ["Bearer one", "Bearer two"]);
}

/// The head and the claims of the statement in a request, whose signature holds.
fn opened(
    request: &Request,
    parameters: &'static RsaParameters,
) -> (serde_json::Value, serde_json::Value) {
    let form: Vec<_> = form_urlencoded::parse(request.body.as_bytes()).collect();
    assert_eq!(form[0].1, "urn:ietf:params:oauth:grant-type:jwt-bearer");
    assert_eq!((form.len(), &*form[1].0), (2, "assertion"));
    let (signed, signature) = form[1].1.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    // the key's ASN.1 without the frame that says that it is one of RSA
    let public = rustls::pki_types::SubjectPublicKeyInfoDer::from_pem_slice(PUBLIC_KEY.as_bytes());
    let public = public.unwrap().as_ref()[24..].to_vec();
    UnparsedPublicKey::new(parameters, public).verify(signed.as_bytes(), &signature).unwrap();
    let part = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
    let (head, claims) = signed.split_once('.').unwrap();
    (part(head), part(claims))
}
