//! The sources of a server, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Source;

/// The name of the embedded store.
pub const EMBEDDED: &str = "embedded";
/// The name of the source of groups that do not say.
pub const DEFAULT: &str = "default";
/// The longest name of a source, in bytes.
const NAME_LIMIT: usize = 128;

/// A source and its name.
pub type Named = (Arc<str>, Arc<dyn Source>);

/// The sources by name: the embedded store, the default one (perhaps the same), and others.
#[derive(Clone)]
pub struct Sources {
    by_name: BTreeMap<Arc<str>, Arc<dyn Source>>,
    embedded: Arc<dyn Source>,
    default: Arc<dyn Source>,
}

impl Sources {
    /// The embedded store and others. One named `default` is the default; without one, the
    /// embedded store is. Of several with one name the last counts.
    pub fn new(embedded: Arc<dyn Source>, others: impl IntoIterator<Item = Named>) -> Sources {
        let mut by_name: BTreeMap<_, _> = others.into_iter().collect();
        by_name.insert(Arc::from(EMBEDDED), Arc::clone(&embedded));
        let default = by_name.entry(Arc::from(DEFAULT));
        let default = Arc::clone(default.or_insert_with(|| Arc::clone(&embedded)));
        Sources { by_name, embedded, default }
    }

    /// One source for everything.
    pub fn only(source: Arc<dyn Source>) -> Sources {
        Sources::new(source, [])
    }

    /// The source of a group that names it, or does not say. A name that there is not counts as
    /// not saying: names are checked when rules are loaded.
    pub fn of(&self, name: Option<&str>) -> &Arc<dyn Source> {
        name.and_then(|name| self.by_name.get(name)).unwrap_or(&self.default)
    }

    /// Whether a group's source is the embedded store.
    pub fn is_embedded(&self, name: Option<&str>) -> bool {
        Arc::ptr_eq(self.of(name), &self.embedded)
    }

    /// The source of groups that do not say, and of queries from outside.
    pub fn default_source(&self) -> &Arc<dyn Source> {
        &self.default
    }

    /// Where what rules record is kept.
    pub fn embedded(&self) -> &Arc<dyn Source> {
        &self.embedded
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.by_name.keys()
    }
}

/// Whether a text can name a source: letters, digits, `_`, `-` and `.`.
pub fn is_source_name(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    !text.is_empty() && text.len() <= NAME_LIMIT && text.bytes().all(letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::embedded::Store;

    fn source() -> Arc<dyn Source> {
        Arc::new(Store::new())
    }

    #[test]
    fn groups_find_their_source() {
        let (embedded, other) = (source(), source());
        let sources = Sources::new(Arc::clone(&embedded), [("eu".into(), Arc::clone(&other))]);
        assert!(sources.is_embedded(None) && sources.is_embedded(Some(DEFAULT)));
        assert!(!sources.is_embedded(Some("eu")) && Arc::ptr_eq(sources.of(Some("eu")), &other));
        assert!(Arc::ptr_eq(sources.embedded(), &embedded));
        let names: Vec<_> = sources.names().map(|name| &**name).collect();
        assert_eq!(names, [DEFAULT, EMBEDDED, "eu"]);

        let sources = Sources::new(Arc::clone(&embedded), [(DEFAULT.into(), Arc::clone(&other))]);
        assert!(!sources.is_embedded(None) && sources.is_embedded(Some(EMBEDDED)));
        assert!(Arc::ptr_eq(sources.default_source(), &other));
    }

    #[test]
    fn names_have_letters_and_a_limit() {
        let long = "a".repeat(NAME_LIMIT);
        for (name, good) in [("eu-1.b_c", true), (&*long, true), ("", false), ("a b", false)] {
            assert_eq!(is_source_name(name), good, "{name}");
        }
        assert!(!is_source_name(&format!("{long}a")) && !is_source_name("http://h"));
    }
}
