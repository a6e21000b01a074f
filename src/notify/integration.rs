//! Receivers and their integrations, compiled: what [`crate::config`] makes of `receivers:`,
//! with every global default already filled in. Strings named "template" are Go templates.

use std::sync::Arc;

use crate::secret::Secret;
use crate::time::Span;

use super::oauth2::OAuth2;

/// A named list of integrations; without any it swallows what it gets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Receiver {
    /// Its name.
    pub name: Arc<str>,
    /// Its labels, the name among them.
    pub labels: crate::label::Labels,
    /// Its integrations in Alertmanager's fixed order of kinds.
    pub integrations: Vec<Integration>,
}

/// One way of telling somebody.
#[derive(Clone, Debug, PartialEq)]
pub struct Integration {
    /// Its position among the integrations of its kind in the receiver, from 0.
    pub index: usize,
    /// Whether resolved alerts are told too.
    pub send_resolved: bool,
    /// What is sent, and where.
    pub settings: Settings,
}

/// What an integration sends, and where.
#[derive(Clone, Debug, PartialEq)]
pub enum Settings {
    /// Slack's incoming webhooks or its Web API.
    Slack(Box<Slack>),
    /// PagerDuty's Events API, v1 or v2.
    PagerDuty(Box<PagerDuty>),
    /// Electronic mail.
    Email(Box<Email>),
    /// A JSON body to any URL.
    Webhook(Box<Webhook>),
}

impl Settings {
    /// The kind's name as in group keys, metrics and logs.
    pub fn kind(&self) -> &'static str {
        match self {
            Settings::Slack(_) => "slack",
            Settings::PagerDuty(_) => "pagerduty",
            Settings::Email(_) => "email",
            Settings::Webhook(_) => "webhook",
        }
    }
}

/// A secret that is written inline or kept in a file that is read for every notification.
#[derive(Clone, Debug, PartialEq)]
pub enum SecretSource {
    /// Written in the configuration.
    Inline(Secret),
    /// In this file; its content is trimmed.
    File(Arc<str>),
}

/// How requests are made. (Source: Prometheus docs, "http_config".)
#[derive(Clone, Debug, PartialEq)]
pub struct HttpOptions {
    /// How we introduce ourselves.
    pub authorization: Option<Authorization>,
    /// TLS towards the server.
    pub tls: TlsOptions,
    /// Whether redirects are followed.
    pub follow_redirects: bool,
    /// Whether HTTP/2 may be used.
    pub enable_http2: bool,
    /// A proxy for every request.
    pub proxy_url: Option<Secret>,
    /// Hosts that are reached without the proxy.
    pub no_proxy: Option<Arc<str>>,
    /// Whether the proxy comes from the environment.
    pub proxy_from_environment: bool,
    /// What the proxy is told besides, when it is asked for a tunnel.
    pub proxy_headers: Vec<(Arc<str>, Secret)>,
    /// Additional headers.
    pub headers: Vec<(Arc<str>, SecretSource)>,
}

impl Default for HttpOptions {
    fn default() -> HttpOptions {
        HttpOptions {
            authorization: None,
            tls: TlsOptions::default(),
            follow_redirects: true,
            enable_http2: true,
            proxy_url: None,
            no_proxy: None,
            proxy_from_environment: false,
            proxy_headers: Vec::new(),
            headers: Vec::new(),
        }
    }
}

/// The `Authorization` header.
#[derive(Clone, Debug, PartialEq)]
pub enum Authorization {
    /// User name and password.
    Basic {
        /// The user.
        username: SecretSource,
        /// The password, perhaps none.
        password: Option<SecretSource>,
    },
    /// `<scheme> <credentials>`.
    Scheme {
        /// `Bearer`, mostly.
        scheme: Arc<str>,
        /// What follows it.
        credentials: SecretSource,
    },
    /// A token that is asked for.
    OAuth2(Box<OAuth2>),
}

/// TLS towards a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TlsOptions {
    /// PEM of the authorities that are trusted; none means the system's.
    pub ca: Option<SecretSource>,
    /// PEM of our certificate.
    pub cert: Option<SecretSource>,
    /// PEM of its key.
    pub key: Option<SecretSource>,
    /// The name the server's certificate must have.
    pub server_name: Option<Arc<str>>,
    /// Whether the server's certificate is not checked.
    pub insecure_skip_verify: bool,
    /// The oldest version that is spoken.
    pub min_version: Option<TlsVersion>,
    /// The newest version that is spoken.
    pub max_version: Option<TlsVersion>,
}

/// Versions of TLS a configuration may name; below 1.2 nothing is ever spoken.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are TLS's")]
pub enum TlsVersion {
    Tls10,
    Tls11,
    Tls12,
    Tls13,
}

/// `webhook_configs`.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    /// Where to; a template.
    pub url: SecretSource,
    /// How.
    pub http: HttpOptions,
    /// The most alerts in one body; 0 means all.
    pub max_alerts: usize,
    /// How long one attempt may take; none means the flush's deadline.
    pub timeout: Option<Span>,
    /// The body instead of the usual one.
    pub payload: Option<Payload>,
}

/// `slack_configs`.
#[derive(Clone, Debug, PartialEq)]
pub struct Slack {
    /// Where to.
    pub url: SecretSource,
    /// How; an app token is already its authorization.
    pub http: HttpOptions,
    /// How long one attempt may take.
    pub timeout: Option<Span>,
    /// Template.
    pub channel: String,
    /// Template.
    pub username: String,
    /// Template.
    pub color: String,
    /// Template.
    pub title: String,
    /// Template.
    pub title_link: String,
    /// Template.
    pub pretext: String,
    /// Template.
    pub text: String,
    /// Template.
    pub message_text: String,
    /// Table cells.
    pub fields: Vec<SlackField>,
    /// Template.
    pub footer: String,
    /// Template.
    pub fallback: String,
    /// Template.
    pub callback_id: String,
    /// Template.
    pub icon_emoji: String,
    /// Template.
    pub icon_url: String,
    /// Template.
    pub image_url: String,
    /// Template.
    pub thumb_url: String,
    /// Whether names are linked.
    pub link_names: bool,
    /// Which parts are marked up.
    pub markdown_in: Vec<String>,
    /// Buttons.
    pub actions: Vec<SlackAction>,
}

/// A cell of a Slack attachment.
#[derive(Clone, Debug, PartialEq)]
pub struct SlackField {
    /// Template.
    pub title: String,
    /// Template.
    pub value: String,
    /// Whether two fit on a line.
    pub short: bool,
}

/// A button of a Slack attachment; all texts are templates.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the names are Slack's")]
pub struct SlackAction {
    pub kind: String,
    pub text: String,
    pub url: String,
    pub style: String,
    pub name: String,
    pub value: String,
    pub confirm: Option<SlackConfirm>,
}

/// What a Slack button asks before it acts; all texts are templates.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the names are Slack's")]
pub struct SlackConfirm {
    pub title: String,
    pub text: String,
    pub ok_text: String,
    pub dismiss_text: String,
}

/// `pagerduty_configs`.
#[derive(Clone, Debug, PartialEq)]
pub struct PagerDuty {
    /// Which of the two APIs, with its key.
    pub api: PagerDutyApi,
    /// How.
    pub http: HttpOptions,
    /// How long one attempt may take.
    pub timeout: Option<Span>,
    /// Template.
    pub client: String,
    /// Template.
    pub client_url: String,
    /// Template.
    pub description: String,
    /// Details, the default ones overlaid with the user's; deep templates, sorted by name.
    pub details: Vec<(String, Payload)>,
    /// Template.
    pub source: String,
    /// Template.
    pub severity: String,
    /// Template.
    pub class: String,
    /// Template.
    pub component: String,
    /// Template.
    pub group: String,
    /// `src`, `alt`, `href`: templates.
    pub images: Vec<[String; 3]>,
    /// `href`, `text`: templates.
    pub links: Vec<[String; 2]>,
}

/// PagerDuty's two APIs.
#[derive(Clone, Debug, PartialEq)]
pub enum PagerDutyApi {
    /// By `service_key`, to its fixed address.
    V1 {
        /// The key; a template.
        service_key: SecretSource,
    },
    /// By `routing_key`.
    V2 {
        /// The key; a template.
        routing_key: SecretSource,
        /// Where to.
        url: Secret,
    },
}

/// A YAML value whose strings are templates.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// A template; what it renders to is read as YAML once.
    Text(String),
    /// A scalar that is not a string, or null; passed on as it is.
    Plain(serde_json::Value),
    /// A list.
    List(Vec<Payload>),
    /// A map with string keys (templates too).
    Map(Vec<(String, Payload)>),
}

/// `email_configs`.
#[derive(Clone, Debug, PartialEq)]
pub struct Email {
    /// Addresses; a template.
    pub to: String,
    /// One address; a template.
    pub from: String,
    /// The name we say at EHLO.
    pub hello: String,
    /// Host and port.
    pub smarthost: (Arc<str>, u16),
    /// Who we are, when we log in.
    pub auth_username: String,
    /// For PLAIN and LOGIN.
    pub auth_password: Option<SecretSource>,
    /// For CRAM-MD5.
    pub auth_secret: Option<SecretSource>,
    /// For PLAIN.
    pub auth_identity: String,
    /// Headers, the default ones overlaid with the user's; templates.
    pub headers: Vec<(String, String)>,
    /// The HTML part; an HTML template, empty for none.
    pub html: String,
    /// The text part; a template, empty for none.
    pub text: String,
    /// Whether STARTTLS must succeed.
    pub require_tls: bool,
    /// Whether TLS starts with the connection; `None` means on port 465.
    pub force_implicit_tls: Option<bool>,
    /// TLS towards the server.
    pub tls: TlsOptions,
    /// Threading: `None` off, else whether a thread ends with the day.
    pub threading: Option<Threading>,
}

/// How mails of one group are threaded.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Threading {
    /// One thread per group.
    Group,
    /// One thread per group and day.
    GroupAndDay,
}
