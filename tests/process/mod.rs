//! The program itself as a child process, with folders and ports of its own.
#![allow(dead_code, reason = "every test binary uses its own part")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod http;

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::sinks::{PATIENCE, Recording};

/// How often a condition is looked at.
const PACE: Duration = Duration::from_millis(20);

/// The URL that messages link to.
pub const EXTERNAL_URL: &str = "http://firebell.test";

/// A folder with the files of a server, which outlives its process.
pub struct Home {
    folder: TempDir,
    environment: Vec<(String, String)>,
    arguments: Vec<String>,
}

/// A server that runs; it is killed when it is dropped.
pub struct Firebell {
    pub address: SocketAddr,
    /// What it says on stderr.
    pub log: Recording<String>,
    /// What it prints on stdout.
    pub printed: Recording<String>,
    child: Child,
}

impl Home {
    pub fn new() -> Home {
        let folder = tempfile::tempdir().unwrap();
        Home { folder, environment: Vec::new(), arguments: Vec::new() }
    }

    /// A file in the folder; its path.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// One more argument.
    pub fn argument(mut self, argument: impl Into<String>) -> Home {
        self.arguments.push(argument.into());
        self
    }

    /// An environment variable of the process.
    pub fn environment(mut self, name: &str, value: impl Into<String>) -> Home {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// With this configuration, kept as `alertmanager.yml`.
    pub fn configured(self, text: &str) -> Home {
        let path = self.write("alertmanager.yml", text);
        self.argument(format!("--config.file={}", path.display()))
    }

    /// With these rules, kept as `rules.yml`.
    pub fn ruled(self, text: &str) -> Home {
        let path = self.write("rules.yml", text);
        self.argument(format!("--rules.file={}", path.display()))
    }

    /// With files of the repository as they are.
    pub fn shipped(self, config: &str, rules: &str) -> Home {
        self.argument(format!("--config.file={config}")).argument(format!("--rules.file={rules}"))
    }

    /// `firebell serve`, in the repository's folder so that paths in messages are short.
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_firebell"));
        let storage = self.folder.path().join("data");
        command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["serve", "--web.listen-address=127.0.0.1:0", "--log.level=debug"])
            .arg(format!("--web.external-url={EXTERNAL_URL}"))
            .arg(format!("--storage.path={}", storage.display()))
            .args(&self.arguments)
            .env_remove("SLACK_WEBHOOK_URL")
            .env_remove("PAGERDUTY_SERVICE_KEY")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Starts a server and waits until it listens.
    pub async fn serve(&self) -> Firebell {
        let mut child =
            self.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = record(child.stderr.take().unwrap());
        let printed = record(child.stdout.take().unwrap());
        // stands in for the address until that is known, so that the child is killed if it never is
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Firebell { address: nowhere, log, printed, child };
        let line = server.said("msg=\"Listening on\"").await;
        let (_, address) = line.split_once("address=").unwrap();
        server.address = address.trim().parse().unwrap();
        server
    }

    /// What a server says that does not come to listen.
    pub fn refused(&self) -> Output {
        let output = self.command().output().unwrap();
        assert!(!output.status.success(), "it runs");
        output
    }
}

/// Lines as they come.
fn record(stream: impl Read + Send + 'static) -> Recording<String> {
    let lines = Recording::new();
    let recording = lines.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            let Ok(line) = line else { return };
            recording.push(line);
        }
    });
    lines
}

impl Firebell {
    /// The first line on stderr that contains this text.
    pub async fn said(&self, text: &str) -> String {
        let has = |lines: &[String]| lines.iter().any(|line| line.contains(text));
        let lines = self.log.wait_until(has).await;
        let lines = lines.unwrap_or_else(|| panic!("never said {text:?}"));
        lines.into_iter().find(|line| line.contains(text)).unwrap()
    }

    /// Dies at once, as with `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal by its name, `HUP` or `TERM`.
    pub fn signal(&self, name: &str) {
        let process = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &process]).status().unwrap();
        assert!(sent.success(), "kill -{name}");
    }

    /// Told to stop; how it ended.
    pub async fn stop(mut self) -> ExitStatus {
        self.signal("TERM");
        let child = &mut self.child;
        eventually("it stops", async || child.try_wait().unwrap()).await
    }
}

impl Drop for Firebell {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let lines = self.log.now();
            eprintln!("what {} said:\n{}", self.address, lines.join("\n"));
        }
        // it may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks again and again until there is an answer.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let mut pace = tokio::time::interval(PACE);
    let looking = async {
        loop {
            pace.tick().await;
            if let Some(answer) = look().await {
                return answer;
            }
        }
    };
    let answer = tokio::time::timeout(PATIENCE, looking).await;
    answer.unwrap_or_else(|_| panic!("waited in vain until {what}"))
}

/// A file of the repository.
pub fn repository(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}
