use super::*;

struct World;

impl Surroundings for World {
    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "HOME" => Some("/root".to_owned()),
            "_X1" => Some("$x${HOME}".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    fn file(&self, path: &str) -> Result<String, String> {
        match path {
            "/run/key" => Ok("s3cret\n".to_owned()),
            _ => Err("no such file".to_owned()),
        }
    }
}

fn check(text: &str, expect: &str) {
    let expanded = expand(text, Expansion::On(&World)).map(|new| new.unwrap_or(text.to_owned()));
    assert_eq!(expanded.as_deref(), Ok(expect), "{text}");
}

#[test]
fn placeholders_are_replaced_and_every_other_dollar_stays() {
    check("${HOME}", "/root");
    check("a${HOME}b${HOME}c", "a/rootb/rootc");
    check("${_X1}", "$x${HOME}");
    check("${NONE:-some default: x}", "some default: x");
    check("${NONE:-}", "");
    check("${EMPTY}", "");
    check("${EMPTY:-full}", "full");
    check("${HOME:-other}", "/root");
    check("${file:/run/key}", "s3cret");
    check("$${HOME}", "${HOME}");
    check("$$${HOME}", "$${HOME}");
    check("^(a|b)$", "^(a|b)$");
    check("$HOME $1 ${1} ${} ${a.b} ${a-b} ${HOME", "$HOME $1 ${1} ${} ${a.b} ${a-b} ${HOME");
    check("{{ $labels.x }} ${HOME}", "{{ $labels.x }} /root");
    check("${file:}", "${file:}");
    check("ü$ü${HOME}ü", "ü$ü/rootü");
}

#[test]
fn what_cannot_be_filled_is_named_all_at_once_with_its_offset() {
    let faults = expand("a ${ONE} b ${file:/nope} $${NOT}", Expansion::On(&World)).unwrap_err();
    let offsets: Vec<usize> = faults.iter().map(|fault| fault.offset).collect();
    assert_eq!(offsets, [2, 11]);
    assert!(faults[0].message.starts_with("environment variable ONE is not set"), "{faults:?}");
    assert_eq!(faults[1].message, "cannot read the file /nope: no such file");
}

#[test]
fn nothing_happens_when_it_is_off() {
    assert_eq!(expand("${HOME} $${HOME}", Expansion::Off), Ok(None));
}
