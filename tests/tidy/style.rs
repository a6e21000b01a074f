//! Lengths, names and words of the house style.

use super::code::{Code, closing};

pub const MAX_FILE_LINES: usize = 500;
pub const MAX_FUNCTION_LINES: usize = 70;

/// Files too long to be read at a sitting.
pub fn check_file_length(file: &Code) -> Vec<String> {
    let lines = file.text.lines().count();
    let reason = format!("{lines} lines, more than {MAX_FILE_LINES}: split the file by sense");
    (lines > MAX_FILE_LINES).then(|| file.finding(0, &reason)).into_iter().collect()
}

/// Functions that do not fit on a screen; blank lines and comments do not count.
pub fn check_function_length(file: &Code) -> Vec<String> {
    let mut findings = Vec::new();
    for offset in file.words("fn") {
        let Some(open) = body(file, offset) else { continue };
        let inside = &file.code[open + 1..closing(&file.code, open)];
        let lines = inside.lines().filter(|line| !line.trim().is_empty()).count();
        if lines > MAX_FUNCTION_LINES {
            let reason = format!("a function of {lines} lines, more than {MAX_FUNCTION_LINES}");
            findings.push(file.finding(offset, &reason));
        }
    }
    findings
}

/// The brace that opens a function's body, if it has one.
fn body(file: &Code, function: usize) -> Option<usize> {
    let rest = &file.code[function..];
    let is_named = rest[2..].starts_with(' ');
    let end = rest.find(['{', ';'])?;
    (is_named && rest[end..].starts_with('{')).then_some(function + end)
}

/// Words that the program does not say outside of tests, and why.
const BANNED: &[(&str, &str)] = &[
    (".unwrap()", "answer with an error, or prove it by construction"),
    (EXPECT, "answer with an error, or prove it by construction"),
    (".expect(&format!", "answer with an error, or prove it by construction"),
    ("panic!", "answer with an error; `assert!` states an invariant"),
    ("todo!", "nothing is left to do"),
    ("unimplemented!", "nothing is left to do"),
    ("dbg!", "a trace of debugging"),
    ("thread::sleep", "nothing sleeps: drivers wait on a clock they own"),
    ("process::exit", "only the command line decides the exit status, by returning it"),
    ("unsafe", "no unsafe code"),
];

const EXPECT: &str = ".expect(\"";

/// Whether a text is the only argument: what `Option` and `Result` take.
fn is_alone(file: &Code, offset: usize) -> bool {
    let inside = &file.code[offset + EXPECT.len()..];
    inside.find('"').is_some_and(|end| inside[end + 1..].starts_with(')'))
}

pub fn check_banned_words(file: &Code) -> Vec<String> {
    let mut findings = Vec::new();
    for (word, why) in BANNED {
        let offsets = file.words(word).filter(|offset| !file.is_test(*offset));
        let offsets = offsets.filter(|offset| *word != EXPECT || is_alone(file, *offset));
        findings.extend(offsets.map(|offset| file.finding(offset, &format!("`{word}`: {why}"))));
    }
    findings
}

/// Tests that are skipped or that wait for time to pass.
pub fn check_tests(file: &Code) -> Vec<String> {
    let ignored = file
        .code
        .match_indices("#[ignore")
        .map(|(offset, _)| file.finding(offset, "a test is not ignored: mend it or take it away"));
    let sleeps = file.words("sleep(").filter(|offset| file.is_test(*offset));
    let sleeps = sleeps
        .map(|offset| file.finding(offset, "a test does not sleep: wait for what is to happen"));
    ignored.chain(sleeps).collect()
}

/// Notes of work left undone. (Written apart here, or the check would find itself.)
pub fn check_notes(file: &Code) -> Vec<String> {
    let notes = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];
    let mut findings = Vec::new();
    for note in notes {
        for (offset, _) in file.text.match_indices(note) {
            let line = file.text[..offset].matches('\n').count() + 1;
            findings.push(format!("{}:{line}: {note}: do it or drop it", file.path.display()));
        }
    }
    findings
}

/// Public functions whose caller would write a bare `true`.
pub fn check_boolean_parameters(file: &Code) -> Vec<String> {
    let mut findings = Vec::new();
    for offset in file.words("pub fn").chain(file.words("pub async fn")) {
        let rest = &file.code[offset..];
        let Some(open) = rest.find('(') else { continue };
        let parameters = &rest[open..open + matching_parenthesis(&rest[open..])];
        let is_boolean = parameters.split(',').any(|parameter| {
            parameter.trim_end().trim_end_matches(')').trim_end().ends_with(": bool")
        });
        if is_boolean && !file.is_test(offset) {
            findings.push(file.finding(offset, "a boolean parameter: take an enum"));
        }
    }
    findings
}

fn matching_parenthesis(text: &str) -> usize {
    let mut depth = 0;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => return offset + 1,
            b')' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// Names that say nothing.
pub fn check_names(file: &Code) -> Vec<String> {
    const EMPTY: [&str; 10] = [
        "util", "utils", "common", "helper", "helpers", "manager", "service", "misc", "types",
        "base",
    ];
    let stems = file.path.iter().filter_map(|part| part.to_str()?.split('.').next());
    let empty = stems.filter(|stem| EMPTY.contains(stem));
    empty.map(|stem| file.finding(0, &format!("`{stem}` names nothing: say what it is"))).collect()
}

/// Walks over hash maps in pure layers, where the order could reach the output. A comment
/// `order: ...` on the line or the one before says why it cannot.
pub fn check_hash_order(file: &Code) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, is_local) in hashed_names(&file.code) {
        let walks = [
            ".iter()",
            ".iter_mut()",
            ".keys()",
            ".values()",
            ".values_mut()",
            ".drain(",
            ".into_iter()",
            ".into_values()",
            ".into_keys()",
        ];
        let mut offsets: Vec<usize> = Vec::new();
        for walk in walks {
            offsets.extend(file.words(&format!("{name}{walk}")));
        }
        for loop_over in ["in &", "in &mut ", "in &self.", "in self.", "in "] {
            offsets.extend(file.words(&format!("{loop_over}{name} {{")));
        }
        let of_another = |offset: usize| is_local && file.code[..offset].ends_with('.');
        let offsets = offsets.into_iter();
        let offsets = offsets.filter(|offset| !file.is_test(*offset) && !of_another(*offset));
        let unexplained = offsets.filter(|offset| !is_explained(file, *offset));
        let reason = format!("`{name}` is hashed, and has no order: sort, or say `// order: ...`");
        findings.extend(unexplained.map(|offset| file.finding(offset, &reason)));
    }
    findings
}

/// Names that are declared as hash maps or sets, and whether they are local variables.
fn hashed_names(code: &str) -> Vec<(String, bool)> {
    let mut names = Vec::new();
    for line in code.lines() {
        let Some(kind) = line.find("HashMap").or_else(|| line.find("HashSet")) else { continue };
        let before = line[..kind].trim_end();
        let before = before.rsplit_once("std::collections::").map_or(before, |(before, _)| before);
        let Some(before) = before.trim_end().strip_suffix([':', '=']) else { continue };
        let name =
            before.trim_end().rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next();
        let is_local = line.trim_start().starts_with("let ");
        names.extend(name.filter(|name| !name.is_empty()).map(|name| (name.to_owned(), is_local)));
    }
    names.sort();
    names.dedup();
    names
}

fn is_explained(file: &Code, offset: usize) -> bool {
    let line = file.line(offset);
    let near = file.text.lines().skip(line.saturating_sub(2)).take(2);
    near.into_iter().any(|line| line.contains("// order: "))
}
