//! How far back a plan reads.

use crate::promql::Reach;
use crate::time::Span;

use super::{Moment, Node, NodeId, Plan, WindowSource};

/// How far before `now` a plan reads that was made for an evaluation at `now`.
pub(in crate::promql) fn reach(plan: &Plan, now: i64, lookback: Span) -> Reach {
    Walk { plan, now, lookback }.node(plan.root, 0)
}

/// Whether a plan reads nothing at a fixed time and nothing ahead of the evaluation time.
pub(in crate::promql) fn is_causal(plan: &Plan, lookback: Span) -> bool {
    causal(plan, plan.root, lookback)
}

fn causal(plan: &Plan, id: NodeId, lookback: Span) -> bool {
    let node = &plan.get(id).node;
    let behind = |moment: Moment| moment.at.is_none() && moment.offset >= 0;
    let mut holds = match node {
        Node::Select(selector) | Node::SampleTime(selector) | Node::StartTime(selector) => {
            behind(selector.moment) && selector.extension.is_none()
        }
        Node::Info { selector, .. } => behind(selector.moment),
        _ => true,
    };
    if let Some(window) = node.window() {
        holds &= behind(window.moment) && window.margins(lookback).1 == 0;
        if let WindowSource::Subquery { vector, .. } = &window.source {
            holds &= causal(plan, *vector, lookback);
        }
    }
    node.each_child(|child| holds &= causal(plan, child, lookback));
    holds
}

struct Walk<'a> {
    plan: &'a Plan,
    now: i64,
    lookback: Span,
}

impl Walk<'_> {
    /// `behind`: how far before `now` the node's grid begins.
    fn node(&self, id: NodeId, behind: i64) -> Reach {
        let node = &self.plan.get(id).node;
        let lookback = self.lookback.millis();
        let mut reach = match node {
            Node::Select(selector) | Node::SampleTime(selector) | Node::StartTime(selector) => {
                self.back(selector.moment, behind, lookback)
            }
            Node::Info { selector, .. } => self.back(selector.moment, behind, lookback),
            _ => Reach::Back(Span::ZERO),
        };
        if let Some(window) = node.window() {
            let length = window.length.saturating_add(window.margins(self.lookback).0);
            reach = match (self.back(window.moment, behind, length), &window.source) {
                (Reach::Back(span), WindowSource::Subquery { vector, .. }) => {
                    self.node(*vector, span.millis())
                }
                (reach, _) => reach,
            };
        }
        node.each_child(|child| reach = reach.max(self.node(child, behind)));
        reach
    }

    fn back(&self, moment: Moment, behind: i64, length: i64) -> Reach {
        let behind = match moment.at {
            Some(at) if at == self.now => 0,
            Some(_) => return Reach::Fixed,
            None => behind,
        };
        let back = behind.saturating_add(moment.offset).saturating_add(length);
        Reach::Back(Span::from_millis(back.max(0)))
    }
}
