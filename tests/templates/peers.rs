//! The genuine programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use firebell::template::data::Data;
use firebell::template::data_json;

/// What a template writes, or why it does not.
pub type Rendering = Result<String, String>;

/// Which engine.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Html,
}

/// A program by the variable that names it, among the peers, or in the path.
pub fn find(name: &str, variable: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let peer = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/peers/usr/bin").join(name);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = named
        .into_iter()
        .chain([peer])
        .chain(std::env::split_paths(&path).map(|directory| directory.join(name)))
        .find(|candidate| candidate.is_file());
    if found.is_none() {
        println!("skipped: no {name}; name it in {variable}");
    }
    found
}

/// `amtool` with its default templates.
pub struct Amtool {
    program: PathBuf,
    templates: String,
}

/// The genuine `amtool`, if it and its templates are here.
pub fn amtool() -> Option<Amtool> {
    let program = find("amtool", "FIREBELL_AMTOOL")?;
    if let Some(version) = minor_version(&program).filter(|minor| *minor < OLDEST) {
        println!("skipped: amtool 0.{version} is older than 0.{OLDEST}; its texts are not these");
        return None;
    }
    let real = std::fs::canonicalize(&program).unwrap_or_else(|_| program.clone());
    let beside = real.ancestors().nth(2)?.join("share/prometheus/alertmanager");
    let templates = [beside, PathBuf::from("/usr/share/prometheus/alertmanager")]
        .into_iter()
        .find(|directory| directory.join("default.tmpl").is_file());
    match templates {
        Some(templates) => {
            Some(Amtool { program, templates: format!("{}/*.tmpl", templates.display()) })
        }
        None => {
            println!("skipped: amtool is here, but not its default.tmpl");
            None
        }
    }
}

/// The oldest `amtool` (0.x) whose templates and functions are those that ours follow.
const OLDEST: u32 = 33;

/// The x of version 0.x.
fn minor_version(program: &Path) -> Option<u32> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    text.split_once("version 0.")?.1.split('.').next()?.parse().ok()
}

impl Amtool {
    /// Renders a template.
    pub fn render(&self, template: &str, kind: Kind, data: &Data) -> Rendering {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("data.json");
        std::fs::write(&file, data_json(data).unwrap()).unwrap();
        let output = Command::new(&self.program)
            .args(["template", "render", "--template.glob", &self.templates])
            .args(["--template.type", if kind == Kind::Html { "html" } else { "text" }])
            .args(["--template.text", template, "--template.data"])
            .arg(&file)
            .env("HOME", directory.path())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        if !output.status.success() {
            return Err(text(output.stderr));
        }
        Ok(text(output.stdout))
    }
}

/// Says where two texts part.
#[track_caller]
pub fn same(what: &str, ours: &str, theirs: &str) {
    if ours == theirs {
        return;
    }
    let at = ours.bytes().zip(theirs.bytes()).take_while(|(left, right)| left == right).count();
    let part = |text: &str| {
        let bytes = &text.as_bytes()[at.saturating_sub(80)..(at + 160).min(text.len())];
        String::from_utf8_lossy(bytes).into_owned()
    };
    panic!("{what}: differs at byte {at}\nours:   {:?}\ntheirs: {:?}", part(ours), part(theirs));
}
