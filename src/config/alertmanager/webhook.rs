//! `webhook_configs`.

use crate::config::read::{At, GoDuration, Reader, SecretTemplateUrl, section};
use crate::notify::integration::{HttpOptions, Payload, SecretSource, Settings, Webhook};
use crate::secret::Secret;
use crate::template::Templates;

use super::exclusive::{at_most_one, secret_source};
use super::global::Global;
use super::http::Http;

section! {
    /// One of `webhook_configs`.
    struct RawWebhook("webhook.plain", null: "missing webhook config") {
        always send_resolved: bool = true,
        nonempty http_config: Option<Http>,
        nonempty url: Option<At<SecretTemplateUrl>>,
        nonempty url_file: String,
        always max_alerts: u64,
        always timeout: GoDuration,
        nonempty payload: Option<Payload>,
    }
}

impl RawWebhook {
    fn url(&self) -> Secret {
        self.url.as_ref().map_or_else(Secret::default, |url| url.value.0.clone())
    }

    /// Hands the global settings down and checks.
    pub(super) fn resolve(&mut self, global: &Global, reader: &mut Reader) {
        let (url, file) = (!self.url().is_empty(), !self.url_file.is_empty());
        at_most_one(reader, self.at, ("url", url), ("url_file", file));
        if !url && !file {
            reader.problem(self.at, "one of url or url_file must be configured");
        }
        if let Some(At { at, value: SecretTemplateUrl(url) }) = &self.url
            && url.expose().contains("{{")
            && let Err(error) = Templates::parse(&[(String::new(), url.expose().to_owned())])
        {
            reader.problem(*at, format!("invalid template syntax: {error}"));
        }
        super::http::inherit(&mut self.http_config, global, reader);
    }

    /// The integration as the pipeline has it, and whether it is told of resolved alerts.
    pub(super) fn compile(&self, file: &dyn Fn(&str) -> String) -> (bool, Settings) {
        let nothing = || SecretSource::Inline(Secret::default());
        let webhook = Webhook {
            url: secret_source(&self.url(), &self.url_file).unwrap_or_else(nothing),
            http: self
                .http_config
                .as_ref()
                .map_or_else(HttpOptions::default, |http| http.compile(file)),
            max_alerts: usize::try_from(self.max_alerts).unwrap_or(usize::MAX),
            timeout: self.timeout.limit(),
            payload: self.payload.clone(),
        };
        (self.send_resolved, Settings::Webhook(Box::new(webhook)))
    }
}
