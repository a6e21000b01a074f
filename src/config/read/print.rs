//! YAML text that also readers of YAML 1.1 understand.
//!
//! serde_yaml quotes what YAML 1.2 would take for something else than text. Go's readers, ours
//! among them, also take `yes`, `n`, `010` or `9:00` for something else. Such texts are marked
//! before they are printed and quoted afterwards.

use crate::config::yaml::means_text;

use super::Yaml;

/// Stands before a text that has to be quoted; a character of nobody.
const MARK: char = '\u{f8fe}';

/// Prints a value.
pub(in crate::config) fn print(mut value: Yaml) -> String {
    let untouched = serde_yaml::to_string(&value).unwrap_or_default();
    if untouched.contains(MARK) {
        return untouched;
    }
    mark(&mut value);
    let text = serde_yaml::to_string(&value).unwrap_or_default();
    let mut parts = text.split(MARK);
    let mut printed = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let end = part.find(|character: char| !is_word(character)).unwrap_or(part.len());
        // The colon of a key is not part of it.
        let end = if part[..end].ends_with(':') { end - 1 } else { end };
        printed.push_str(&format!("\"{}\"{}", &part[..end], &part[end..]));
    }
    printed
}

fn mark(value: &mut Yaml) {
    match value {
        Yaml::String(text) if is_ambiguous(text) => text.insert(0, MARK),
        Yaml::Sequence(items) => items.iter_mut().for_each(mark),
        Yaml::Mapping(entries) => {
            let old = std::mem::take(entries);
            for (mut key, mut value) in old {
                mark(&mut key);
                mark(&mut value);
                entries.insert(key, value);
            }
        }
        _ => {}
    }
}

/// Whether a text of harmless characters is not taken for text without quotes.
fn is_ambiguous(text: &str) -> bool {
    let clock = text.contains(':') && text.bytes().all(|byte| b"0123456789:+-".contains(&byte));
    let word = !text.is_empty() && text.chars().all(is_word) && !text.ends_with(':');
    word && (clock || !means_text(text))
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || "+-._~:".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_would_take_for_something_else_is_quoted() {
        let map = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(key, value)| (Yaml::from(*key), Yaml::from(*value)));
            Yaml::Mapping(pairs.collect())
        };
        let value = map(&[
            ("n", "yes"),
            ("a", "010"),
            ("b", "9:00"),
            ("c", "plain: text"),
            ("5", "~"),
            ("d", "one\nyes\n"),
            ("e", "tuesday:friday"),
            ("f", ""),
        ]);
        let expect = "\"n\": \"yes\"\na: \"010\"\nb: \"9:00\"\nc: 'plain: text'\n\"5\": \"~\"\n\
                      d: |\n  one\n  yes\ne: tuesday:friday\nf: ''\n";
        assert_eq!(print(value), expect);
        assert_eq!(print(Yaml::Bool(true)), "true\n");
    }
}
