//! `/api/v1/features`: what this server can do, for clients that ask before they try.

use std::collections::BTreeMap;

use axum::extract;
use axum::response::Response;

use crate::promql::syntax::functions::FUNCTIONS;
use crate::promql::{MetricTypes, NameRemoval, StartTimestamps};

use super::refusal::Refusal;
use super::{Shared, envelope};

type Category = BTreeMap<&'static str, bool>;

/// Features by category.
pub(in crate::api) async fn list(
    extract::State(shared): extract::State<Shared>,
) -> Result<Response, Refusal> {
    let categories: BTreeMap<&str, Category> = BTreeMap::from([
        ("api", api(&shared)),
        ("promql", promql(&shared)),
        ("promql_functions", functions(&shared)),
        ("rules", rules()),
    ]);
    envelope::answer(&categories)
}

fn api(shared: &Shared) -> Category {
    Category::from([
        ("admin", false),
        ("exclude_alerts", true),
        ("label_values_match", true),
        ("lifecycle", true),
        ("otlp_write_receiver", false),
        ("query_stats", true),
        ("query_warnings", true),
        ("remote_write_receiver", shared.state.intake.is_some()),
        ("rule_group_pagination", true),
        ("time_range_labels", true),
        ("time_range_series", true),
    ])
}

fn promql(shared: &Shared) -> Category {
    let (features, options) = (&shared.state.features, &shared.state.options);
    Category::from([
        ("anchored", features.extended_range_selectors),
        ("at_modifier", true),
        ("bool", true),
        ("by", true),
        ("delayed_name_removal", options.name_removal == NameRemoval::Delayed),
        ("duration_expr", features.duration_expressions),
        ("experimental_functions", features.experimental_functions),
        ("fill", features.binop_fill_modifiers),
        ("group_left", true),
        ("group_right", true),
        ("ignoring", true),
        ("negative_offset", true),
        ("offset", true),
        ("on", true),
        ("per_query_lookback_delta", true),
        ("per_step_stats", false),
        ("smoothed", features.extended_range_selectors),
        ("start_timestamps", options.start_timestamps == StartTimestamps::Used),
        ("subqueries", true),
        ("type_and_unit_labels", options.metric_types == MetricTypes::ByLabel),
        ("without", true),
    ])
}

fn functions(shared: &Shared) -> Category {
    let experimental = shared.state.features.experimental_functions;
    let functions = FUNCTIONS.iter();
    functions.map(|function| (function.name, !function.experimental || experimental)).collect()
}

fn rules() -> Category {
    Category::from([("keep_firing_for", true), ("query_offset", true)])
}
