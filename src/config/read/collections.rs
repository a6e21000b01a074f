//! Fields that hold others.

use std::collections::BTreeMap;
use std::ops::Deref;

use crate::config::yaml::{Entry, Node, Position};

use super::{Field, Reader, Yaml};

/// A value and where it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::config) struct At<T> {
    /// Where.
    pub at: Position,
    /// What.
    pub value: T,
}

impl<T> Deref for At<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Field> Field for At<T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<At<T>> {
        T::read(node, reader).map(|value| At { at: node.at(), value })
    }

    fn null(at: Position, reader: &mut Reader) -> Option<At<T>> {
        T::null(at, reader).map(|value| At { at, value })
    }

    fn write(&self) -> Yaml {
        self.value.write()
    }

    fn is_empty(&self) -> bool {
        self.value.is_empty()
    }
}

impl<T: Field> Field for Option<T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Option<T>> {
        T::read(node, reader).map(Some)
    }

    fn null(_: Position, _: &mut Reader) -> Option<Option<T>> {
        Some(None)
    }

    fn write(&self) -> Yaml {
        self.as_ref().map_or(Yaml::Null, Field::write)
    }

    fn is_empty(&self) -> bool {
        self.is_none()
    }
}

impl<T: Field> Field for Box<T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Box<T>> {
        T::read(node, reader).map(Box::new)
    }

    fn null(at: Position, reader: &mut Reader) -> Option<Box<T>> {
        T::null(at, reader).map(Box::new)
    }

    fn write(&self) -> Yaml {
        self.as_ref().write()
    }

    fn is_empty(&self) -> bool {
        self.as_ref().is_empty()
    }
}

/// An element of a list or a value of a map.
fn element<T: Field>(node: &Node, reader: &mut Reader) -> Option<T> {
    if node.is_null() { T::null(node.at(), reader) } else { T::read(node, reader) }
}

impl<T: Field> Field for Vec<T> {
    /// Elements that cannot be read are left out, and the reader is told.
    fn read(node: &Node, reader: &mut Reader) -> Option<Vec<T>> {
        let Node::List(_, items) = node else { return reader.mismatch(node, "a list") };
        Some(items.iter().filter_map(|item| element(item, reader)).collect())
    }

    fn null(_: Position, _: &mut Reader) -> Option<Vec<T>> {
        Some(Vec::new())
    }

    fn write(&self) -> Yaml {
        Yaml::Sequence(self.iter().map(Field::write).collect())
    }

    fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }
}

impl<T: Field> Field for BTreeMap<String, T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<BTreeMap<String, T>> {
        let pairs: Pairs<T> = Pairs::read(node, reader)?;
        Some(pairs.0.into_iter().map(|(name, value)| (name.value, value.value)).collect())
    }

    fn null(_: Position, _: &mut Reader) -> Option<BTreeMap<String, T>> {
        Some(BTreeMap::new())
    }

    fn write(&self) -> Yaml {
        let mut map = serde_yaml::Mapping::new();
        for (name, value) in self {
            map.insert(name.as_str().into(), value.write());
        }
        map.into()
    }

    fn is_empty(&self) -> bool {
        BTreeMap::is_empty(self)
    }
}

/// A map with the places of its keys and values, in written order; written back sorted.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::config) struct Pairs<T>(pub Vec<(At<String>, At<T>)>);

impl<T> Default for Pairs<T> {
    fn default() -> Pairs<T> {
        Pairs(Vec::new())
    }
}

impl<T> Pairs<T> {
    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), &value.value))
    }
}

impl<T: Field> Field for Pairs<T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Pairs<T>> {
        let Node::Map(_, entries) = node else { return reader.mismatch(node, "a map") };
        let pair = |Entry { key, value }: &Entry| {
            let name = At { at: key.at, value: key.text.clone() };
            element(value, reader).map(|value| (name, value))
        };
        Some(Pairs(entries.iter().filter_map(pair).collect()))
    }

    fn null(_: Position, _: &mut Reader) -> Option<Pairs<T>> {
        Some(Pairs::default())
    }

    fn write(&self) -> Yaml {
        let mut pairs: Vec<_> = self.iter().collect();
        pairs.sort_by_key(|(name, _)| *name);
        let mut map = serde_yaml::Mapping::new();
        for (name, value) in pairs {
            map.insert(name.into(), value.write());
        }
        map.into()
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
