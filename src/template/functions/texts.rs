//! Texts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use gotmpl::Value;

use crate::label::Pattern;

use super::super::value::text;
use super::string;

/// The most patterns that are kept compiled.
const MAX_PATTERNS: usize = 1024;

/// The largest product of a text's and its replacement's lengths.
const MAX_REPLACEMENT: usize = 64 << 20;

/// `toUpper`; letters whose capital is more than one letter stay, as in Go.
pub(super) fn to_upper(args: &[Value]) -> Result<Value, String> {
    Ok(text(string(args, 0)?.chars().map(|c| single(c, c.to_uppercase())).collect::<String>()))
}

/// `toLower`.
pub(super) fn to_lower(args: &[Value]) -> Result<Value, String> {
    Ok(text(lower(string(args, 0)?)))
}

fn lower(text: &str) -> String {
    text.chars().map(|c| single(c, c.to_lowercase())).collect()
}

fn single(character: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => character,
    }
}

/// `trimSpace`.
pub(super) fn trim_space(args: &[Value]) -> Result<Value, String> {
    Ok(text(string(args, 0)?.trim()))
}

/// Prometheus' `title`: capitals begin words, nothing else changes. (Source: Go,
/// `strings.Title`.)
pub(super) fn title_words(args: &[Value]) -> Result<Value, String> {
    let mut before = ' ';
    let titled = string(args, 0)?.chars().map(|character| {
        let begins = separates(before);
        before = character;
        if begins { single(character, character.to_uppercase()) } else { character }
    });
    Ok(text(titled.collect::<String>()))
}

/// Whether Go's `strings.Title` takes a character for the end of a word.
fn separates(character: char) -> bool {
    match character {
        _ if character.is_ascii() => !(character.is_ascii_alphanumeric() || character == '_'),
        _ if character.is_alphanumeric() => false,
        _ => character.is_whitespace(),
    }
}

/// Alertmanager's `title`: capitals begin words, the rest is lower case. (Source:
/// `x/text/cases`, `Title(language.AmericanEnglish)`.)
pub(super) fn title_case(args: &[Value]) -> Result<Value, String> {
    let characters: Vec<char> = string(args, 0)?.chars().collect();
    let mut out = String::new();
    let mut inside = false;
    for (index, character) in characters.iter().enumerate() {
        let joins = inside && joins_word(&characters, index);
        if character.is_alphabetic() {
            let mapped = if inside {
                single(*character, character.to_lowercase())
            } else {
                single(*character, character.to_uppercase())
            };
            out.push(mapped);
            inside = true;
        } else {
            out.push(*character);
            inside = joins;
        }
    }
    Ok(text(out))
}

/// Whether a character that is no letter stands inside a word: `don't`, `a.b`, `a_b`, `a1b`.
fn joins_word(characters: &[char], index: usize) -> bool {
    let next_is_letter = characters.get(index + 1).is_some_and(|next| next.is_alphabetic());
    match characters[index] {
        '_' => true,
        character if character.is_numeric() => true,
        '\'' | '\u{2019}' | '.' | ':' | '\u{b7}' => next_is_letter,
        _ => false,
    }
}

/// `match pattern text`: whether the pattern occurs.
pub(super) fn matches(args: &[Value]) -> Result<Value, String> {
    Ok(Value::Bool(pattern(string(args, 0)?)?.is_match(string(args, 1)?)))
}

/// `reReplaceAll pattern replacement text`; `$1` and `${name}` are what groups matched.
pub(super) fn replace_all(args: &[Value]) -> Result<Value, String> {
    let pattern = pattern(string(args, 0)?)?;
    let (replacement, subject) = (string(args, 1)?, string(args, 2)?);
    if subject.len().saturating_mul(replacement.len()) > MAX_REPLACEMENT {
        return Err(format!("could become larger than {MAX_REPLACEMENT} bytes"));
    }
    Ok(text(pattern.replace_all(subject, replacement)))
}

/// A pattern in Go's dialect that may match anywhere; compiled once.
fn pattern(text: &str) -> Result<Arc<Pattern>, String> {
    static PATTERNS: Mutex<BTreeMap<String, Arc<Pattern>>> = Mutex::new(BTreeMap::new());
    let mut patterns = PATTERNS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(pattern) = patterns.get(text) {
        return Ok(Arc::clone(pattern));
    }
    let pattern = Arc::new(Pattern::unanchored(text).map_err(|error| error.to_string())?);
    if patterns.len() >= MAX_PATTERNS {
        patterns.clear();
    }
    patterns.insert(text.to_owned(), Arc::clone(&pattern));
    Ok(pattern)
}

#[cfg(test)]
mod tests {
    use super::super::Function;
    use super::*;

    fn check(function: Function, args: &[&str], expect: &str) {
        let args: Vec<Value> = args.iter().map(text).collect();
        assert_eq!(function(&args), Ok(text(expect)), "{args:?}");
    }

    #[test]
    fn texts_change_as_in_go() {
        check(to_upper, &["straße é"], "STRAßE É");
        check(to_lower, &["ÄB"], "äb");
        check(trim_space, &["\n a \t"], "a");
        check(title_words, &["hello wORLD-foo_bar 1st"], "Hello WORLD-Foo_bar 1st");
        check(replace_all, &["(.*):.*", "$1", "host:9090"], "host");
        check(replace_all, &["(?P<a>x)", "<${a}>", "axb"], "a<x>b");
    }

    #[test]
    fn titles_lower_the_rest_of_a_word() {
        for (input, expect) in [
            ("aAa bB", "Aaa Bb"),
            ("don't stop", "Don't Stop"),
            ("foo_bar foo-bar foo.bar", "Foo_bar Foo-Bar Foo.bar"),
        ] {
            check(title_case, &[input], expect);
        }
    }

    #[test]
    fn a_bad_pattern_is_an_error() {
        assert!(matches(&[text("("), text("x")]).is_err());
    }
}
