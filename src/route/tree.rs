//! The routing tree.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::label::matcher::MatcherIndex;
use crate::label::{Labels, Matchers};
use crate::template::quote;
use crate::time::Span;

/// A node of the routing tree with everything inherited already filled in.
/// (Source: Alertmanager docs, "route".)
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// What an alert must look like; empty for the root, which takes everything.
    /// Sorted by name, value and operator, which is the order in keys.
    pub matchers: Matchers,
    /// Whether the siblings after this one are tried too.
    pub continues: bool,
    /// What happens with an alert that ends here.
    pub options: RouteOptions,
    /// The children, in order.
    pub routes: Vec<Route>,
}

/// What happens with an alert that ends at a route.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteOptions {
    /// Who gets it.
    pub receiver: Arc<str>,
    /// What is grouped.
    pub group_by: GroupBy,
    /// How long a new group waits.
    pub group_wait: Span,
    /// How long a group waits between flushes.
    pub group_interval: Span,
    /// After which time the same is told again.
    pub repeat_interval: Span,
    /// Names of the intervals in which nothing is told.
    pub mute_time_intervals: Vec<Arc<str>>,
    /// Names of the only intervals in which something is told; empty means always.
    pub active_time_intervals: Vec<Arc<str>>,
    /// Labels of the route; values are templates.
    pub labels: Labels,
}

/// What is grouped.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupBy {
    /// Alerts with equal values of these labels.
    Labels(BTreeSet<Arc<str>>),
    /// Alerts with equal labels: every alert is a group (`...`).
    All,
}

/// A route's position in a [`Tree`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);

/// The routing tree laid out flat, parents before children.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    nodes: Vec<Node>,
}

/// A route in a [`Tree`].
#[derive(Clone, Debug)]
pub struct Node {
    /// The matchers of all levels, `{}/{team="x"}`: the first part of group keys.
    pub key: Arc<str>,
    /// The key and the child index of every level, which tells equal siblings apart.
    pub id: Arc<str>,
    /// What happens with an alert that ends here.
    pub options: RouteOptions,
    matchers: Matchers,
    continues: bool,
    children: Vec<usize>,
    /// Which of the children may match, where there are many.
    index: Option<MatcherIndex>,
}

/// With more children than this they are not tried one by one.
const FEW_CHILDREN: usize = 8;

impl Node {
    /// Its own matchers, those of the levels above left out.
    pub fn matchers(&self) -> &Matchers {
        &self.matchers
    }
}

impl Tree {
    /// Lays a tree out.
    pub fn new(root: &Route) -> Tree {
        let mut tree = Tree::default();
        tree.add(root, String::from("{}"), String::from("{}"));
        tree
    }

    fn add(&mut self, route: &Route, key: String, id: String) -> usize {
        let position = self.nodes.len();
        self.nodes.push(Node {
            key: Arc::from(key.as_str()),
            id: Arc::from(id.as_str()),
            options: route.options.clone(),
            matchers: route.matchers.clone(),
            continues: route.continues,
            children: Vec::new(),
            index: (route.routes.len() > FEW_CHILDREN)
                .then(|| MatcherIndex::new(route.routes.iter().map(|child| &child.matchers))),
        });
        for (index, child) in route.routes.iter().enumerate() {
            let child_key = format!("{key}/{}", child.matchers);
            let child_id = format!("{id}/{}/{index}", child.matchers);
            let child = self.add(child, child_key, child_id);
            self.nodes[position].children.push(child);
        }
        position
    }

    /// The routes an alert ends at, in order: depth first, the first matching child without
    /// `continue` is the last one tried, and a route none of whose children match is itself the
    /// end. (Source: Alertmanager, `Route.Match`.)
    pub fn matching(&self, labels: &Labels) -> Vec<NodeId> {
        let mut found = Vec::new();
        self.find(labels, &mut found);
        found
    }

    /// As [`Tree::matching`], into a list whose room is used again.
    pub fn find(&self, labels: &Labels, found: &mut Vec<NodeId>) {
        found.clear();
        if !self.nodes.is_empty() {
            self.collect(0, labels, found, &mut Vec::new());
        }
    }

    /// Whether every alert ends at one route, however it looks.
    pub fn ends_once(&self) -> bool {
        !self.nodes.iter().any(|node| node.continues)
    }

    /// `tried` is a stack of the children that may match, on all levels.
    fn collect(
        &self,
        position: usize,
        labels: &Labels,
        found: &mut Vec<NodeId>,
        tried: &mut Vec<u32>,
    ) {
        let node = &self.nodes[position];
        let (before, bottom) = (found.len(), tried.len());
        match &node.index {
            Some(index) => index.candidates(labels, tried),
            None => tried.extend(0..node.children.len() as u32),
        }
        for place in bottom..tried.len() {
            let child = node.children[tried[place] as usize];
            if self.nodes[child].matchers.matches(labels) {
                self.collect(child, labels, found, tried);
                if !self.nodes[child].continues {
                    break;
                }
            }
        }
        tried.truncate(bottom);
        if found.len() == before {
            found.push(NodeId(position));
        }
    }

    /// The route at a position; positions come from [`Tree::matching`] of the same tree.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// All routes, parents before children.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(position, node)| (NodeId(position), node))
    }
}

impl Node {
    /// The labels of the group that an alert belongs to at this route.
    pub fn group_labels(&self, labels: &Labels) -> Labels {
        match &self.options.group_by {
            GroupBy::All => labels.clone(),
            GroupBy::Labels(names) => labels.filter(|name| names.contains(name)),
        }
    }

    /// The group's key, `{}/{team="x"}:{alertname="y"}`. Names are never quoted in it, unlike in
    /// other texts of label sets, values always. (Source: `prometheus/common/model`,
    /// `LabelSet.String`.)
    pub fn group_key(&self, group_labels: &Labels) -> Arc<str> {
        let mut key = format!("{}:{{", self.key);
        for (index, (name, value)) in group_labels.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            key.push_str(comma);
            key.push_str(name);
            key.push('=');
            key.push_str(&quote(value));
        }
        key.push('}');
        Arc::from(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Matcher;

    fn route(matcher: &str, receiver: &str, continues: bool, routes: Vec<Route>) -> Route {
        let matchers = matcher
            .split_whitespace()
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(name, value)| Matcher::equal(name, value))
            .collect();
        Route {
            matchers: Matchers(matchers),
            continues,
            options: RouteOptions {
                receiver: receiver.into(),
                group_by: GroupBy::Labels(["alertname".into()].into()),
                group_wait: Span::from_secs(30),
                group_interval: Span::from_mins(5),
                repeat_interval: Span::from_mins(240),
                mute_time_intervals: Vec::new(),
                active_time_intervals: Vec::new(),
                labels: Labels::empty(),
            },
            routes,
        }
    }

    fn tree() -> Tree {
        let team = vec![
            route("env=prod", "x-prod", false, vec![]),
            route("env=test", "x-test", false, vec![]),
        ];
        Tree::new(&route(
            "",
            "default",
            false,
            vec![
                route("severity=critical", "page", true, vec![]),
                route("team=x", "x", false, team),
                route("team=x", "never", false, vec![]),
            ],
        ))
    }

    fn check(labels: &str, receivers: &str, keys: &str) {
        let labels =
            Labels::from_pairs(labels.split_whitespace().map(|pair| pair.split_once('=').unwrap()));
        let tree = tree();
        let nodes: Vec<_> = tree.matching(&labels).into_iter().map(|id| tree.node(id)).collect();
        let join =
            |part: &dyn Fn(&&Node) -> String| nodes.iter().map(part).collect::<Vec<_>>().join(" ");
        assert_eq!(join(&|node| node.options.receiver.to_string()), receivers);
        assert_eq!(join(&|node| node.group_key(&node.group_labels(&labels)).to_string()), keys);
    }

    #[test]
    fn alerts_end_where_upstream_ends_them() {
        check("", "default", "{}:{}");
        check("alertname=a team=y", "default", "{}:{alertname=\"a\"}");
        check("team=x", "x", "{}/{team=\"x\"}:{}");
        check("alertname=\"a", "default", "{}:{alertname=\"\\\"a\"}");
        check("team=x env=test", "x-test", "{}/{team=\"x\"}/{env=\"test\"}:{}");
        check(
            "alertname=a team=x severity=critical",
            "page x",
            "{}/{severity=\"critical\"}:{alertname=\"a\"} {}/{team=\"x\"}:{alertname=\"a\"}",
        );
    }

    #[test]
    fn equal_siblings_have_equal_keys_and_different_ids() {
        let ids: Vec<_> = tree().nodes().map(|(_, node)| node.id.to_string()).collect();
        assert!(
            ids.contains(&"{}/{team=\"x\"}/1".into()) && ids.contains(&"{}/{team=\"x\"}/2".into())
        );
    }

    #[test]
    fn many_siblings_are_tried_in_their_order_too() {
        let routes: Vec<Route> = (0..60)
            .map(|n: usize| {
                let matcher = match n % 3 {
                    0 => format!("team=t{}", n % 7),
                    1 => format!("env=e{}", n % 5),
                    _ => String::new(),
                };
                route(&matcher, &format!("r{n}"), !n.is_multiple_of(4), vec![])
            })
            .collect();
        for kept in [4, 20, 60] {
            let tree = Tree::new(&route("", "root", false, routes[..kept].to_vec()));
            for (team, env) in [("t1", "e1"), ("t6", "e0"), ("", "e4"), ("t9", "e9")] {
                let labels = Labels::from_pairs([("team", team), ("env", env)]);
                let all = routes[..kept].iter().filter(|one| one.matchers.matches(&labels));
                let all: Vec<&Route> = all.collect();
                let last = all.iter().position(|one| !one.continues);
                let tried = &all[..last.map_or(all.len(), |last| last + 1)];
                let mut expect: Vec<_> =
                    tried.iter().map(|one| Arc::clone(&one.options.receiver)).collect();
                let ends = tree.matching(&labels).into_iter();
                let ends: Vec<_> =
                    ends.map(|node| Arc::clone(&tree.node(node).options.receiver)).collect();
                if expect.is_empty() {
                    expect.push("root".into());
                }
                assert_eq!(ends, expect);
            }
        }
    }
}
