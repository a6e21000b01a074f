//! Which series of a selector can find a partner at all.
//!
//! ```text
//! rate(requests{job="a"}[5m]) * on (job, instance) group_left (region) info
//!               '-- all that is left has job="a" --------------------> info{job="a"} is enough
//! ```
//!
//! The other series of `info` would match nothing. What they could do is to fail the query, when
//! two are of one match group: so they can be left out only where all match groups have one
//! series. A source that knows its labels can tell. What the right sides of `and` and `unless`
//! hold beside is never seen.

use crate::label::{MatchOp, Matcher, Matchers};
use crate::promql::names::METADATA;
use crate::promql::syntax::ast::{AggregateOp, BinaryOp, Cardinality};
use crate::sample::{LabelPart, Narrowing};

use super::{Matching, Node, NodeId, Planned, SelectorId, WindowSource};

/// By selector: which of its series are as good as all.
pub(super) fn narrowings(
    nodes: &[Planned],
    root: NodeId,
    selectors: &[Matchers],
) -> Vec<Option<Narrowing>> {
    let tree = Tree { nodes, selectors };
    let mut narrowings = vec![None; selectors.len()];
    if !nodes.iter().any(|it| matches!(it.node, Node::VectorVector { .. } | Node::Set { .. })) {
        return narrowings;
    }
    let readers = tree.readers(root);
    for Planned { node, .. } in nodes {
        let Some((selector, narrowing)) = tree.narrowed_by(node) else { continue };
        if readers[selector.0 as usize] == 1 {
            narrowings[selector.0 as usize] = Some(narrowing);
        }
    }
    narrowings
}

struct Tree<'a> {
    nodes: &'a [Planned],
    selectors: &'a [Matchers],
}

impl<'a> Tree<'a> {
    fn node(&self, id: NodeId) -> &'a Node {
        &self.nodes[id.index()].node
    }

    /// By selector: in how many places its series are read.
    fn readers(&self, root: NodeId) -> Vec<usize> {
        let mut parents = vec![0; self.nodes.len()];
        parents[root.index()] = 1;
        let mut readers = vec![0; self.selectors.len()];
        // parents come after their children
        for (index, Planned { node, .. }) in self.nodes.iter().enumerate().rev() {
            let times = parents[index];
            let mut add = |id: NodeId| parents[id.index()] += times;
            node.each_child(&mut add);
            let read = match (node, node.window().map(|window| &window.source)) {
                (_, Some(WindowSource::Subquery { vector, .. })) => {
                    add(*vector);
                    None
                }
                (_, Some(WindowSource::Series(selector))) => Some(*selector),
                (Node::Info { selector, .. }, _) => Some(selector.matchers),
                (node, _) => instant(node),
            };
            if let Some(selector) = read {
                readers[selector.0 as usize] += times;
            }
        }
        readers
    }

    /// A selector that a node reads itself, and what of it the node's other side leaves.
    fn narrowed_by(&self, node: &Node) -> Option<(SelectorId, Narrowing)> {
        let (matching, kept, other) = match node {
            Node::VectorVector { lhs, rhs, matching, .. } => {
                if matching.fill_left.is_some() || matching.fill_right.is_some() {
                    return None;
                }
                let swapped = matching.cardinality == Cardinality::OneToMany;
                let (many, one) = if swapped { (rhs, lhs) } else { (lhs, rhs) };
                (matching, *many, *one)
            }
            Node::Set { op: BinaryOp::And | BinaryOp::Unless, lhs, rhs, matching } => {
                (matching, *lhs, *rhs)
            }
            _ => return None,
        };
        let Node::Select(selector) = self.node(other) else { return None };
        let selected = &self.selectors[selector.matchers.0 as usize];
        let mut added = self.known(kept);
        added.retain(|it| takes_part(matching, &it.name) && !selected.iter().any(same_label(it)));
        if added.is_empty() {
            return None;
        }
        let mut matchers: Vec<Matcher> = selected.iter().chain(added).cloned().collect();
        matchers.sort();
        let single = matches!(node, Node::VectorVector { .. });
        let apart = single.then(|| match matching.on {
            true => LabelPart::Only(matching.labels.clone()),
            false => LabelPart::Without(matching.labels.clone()),
        });
        Some((selector.matchers, Narrowing { matchers: Matchers(matchers), apart }))
    }

    /// The labels that all series of a node's value surely have, as matchers; at most one for
    /// each. Found downwards, from argument to argument: as deep as an expression can be.
    fn known(&self, mut id: NodeId) -> Vec<&'a Matcher> {
        let mut lost: Vec<Loss<'a>> = Vec::new();
        let selector = loop {
            let node = self.node(id);
            id = match node {
                Node::Select(selector) => break selector.matchers,
                Node::Range { window, .. } => match &window.source {
                    WindowSource::Series(selector) => break *selector,
                    WindowSource::Subquery { vector, .. } => *vector,
                },
                Node::Negate(vector)
                | Node::VectorScalar { vector, .. }
                | Node::Value { vector, .. }
                | Node::Set { op: BinaryOp::And | BinaryOp::Unless, lhs: vector, .. } => *vector,
                Node::Aggregate { op, grouping, vector, .. } => {
                    if !keeps_labels(*op) {
                        lost.push(Loss { names: &grouping.labels, others: !grouping.without });
                    }
                    *vector
                }
                Node::VectorVector { lhs, rhs, matching, .. } => {
                    let Some(loss) = Loss::of(matching) else { return Vec::new() };
                    lost.push(loss);
                    if matching.cardinality == Cardinality::OneToMany { *rhs } else { *lhs }
                }
                _ => return Vec::new(),
            };
        };
        let matchers = self.selectors[selector.0 as usize].iter();
        let mut known: Vec<&Matcher> = matchers
            .filter(|it| it.op == MatchOp::Equal && !METADATA.contains(&&*it.name))
            .filter(|it| !lost.iter().any(|loss| loss.takes(&it.name)))
            .collect();
        known.dedup_by(|one, other| one.name == other.name);
        known
    }
}

/// The selector of an instant selection.
fn instant(node: &Node) -> Option<SelectorId> {
    match node {
        Node::Select(selector) | Node::SampleTime(selector) | Node::StartTime(selector) => {
            Some(selector.matchers)
        }
        _ => None,
    }
}

/// Whether the labels of a name are compared when series are matched.
fn takes_part(matching: &Matching, name: &str) -> bool {
    matching.labels.iter().any(|label| label == name) == matching.on
}

fn same_label(one: &Matcher) -> impl Fn(&Matcher) -> bool {
    |other| one.name == other.name && other.op == MatchOp::Equal
}

/// Whether an aggregation yields series as they were.
fn keeps_labels(op: AggregateOp) -> bool {
    use AggregateOp as A;
    matches!(op, A::TopK | A::BottomK | A::LimitK | A::LimitRatio)
}

/// Labels that an operation takes away or changes.
struct Loss<'a> {
    names: &'a [String],
    /// Whether it is the others that are lost.
    others: bool,
}

impl<'a> Loss<'a> {
    /// What the many side's series lose; nothing can be said when missing ones are filled in.
    fn of(matching: &'a Matching) -> Option<Loss<'a>> {
        if matching.fill_left.is_some() || matching.fill_right.is_some() {
            return None;
        }
        Some(match matching.cardinality {
            Cardinality::OneToOne => Loss { names: &matching.labels, others: matching.on },
            _ => Loss { names: &matching.include, others: false },
        })
    }

    fn takes(&self, name: &str) -> bool {
        self.names.iter().any(|it| it == name) != self.others
    }
}
