//! `slack_configs`.

use std::sync::Arc;

use crate::config::read::{GoDuration, HIDDEN, HttpUrl, Reader, SecretUrl, section};
use crate::notify::integration::{
    Authorization, HttpOptions, SecretSource, Settings, Slack, SlackAction, SlackConfirm,
    SlackField,
};
use crate::secret::Secret;

use super::exclusive::{at_most_one, secret_source};
use super::global::Global;
use super::http::{self, Http};

section! {
    /// One of `slack_configs`.
    struct RawSlack("config.plain") {
        always send_resolved: bool = false,
        nonempty http_config: Option<Http>,
        nonempty api_url: Option<SecretUrl>,
        nonempty api_url_file: String,
        nonempty app_token: Secret,
        nonempty app_token_file: String,
        nonempty app_url: Option<HttpUrl>,
        nonempty channel: String,
        nonempty username: String = template("username"),
        nonempty color: String = template("color"),
        nonempty title: String = template("title"),
        nonempty title_link: String = template("titlelink"),
        nonempty pretext: String = template("pretext"),
        nonempty text: String = template("text"),
        nonempty message_text: String,
        nonempty fields: Vec<RawField>,
        always short_fields: bool,
        nonempty footer: String = template("footer"),
        nonempty fallback: String = template("fallback"),
        nonempty callback_id: String = template("callbackid"),
        nonempty icon_emoji: String = template("iconemoji"),
        nonempty icon_url: String = template("iconurl"),
        nonempty image_url: String,
        nonempty thumb_url: String,
        always link_names: bool,
        nonempty mrkdwn_in: Vec<String>,
        nonempty actions: Vec<RawAction>,
        always update_message: bool,
        always timeout: GoDuration,
    }
}

section! {
    /// One of `fields`.
    struct RawField("config.plain") {
        nonempty title: String,
        nonempty value: String,
        nonempty short: Option<bool>,
    }
}

section! {
    /// One of `actions`.
    struct RawAction("config.plain") {
        nonempty kind("type"): String,
        nonempty text: String,
        nonempty url: String,
        nonempty style: String,
        nonempty name: String,
        nonempty value: String,
        nonempty confirm: Option<RawConfirm>,
    }
}

section! {
    /// `confirm` of an action.
    struct RawConfirm("config.plain") {
        nonempty text: String,
        nonempty title: String,
        nonempty ok_text: String,
        nonempty dismiss_text: String,
    }
}

/// Where messages that can be changed later are posted to.
pub(super) const POST_MESSAGE: &str = "https://slack.com/api/chat.postMessage";

fn template(name: &str) -> String {
    format!("{{{{ template \"slack.default.{name}\" . }}}}")
}

impl RawSlack {
    fn has_token(&self) -> bool {
        !self.app_token.is_empty() || !self.app_token_file.is_empty()
    }

    fn has_url(&self) -> bool {
        self.api_url.is_some() || !self.api_url_file.is_empty()
    }

    /// Hands the global settings down and checks.
    pub(super) fn resolve(&mut self, global: &Global, reader: &mut Reader) {
        self.check(reader);
        let own_authorization =
            self.http_config.as_ref().is_some_and(|http| http.authorization.is_some());
        if self.app_url.is_none() {
            self.app_url.clone_from(&global.slack_app_url);
        }
        if !self.has_token() && !self.has_url() && !own_authorization {
            self.app_token = global.slack_app_token.clone();
            self.app_token_file.clone_from(&global.slack_app_token_file);
        }
        if !self.has_url() && !self.has_token() {
            self.api_url.clone_from(&global.slack_api_url);
            self.api_url_file.clone_from(&global.slack_api_url_file);
        }
        if !self.has_url() && !self.has_token() && global.whole {
            let message = "no Slack API URL nor App token set either inline or in a file";
            reader.problem(self.at, message);
        }
        http::inherit(&mut self.http_config, global, reader);
        let authorization =
            self.http_config.as_ref().is_some_and(|http| http.authorization.is_some());
        if self.has_token() && authorization {
            let message = "http authorization can't be set when using Slack App tokens";
            reader.problem(self.at, message);
        }
    }

    fn check(&mut self, reader: &mut Reader) {
        let at = self.at;
        let url = ("api_url", self.api_url.is_some());
        at_most_one(reader, at, url, ("api_url_file", !self.api_url_file.is_empty()));
        let token = ("app_token", !self.app_token.is_empty());
        at_most_one(reader, at, token, ("app_token_file", !self.app_token_file.is_empty()));
        let urls = ("api_url/api_url_file", self.has_url());
        at_most_one(reader, at, urls, ("app_token/app_token_file", self.has_token()));
        if self.update_message {
            let url = self.api_url.as_ref().map_or("", |url| url.0.expose());
            if url == POST_MESSAGE {
                reader.warning(at, "update_message has no effect yet: every message is a new one");
            } else if url != HIDDEN {
                let message = format!(
                    "update_message can only be used with bot tokens. \
                     api_url must be set to {POST_MESSAGE}"
                );
                reader.problem(at, message);
            }
        }
        for field in &self.fields {
            field.check(reader);
        }
        for action in &mut self.actions {
            action.check(reader);
        }
    }

    /// The integration as the pipeline has it, and whether it is told of resolved alerts.
    pub(super) fn compile(&self, file: &dyn Fn(&str) -> String) -> (bool, Settings) {
        let http =
            self.http_config.as_ref().map_or_else(HttpOptions::default, |http| http.compile(file));
        let (url, http) = self.target(http);
        let slack = Slack {
            url,
            http,
            timeout: self.timeout.limit(),
            channel: self.channel.clone(),
            username: self.username.clone(),
            color: self.color.clone(),
            title: self.title.clone(),
            title_link: self.title_link.clone(),
            pretext: self.pretext.clone(),
            text: self.text.clone(),
            message_text: self.message_text.clone(),
            fields: self.fields.iter().map(|field| field.compile(self.short_fields)).collect(),
            footer: self.footer.clone(),
            fallback: self.fallback.clone(),
            callback_id: self.callback_id.clone(),
            icon_emoji: self.icon_emoji.clone(),
            icon_url: self.icon_url.clone(),
            image_url: self.image_url.clone(),
            thumb_url: self.thumb_url.clone(),
            link_names: self.link_names,
            markdown_in: match self.mrkdwn_in.is_empty() {
                true => ["fallback", "pretext", "text"].map(str::to_owned).to_vec(),
                false => self.mrkdwn_in.clone(),
            },
            actions: self.actions.iter().map(RawAction::compile).collect(),
        };
        (self.send_resolved, Settings::Slack(Box::new(slack)))
    }

    /// With a token: the app's address, and the token in the header.
    fn target(&self, mut http: HttpOptions) -> (SecretSource, HttpOptions) {
        let inline = |text: &str| SecretSource::Inline(Secret::new(text));
        if let Some(credentials) = secret_source(&self.app_token, &self.app_token_file) {
            let scheme = Arc::from("Bearer");
            http.authorization = Some(Authorization::Scheme { scheme, credentials });
            return (inline(self.app_url.as_ref().map_or("", |url| &url.0)), http);
        }
        let url = self.api_url.as_ref().map_or_else(Secret::default, |url| url.0.clone());
        (secret_source(&url, &self.api_url_file).unwrap_or_else(|| inline("")), http)
    }
}

impl RawField {
    fn check(&self, reader: &mut Reader) {
        if self.title.is_empty() {
            reader.problem(self.at, "missing title in Slack field configuration");
        } else if self.value.is_empty() {
            reader.problem(self.at, "missing value in Slack field configuration");
        }
    }

    fn compile(&self, short: bool) -> SlackField {
        SlackField {
            title: self.title.clone(),
            value: self.value.clone(),
            short: self.short.unwrap_or(short),
        }
    }
}

impl RawAction {
    /// A button with a URL only opens it; its confirmation is checked all the same.
    fn check(&mut self, reader: &mut Reader) {
        if let Some(confirm) = &self.confirm
            && confirm.text.is_empty()
        {
            reader.problem(confirm.at, "missing text in Slack confirmation configuration");
        }
        if self.kind.is_empty() {
            reader.problem(self.at, "missing type in Slack action configuration");
        } else if self.text.is_empty() {
            reader.problem(self.at, "missing text in Slack action configuration");
        } else if !self.url.is_empty() {
            self.name.clear();
            self.value.clear();
            self.confirm = None;
        } else if self.name.is_empty() {
            reader.problem(self.at, "missing name or url in Slack action configuration");
        }
    }

    fn compile(&self) -> SlackAction {
        let confirm = self.confirm.as_ref().map(|confirm| SlackConfirm {
            title: confirm.title.clone(),
            text: confirm.text.clone(),
            ok_text: confirm.ok_text.clone(),
            dismiss_text: confirm.dismiss_text.clone(),
        });
        SlackAction {
            kind: self.kind.clone(),
            text: self.text.clone(),
            url: self.url.clone(),
            style: self.style.clone(),
            name: self.name.clone(),
            value: self.value.clone(),
            confirm,
        }
    }
}
