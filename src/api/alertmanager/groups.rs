//! `/api/v2/alerts/groups`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{self, Query};
use axum::response::Response;

use crate::engine::view::{AlertView, Extent, GroupView};
use crate::label::Fingerprint;
use crate::route::group::label_set_order;

use super::super::State;
use super::alerts::receivers;
use super::answer;
use super::dto::{AlertObject, GroupObject, Name, Pairs};
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::selection::{Receivers, Selection};

/// Who is told of an alert, sorted; somebody whom two routes name stands there twice.
type Told = BTreeMap<Fingerprint, Vec<Arc<str>>>;

/// The groups with an alert that fires and is wanted, by labels and receiver.
pub(in crate::api) async fn list(
    extract::State(state): extract::State<State>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let selection = Selection::read(&Parameters(query), state.mode)?;
    let receivers = receivers(&state).await?;
    let view = state.handle.view(Extent::Groups).await?;
    let now = state.handle.now();
    answer::written(move || {
        let groups = wanted(view.groups(now).collect(), &selection, &receivers);
        let told = told(&groups);
        let shown = groups.iter().filter(|group| selection.muted || !is_muted(group));
        answer::list(shown.map(|group| object(group, &told)))
    })
    .await
}

fn wanted(
    mut groups: Vec<GroupView>,
    selection: &Selection,
    receivers: &Receivers,
) -> Vec<GroupView> {
    groups.retain_mut(|group| {
        group.alerts.retain(|view| selection.takes(view));
        !group.alerts.is_empty() && selection.takes_receiver(&group.receiver, receivers)
    });
    groups.sort_by(|a, b| {
        label_set_order(&a.labels, &b.labels).then_with(|| a.receiver.cmp(&b.receiver))
    });
    groups
}

fn told(groups: &[GroupView]) -> Told {
    let mut told = Told::new();
    for group in groups {
        for view in &group.alerts {
            told.entry(view.fingerprint).or_default().push(Arc::clone(&group.receiver));
        }
    }
    told.values_mut().for_each(|names| names.sort());
    told
}

fn is_muted(group: &GroupView) -> bool {
    group.alerts.iter().any(|view| !view.status.muted_by.is_empty())
}

fn object<'a>(group: &'a GroupView, told: &'a Told) -> GroupObject<'a> {
    let receivers = |view: &AlertView| told.get(&view.fingerprint).map_or(&[][..], Vec::as_slice);
    GroupObject {
        alerts: group.alerts.iter().map(|view| AlertObject::new(view, receivers(view))).collect(),
        labels: Pairs(&group.labels),
        receiver: Name { name: &group.receiver },
        route_labels: Pairs(&group.route_labels),
    }
}
