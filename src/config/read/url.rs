//! URLs as Go and Alertmanager take them. (Source: Go's `net/url`, Alertmanager's `URL`,
//! `SecretURL` and `SecretTemplateURL`; error texts too.)

use crate::config::yaml::{Node, Position};
use crate::secret::Secret;

use super::scalars::text;
use super::{Field, Reader, Yaml};

/// What a marshalled secret looks like; a marshalled configuration loads again.
pub(in crate::config) const HIDDEN: &str = "<secret>";

/// An `http` or `https` URL with a host.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::config) struct HttpUrl(pub String);

/// An `http` or `https` URL that must not be seen.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::config) struct SecretUrl(pub Secret);

/// A URL that must not be seen and may be a template.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::config) struct SecretTemplateUrl(pub Secret);

/// A proxy's URL of any scheme, perhaps with a password.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::config) struct ProxyUrl(pub Secret);

impl Field for HttpUrl {
    fn read(node: &Node, reader: &mut Reader) -> Option<HttpUrl> {
        let text = text(node, reader, "config.URL")?;
        let checked = check_http(text).map(|()| HttpUrl(text.to_owned()));
        report(checked, node.at(), reader, |error| format!("{error}{}", hint(text)))
    }

    fn null(_: Position, _: &mut Reader) -> Option<HttpUrl> {
        None
    }

    fn write(&self) -> Yaml {
        self.0.as_str().into()
    }
}

impl Field for SecretUrl {
    fn read(node: &Node, reader: &mut Reader) -> Option<SecretUrl> {
        let text = text(node, reader, "config.SecretURL")?;
        let checked = if text == HIDDEN { Ok(()) } else { check_http(text) };
        let url = checked.map(|()| SecretUrl(Secret::new(text)));
        report(url, node.at(), reader, |error| format!("{}{}", hide(&error, text), hint(text)))
    }

    fn null(_: Position, _: &mut Reader) -> Option<SecretUrl> {
        None
    }

    fn write(&self) -> Yaml {
        HIDDEN.into()
    }
}

impl Field for SecretTemplateUrl {
    /// Whether the template can be parsed is checked where templates are known.
    fn read(node: &Node, reader: &mut Reader) -> Option<SecretTemplateUrl> {
        let text = text(node, reader, "config.SecretTemplateURL")?;
        let unchecked = text.is_empty() || text == HIDDEN || text.contains("{{");
        let checked = if unchecked { Ok(()) } else { check_http(text) };
        let url = checked.map(|()| SecretTemplateUrl(Secret::new(text)));
        let say = |error: String| format!("invalid URL: {}{}", hide(&error, text), hint(text));
        report(url, node.at(), reader, say)
    }

    fn null(_: Position, _: &mut Reader) -> Option<SecretTemplateUrl> {
        None
    }

    fn write(&self) -> Yaml {
        HIDDEN.into()
    }
}

impl Field for ProxyUrl {
    fn read(node: &Node, reader: &mut Reader) -> Option<ProxyUrl> {
        let text = text(node, reader, "config.URL")?;
        let url = parse(text).map(|_| ProxyUrl(Secret::new(text)));
        report(url, node.at(), reader, |error| hide(&error, text))
    }

    fn null(_: Position, _: &mut Reader) -> Option<ProxyUrl> {
        None
    }

    /// The password is shown as `xxxxx`, as Go redacts URLs.
    fn write(&self) -> Yaml {
        let text = self.0.expose();
        let redacted = text.split_once("://").and_then(|(scheme, rest)| {
            let (login, host) = rest.split_once('@')?;
            let (user, _) = login.split_once(':')?;
            Some(format!("{scheme}://{user}:xxxxx@{host}"))
        });
        redacted.unwrap_or_else(|| text.to_owned()).into()
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn report<T>(
    result: Result<T, String>,
    at: Position,
    reader: &mut Reader,
    say: impl FnOnce(String) -> String,
) -> Option<T> {
    result.map_err(|error| reader.problem(at, say(error))).ok()
}

fn hide(error: &str, text: &str) -> String {
    if text.is_empty() { error.to_owned() } else { error.replace(text, HIDDEN) }
}

/// What to do when the text looks like a variable that nobody expanded.
fn hint(text: &str) -> &'static str {
    if text.contains("${") { ": `${...}` is expanded only with --config.expand-env" } else { "" }
}

fn check_http(text: &str) -> Result<(), String> {
    let (scheme, host) = parse(text)?;
    if scheme != "http" && scheme != "https" {
        return Err(format!("unsupported scheme {scheme:?} for URL"));
    }
    if host.is_empty() {
        return Err("missing host for URL".to_owned());
    }
    Ok(())
}

/// The scheme in lower case and the host with its port.
fn parse(text: &str) -> Result<(String, &str), String> {
    let fault = |what: String| Err(format!("parse {text:?}: {what}"));
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return fault("net/url: invalid control character in URL".to_owned());
    }
    let (scheme, rest) = match split_scheme(text) {
        Some(parts) => parts,
        None if text.starts_with(':') => return fault("missing protocol scheme".to_owned()),
        None if text.split('/').next().unwrap_or("").contains(':') => {
            return fault("first path segment in URL cannot contain colon".to_owned());
        }
        None => ("", text),
    };
    if let Some(escape) = bad_escape(text) {
        return fault(format!("invalid URL escape {escape:?}"));
    }
    let Some(rest) = rest.strip_prefix("//") else { return Ok((scheme.to_lowercase(), "")) };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some(character) = host.chars().find(|&character| " \"<>\\^`{|}".contains(character)) {
        return fault(format!("invalid character {:?} in host name", character.to_string()));
    }
    if host.starts_with('[') && !host.contains(']') {
        return fault("missing ']' in host".to_owned());
    }
    let port = host.rfind(':').filter(|&colon| !host[colon..].contains(']'));
    if let Some(colon) = port
        && !host[colon + 1..].bytes().all(|byte| byte.is_ascii_digit())
    {
        return fault(format!("invalid port {:?} after host", &host[colon..]));
    }
    Ok((scheme.to_lowercase(), host))
}

fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let named = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    (named && scheme.bytes().all(inner)).then_some((scheme, rest))
}

/// The first `%` that two hexadecimal digits do not follow, with what follows it.
fn bad_escape(text: &str) -> Option<&str> {
    let text = text.split(['?', '#']).next().unwrap_or("");
    text.match_indices('%').map(|(at, _)| &text[at..]).find_map(|rest| {
        let digits = rest.bytes().skip(1).take(2).filter(u8::is_ascii_hexdigit).count();
        let end = rest.char_indices().nth(3).map_or(rest.len(), |(end, _)| end);
        (digits < 2).then_some(&rest[..end])
    })
}
