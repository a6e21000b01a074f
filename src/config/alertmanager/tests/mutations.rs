//! Whatever a file says, reading it ends, and what is accepted compiles and loads again.

use proptest::prelude::*;

use super::*;

const FULL: &str = include_str!("full.yml");

/// A change of the file: so many characters at a place are replaced by a text.
fn change() -> impl Strategy<Value = (prop::sample::Index, usize, String)> {
    let text = prop_oneof![
        Just(String::new()),
        Just("\n".to_owned()),
        Just("null".to_owned()),
        Just("{}".to_owned()),
        Just("[[".to_owned()),
        Just("*x".to_owned()),
        Just("&x".to_owned()),
        Just("${X".to_owned()),
        Just("\"".to_owned()),
        Just("é\u{feff}\r\n\t".to_owned()),
        "[ -~]{1,4}",
    ];
    (any::<prop::sample::Index>(), 0..12_usize, text)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_is_refused_or_means_what_its_marshalled_form_means(
        changes in prop::collection::vec(change(), 1..4),
    ) {
        let mut characters: Vec<char> = FULL.chars().collect();
        for (index, length, text) in changes {
            let start = index.index(characters.len());
            let end = (start + length).min(characters.len());
            characters.splice(start..end, text.chars());
        }
        let text: String = characters.into_iter().collect();
        if let Ok(first) = load(&text).map(|raw| raw.compile(&[]).unwrap()) {
            let second = compiled(&first.original);
            prop_assert_eq!(without_secrets(&first), without_secrets(&second));
        }
    }
}
