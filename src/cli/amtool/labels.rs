//! Matchers, labels and annotations as command lines have them.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use crate::label::MatchOp;
use crate::template::quote;

use super::session::Session;

/// The texts, the first one made a matcher of the alert's name when it is no matcher.
pub(super) fn with_alert_name(session: &Session, texts: &[String]) -> Vec<String> {
    let mut texts = texts.to_vec();
    if let Some(first) = texts.first_mut()
        && session.matcher(first).is_err()
    {
        *first = format!("alertname={}", quote(first));
    }
    texts
}

/// Pairs written as `name=value`; `what` they are is for the error. A later one counts.
pub(super) fn pairs<T: AsRef<str>>(
    session: &Session,
    texts: &[T],
    what: &str,
) -> Result<BTreeMap<String, String>> {
    let mut pairs = BTreeMap::new();
    for text in texts {
        let matcher = session.matcher(text.as_ref())?;
        if matcher.op != MatchOp::Equal {
            bail!("{what} must be specified as key=value pairs");
        }
        pairs.insert(matcher.name.to_string(), matcher.value.to_string());
    }
    Ok(pairs)
}

/// Pairs as tables show them: `a="b" c="d"`.
pub(super) fn shown(pairs: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    pairs.join(" ")
}
