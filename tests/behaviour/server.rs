//! The two programs as child processes, with folders and ports of their own.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::scenario::{Scenario, Version};

/// How long a server may take to listen or to end, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The genuine Alertmanager and what came with it.
pub struct Genuine {
    alertmanager: PathBuf,
    /// Its amtool, if there is one.
    pub amtool: Option<PathBuf>,
    /// The Alertmanager's version.
    pub version: Version,
}

/// Which program plays.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// The genuine Alertmanager.
    Alertmanager,
    /// This project's.
    Firebell,
}

/// A server with its folder.
pub struct Server {
    folder: tempfile::TempDir,
    program: Program,
    binary: PathBuf,
    running: Option<(Child, String)>,
}

/// The first file of one of these names: named by the variable, fetched, or installed.
fn find(variable: &str, names: &[&str]) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/usr/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories = std::iter::once(fetched).chain(std::env::split_paths(&path));
    let inside =
        |directory: PathBuf| names.iter().map(move |name| directory.join(name)).collect::<Vec<_>>();
    named.into_iter().chain(directories.flat_map(inside)).find(|candidate| candidate.is_file())
}

/// The genuine one, if any is there.
pub fn genuine() -> Option<Genuine> {
    let alertmanager = find("FIREBELL_ALERTMANAGER", &["prometheus-alertmanager", "alertmanager"])?;
    let told = Command::new(&alertmanager).arg("--version").output().ok()?;
    // older ones tell their version on stderr
    let told = String::from_utf8_lossy(&[told.stdout, told.stderr].concat()).into_owned();
    let version = told.split_once("version ")?.1.split([' ', '+', ',']).next()?;
    let version = Version::parse(version)?;
    Some(Genuine { alertmanager, amtool: find("FIREBELL_AMTOOL", &["amtool"]), version })
}

impl Genuine {
    /// Whether everything that a scenario runs is there.
    pub fn has_what_it_needs(&self, scenario: &Scenario) -> bool {
        self.amtool.is_some() || !scenario.runs("amtool")
    }

    fn binary(&self, program: Program) -> PathBuf {
        match program {
            Program::Alertmanager => self.alertmanager.clone(),
            Program::Firebell => PathBuf::from(env!("CARGO_BIN_EXE_firebell")),
        }
    }
}

impl Server {
    /// A server that does not run yet.
    pub fn new(program: Program, genuine: &Genuine) -> Server {
        let folder = tempfile::tempdir().unwrap();
        Server { folder, program, binary: genuine.binary(program), running: None }
    }

    /// The folder of its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Puts a configuration into place.
    pub fn configure(&self, text: &str) {
        std::fs::write(self.folder.path().join("alertmanager.yml"), text).unwrap();
    }

    /// `host:port` that it listens on.
    pub fn address(&self) -> &str {
        self.running.as_ref().map_or("", |(_, address)| address)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        match self.program {
            Program::Alertmanager => command.arg("--cluster.listen-address="),
            Program::Firebell => command.arg("serve"),
        };
        command
            .current_dir(self.folder.path())
            .args(["--config.file=alertmanager.yml", "--web.listen-address=127.0.0.1:0"])
            .args(["--web.external-url=http://alertmanager.test/", "--storage.path=data"])
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    /// Starts it and waits until it listens.
    pub fn start(&mut self) {
        let mut child = self.command().spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (found, address) = mpsc::channel();
        let mut said = String::new();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if let Some((_, after)) = line.split_once("msg=\"Listening on\" address=") {
                    let address = after.split_whitespace().next().unwrap_or_default();
                    let _ = found.send(Ok(address.to_owned()));
                }
                said = format!("{said}{line}\n");
            }
            let _ = found.send(Err(said));
        });
        let address = address.recv_timeout(PATIENCE).unwrap();
        let address = address.unwrap_or_else(|said| panic!("{:?} ended: {said}", self.program));
        self.running = Some((child, address));
    }

    /// Tells it to stop and waits until it has.
    pub fn stop(&mut self) {
        let Some((mut child, _)) = self.running.take() else { return };
        let process = child.id().to_string();
        let told = Command::new("kill").args([OsStr::new("-TERM"), process.as_ref()]).status();
        assert!(told.unwrap().success());
        child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((mut child, _)) = self.running.take() {
            // it may have ended already
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
