//! The plan of a query with what its steps came to, as JSON: `explain=1`.
//!
//! The steps stand in a list, the result first and each step before its arguments, which are
//! one deeper.

use std::fmt::Write;

use crate::promql::ExplainedNode;

use super::json;

/// Writes `,"explain":[...]`; the expression's text is what the steps are parts of.
pub(super) fn write(body: &mut String, text: &str, nodes: &[ExplainedNode]) {
    body.push_str(",\"explain\":");
    json::sequence(body, nodes, |body, node| {
        let range = node.range.start as usize..node.range.end as usize;
        // writing to a text cannot fail, here and below
        let _ = write!(body, "{{\"depth\":{},\"kind\":\"{}\"", node.depth, node.kind);
        body.push_str(",\"expression\":");
        json::string(body, text.get(range).unwrap_or_default());
        let ExplainedNode { evaluations, series, samples, read, told_before, .. } = node;
        let _ = write!(
            body,
            ",\"evaluations\":{evaluations},\"series\":{series},\"samples\":{samples},\
             \"samplesRead\":{read},\"seconds\":{},\"toldBefore\":{told_before}}}",
            node.nanoseconds as f64 / 1e9,
        );
    });
}
