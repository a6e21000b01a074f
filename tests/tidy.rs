//! The house rules that no compiler checks: who may use whom, what the pure layers must not
//! name, lengths, and words that have no place. A finding is `file:line: reason`.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

#[path = "tidy/code.rs"]
mod code;
#[path = "tidy/layers.rs"]
mod layers;
#[path = "tidy/style.rs"]
mod style;

use code::Code;
use layers::Layers;

const EVERYWHERE: &[&str] = &["src", "tests", "benches", "fuzz"];

fn layers() -> Layers {
    Layers::parse(include_str!("../src/lib.rs"))
}

/// Runs a check over all files and fails with its findings.
fn all(directories: &[&str], check: impl Fn(&Code) -> Vec<String>) {
    let findings: Vec<String> = Code::read(directories).iter().flat_map(check).collect();
    assert!(findings.is_empty(), "{} findings:\n{}\n", findings.len(), findings.join("\n"));
}

#[test]
fn modules_use_only_what_the_layer_table_allows() {
    let layers = layers();
    let lib = Code::new("src/lib.rs", include_str!("../src/lib.rs"));
    assert_eq!(layers.check_complete(&lib), [""; 0]);
    all(&["src"], |file| layers.check_uses(file));
}

#[test]
fn the_pure_layers_touch_no_clock_socket_or_disk() {
    let layers = layers();
    all(&["src"], |file| layers.check_pure(file));
}

#[test]
fn files_and_functions_are_short() {
    all(EVERYWHERE, style::check_file_length);
    all(EVERYWHERE, style::check_function_length);
}

#[test]
fn the_program_does_not_panic_sleep_or_exit_by_itself() {
    all(&["src"], style::check_banned_words);
}

#[test]
fn tests_neither_sleep_nor_hide() {
    all(EVERYWHERE, style::check_tests);
}

#[test]
fn no_note_of_unfinished_work_is_left() {
    all(EVERYWHERE, style::check_notes);
}

#[test]
fn public_functions_take_no_booleans() {
    all(&["src"], style::check_boolean_parameters);
}

#[test]
fn files_have_names_that_say_something() {
    all(EVERYWHERE, style::check_names);
}

#[test]
fn no_hashed_order_reaches_the_pure_layers_output() {
    let layers = layers();
    all(&["src"], |file| {
        let layer = file.module().and_then(|module| layers.modules.get(module));
        let is_pure = layer.is_some_and(|(layer, _)| *layer <= 1);
        if is_pure { style::check_hash_order(file) } else { Vec::new() }
    });
}

/// What a check finds in a text, as lines.
fn found(path: &str, text: &str, check: impl Fn(&Code) -> Vec<String>) -> Vec<String> {
    let strip = |finding: String| finding.split(": ").next().unwrap_or_default().to_owned();
    check(&Code::new(path, text)).into_iter().map(strip).collect()
}

#[test]
fn comments_strings_and_tests_are_told_from_the_program() {
    let text = "// .unwrap()\nlet a = \".unwrap()\"; /* .unwrap() */\nlet b = r#\"\".unwrap()\"#;\n\
        let c = ['\"', '\\'']; x.unwrap(); fn f<'a>() {}\n#[cfg(test)]\nmod tests { fn t() { x.unwrap() } }\n\
        y.unwrap()";
    let expect = ["src/a.rs:4", "src/a.rs:7"];
    assert_eq!(found("src/a.rs", text, style::check_banned_words), expect);
    assert_eq!(found("src/a/tests.rs", text, style::check_banned_words), [""; 0]);
}

#[test]
fn a_forbidden_use_is_found_however_it_is_written() {
    let layers = Layers::parse("// 0 low:\n// 0 other: low\n// 1 high: 0\n// 2 edge: high\n");
    let uses = |path: &str, text: &str| found(path, text, |file| layers.check_uses(file));
    assert_eq!(uses("src/low/a.rs", "use crate::high::X;"), ["src/low/a.rs:1"]);
    assert_eq!(uses("src/low/a.rs", "use crate::{\n low::Y, high::X};"), ["src/low/a.rs:1"]);
    assert_eq!(uses("src/low/a.rs", "fn f(x: crate::edge::T) {}"), ["src/low/a.rs:1"]);
    assert_eq!(uses("src/low/a.rs", "use super::super::high;"), ["src/low/a.rs:1"]);
    assert_eq!(uses("src/low/a.rs", "// crate::high\nuse super::b; use crate::low;"), [""; 0]);
    assert_eq!(uses("src/high.rs", "use crate::{low, other::{Z, W}};"), [""; 0]);
    assert_eq!(uses("src/edge.rs", "use crate::low;"), ["src/edge.rs:1"]);
}

#[test]
fn each_check_finds_what_it_looks_for() {
    let layers = Layers::parse("// 0 low:\n// 2 edge:\n");
    let pure = |file: &Code| layers.check_pure(file);
    assert_eq!(found("src/low.rs", "let t = Instant::now();", pure), ["src/low.rs:1"]);
    assert_eq!(found("src/low.rs", "struct Instantly; fn brand() {}", pure), [""; 0]);
    assert_eq!(found("src/edge.rs", "let t = Instant::now();", pure), [""; 0]);

    let long = format!("fn a() {{\n{}}}\nfn b() {{}}\n", "x;\n".repeat(71));
    assert_eq!(found("src/a.rs", &long, style::check_function_length), ["src/a.rs:1"]);
    let commented = format!("fn a() {{\n{}}}\n", "// x\n\n".repeat(71));
    assert_eq!(found("src/a.rs", &commented, style::check_function_length), [""; 0]);
    assert_eq!(found("src/a.rs", &"\n".repeat(501), style::check_file_length), ["src/a.rs:1"]);

    let boolean = "pub fn a(x: u8, b: bool) {}\npub fn c(x: Fn(bool)) -> bool {}\nfn d(b: bool) {}";
    assert_eq!(found("src/a.rs", boolean, style::check_boolean_parameters), ["src/a.rs:1"]);
    assert_eq!(found("src/http/utils.rs", "", style::check_names), ["src/http/utils.rs:1"]);

    let slow = "#[test]\n#[ignore]\nfn a() { tokio::time::sleep(x).await }";
    assert_eq!(found("tests/a.rs", slow, style::check_tests), ["tests/a.rs:2", "tests/a.rs:3"]);

    let hashed = "struct S { seen: HashMap<u8, u8> }\nfor x in &self.seen {}\nself.seen.get(1);\n\
        // order: a sum has none\nself.seen.values().sum()";
    assert_eq!(found("src/a.rs", hashed, style::check_hash_order), ["src/a.rs:2"]);
    let local = "let a: HashSet<u8> = b.a.iter().collect();\na.iter().next()";
    assert_eq!(found("src/a.rs", local, style::check_hash_order), ["src/a.rs:2"]);
}
