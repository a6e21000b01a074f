//! A server as a child process, and requests to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::requests::Request;

const PATIENCE: Duration = Duration::from_secs(30);
const BINARY: &str = env!("CARGO_BIN_EXE_firebell");

/// It is killed when it is dropped.
pub struct Server {
    pub address: SocketAddr,
    child: Child,
    log: Receiver<String>,
    config: PathBuf,
    _folder: tempfile::TempDir,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
    headers: Vec<(String, String)>,
}

/// `firebell alertmanager` with this configuration.
pub fn own(config: &str, flags: &[String]) -> Server {
    Server::start(Path::new(BINARY), &["alertmanager"], config, flags)
}

/// The same with a directory of configurations.
pub fn own_of(directory: &Path, flags: &[String]) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let command = command(Path::new(BINARY), &["alertmanager"], directory, folder.path(), flags);
    Server::spawn(command, directory.to_owned(), folder)
}

/// One that is given its socket as systemd does. The shell puts the process' own id in place.
pub fn inheriting(config: &str, socket: TcpListener) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alertmanager.yml");
    std::fs::write(&path, config).unwrap();
    let mut command = Command::new("sh");
    let script = "export LISTEN_FDS=1 LISTEN_PID=$$; exec 3<&0 0</dev/null; exec \"$@\"";
    command
        .args(["-c", script, "sh", BINARY, "alertmanager", "--web.systemd-socket"])
        .arg(format!("--config.file={}", path.display()))
        .arg(format!("--storage.path={}", folder.path().join("data").display()))
        .stdin(Stdio::from(OwnedFd::from(socket)));
    Server::spawn(command, path, folder)
}

/// The code and the words of one that does not start.
pub fn refused(flags: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alertmanager.yml");
    std::fs::write(&path, super::CONFIG).unwrap();
    let own = format!("--config.file={}", path.display());
    let configured = flags.iter().any(|flag| flag.starts_with("--config.file"));
    let output = Command::new(BINARY)
        .arg("alertmanager")
        .args((!configured).then_some(own))
        .arg(format!("--storage.path={}", folder.path().join("data").display()))
        .args(
            ["--web.listen-address=127.0.0.1:0"]
                .iter()
                .filter(|_| !flags.contains(&"--web.systemd-socket")),
        )
        .args(flags)
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn command(
    binary: &Path,
    before: &[&str],
    config: &Path,
    folder: &Path,
    flags: &[String],
) -> Command {
    let mut command = Command::new(binary);
    command
        .args(before)
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.path={}", folder.join("data").display()))
        .args(["--web.listen-address=127.0.0.1:0", "--cluster.listen-address="])
        .args(flags)
        .stdin(Stdio::null());
    command
}

impl Server {
    /// Starts a binary and waits until it listens.
    pub fn start(binary: &Path, before: &[&str], config: &str, flags: &[String]) -> Server {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alertmanager.yml");
        std::fs::write(&path, config).unwrap();
        Server::spawn(command(binary, before, &path, folder.path(), flags), path, folder)
    }

    fn spawn(mut command: Command, config: PathBuf, folder: tempfile::TempDir) -> Server {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (lines, log) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if lines.send(line).is_err() {
                    return;
                }
            }
        });
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Server { address: nowhere, child, log, config, _folder: folder };
        let mut said = Vec::new();
        while let Ok(line) = server.log.recv_timeout(PATIENCE) {
            said.push(line.clone());
            if let Some((_, address)) = line.split_once("msg=\"Listening on\" address=") {
                server.address = address.trim().parse().unwrap();
                // what was said before is asked for later
                let (lines, log) = channel();
                said.into_iter().for_each(|line| lines.send(line).unwrap());
                let rest = std::mem::replace(&mut server.log, log);
                std::thread::spawn(move || rest.iter().try_for_each(|line| lines.send(line)));
                return server;
            }
        }
        panic!("does not listen: {said:#?}");
    }

    /// Writes the configuration anew.
    pub fn write(&self, config: &str) {
        std::fs::write(&self.config, config).unwrap();
    }

    /// Waits for a line of the log.
    pub fn said(&self, text: &str) {
        while !self.log.recv_timeout(PATIENCE).expect(text).contains(text) {}
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    pub fn exit_code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path, "")
    }

    pub fn request(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send(method, path, &[("content-type", "application/json")], body)
    }

    /// A request of the table; `{id}` is the last silence.
    pub fn ask(&self, request: &Request, prefix: &str, id: &str) -> Answer {
        let path = match request.path.strip_prefix('^') {
            Some(path) => path.to_owned(),
            None => format!("{prefix}{}", request.path),
        };
        let (path, body) = (path.replace("{id}", id), request.body.replace("{id}", id));
        let kind = [("content-type", "application/json")];
        let typed = !body.is_empty() && request.headers.is_empty();
        let headers = if typed { &kind[..] } else { request.headers };
        self.send(request.method, &path, headers, &body)
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        Answer::read(&text)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    fn read(text: &str) -> Answer {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let chunked =
            headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let body = if chunked { joined(body) } else { body.to_owned() };
        Answer { status, body, headers }
    }

    /// A header, or the empty string; several are joined.
    pub fn header(&self, name: &str) -> String {
        let values = self.headers.iter().filter(|(own, _)| own == name);
        values.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(",")
    }

    /// The id of a silence that was made.
    pub fn silence(&self) -> Option<String> {
        let body: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        body["silenceID"].as_str().map(str::to_owned)
    }
}

/// A body in chunks.
fn joined(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length.trim(), 16).unwrap();
        if length == 0 {
            break;
        }
        body.push_str(&after[..length]);
        rest = after[length..].trim_start_matches("\r\n");
    }
    body
}
