//! Alertmanager's configuration: what is taken compiles, and what it is marshalled to is taken
//! again and marshalled to the same.

use firebell::config::alertmanager::parse;
use firebell::config::{Expansion, Surroundings};
use firebell::label::matcher::Mode;

/// One input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for expansion in [Expansion::Off, Expansion::On(&Fixed)] {
        for mode in [Mode::Fallback, Mode::Classic, Mode::Utf8] {
            check(text, expansion, mode);
        }
    }
}

fn check(text: &str, expansion: Expansion<'_>, mode: Mode) {
    let Ok(raw) = parse("conf/alertmanager.yml", text, expansion, mode) else { return };
    let original = raw.original();
    if let Err(errors) = raw.compile(&[]) {
        panic!("does not compile:\n{errors}\n{original}");
    }
    match parse("conf/alertmanager.yml", &original, Expansion::Off, mode) {
        Ok(again) => assert_eq!(again.original(), original),
        Err(errors) => panic!("is not taken again:\n{errors}\n{original}"),
    }
}

/// Surroundings in which some names are known, and some values are nasty.
struct Fixed;

impl Surroundings for Fixed {
    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "EMPTY" => Some(String::new()),
            "URL" => Some("https://example.org/hook?a=b#c".to_owned()),
            "NASTY" => Some("a: [b\n\"'${URL}".to_owned()),
            _ => None,
        }
    }

    fn file(&self, path: &str) -> Result<String, String> {
        let known = path.starts_with("/run/");
        if known { Ok(" s3cret\n".to_owned()) } else { Err("no such file".to_owned()) }
    }
}
