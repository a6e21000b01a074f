//! `/api/v1/format_query`, `/api/v1/parse_query`.

use axum::extract;
use axum::response::Response;

use crate::promql::syntax::{parse, prettify};

use super::envelope::{self, Notes};
use super::lookups::look;
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::{Shared, json, tree};

/// An expression laid out over lines.
pub(in crate::api) async fn format(
    extract::State(shared): extract::State<Shared>,
    parameters: Parameters,
) -> Result<Response, Refusal> {
    let (text, features) = (parameters.text("query").to_owned(), shared.state.features);
    look(&shared, move |_| {
        let expr = parse(&text, &features).map_err(|error| Refusal::parameter("query", error))?;
        Ok(envelope::success(&Notes::default(), |body| json::string(body, &prettify(&expr))))
    })
    .await
}

/// The tree of an expression.
pub(in crate::api) async fn show_tree(
    extract::State(shared): extract::State<Shared>,
    parameters: Parameters,
) -> Result<Response, Refusal> {
    let (text, features) = (parameters.text("query").to_owned(), shared.state.features);
    look(&shared, move |_| {
        let expr = parse(&text, &features).map_err(|error| Refusal::parameter("query", error))?;
        Ok(envelope::success(&Notes::default(), |body| tree::write(body, &expr)))
    })
    .await
}
