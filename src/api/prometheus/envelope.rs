//! The envelope of an answer: `{"status":"success","data":...,"warnings":[...],"infos":[...]}`.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::json;
use super::refusal::Refusal;

/// What an answer says beside its data.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Notes {
    pub(super) warnings: Vec<String>,
    pub(super) infos: Vec<String>,
}

impl Notes {
    /// Says that the answer is not all there is.
    pub(super) fn truncated(&mut self) {
        self.warnings.push("results truncated due to limit".to_owned());
    }
}

/// A whole body; `data` writes its part.
pub(super) fn success(notes: &Notes, data: impl FnOnce(&mut String)) -> String {
    let mut body = String::from("{\"status\":\"success\",\"data\":");
    data(&mut body);
    list(&mut body, ",\"warnings\":", &notes.warnings);
    list(&mut body, ",\"infos\":", &notes.infos);
    body.push('}');
    body
}

fn list(body: &mut String, key: &str, texts: &[String]) {
    if !texts.is_empty() {
        body.push_str(key);
        json::strings(body, texts);
    }
}

/// A body whose data serializes itself; for what is not large.
pub(super) fn written(data: &impl Serialize) -> Result<String, Refusal> {
    let data = serde_json::to_string(data).map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(success(&Notes::default(), |body| body.push_str(&data)))
}

/// A response whose data serializes itself.
pub(super) fn answer(data: &impl Serialize) -> Result<Response, Refusal> {
    written(data).map(response)
}

/// JSON as a response.
pub(super) fn response(body: String) -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_follow_the_data_where_there_are_any() {
        let mut notes = Notes::default();
        assert_eq!(success(&notes, |body| body.push('1')), r#"{"status":"success","data":1}"#);
        notes.truncated();
        notes.infos.push("a \"b\"".to_owned());
        assert_eq!(
            success(&notes, |body| body.push_str("[]")),
            r#"{"status":"success","data":[],"warnings":["results truncated due to limit"],"infos":["a \"b\""]}"#
        );
    }
}
