//! The keys that say which proxy is asked; several sections have them.

use std::sync::Arc;

use crate::config::read::{Pairs, ProxyUrl, Reader};
use crate::config::yaml::Position;
use crate::notify::integration::HttpOptions;
use crate::secret::Secret;

/// The keys of a section.
pub(super) struct ProxyKeys<'a> {
    pub(super) proxy_url: Option<&'a ProxyUrl>,
    pub(super) no_proxy: &'a str,
    pub(super) from_environment: bool,
    pub(super) connect_header: &'a Pairs<Vec<Secret>>,
}

impl ProxyKeys<'_> {
    /// Checks what belongs together and what excludes each other, and the headers.
    pub(super) fn check(&self, at: Position, reader: &mut Reader) {
        let url = self.proxy_url.is_some_and(|url| !url.0.is_empty());
        let environment = self.from_environment;
        let mut refuse = |wrong: bool, message: &str| {
            if wrong {
                reader.problem(at, message);
            }
        };
        refuse(
            !self.connect_header.0.is_empty() && !environment && !url,
            "if proxy_connect_header is configured, proxy_url or proxy_from_environment must \
             also be configured",
        );
        refuse(
            environment && url,
            "if proxy_from_environment is configured, proxy_url must not be configured",
        );
        refuse(
            environment && !self.no_proxy.is_empty(),
            "if proxy_from_environment is configured, no_proxy must not be configured",
        );
        refuse(
            !environment && !self.no_proxy.is_empty() && !url,
            "if no_proxy is configured, proxy_url must also be configured",
        );
        for (name, values) in &self.connect_header.0 {
            if http::HeaderName::try_from(name.as_str()).is_err() {
                reader.problem(name.at, format!("invalid header name {:?}", name.value));
            }
            if values.iter().any(|value| http::HeaderValue::try_from(value.expose()).is_err()) {
                let message = format!("invalid value of header {:?}", name.value);
                reader.problem(values.at, message);
            }
        }
    }

    /// Puts them into what they mean.
    pub(super) fn compile(&self, options: &mut HttpOptions) {
        let url = self.proxy_url.map(|url| url.0.clone());
        options.proxy_url = url.filter(|url| !url.is_empty());
        options.no_proxy = (!self.no_proxy.is_empty()).then(|| Arc::from(self.no_proxy));
        options.proxy_from_environment = self.from_environment;
        for (name, values) in self.connect_header.iter() {
            let name: Arc<str> = Arc::from(name);
            let header = |value: &Secret| (Arc::clone(&name), value.clone());
            options.proxy_headers.extend(values.iter().map(header));
        }
    }
}
