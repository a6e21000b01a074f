//! A Rust file as the checks see it: comments and the insides of strings blanked, so that a
//! word found is a word of the program; and which lines are tests.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// One file.
pub struct Code {
    /// Relative to the repository.
    pub path: PathBuf,
    /// As it was written.
    pub text: String,
    /// The same, line by line and column by column, without comments and strings' insides.
    pub code: String,
    /// Byte ranges of `code` that are compiled for tests only.
    tests: Vec<Range<usize>>,
}

impl Code {
    /// A file of that text.
    pub fn new(path: impl Into<PathBuf>, text: &str) -> Code {
        let (path, code) = (path.into(), blank(text));
        let whole = is_test_file(&path);
        let all = std::iter::once(0..code.len());
        let tests = if whole { all.collect() } else { test_regions(&code) };
        Code { path, text: text.to_owned(), code, tests }
    }

    /// All Rust files under some directories of the repository, in order.
    pub fn read(directories: &[&str]) -> Vec<Code> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut paths = Vec::new();
        directories.iter().for_each(|directory| collect(&root.join(directory), &mut paths));
        paths.sort();
        let read = |path: PathBuf| {
            let text = std::fs::read_to_string(&path).unwrap();
            Code::new(path.strip_prefix(root).unwrap(), &text)
        };
        let mut files: Vec<Code> = paths.into_iter().map(read).collect();
        let test_only: Vec<PathBuf> = files.iter().flat_map(Code::test_modules).collect();
        for file in &mut files {
            if test_only.iter().any(|module| file.path.starts_with(module)) {
                file.tests = std::iter::once(0..file.code.len()).collect();
            }
        }
        files
    }

    /// The files and directories of the modules that are declared for tests only.
    fn test_modules(&self) -> Vec<PathBuf> {
        let is_root = ["mod.rs", "lib.rs", "main.rs"].iter().any(|name| self.path.ends_with(name));
        let directory =
            if is_root { self.path.with_file_name("") } else { self.path.with_extension("") };
        let declared = self.tests.iter().filter_map(|range| {
            let name = self.code[range.clone()].strip_suffix(';')?.rsplit_once("mod ")?.1;
            Some(directory.join(name))
        });
        declared.flat_map(|module| [module.with_extension("rs"), module]).collect()
    }

    /// The number of the line, from 1, in which a byte of the file stands.
    pub fn line(&self, offset: usize) -> usize {
        self.code[..offset].matches('\n').count() + 1
    }

    /// Whether a byte of the file is compiled for tests only.
    pub fn is_test(&self, offset: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&offset))
    }

    /// `file:line: reason`
    pub fn finding(&self, offset: usize, reason: &str) -> String {
        format!("{}:{}: {reason}", self.path.display(), self.line(offset))
    }

    /// The module at the top of the house that the file belongs to: `label` of
    /// `src/label/set.rs`. `None` outside of `src`, and for the roots.
    pub fn module(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src").ok()?;
        let first = Path::new(inside.iter().next()?).file_stem()?.to_str()?;
        (!matches!(first, "lib" | "main" | "bin")).then_some(first)
    }

    /// Offsets at which a word or path stands, not as a part of a longer word.
    pub fn words<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        let bytes = self.code.as_bytes();
        let in_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let begins = in_word(word.as_bytes()[0]);
        let ends = in_word(word.as_bytes()[word.len() - 1]);
        self.code.match_indices(word).map(|(offset, _)| offset).filter(move |offset| {
            let before = offset.checked_sub(1).map(|before| bytes[before]);
            let after = bytes.get(offset + word.len()).copied();
            !(begins && before.is_some_and(in_word) || ends && after.is_some_and(in_word))
        })
    }
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

fn is_test_file(path: &Path) -> bool {
    let under = |directory: &str| path.starts_with(directory);
    let is_tests = path.iter().any(|part| part == "tests" || part == "tests.rs");
    under("tests") || under("benches") || is_tests
}

/// What follows each `#[cfg(test)]`, up to its closing brace or semicolon.
fn test_regions(code: &str) -> Vec<Range<usize>> {
    let mut regions = Vec::new();
    for (start, attribute) in code.match_indices("#[cfg(test)]") {
        let after = start + attribute.len();
        let end = code[after..].find(['{', ';']).map_or(code.len(), |end| after + end);
        let end = if code[end..].starts_with('{') { closing(code, end) } else { end };
        regions.push(start..end + 1);
    }
    regions
}

/// The offset of the brace that closes the one at `open`.
pub fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return offset,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    code.len().saturating_sub(1)
}

/// The text without comments and the insides of strings and characters; lengths and lines stay.
fn blank(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let (hidden, next) = hidden(text.as_bytes(), at);
        for byte in &mut bytes[hidden] {
            *byte = if *byte == b'\n' { b'\n' } else { b' ' };
        }
        at = next;
    }
    String::from_utf8(bytes).unwrap()
}

/// What is to be blanked at a place, and where to go on.
fn hidden(text: &[u8], at: usize) -> (Range<usize>, usize) {
    let rest = &text[at..];
    let find = |needle: &[u8], from: usize| {
        let found = text[from..].windows(needle.len()).position(|window| window == needle);
        found.map_or(text.len(), |offset| from + offset)
    };
    if rest.starts_with(b"//") {
        let end = find(b"\n", at);
        return (at..end, end);
    }
    if rest.starts_with(b"/*") {
        let end = (find(b"*/", at) + 2).min(text.len());
        return (at..end, end);
    }
    if let Some(hashes) = raw_string(text, at) {
        let open = at + 2 + hashes;
        let close = find(&[b"\"".as_slice(), &b"#".repeat(hashes)].concat(), open);
        return (open..close, (close + 1 + hashes).min(text.len()));
    }
    match rest {
        [b'"', ..] => {
            let close = quoted(text, at + 1, b'"');
            (at + 1..close, close + 1)
        }
        [b'\'', b'\\', ..] => {
            let close = quoted(text, at + 1, b'\'');
            (at + 1..close, close + 1)
        }
        [b'\'', ..] => match character_end(text, at + 1) {
            Some(close) => (at + 1..close, close + 1),
            None => (at..at, at + 1),
        },
        _ => (at..at, at + 1),
    }
}

/// The number of hashes of a raw string that begins here.
fn raw_string(text: &[u8], at: usize) -> Option<usize> {
    let before = at.checked_sub(1).map(|before| text[before]);
    let in_word = before.is_some_and(|b| b != b'b' && (b.is_ascii_alphanumeric() || b == b'_'));
    let rest = text[at..].strip_prefix(b"r").filter(|_| !in_word)?;
    let hashes = rest.iter().take_while(|byte| **byte == b'#').count();
    (rest.get(hashes) == Some(&b'"')).then_some(hashes)
}

fn quoted(text: &[u8], mut at: usize, quote: u8) -> usize {
    while at < text.len() && text[at] != quote {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    at.min(text.len())
}

/// Where a character literal ends; a lifetime is none.
fn character_end(text: &[u8], start: usize) -> Option<usize> {
    let width = match text.get(start)? {
        0..0x80 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    };
    (text.get(start + width) == Some(&b'\'')).then_some(start + width)
}
