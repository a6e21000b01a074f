//! `pagerduty_configs`.

use crate::config::read::{GoDuration, HttpUrl, Pairs, Reader, section};
use crate::notify::integration::{
    HttpOptions, PagerDuty, PagerDutyApi, Payload, SecretSource, Settings,
};
use crate::secret::Secret;

use super::exclusive::{at_most_one, secret_source};
use super::global::{Global, PAGERDUTY_URL};
use super::http::{self, Http};
use crate::config::read::At;

section! {
    /// One of `pagerduty_configs`.
    struct RawPagerDuty("config.plain", null: "missing pagerduty config") {
        always send_resolved: bool = true,
        nonempty http_config: Option<Http>,
        nonempty service_key: Secret,
        nonempty service_key_file: String,
        nonempty routing_key: Secret,
        nonempty routing_key_file: String,
        nonempty url: Option<HttpUrl>,
        nonempty client: String = "{{ template \"pagerduty.default.client\" . }}".to_owned(),
        nonempty client_url: String = "{{ template \"pagerduty.default.clientURL\" . }}".to_owned(),
        nonempty description: String
            = "{{ template \"pagerduty.default.description\" .}}".to_owned(),
        nonempty details: Pairs<Payload>,
        nonempty images: Vec<RawImage>,
        nonempty links: Vec<RawLink>,
        nonempty source: String,
        nonempty severity: String,
        nonempty class: String,
        nonempty component: String,
        nonempty group: String,
        always timeout: GoDuration,
    }
}

section! {
    /// One of `images`.
    struct RawImage("config.PagerdutyImage") {
        nonempty src: String,
        nonempty alt: String,
        nonempty href: String,
    }
}

section! {
    /// One of `links`.
    struct RawLink("config.PagerdutyLink") {
        nonempty href: String,
        nonempty text: String,
    }
}

/// Details that are there unless the user says otherwise.
const DETAILS: [(&str, &str); 4] = [
    ("firing", "{{ .Alerts.Firing | toJson }}"),
    ("resolved", "{{ .Alerts.Resolved | toJson }}"),
    ("num_firing", "{{ .Alerts.Firing | len }}"),
    ("num_resolved", "{{ .Alerts.Resolved | len }}"),
];

impl RawPagerDuty {
    /// Hands the global settings down and checks.
    pub(super) fn resolve(&mut self, global: &Global, reader: &mut Reader) {
        let at = self.at;
        let service = (!self.service_key.is_empty(), !self.service_key_file.is_empty());
        let routing = (!self.routing_key.is_empty(), !self.routing_key_file.is_empty());
        if !(service.0 || service.1 || routing.0 || routing.1) {
            reader.problem(at, "missing service or routing key in PagerDuty config");
        }
        at_most_one(reader, at, ("routing_key", routing.0), ("routing_key_file", routing.1));
        at_most_one(reader, at, ("service_key", service.0), ("service_key_file", service.1));
        if (service.0 || service.1) && (self.url.is_some() || global.pagerduty_url.is_some()) {
            reader.warning(
                at,
                "service_key uses PagerDuty's Events API v1, whose address is fixed: url and \
                 pagerduty_url have no effect; write routing_key for v2",
            );
        }
        if self.url.is_none() {
            self.url.clone_from(&global.pagerduty_url);
        }
        self.url.get_or_insert_with(|| HttpUrl(PAGERDUTY_URL.to_owned()));
        for (name, value) in DETAILS {
            if self.details.iter().all(|(written, _)| written != name) {
                let value = Payload::Text(value.to_owned());
                self.details.0.push((At { at, value: name.to_owned() }, At { at, value }));
            }
        }
        if self.source.is_empty() {
            self.source.clone_from(&self.client);
        }
        http::inherit(&mut self.http_config, global, reader);
    }

    /// The integration as the pipeline has it, and whether it is told of resolved alerts.
    pub(super) fn compile(&self, file: &dyn Fn(&str) -> String) -> (bool, Settings) {
        let mut details: Vec<(String, Payload)> =
            self.details.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        details.sort_by(|(one, _), (other, _)| one.cmp(other));
        let pagerduty = PagerDuty {
            api: self.api(),
            http: self
                .http_config
                .as_ref()
                .map_or_else(HttpOptions::default, |http| http.compile(file)),
            timeout: self.timeout.limit(),
            client: self.client.clone(),
            client_url: self.client_url.clone(),
            description: self.description.clone(),
            details,
            source: self.source.clone(),
            severity: self.severity.clone(),
            class: self.class.clone(),
            component: self.component.clone(),
            group: self.group.clone(),
            images: self
                .images
                .iter()
                .map(|image| [image.src.clone(), image.alt.clone(), image.href.clone()])
                .collect(),
            links: self.links.iter().map(|link| [link.href.clone(), link.text.clone()]).collect(),
        };
        (self.send_resolved, Settings::PagerDuty(Box::new(pagerduty)))
    }

    /// The service key wins when both kinds are given.
    fn api(&self) -> PagerDutyApi {
        if let Some(service_key) = secret_source(&self.service_key, &self.service_key_file) {
            return PagerDutyApi::V1 { service_key };
        }
        let url = self.url.as_ref().map_or(PAGERDUTY_URL, |url| &url.0);
        let routing_key = secret_source(&self.routing_key, &self.routing_key_file)
            .unwrap_or_else(|| SecretSource::Inline(Secret::default()));
        PagerDutyApi::V2 { routing_key, url: Secret::new(url) }
    }
}
