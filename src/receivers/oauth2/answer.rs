//! What the server of tokens answers: JSON, or a form where servers keep to older drafts.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::secret::Secret;

/// The longest life a token may claim; what is beyond overflows clocks.
const LONGEST_LIFE: Duration = Duration::from_secs(10 * 366 * 86_400);

/// A token as it was given.
pub(super) struct Answer {
    /// `<scheme> <token>`.
    pub(super) header: Secret,
    /// How long it is good; for ever when that is not said.
    pub(super) lifetime: Option<Duration>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Raw {
    access_token: Option<String>,
    token_type: Option<String>,
    /// A number; some servers write it as a text.
    expires_in: Value,
}

/// Reads an answer of success.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(kind: &str, body: &[u8]) -> Result<Answer, &'static str> {
    let media = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let raw = match media.as_str() {
        "application/x-www-form-urlencoded" | "text/plain" => form(body),
        _ => serde_json::from_slice(body).map_err(|_| "the answer is not the JSON of a token")?,
    };
    let token = raw.access_token.filter(|token| !token.is_empty());
    let token = token.ok_or("server response missing access_token")?;
    let header = Secret::new(format!("{} {token}", scheme(raw.token_type.as_deref())));
    Ok(Answer { header, lifetime: lifetime(&raw.expires_in) })
}

fn form(body: &[u8]) -> Raw {
    let mut raw = Raw::default();
    for (name, value) in form_urlencoded::parse(body) {
        match &*name {
            "access_token" => raw.access_token = Some(value.into_owned()),
            "token_type" => raw.token_type = Some(value.into_owned()),
            "expires_in" => raw.expires_in = Value::String(value.into_owned()),
            _ => {}
        }
    }
    raw
}

/// The usual schemes are written the usual way, whatever the server writes.
fn scheme(kind: Option<&str>) -> &str {
    match kind.unwrap_or_default() {
        kind if kind.is_empty() || kind.eq_ignore_ascii_case("bearer") => "Bearer",
        kind if kind.eq_ignore_ascii_case("mac") => "MAC",
        kind if kind.eq_ignore_ascii_case("basic") => "Basic",
        kind => kind,
    }
}

fn lifetime(expires_in: &Value) -> Option<Duration> {
    let seconds = match expires_in {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    // 0 means that nothing is said
    (seconds > 0.0)
        .then(|| Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_LIFE).min(LONGEST_LIFE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: &str, body: &str, expect: &str) {
        let got = match read(kind, body.as_bytes()) {
            Ok(answer) => {
                let lifetime = answer.lifetime.map_or(-1, |life| life.as_secs() as i64);
                format!("{} {lifetime}", answer.header.expose())
            }
            Err(error) => error.to_owned(),
        };
        assert_eq!(got, expect, "{kind} {body}");
    }

    #[test]
    fn answers_are_read_in_all_their_forms() {
        let json = "application/json; charset=utf-8";
        check(json, r#"{"access_token":"t","token_type":"bearer","expires_in":60}"#, "Bearer t 60");
        check("", r#"{"access_token":"t","expires_in":"60"}"#, "Bearer t 60");
        check(json, r#"{"access_token":"t","token_type":"mac","expires_in":0}"#, "MAC t -1");
        check(json, r#"{"access_token":"t","token_type":"DPoP","expires_in":null}"#, "DPoP t -1");
        check(json, r#"{"access_token":"t","expires_in":1e300}"#, "Bearer t 316224000");
        check("text/plain", "access_token=t%20x&expires_in=5&other=1", "Bearer t x 5");
        check(json, r#"{"error":"x"}"#, "server response missing access_token");
        check(json, r#"{"access_token":""}"#, "server response missing access_token");
        check(json, "[1]", "the answer is not the JSON of a token");
        check(json, "", "the answer is not the JSON of a token");
    }
}
