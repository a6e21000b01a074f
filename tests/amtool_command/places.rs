//! Where command lines are tried: two amtools, two servers, and files beside them.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The configuration of every server; also the file `routes.yml`.
pub const ROUTES: &str = "global: {resolve_timeout: 5m}
route:
  receiver: default
  group_by: [alertname]
  routes:
  - matchers: ['severity=\"critical\"']
    receiver: pager
    continue: true
  - matchers: ['team=~\"a|b\"', 'env!=\"test\"']
    receiver: team
    routes:
    - match: {sub: x}
      receiver: sub
      continue: true
    - match_re: {sub: 'x.*'}
      receiver: team
receivers:
- name: default
- name: pager
  webhook_configs: [{url: 'http://user:pass@127.0.0.1:9/x'}]
- name: team
- name: sub
inhibit_rules:
- source_matchers: ['severity=\"critical\"']
  target_matchers: ['severity=\"warning\"']
  equal: [alertname]
";

/// Files that command lines name.
const FILES: [(&str, &str); 13] = [
    ("routes.yml", ROUTES),
    (
        "deep.yml",
        "route:\n  receiver: default\n  routes:\n  - receiver: a\n    routes:\n    - receiver: b\n      \
         matchers: ['a=\"b\"']\n      routes: [{receiver: a, matchers: ['x=\"\\\"y\"', '\"p q\"=z']}]\n    \
         - {receiver: b, continue: true}\n  - matchers: ['a=~\"b|c\"']\n\
         receivers: [{name: default}, {name: a}, {name: b}]\n",
    ),
    (
        "modes.yml",
        "route:\n  receiver: default\n  routes:\n  - {receiver: a, matchers: ['foo=\"\\xf0\\x9f\\x99\\x82\"']}\n\
         receivers: [{name: default}, {name: a}]\n",
    ),
    ("bad.yml", "a: b\n"),
    ("two.yml", "route: {receiver: a}\nreceivers: [{name: a}, {name: a}]\n"),
    (
        "templates.yml",
        "route: {receiver: a}\nreceivers: [{name: a}]\ntemplates: ['*.tmpl', none.tmpl]\n",
    ),
    ("x.tmpl", "{{ define \"x\" }}[{{ .Status }}]{{ end }}"),
    (
        "data.json",
        "{\"receiver\":\"<x>\",\"alerts\":[{\"status\":\"firing\",\"labels\":{\"a\":\"b\"},\
         \"startsAt\":\"2001-01-01T00:00:00+02:00\"}],\"foo\":1}",
    ),
    ("client.yml", "basic_auth: {username: x, password: y}\n"),
    (
        "some.json",
        "[{\"matchers\":[]},{\"comment\":\"x\",\"createdBy\":\"y\",\"startsAt\":\"2001-01-01T00:00:00.000Z\",\
         \"endsAt\":\"2099-11-01T00:00:00.000Z\",\"matchers\":[{\"name\":\"a\",\"value\":\"b\",\"isRegex\":false}]},\
         {\"id\":\"zz\"}]",
    ),
    ("empty.json", "[]"),
    ("words", "# two words\ncluster\n\nshow\nx\n"),
    ("README", "These files are amtool's to read.\n"),
];

/// Settings that amtool finds in its user's home.
pub const SETTINGS: &str = "author: somebody\ncomment_required: false\noutput: json\nnothing: x\n";

/// Whose program runs.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    Ours,
    Genuine,
}

/// A folder with the files, and a home.
pub struct Place {
    folder: tempfile::TempDir,
}

/// A server that runs; it ends with this value.
pub struct Server {
    child: Child,
    pub url: String,
    _folder: tempfile::TempDir,
}

/// A genuine program, by the variable that names it or where `.ci/run` puts it.
pub fn genuine(variable: &str, name: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/usr/bin").join(name);
    let found = named.into_iter().chain([fetched]).find(|file| file.is_file());
    let found = found.filter(|file| version(file) >= COMPARED);
    if found.is_none() {
        println!("skipped: no genuine {name} of 0.33 or newer (set {variable} to its path)");
    }
    found
}

/// The oldest version whose words ours are: major and minor.
const COMPARED: (u32, u32) = (0, 33);

/// What a genuine program says it is; `alertmanager, version 0.33.1+ds (...)`.
fn version(program: &Path) -> (u32, u32) {
    let output = Command::new(program).arg("--version").output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    let number = told.split("version ").nth(1).unwrap_or_default();
    let mut parts = number.split(|c: char| !c.is_ascii_digit()).map_while(|part| part.parse().ok());
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

impl Place {
    pub fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in FILES {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Place { folder }
    }

    /// With settings in the home, where ours and where Debian's amtool look for them.
    pub fn with_settings(self) -> Place {
        for file in ["home/.config/amtool/config.yml", "home/.config/prometheus/amtool.yml"] {
            let path = self.folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, SETTINGS).unwrap();
        }
        self
    }

    /// A file to read.
    pub fn open(&self, name: &str) -> File {
        File::open(self.folder.path().join(name)).unwrap()
    }

    /// Keeps a text as a file.
    pub fn keep(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// An amtool in the folder, without a word yet; `None` when it is not there.
    pub fn amtool(&self, whose: Whose) -> Option<Command> {
        let mut command = match whose {
            Whose::Genuine => Command::new(genuine("FIREBELL_AMTOOL", "amtool")?),
            Whose::Ours => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_firebell"));
                command.arg("amtool");
                command
            }
        };
        command.current_dir(self.folder.path()).env("TZ", "UTC").stdin(Stdio::null());
        command.env("HOME", self.folder.path().join("home"));
        Some(command)
    }
}

impl Server {
    /// Starts a server with [`ROUTES`] and an empty state; `None` when it is not there.
    pub fn start(whose: Whose) -> Option<Server> {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("alertmanager.yml");
        std::fs::write(&config, ROUTES).unwrap();
        let mut command = match whose {
            Whose::Ours => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_firebell"));
                command.args(["serve", "--dry-run"]);
                command
            }
            Whose::Genuine => {
                let mut command =
                    Command::new(genuine("FIREBELL_ALERTMANAGER", "prometheus-alertmanager")?);
                command.arg("--cluster.listen-address=");
                command
            }
        };
        let mut child = command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", folder.path().join("state").display()))
            .arg("--web.listen-address=127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, after) = line.split_once("msg=\"Listening on\" address=")?;
            Some(after.split_whitespace().next()?.to_owned())
        });
        // what it says from now on is read, or it would wait for a reader
        std::thread::spawn(move || lines.for_each(drop));
        let url = format!("http://{}", address.expect("it listens"));
        Some(Server { child, url, _folder: folder })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
