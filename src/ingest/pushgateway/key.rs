//! The path of a push names its group:
//!
//! ```text
//! /metrics/job/NAME{/LABEL/VALUE}
//! /metrics/job@base64/TkFNRQ{/LABEL@base64/VkFMVUU}     `=` alone is the empty value
//! ```
//!
//! The path is decoded before it is split, so a value with a slash needs the base64 form.
//! (Source: the Pushgateway's README and its answers.)

use std::collections::BTreeMap;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::PushError;
use crate::ingest::limits;
use crate::label::Labels;
use crate::label::matcher::is_legacy_name;

const BASE64_SUFFIX: &str = "@base64";
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The labels by which pushed metrics are grouped; they win over labels in the body.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupKey {
    /// The job among them; an empty value takes the label away from the pushed metrics.
    labels: BTreeMap<String, String>,
}

impl GroupKey {
    /// The group that a request's undecoded path names.
    pub fn from_path(path: &str) -> Result<GroupKey, PushError> {
        let path = percent_decoded(path)?;
        let rest = path.strip_prefix("/metrics/job").ok_or(PushError::NoSuchPath)?;
        let (encoded, rest) = match rest.strip_prefix(BASE64_SUFFIX) {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let rest = rest.strip_prefix('/').ok_or(PushError::NoSuchPath)?;
        let (job, rest) = rest.split_once('/').map_or((rest, None), |(job, r)| (job, Some(r)));
        let job = if encoded { base64_decoded("job name", job)? } else { job.to_owned() };
        if job.is_empty() {
            return Err(PushError::Path("job name is required".to_owned()));
        }
        let rest = rest.filter(|rest| !rest.is_empty());
        let mut labels = rest.map_or(Ok(BTreeMap::new()), pairs)?;
        labels.insert("job".to_owned(), job);
        let all = labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        match limits::excess(all) {
            Some(message) => Err(PushError::Path(message)),
            None => Ok(GroupKey { labels }),
        }
    }

    /// The job.
    pub fn job(&self) -> &str {
        self.labels.get("job").map_or("", String::as_str)
    }

    /// What identifies the group: its labels; an empty label is a missing one.
    pub fn identity(&self) -> Labels {
        Labels::from_pairs(&self.labels)
    }

    /// The labels of a pushed series with those of the group laid over them.
    pub fn laid_over(&self, labels: &Labels) -> Labels {
        let mut builder = labels.edit();
        for (name, value) in &self.labels {
            builder.set(name, value);
        }
        builder.build()
    }
}

/// `LABEL/VALUE/LABEL/VALUE`; of a label given twice the last value counts.
fn pairs(text: &str) -> Result<BTreeMap<String, String>, PushError> {
    let parts: Vec<&str> = text.split('/').collect();
    if parts.len() % 2 == 1 {
        let shown = limits::shorten(text);
        return Err(PushError::Path(format!(
            "odd number of components after the job in path: {shown} (a value with a slash needs \
             the form LABEL@base64/VALUE)"
        )));
    }
    let mut labels = BTreeMap::new();
    for pair in parts.chunks_exact(2) {
        let (name, value) = match pair[0].strip_suffix(BASE64_SUFFIX) {
            Some(name) => (name, base64_decoded(&format!("label {name:?}"), pair[1])?),
            None => (pair[0], pair[1].to_owned()),
        };
        if !is_legacy_name(name) || name.starts_with("__") {
            let shown = limits::shorten(name);
            return Err(PushError::Path(format!("improper label name {shown} in path")));
        }
        labels.insert(name.to_owned(), value);
    }
    Ok(labels)
}

fn base64_decoded(what: &str, text: &str) -> Result<String, PushError> {
    let failed = |why: String| {
        let shown = limits::shorten(text);
        PushError::Path(format!("invalid base64 encoding in {what} {shown}: {why}"))
    };
    let bytes = BASE64.decode(text.trim_end_matches('=')).map_err(|why| failed(why.to_string()))?;
    String::from_utf8(bytes).map_err(|_| failed("not valid UTF-8".to_owned()))
}

fn percent_decoded(path: &str) -> Result<String, PushError> {
    let failed = || PushError::Path(format!("invalid escape in path {}", limits::shorten(path)));
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let (high, low) = (digit().ok_or_else(failed)?, digit().ok_or_else(failed)?);
        bytes.push((high * 16 + low) as u8);
    }
    String::from_utf8(bytes).map_err(|_| failed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_group() {
        type Expected<'a> = Result<&'a [(&'a str, &'a str)], &'a str>;
        let cases: [(&str, Expected<'_>); 23] = [
            ("/metrics/job/a", Ok(&[("job", "a")])),
            ("/metrics/job/a+b%20c", Ok(&[("job", "a+b c")])),
            ("/metrics/job/a/instance/q", Ok(&[("instance", "q"), ("job", "a")])),
            ("/metrics/job/a/", Ok(&[("job", "a")])),
            ("/metrics/job/a/y/", Ok(&[("job", "a"), ("y", "")])),
            ("/metrics/job/a/job/z", Ok(&[("job", "a")])),
            ("/metrics/job/a/x/1/x/2", Ok(&[("job", "a"), ("x", "2")])),
            ("/metrics/job@base64/L3Zhci90bXA", Ok(&[("job", "/var/tmp")])),
            ("/metrics/job@base64/L3Zhci90bXA=", Ok(&[("job", "/var/tmp")])),
            ("/metrics/job/a/path@base64/Pz8_Pz8-", Ok(&[("job", "a"), ("path", "?????>")])),
            ("/metrics/job/a/path@base64/=", Ok(&[("job", "a"), ("path", "")])),
            ("/metrics/job/a/path@base64/", Ok(&[("job", "a"), ("path", "")])),
            ("/metrics/job/", Err("job name is required")),
            ("/metrics/job@base64/=", Err("job name is required")),
            ("/metrics/job", Err("no such path: groups are /metrics/job/NAME{/LABEL/VALUE}")),
            ("/metrics/jobs/x", Err("no such path: groups are /metrics/job/NAME{/LABEL/VALUE}")),
            (
                "/metrics/job/a/y",
                Err("odd number of components after the job in path: \"y\" \
             (a value with a slash needs the form LABEL@base64/VALUE)"),
            ),
            (
                "/metrics/job/a/p/a%2Fb",
                Err("odd number of components after the job in path: \
             \"p/a/b\" (a value with a slash needs the form LABEL@base64/VALUE)"),
            ),
            ("/metrics/job/a/9y/z", Err("improper label name \"9y\" in path")),
            ("/metrics/job/a/__name__/z", Err("improper label name \"__name__\" in path")),
            ("/metrics/job/a/p@hex/z", Err("improper label name \"p@hex\" in path")),
            (
                "/metrics/job@base64/!!",
                Err("invalid base64 encoding in job name \"!!\": Invalid symbol 33, offset 0."),
            ),
            ("/metrics/job/%zz", Err("invalid escape in path \"/metrics/job/%zz\"")),
        ];
        for (path, expected) in cases {
            let got = GroupKey::from_path(path).map_err(|error| error.to_string());
            let got = got.as_ref().map_err(String::clone).map(|key| {
                key.labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>()
            });
            let expected = expected.map(<[_]>::to_vec).map_err(str::to_owned);
            assert_eq!(got, expected, "{path}");
        }
    }

    #[test]
    fn the_labels_of_the_group_win() {
        let key = GroupKey::from_path("/metrics/job/a/zone/").expect("a good path");
        let pushed = Labels::from_pairs([("__name__", "x"), ("job", "b"), ("zone", "z")]);
        let expected = Labels::from_pairs([("__name__", "x"), ("job", "a")]);
        assert_eq!(key.laid_over(&pushed), expected);
        assert_eq!(key.identity(), Labels::from_pairs([("job", "a")]));
    }
}
