//! What a request asks: the address' query, and before it the form in the body of a POST.

use axum::Form;
use axum::extract::{FromRequest, Query, Request};
use axum::http::{Method, header};

use crate::label::Matchers;
use crate::promql::syntax::parse_metric_selector;
use crate::template::quote;
use crate::time::{Span, Timestamp};

use super::moments::{parse_length, parse_moment};
use super::refusal::Refusal;

/// How many selectors a request may name.
pub(super) const SELECTORS_LIMIT: usize = 10_000;

/// The parameters of a request, in order.
#[derive(Debug, Default)]
pub(in crate::api) struct Parameters(pub(super) Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Parameters {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Parameters, Refusal> {
        let unread = |error: &dyn std::fmt::Display| {
            Refusal::bad(format!("error parsing form values: {error}"))
        };
        let address = Query::<Vec<(String, String)>>::try_from_uri(request.uri());
        let Query(address) = address.map_err(|error| unread(&error.body_text()))?;
        let mut pairs = Vec::new();
        if is_form(&request) {
            let form = Form::<Vec<(String, String)>>::from_request(request, state).await;
            pairs = form.map_err(|error| unread(&error.body_text()))?.0;
        }
        pairs.extend(address);
        Ok(Parameters(pairs))
    }
}

fn is_form(request: &Request) -> bool {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    *request.method() == Method::POST
        && content_type.starts_with("application/x-www-form-urlencoded")
}

impl Parameters {
    /// The first value of a name; empty when there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// All values of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let found = self.0.iter().filter(move |(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A moment that must be given.
    pub(super) fn moment(&self, name: &str) -> Result<Timestamp, Refusal> {
        parse_moment(self.text(name)).map_err(|error| Refusal::parameter(name, error))
    }

    /// A moment, or another when it is not given.
    pub(super) fn moment_or(&self, name: &str, other: Timestamp) -> Result<Timestamp, Refusal> {
        match self.text(name) {
            "" => Ok(other),
            text => parse_moment(text).map_err(|error| {
                Refusal::parameter(name, format!("invalid time value for '{name}': {error}"))
            }),
        }
    }

    /// A length of time that must be given.
    pub(super) fn length(&self, name: &str) -> Result<Span, Refusal> {
        parse_length(self.text(name)).map_err(|error| Refusal::parameter(name, error))
    }

    /// A length of time, if it is given.
    pub(super) fn optional_length(&self, name: &str) -> Result<Option<Span>, Refusal> {
        if self.text(name).is_empty() { Ok(None) } else { self.length(name).map(Some) }
    }

    /// How much is wanted at most; zero and nothing mean everything.
    pub(super) fn limit(&self) -> Result<usize, Refusal> {
        let text = self.text("limit");
        if text.is_empty() {
            return Ok(usize::MAX);
        }
        let limit = parse_integer(text).map_err(|error| Refusal::parameter("limit", error))?;
        match usize::try_from(limit) {
            Ok(0) => Ok(usize::MAX),
            Ok(limit) => Ok(limit),
            Err(_) => Err(Refusal::parameter("limit", "limit must be non-negative")),
        }
    }

    /// The selectors of `match[]`. Each needs a matcher that an empty value does not match, so
    /// that nobody gets everything by accident.
    pub(super) fn selectors(&self) -> Result<Vec<Matchers>, Refusal> {
        if self.all("match[]").nth(SELECTORS_LIMIT).is_some() {
            return Err(Refusal::bad(format!("more than {SELECTORS_LIMIT} match[] parameters")));
        }
        let parsed = self.all("match[]").map(|text| {
            let matchers =
                parse_metric_selector(text).map_err(|error| Refusal::bad(error.to_string()))?;
            if matchers.iter().all(|matcher| matcher.matches("")) {
                let message = "match[] must contain at least one non-empty matcher";
                return Err(Refusal::bad(message));
            }
            Ok(matchers)
        });
        parsed.collect()
    }
}

/// Reads a whole number, with Go's errors.
pub(super) fn parse_integer(text: &str) -> Result<i64, String> {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    text.parse().map_err(|error: std::num::ParseIntError| {
        let problem = match error.kind() {
            PosOverflow | NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        format!("strconv.Atoi: parsing {}: {problem}", quote(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        let owned = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Parameters(owned.collect())
    }

    #[test]
    fn limits_are_whole_numbers_and_zero_is_none() {
        for (text, expect) in [
            ("", Ok(usize::MAX)),
            ("0", Ok(usize::MAX)),
            ("7", Ok(7)),
            ("-1", Err("limit must be non-negative")),
            ("x", Err("strconv.Atoi: parsing \"x\": invalid syntax")),
            (
                "99999999999999999999",
                Err("strconv.Atoi: parsing \"99999999999999999999\": value out of range"),
            ),
        ] {
            let expect = expect.map_err(|error| format!("invalid parameter \"limit\": {error}"));
            let read = parameters(&[("limit", text)]).limit().map_err(|refusal| refusal.message);
            assert_eq!(read, expect);
        }
    }

    #[test]
    fn a_selector_must_not_match_everything() {
        let check = |text: &str| parameters(&[("match[]", text)]).selectors();
        assert_eq!(check("up").unwrap().len(), 1);
        for text in ["{}", "{a=\"\"}", "{a=~\".*\"}"] {
            let refusal = check(text).unwrap_err();
            assert_eq!(refusal.message, "match[] must contain at least one non-empty matcher");
        }
        assert_eq!(parameters(&[]).selectors().unwrap().len(), 0);
    }

    #[test]
    fn the_number_of_selectors_is_limited() {
        let many = |count| {
            let pairs = std::iter::repeat_n(("match[]".to_owned(), "up".to_owned()), count);
            Parameters(pairs.collect()).selectors().map(|selectors| selectors.len())
        };
        assert_eq!(many(SELECTORS_LIMIT), Ok(SELECTORS_LIMIT));
        assert!(many(SELECTORS_LIMIT + 1).is_err());
    }

    #[test]
    fn the_first_value_counts() {
        let both = parameters(&[("time", "1"), ("time", "2")]);
        assert_eq!(both.moment_or("time", Timestamp::MAX).unwrap().millis(), 1000);
        let refusal = parameters(&[("time", "x")]).moment_or("time", Timestamp::MAX).unwrap_err();
        assert_eq!(
            refusal.message,
            "invalid parameter \"time\": invalid time value for 'time': cannot parse \"x\" to a \
             valid timestamp"
        );
    }
}
