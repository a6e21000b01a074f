//! `/api/v1/labels`, `/api/v1/label/{name}/values`, `/api/v1/series`, `/api/v1/metadata`.

use std::sync::Arc;

use axum::extract::{self, Path};
use axum::response::Response;
use tokio::runtime::Handle as Runtime;
use tokio::time::{Instant, timeout_at};

use crate::label::Matchers;
use crate::source::{Answer, Metadata, Source};
use crate::time::Timestamp;

use super::envelope::{self, Notes};
use super::parameters::{Parameters, parse_integer};
use super::refusal::Refusal;
use super::{Shared, json};

/// What is looked for, and when.
struct Scope {
    any_of: Vec<Matchers>,
    from: Timestamp,
    until: Timestamp,
    limit: usize,
}

impl Scope {
    fn new(parameters: &Parameters) -> Result<Scope, Refusal> {
        let limit = parameters.limit()?;
        let from = parameters.moment_or("start", Timestamp::MIN)?;
        let until = parameters.moment_or("end", Timestamp::MAX)?;
        Ok(Scope { any_of: parameters.selectors()?, from, until, limit })
    }
}

/// The names of labels.
pub(in crate::api) async fn names(
    extract::State(shared): extract::State<Shared>,
    parameters: Parameters,
) -> Result<Response, Refusal> {
    let scope = Scope::new(&parameters)?;
    look(&shared, move |place| {
        let names = place.wait(place.source.label_names(&scope.any_of, scope.from, scope.until))?;
        Ok(list(&names, scope.limit, json::string_of))
    })
    .await
}

/// The values of a label.
pub(in crate::api) async fn values(
    extract::State(shared): extract::State<Shared>,
    Path(name): Path<String>,
    parameters: Parameters,
) -> Result<Response, Refusal> {
    let name = unescape(&name).unwrap_or(name);
    if name.is_empty() {
        return Err(Refusal::bad("invalid label name: \"\""));
    }
    let scope = Scope::new(&parameters)?;
    look(&shared, move |place| {
        let Scope { any_of, from, until, limit } = &scope;
        let values = place.wait(place.source.label_values(&name, any_of, *from, *until))?;
        Ok(list(&values, *limit, json::string_of))
    })
    .await
}

/// Label sets.
pub(in crate::api) async fn series(
    extract::State(shared): extract::State<Shared>,
    parameters: Parameters,
) -> Result<Response, Refusal> {
    if parameters.all("match[]").next().is_none() {
        return Err(Refusal::bad("no match[] parameter provided"));
    }
    // of all that take selectors, this one alone says which parameter is wrong
    parameters.selectors().map_err(|refusal| Refusal::parameter("match[]", refusal.message))?;
    let scope = Scope::new(&parameters)?;
    look(&shared, move |place| {
        let found = place.wait(place.source.series(&scope.any_of, scope.from, scope.until))?;
        Ok(list(&found, scope.limit, json::labels))
    })
    .await
}

/// What metrics are.
pub(in crate::api) async fn metadata(
    extract::State(shared): extract::State<Shared>,
    parameters: Parameters,
) -> Result<Response, Refusal> {
    let number = |name: &str| match parameters.text(name) {
        "" => Ok(None),
        text => match parse_integer(text) {
            Ok(number) => Ok(usize::try_from(number).ok()),
            Err(_) => Err(Refusal::bad(format!("{name} must be a number"))),
        },
    };
    let limit = number("limit")?.unwrap_or(usize::MAX);
    number("limit_per_metric")?;
    let metric = Some(parameters.text("metric").to_owned()).filter(|metric| !metric.is_empty());
    look(&shared, move |place| {
        let known = place.wait(place.source.metadata(metric.as_deref()))?;
        Ok(envelope::success(&Notes::default(), |body| write_metadata(body, &known, limit)))
    })
    .await
}

fn write_metadata(body: &mut String, known: &[Metadata], limit: usize) {
    body.push('{');
    let families = known.chunk_by(|one, next| one.metric == next.metric).take(limit);
    for (index, family) in families.enumerate() {
        if index > 0 {
            body.push(',');
        }
        json::string(body, &family[0].metric);
        body.push(':');
        json::sequence(body, family, |body, one| {
            for (key, text) in [
                ("{\"type\":", one.kind.text()),
                (",\"help\":", &one.help),
                (",\"unit\":", &one.unit),
            ] {
                body.push_str(key);
                json::string(body, text);
            }
            body.push('}');
        });
    }
    body.push('}');
}

/// A list of which at most `limit` items are shown.
fn list<T>(items: &[T], limit: usize, write: impl FnMut(&mut String, &T)) -> String {
    let mut notes = Notes::default();
    if items.len() > limit {
        notes.truncated();
    }
    envelope::success(&notes, |body| json::sequence(body, items.iter().take(limit), write))
}

/// Where a look-up happens.
pub(super) struct Place {
    pub(super) source: Arc<dyn Source>,
    runtime: Runtime,
}

impl Place {
    /// Waits for the source.
    pub(super) fn wait<T>(&self, answer: Answer<'_, T>) -> Result<T, Refusal> {
        self.runtime.block_on(answer).map_err(|error| Refusal::from_source(&error))
    }
}

/// Looks something up on a thread that may wait.
pub(super) async fn look(
    shared: &Shared,
    work: impl FnOnce(&Place) -> Result<String, Refusal> + Send + 'static,
) -> Result<Response, Refusal> {
    let deadline = Instant::now() + shared.state.queueing.timeout;
    let late = |_| Refusal::timeout("query execution");
    let turn = timeout_at(deadline, shared.lookups.turn()).await.map_err(late)??;
    let place = Place { source: Arc::clone(&shared.state.source), runtime: Runtime::current() };
    let body = timeout_at(deadline, turn.run(move || work(&place))).await.map_err(late)???;
    Ok(envelope::response(body))
}

/// The name that an escaped one stands for: `U__` in front, `__` for `_`, `_HEX_` for any
/// character; `None` when it is not of that form. (Source: Prometheus docs, "UTF-8 in
/// Prometheus"; `prometheus/common/model`, `UnescapeName`.)
fn unescape(name: &str) -> Option<String> {
    let mut rest = name.strip_prefix("U__")?;
    let mut unescaped = String::with_capacity(rest.len());
    while let Some(at) = rest.find('_') {
        unescaped.push_str(&rest[..at]);
        let (code, after) = rest[at + 1..].split_once('_')?;
        if code.is_empty() {
            unescaped.push('_');
        } else {
            let code = (code.len() <= 6).then(|| u32::from_str_radix(code, 16).ok())??;
            unescaped.push(char::from_u32(code)?);
        }
        rest = after;
    }
    unescaped.push_str(rest);
    Some(unescaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_label_names_are_read() {
        for (name, expect) in [
            ("U__http_2e_status_3a_sum", Some("http.status:sum")),
            ("U__a__b", Some("a_b")),
            ("U__plain", Some("plain")),
            ("U___1F600_", Some("😀")),
            ("U__a_2e", None),
            ("U__a_zz_", None),
            ("U__a_1234567_", None),
            ("U__a_D800_", None),
            ("job", None),
        ] {
            assert_eq!(unescape(name).as_deref(), expect, "{name}");
        }
    }
}
