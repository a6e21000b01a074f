//! Tokens for requests: asked for when one is needed, and kept while they are good.
//! (Source: RFC 6749, sections 2.3.1, 4.4 and 5; `golang.org/x/oauth2` for what it leaves open.)

mod answer;
mod assertion;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::time::Instant;

use crate::notify::oauth2::{Grant, OAuth2};
use crate::secret::Secret;

use super::clients::{ClientError, Clients};
use super::secrets::{self, SecretFileError};

/// The most tokens that are kept; all are dropped when one more is needed.
const TOKEN_LIMIT: usize = 64;
/// How long before its end a token is no longer used.
const EARLY: Duration = Duration::from_secs(10);
/// The most bytes of an answer that are read.
pub(super) const ANSWER_LIMIT: usize = 1 << 20;
/// How many characters of a refusal are passed on.
const REFUSAL_SHOWN: usize = 300;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenError {
    #[error(transparent)]
    SecretFile(#[from] SecretFileError),
    #[error("oauth2: {0}")]
    Client(#[from] Box<ClientError>),
    #[error("oauth2: token_url must be an absolute http or https URL")]
    Url,
    #[error("oauth2: endpoint_params may not overwrite {0:?}")]
    Parameter(String),
    #[error("oauth2: cannot sign with client_certificate_key: {0}")]
    Key(&'static str),
    #[error("oauth2: cannot fetch token: {}", super::chain(.0))]
    Transport(reqwest::Error),
    #[error("oauth2: cannot fetch token: {status}: {text}")]
    Refused { status: StatusCode, text: String },
    #[error("oauth2: cannot fetch token: {0}")]
    Answer(&'static str),
}

/// A token, and until when it may be used.
#[derive(Clone)]
struct Token {
    /// `<scheme> <token>`.
    header: Secret,
    until: Option<Instant>,
}

/// Where a client says who it is: servers differ.
#[derive(Copy, Clone, Default, PartialEq, Eq)]
enum Introduction {
    /// In the `Authorization` header, as servers must allow.
    #[default]
    Header,
    /// Among the parameters.
    Parameters,
}

/// What is known of one way of asking.
#[derive(Default)]
struct Known {
    token: Option<Token>,
    introduction: Option<Introduction>,
}

/// One way of asking: the settings, and the secret or key that their files hold now.
struct Way {
    settings: OAuth2,
    secret: Secret,
    /// Locked while somebody asks, so that the others wait for the same answer.
    known: Arc<tokio::sync::Mutex<Known>>,
}

/// The tokens by how they are asked for.
#[derive(Default)]
pub(super) struct Tokens(Mutex<Vec<Way>>);

impl Tokens {
    /// The `Authorization` header for these settings. Files they name are read every time.
    pub(super) async fn header(
        &self,
        clients: &Clients,
        settings: &OAuth2,
    ) -> Result<Secret, TokenError> {
        let source = match &settings.grant {
            Grant::ClientCredentials { secret } => secret.as_ref(),
            Grant::JwtBearer(statement) => statement.key.as_ref(),
        };
        let secret = secrets::resolve_some(source).await?.unwrap_or_default();
        let known = self.known(settings, &secret);
        let mut known = known.lock().await;
        if let Some(token) = &known.token
            && token.until.is_none_or(|until| Instant::now() < until)
        {
            return Ok(token.header.clone());
        }
        let client = clients.get(&settings.http).await.map_err(Box::new)?;
        let token = ask(&client, settings, &secret, &mut known.introduction).await?;
        known.token = Some(token.clone());
        Ok(token.header)
    }

    fn known(&self, settings: &OAuth2, secret: &Secret) -> Arc<tokio::sync::Mutex<Known>> {
        let mut ways = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(way) =
            ways.iter().find(|way| way.secret == *secret && way.settings == *settings)
        {
            return Arc::clone(&way.known);
        }
        if ways.len() >= TOKEN_LIMIT {
            ways.clear();
        }
        let known = Arc::default();
        ways.push(Way {
            settings: settings.clone(),
            secret: secret.clone(),
            known: Arc::clone(&known),
        });
        known
    }
}

async fn ask(
    client: &Client,
    settings: &OAuth2,
    secret: &Secret,
    introduction: &mut Option<Introduction>,
) -> Result<Token, TokenError> {
    let Grant::JwtBearer(statement) = &settings.grant else {
        return ask_with_credentials(client, settings, secret, introduction).await;
    };
    let assertion = assertion::sign(settings, statement, secret)?;
    let form = [("grant_type", assertion::GRANT_TYPE), ("assertion", assertion.as_str())];
    request(client, settings, &form, None).await
}

/// Which way of introducing oneself the server likes is tried once, and remembered.
async fn ask_with_credentials(
    client: &Client,
    settings: &OAuth2,
    secret: &Secret,
    introduction: &mut Option<Introduction>,
) -> Result<Token, TokenError> {
    let first = introduction.unwrap_or_default();
    let attempt = introduced(client, settings, secret, first).await;
    let (answer, by) = match attempt {
        Err(TokenError::Refused { .. } | TokenError::Answer(_)) if introduction.is_none() => {
            let second = Introduction::Parameters;
            (introduced(client, settings, secret, second).await, second)
        }
        answer => (answer, first),
    };
    if answer.is_ok() {
        *introduction = Some(by);
    }
    answer
}

async fn introduced(
    client: &Client,
    settings: &OAuth2,
    secret: &Secret,
    introduction: Introduction,
) -> Result<Token, TokenError> {
    let scopes = settings.scopes.join(" ");
    let mut form = Vec::new();
    if !scopes.is_empty() {
        form.push(("scope", scopes.as_str()));
    }
    for (name, value) in &settings.parameters {
        if form.iter().any(|(taken, _)| taken == name) {
            return Err(TokenError::Parameter(name.clone()));
        }
        form.push((name, value));
    }
    if form.iter().all(|(name, _)| *name != "grant_type") {
        form.push(("grant_type", "client_credentials"));
    }
    match introduction {
        Introduction::Header => {
            let login = basic(&settings.client_id, secret.expose());
            request(client, settings, &form, Some(login)).await
        }
        Introduction::Parameters => {
            form.push(("client_id", &settings.client_id));
            if !secret.is_empty() {
                form.push(("client_secret", secret.expose()));
            }
            request(client, settings, &form, None).await
        }
    }
}

/// Both parts are form-encoded first. (Source: RFC 6749, section 2.3.1.)
fn basic(client_id: &str, secret: &str) -> Secret {
    let encoded =
        |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let pair = format!("{}:{}", encoded(client_id), encoded(secret));
    Secret::new(format!("Basic {}", STANDARD.encode(pair)))
}

async fn request(
    client: &Client,
    settings: &OAuth2,
    form: &[(&str, &str)],
    login: Option<Secret>,
) -> Result<Token, TokenError> {
    let url = Url::parse(&settings.token_url).map_err(|_| TokenError::Url)?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(TokenError::Url);
    }
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut request =
        client.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
    if let Some(login) = login {
        // base64 is always good in a header
        let mut value =
            HeaderValue::from_str(login.expose()).unwrap_or(HeaderValue::from_static(""));
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    let asked = Instant::now();
    let failed = |error: reqwest::Error| TokenError::Transport(error.without_url());
    let mut response = request.send().await.map_err(failed)?;
    let body = read(&mut response).await.map_err(failed)?;
    let status = response.status();
    if !status.is_success() {
        let text = String::from_utf8_lossy(&body).trim().chars().take(REFUSAL_SHOWN).collect();
        return Err(TokenError::Refused { status, text });
    }
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let answer = answer::read(kind.unwrap_or_default(), &body).map_err(TokenError::Answer)?;
    Ok(Token {
        header: answer.header,
        // one that is good for less than that is used once
        until: answer.lifetime.map(|lifetime| asked + lifetime.saturating_sub(EARLY)),
    })
}

async fn read(response: &mut Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while body.len() < ANSWER_LIMIT {
        match response.chunk().await? {
            Some(chunk) => body.extend_from_slice(&chunk),
            None => break,
        }
    }
    body.truncate(ANSWER_LIMIT);
    Ok(body)
}
