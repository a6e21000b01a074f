//! `/api/v2/alerts/groups`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{self, Query};
use axum::response::Response;

use crate::alerts::Alert;
use crate::engine::view::{AlertStatus, Extent, GroupView, View};
use crate::label::Fingerprint;
use crate::route::group::label_set_order;
use crate::time::Timestamp;

use super::super::State;
use super::alerts::receivers;
use super::answer::{self, Left, Output};
use super::dto::{self, AlertObject};
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::selection::{Receivers, Selection};

/// Who is told of alerts that several routes may take, sorted; somebody whom two routes name
/// stands there twice.
type Told<'a> = HashMap<Fingerprint, Vec<&'a Arc<str>>, foldhash::fast::FixedState>;

/// The groups with an alert that fires and is wanted, by labels and receiver.
pub(in crate::api) async fn list(
    extract::State(state): extract::State<State>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let selection = Selection::read(&Parameters(query), state.mode)?;
    let receivers = receivers(&state).await?;
    let view = state.handle.view(Extent::Groups).await?;
    let now = state.handle.now();
    answer::list(move |output| {
        let list = List { view: &view, now, selection: &selection };
        list.write(&receivers, output)
    })
    .await
}

/// What is listed.
struct List<'a> {
    view: &'a View,
    now: Timestamp,
    selection: &'a Selection,
}

/// An alert that is shown.
struct Wanted<'a> {
    fingerprint: Fingerprint,
    alert: &'a Alert,
    status: AlertStatus,
}

impl<'a> List<'a> {
    fn write(&self, receivers: &Receivers, output: &mut Output) -> Result<(), Left> {
        let groups = self.groups(receivers);
        let told = if self.view.tree().ends_once() { None } else { Some(self.told(&groups)) };
        for group in groups.iter().filter(|group| self.selection.muted || group.muted_by.is_empty())
        {
            self.write_group(group, told.as_ref(), output)?;
        }
        Ok(())
    }

    /// The groups in their order.
    fn groups(&self, receivers: &Receivers) -> Vec<GroupView<'a>> {
        let mut groups: Vec<_> = self
            .view
            .groups(self.now)
            .filter(|group| self.selection.takes_receiver(group.receiver, receivers))
            .collect();
        groups.sort_by(|a, b| {
            label_set_order(a.labels, b.labels).then_with(|| a.receiver.cmp(b.receiver))
        });
        groups
    }

    fn wanted(&self, group: &GroupView<'a>) -> Vec<Wanted<'a>> {
        let alerts = group.alerts(self.now, |alert| self.selection.takes(&alert.labels));
        let wanted = alerts.into_iter().map(|(fingerprint, alert)| Wanted {
            fingerprint,
            alert,
            status: self.view.status(self.now, fingerprint, alert),
        });
        wanted.filter(|wanted| self.selection.takes_status(&wanted.status)).collect()
    }

    fn told(&self, groups: &[GroupView<'a>]) -> Told<'a> {
        let mut told = Told::default();
        for group in groups {
            for Wanted { fingerprint, .. } in self.wanted(group) {
                told.entry(fingerprint).or_default().push(group.receiver);
            }
        }
        // order: each list is sorted by itself
        told.values_mut().for_each(|names| names.sort());
        told
    }

    fn write_group(
        &self,
        group: &GroupView<'a>,
        told: Option<&Told<'a>>,
        output: &mut Output,
    ) -> Result<(), Left> {
        let wanted = self.wanted(group);
        if wanted.is_empty() {
            return Ok(());
        }
        dto::begin_group(output.item());
        let only = [group.receiver];
        for (number, Wanted { fingerprint, alert, status }) in wanted.iter().enumerate() {
            if number > 0 {
                output.bytes().push(b',');
            }
            let known = told.and_then(|told| told.get(fingerprint));
            let receivers = known.map_or(&only[..], Vec::as_slice);
            let (fingerprint, muted_by) = (*fingerprint, &group.muted_by);
            AlertObject { fingerprint, alert, receivers, status, muted_by }.write(output.bytes());
            output.hand_on()?;
        }
        dto::end_group(output.bytes(), group.labels, group.receiver, group.route_labels);
        output.hand_on()
    }
}
