//! Where the rules of a file stand.

use crate::config::Expansion;
use crate::config::yaml::{self, Documents, Node, Position};

/// The places of the rules of a file that is good, group by group.
pub fn places(text: &str) -> Vec<Vec<Position>> {
    let documents = yaml::parse(text, Documents::First, Expansion::Off).unwrap_or_default();
    let groups = documents.first().map(|file| items(file, "groups")).unwrap_or_default();
    groups.iter().map(|group| items(group, "rules").iter().map(Node::at).collect()).collect()
}

fn items<'a>(node: &'a Node, name: &str) -> &'a [Node] {
    let Node::Map(_, entries) = node else { return &[] };
    match entries.iter().find(|entry| entry.key.text == name).map(|entry| &entry.value) {
        Some(Node::List(_, items)) => items,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_place() {
        let text = "groups:\n- name: a\n  rules:\n  - record: x\n    expr: 1\n  - {record: y}\n\
                    - {name: b}\n- {rules: [{}]}\n";
        let places: Vec<Vec<_>> = places(text)
            .into_iter()
            .map(|group| group.into_iter().map(|at| (at.line, at.column)).collect())
            .collect();
        assert_eq!(places, [vec![(4, 5), (6, 5)], vec![], vec![(8, 12)]]);
        assert!(super::places("groups: 1").is_empty());
    }
}
