//! Who may use whom, and what the pure layers must not name.

use std::collections::BTreeMap;

use super::code::Code;

/// The table at the end of `src/lib.rs`.
pub struct Layers {
    /// Module -> its layer and the modules it may use.
    pub modules: BTreeMap<String, (u32, Vec<String>)>,
}

/// What layers 0 and 1 must not name, and why.
const IMPURE: &[(&str, &str)] = &[
    ("tokio", "no runtime"),
    ("async", "nothing waits"),
    ("await", "nothing waits"),
    ("std::fs", "no disk"),
    ("std::net", "no socket"),
    ("std::env", "no environment"),
    ("std::process", "no processes"),
    ("std::thread", "no threads"),
    ("reqwest", "no requests"),
    ("Instant", "`now` is an argument"),
    ("SystemTime", "`now` is an argument"),
    ("Timestamp::now", "`now` is an argument"),
    ("Zoned::now", "`now` is an argument"),
    ("TimeZone::system", "the machine's zone is found out at the edge"),
    ("rand", "jitter is a hash, ids are made by the caller"),
    ("uuid", "ids are made by the caller"),
    ("new_v4", "ids are made by the caller"),
];

impl Layers {
    /// Reads lines `// 1 rules: promql template`, where `0` stands for all modules of layer 0.
    pub fn parse(lib: &str) -> Layers {
        let mut modules = BTreeMap::new();
        for line in lib.lines().filter_map(|line| line.strip_prefix("// ")) {
            let Some((head, uses)) = line.split_once(':') else { continue };
            let Some((layer, module)) = head.split_once(' ') else { continue };
            let is_module = !module.contains(' ');
            if let (true, Ok(layer)) = (is_module, layer.parse::<u32>()) {
                let uses = uses.split_whitespace().map(str::to_owned).collect();
                modules.insert(module.to_owned(), (layer, uses));
            }
        }
        Layers { modules }
    }

    fn allows(&self, from: &str, to: &str) -> bool {
        let Some((_, uses)) = self.modules.get(from) else { return false };
        let layer_of_to = self.modules.get(to).map(|(layer, _)| layer.to_string());
        from == to || uses.iter().any(|name| name == to || Some(name) == layer_of_to.as_ref())
    }

    /// Modules that the table or the map lacks.
    pub fn check_complete(&self, lib: &Code) -> Vec<String> {
        let declared: Vec<&str> = lib
            .code
            .lines()
            .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
            .collect();
        let missing = declared.iter().filter(|module| !self.modules.contains_key(**module));
        let missing = missing.map(|module| format!("src/lib.rs: the layer table lacks {module}"));
        let names = self.modules.values().flat_map(|(_, uses)| uses);
        let unknown = names.filter(|name| {
            name.parse::<u32>().is_err() && !self.modules.contains_key(name.as_str())
        });
        let unknown =
            unknown.map(|name| format!("src/lib.rs: the layer table uses unknown {name}"));
        missing.chain(unknown).collect()
    }

    /// Uses of modules that a file's own module may not use.
    pub fn check_uses(&self, file: &Code) -> Vec<String> {
        let Some(module) = file.module() else { return Vec::new() };
        let uses = used_modules(file).into_iter();
        let forbidden =
            uses.filter(|(offset, to)| !file.is_test(*offset) && !self.allows(module, to));
        let climbing = climbs(file).into_iter().map(|offset| {
            file.finding(offset, "write `crate::...` for what another module at the top has")
        });
        forbidden
            .map(|(offset, to)| {
                let reason = format!("{module} may not use {to}: see the table in src/lib.rs");
                file.finding(offset, &reason)
            })
            .chain(climbing)
            .collect()
    }

    /// Words by which a pure layer would touch the world.
    pub fn check_pure(&self, file: &Code) -> Vec<String> {
        let layer = file.module().and_then(|module| self.modules.get(module));
        if layer.is_none_or(|(layer, _)| *layer > 1) {
            return Vec::new();
        }
        let mut findings = Vec::new();
        for (word, why) in IMPURE {
            let offsets = file.words(word).filter(|offset| !file.is_test(*offset));
            let reason = format!("layers 0 and 1 do not name `{word}`: {why}");
            findings.extend(offsets.map(|offset| file.finding(offset, &reason)));
        }
        findings
    }
}

/// Every `crate::x` and every `x` of `crate::{x, y::z}`.
fn used_modules(file: &Code) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    for offset in file.words("crate::") {
        let after = offset + "crate::".len();
        let rest = &file.code[after..];
        if !rest.starts_with('{') {
            used.push((offset, first_word(rest)));
            continue;
        }
        let end = super::code::closing(&file.code, after);
        let mut depth = 0;
        for part in file.code[after + 1..end].split_inclusive([',', '{', '}']) {
            if depth == 0 {
                used.push((offset, first_word(part.trim())));
            }
            depth += part.matches('{').count() as i32 - part.matches('}').count() as i32;
        }
    }
    used.retain(|(_, module)| module.starts_with(|first: char| first.is_ascii_lowercase()));
    used
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

/// Paths that climb to the root by `super::super::`, past this check.
fn climbs(file: &Code) -> Vec<usize> {
    let parts = file.path.iter().count() - 1;
    let depth = parts - usize::from(file.path.ends_with("mod.rs"));
    let path = "super::".repeat(depth.max(1));
    file.words(&path).filter(|offset| !file.is_test(*offset)).collect()
}
