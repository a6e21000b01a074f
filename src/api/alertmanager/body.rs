//! JSON bodies: taken when they say that they are, and read with a word on what is wrong where.

use std::borrow::Cow;
use std::fmt;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::label::Labels;
use crate::time::{Detail, Timestamp, rfc3339};

use super::refusal::Refusal;

/// A body as the server hands it over.
pub(in crate::api) type Body = Result<Bytes, BytesRejection>;

/// A text; null is the empty one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

/// A date and time; the year 1 means that none is set.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(super) struct Moment(pub(super) Option<(Timestamp, Detail)>);

/// Label pairs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Set(pub(super) Labels);

/// Texts by name: those that are empty stay.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Texts(pub(super) Labels);

/// The bytes of a body that says that it is JSON; `name` is what the API calls it.
pub(super) fn content<'a>(
    headers: &HeaderMap,
    body: &'a Body,
    name: &str,
) -> Result<&'a [u8], Refusal> {
    let bytes = body
        .as_ref()
        .map_err(|rejection| Refusal::unread(rejection.status(), rejection.body_text()))?;
    if bytes.iter().all(|byte| b" \t\r\n".contains(byte)) {
        return Err(Refusal::missing(&format!("{name} in body")));
    }
    check_type(headers)?;
    Ok(bytes)
}

/// Reads the JSON of a body.
pub(super) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8], name: &str) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| {
        let message = format!("parsing {name} body from \"\" failed, because {error}");
        Refusal::unread(StatusCode::BAD_REQUEST, message)
    })
}

fn check_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let given = given.filter(|given| !given.is_empty()).unwrap_or("application/octet-stream");
    let media = given.split(';').next().unwrap_or_default().trim();
    if media.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let message = format!("unsupported media type {media:?}, only [application/json] are allowed");
    Err(Refusal::unread(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<'a>, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Text)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(""))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let Text(text) = Text::deserialize(deserializer)?;
        rfc3339::parse_optional(&text).map(Moment).map_err(Error::custom)
    }
}

impl<'de> Deserialize<'de> for Set {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Set, D::Error> {
        let pairs = deserializer.deserialize_map(PairsVisitor)?;
        Ok(Set(Labels::from_pairs(pairs.iter().map(|(name, value)| (&name.0, &value.0)))))
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Texts, D::Error> {
        let pairs = deserializer.deserialize_map(PairsVisitor)?;
        Ok(Texts(Labels::texts(pairs.iter().map(|(name, value)| (&name.0, &value.0)))))
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Vec<(Text<'de>, Text<'de>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut pairs = Self::Value::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        // sorted they are added at the end, however many there are; of equals the last one wins
        pairs.sort_by(|(a, _), (b, _)| a.0.cmp(&b.0));
        Ok(pairs)
    }
}
