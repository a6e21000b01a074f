//! amtool's own configuration file: values for its flags. (Source: Alertmanager docs, "amtool".)

use std::collections::BTreeMap;

use super::read::{Field, Pairs, Reader, errors};
use super::yaml::{self, Documents};
use super::{ConfigErrors, Expansion};

/// The old name of a flag, and the one that it has now.
const RENAMED: [(&str, &str); 1] = [("comment_required", "require-comment")];

/// Reads a file of flags' names and values. Names that no flag has are kept: another command may
/// have it.
///
/// # Errors
/// What is not a map of names to single values, each with its place.
pub fn parse(file: &str, text: &str) -> Result<BTreeMap<String, String>, ConfigErrors> {
    let documents = yaml::parse(text, Documents::First, Expansion::Off)
        .map_err(|problems| errors(file, problems))?;
    let mut reader = Reader::default();
    let pairs = match documents.first() {
        Some(node) if !node.is_null() => Pairs::<String>::read(node, &mut reader),
        _ => Some(Pairs::default()),
    };
    let Some(pairs) = pairs.filter(|_| reader.problems.is_empty()) else {
        return Err(reader.errors(file));
    };
    let mut flags: BTreeMap<String, String> =
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    for (old, new) in RENAMED {
        if let Some(value) = flags.remove(old) {
            flags.entry(new.to_owned()).or_insert(value);
        }
    }
    Ok(flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_have_values_under_their_old_names_too() {
        let text = "alertmanager.url: http://a:9093\ncomment_required: false\ntimeout: 5s\n";
        let flags = parse("c.yml", text).unwrap();
        let flags: Vec<_> = flags.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let expected = ["alertmanager.url=http://a:9093", "require-comment=false", "timeout=5s"];
        assert_eq!(flags, expected);
        let both = parse("c.yml", "comment_required: a\nrequire-comment: b\n").unwrap();
        assert_eq!(both.into_values().collect::<Vec<_>>(), ["b"]);
        assert!(parse("c.yml", "").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_map_of_texts_is_refused() {
        for text in ["[a]", "a: [b]", "a: {b: c}", "a", "{"] {
            let error = parse("c.yml", text).unwrap_err().to_string();
            assert!(error.starts_with("c.yml:1:"), "{text}: {error}");
        }
    }
}
