//! `global`: what receivers inherit.

use crate::config::read::{HIDDEN, HostPort, HttpUrl, PromDuration, Reader, SecretUrl, section};
use crate::secret::Secret;
use crate::time::Span;

use super::exclusive::at_most_one;
use super::http::Http;
use super::tls::Tls;

section! {
    /// `global`
    struct Global("config.plain") {
        always resolve_timeout: PromDuration = PromDuration(Span::from_mins(5)),
        nonempty http_config: Option<Http>,
        nonempty jira_api_url: Option<HttpUrl>,
        nonempty smtp_from: String,
        always smtp_hello: String = "localhost".to_owned(),
        nonempty smtp_smarthost: HostPort,
        nonempty smtp_auth_username: String,
        nonempty smtp_auth_password: Secret,
        nonempty smtp_auth_password_file: String,
        nonempty smtp_auth_secret: Secret,
        nonempty smtp_auth_secret_file: String,
        nonempty smtp_auth_identity: String,
        always smtp_require_tls: bool = true,
        nonempty smtp_tls_config: Option<Tls>,
        nonempty smtp_force_implicit_tls: Option<bool>,
        nonempty slack_api_url: Option<SecretUrl>,
        nonempty slack_api_url_file: String,
        nonempty slack_app_token: Secret,
        nonempty slack_app_token_file: String,
        nonempty slack_app_url: Option<HttpUrl> = url("https://slack.com/api/chat.postMessage"),
        nonempty pagerduty_url: Option<HttpUrl>,
        nonempty opsgenie_api_url: Option<HttpUrl> = url("https://api.opsgenie.com/"),
        nonempty opsgenie_api_key: Secret,
        nonempty opsgenie_api_key_file: String,
        nonempty wechat_api_url: Option<HttpUrl> = url("https://qyapi.weixin.qq.com/cgi-bin/"),
        nonempty wechat_api_secret: Secret,
        nonempty wechat_api_secret_file: String,
        nonempty wechat_api_corp_id: String,
        nonempty victorops_api_url: Option<HttpUrl>
            = url("https://alert.victorops.com/integrations/generic/20131114/alert/"),
        nonempty victorops_api_key: Secret,
        nonempty victorops_api_key_file: String,
        nonempty telegram_api_url: Option<HttpUrl> = url("https://api.telegram.org"),
        nonempty telegram_bot_token: Secret,
        nonempty telegram_bot_token_file: String,
        nonempty webex_api_url: Option<HttpUrl> = url("https://webexapis.com/v1/messages"),
        nonempty rocketchat_api_url: Option<HttpUrl> = url("https://open.rocket.chat/"),
        nonempty rocketchat_token: Secret,
        nonempty rocketchat_token_file: String,
        nonempty rocketchat_token_id: Secret,
        nonempty rocketchat_token_id_file: String,
        nonempty mattermost_webhook_url: Option<SecretUrl>,
        nonempty mattermost_webhook_url_file: String,
    }
}

/// PagerDuty's Events API v2.
pub(super) const PAGERDUTY_URL: &str = "https://events.pagerduty.com/v2/enqueue";

fn url(text: &str) -> Option<HttpUrl> {
    Some(HttpUrl(text.to_owned()))
}

impl Global {
    /// Fills in what has defaults and checks what excludes each other. `pagerduty_url` stays
    /// unset when it was not written, so that its users can tell.
    pub(super) fn resolve(&mut self, reader: &mut Reader) {
        let at = self.at;
        self.http_config.get_or_insert_with(|| Http::empty(at)).check(reader);
        self.smtp_tls_config.get_or_insert_with(|| Tls::empty(at)).check(reader);
        self.check_files(reader);
        let token = !self.slack_app_token.is_empty() || !self.slack_app_token_file.is_empty();
        let webhook = self.slack_api_url.is_some() || !self.slack_api_url_file.is_empty();
        if token && webhook && !self.slack_urls_are_equal() {
            reader.problem(
                at,
                "at most one of slack_app_token/slack_app_token_file & \
                 slack_api_url/slack_api_url_file must be configured",
            );
        }
    }

    /// With one address for both, a webhook URL beside a token says nothing else. A marshalled
    /// URL, which was checked before it was hidden, is taken for equal.
    fn slack_urls_are_equal(&self) -> bool {
        match (&self.slack_api_url, &self.slack_app_url) {
            (Some(SecretUrl(api)), Some(HttpUrl(app))) => [app, HIDDEN].contains(&api.expose()),
            _ => false,
        }
    }

    fn check_files(&self, reader: &mut Reader) {
        for (name, inline, file) in [
            ("slack_app_token", !self.slack_app_token.is_empty(), &self.slack_app_token_file),
            ("slack_api_url", self.slack_api_url.is_some(), &self.slack_api_url_file),
            ("opsgenie_api_key", !self.opsgenie_api_key.is_empty(), &self.opsgenie_api_key_file),
            ("victorops_api_key", !self.victorops_api_key.is_empty(), &self.victorops_api_key_file),
            (
                "telegram_bot_token",
                !self.telegram_bot_token.is_empty(),
                &self.telegram_bot_token_file,
            ),
            (
                "smtp_auth_password",
                !self.smtp_auth_password.is_empty(),
                &self.smtp_auth_password_file,
            ),
            ("smtp_auth_secret", !self.smtp_auth_secret.is_empty(), &self.smtp_auth_secret_file),
            ("rocketchat_token", !self.rocketchat_token.is_empty(), &self.rocketchat_token_file),
            (
                "rocketchat_token_id",
                !self.rocketchat_token_id.is_empty(),
                &self.rocketchat_token_id_file,
            ),
            ("wechat_api_secret", !self.wechat_api_secret.is_empty(), &self.wechat_api_secret_file),
            (
                "mattermost_webhook_url",
                self.mattermost_webhook_url.is_some(),
                &self.mattermost_webhook_url_file,
            ),
        ] {
            let file_name = format!("{name}_file");
            at_most_one(reader, self.at, (name, inline), (&file_name, !file.is_empty()));
        }
    }
}
