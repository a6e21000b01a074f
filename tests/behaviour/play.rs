//! Plays a scenario on both servers side by side.
//!
//! ```text
//! post LABEL=VALUE... [@starts=S] [@ends=S] [@generator=URL] [+ANNOTATION=TEXT]... [; LABEL=...]
//! silence NAME MATCHER... [@starts=S] [@ends=S] [@id=NAME] [@comment=TEXT]
//! expire NAME            ends a silence
//! get PATH               asks; the answer is compared
//! send METHOD PATH BODY  likewise; {nowS} and {id:NAME} are filled in
//! code METHOD PATH BODY  likewise; only the status is compared
//! amtool WORDS...        runs the genuine amtool; what it prints is compared
//! answer PATH STATUS TIMES [DELAY]   what the sink answers with
//! reload                 with the next configuration, if there is one
//! stop, start            as the system does
//! end
//! ```
//! Seconds `S` count from the moment of the step.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use firebell::time::{Span, Timestamp, rfc3339};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::scenario::{Scenario, Step};
use super::server::{Genuine, Program, Server};
use super::sink::{Mood, Sink};
use super::transcript::{Names, Transcript};

/// How long the servers have to start before a scenario begins.
const LEAD: Duration = Duration::from_millis(1500);

/// One server, what it sends to, and what was seen so far.
struct Player {
    server: Server,
    sink: Sink,
    names: Names,
    configs: std::vec::IntoIter<String>,
    amtool: Option<std::path::PathBuf>,
    answers: Vec<(String, Value)>,
}

/// What both did: the genuine one, ours.
pub async fn both(scenario: &Arc<Scenario>, genuine: &Arc<Genuine>) -> (Transcript, Transcript) {
    let start = Instant::now() + LEAD;
    let wall = wall_clock() + Span::from_millis(LEAD.as_millis() as i64);
    let play = |program| {
        let (scenario, genuine) = (Arc::clone(scenario), Arc::clone(genuine));
        tokio::spawn(async move {
            let mut player = Player::new(program, &scenario, &genuine, start, wall).await;
            for step in &scenario.steps {
                sleep_until(start + step.at).await;
                player.step(step).await;
            }
            player.finish()
        })
    };
    let (theirs, ours) = tokio::join!(play(Program::Alertmanager), play(Program::Firebell));
    (theirs.unwrap(), ours.unwrap())
}

fn wall_clock() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_millis(now.as_millis() as i64)
}

impl Player {
    async fn new(
        program: Program,
        scenario: &Scenario,
        genuine: &Genuine,
        start: Instant,
        wall: Timestamp,
    ) -> Player {
        let sink = Sink::start(start).await;
        let configs = scenario.configs.iter().map(|config| config.replace("SINK", &sink.address));
        let configs: Vec<_> = configs.collect();
        let server = Server::new(program, genuine);
        let names = Names { start: wall, silences: BTreeMap::new(), places: Vec::new() };
        let mut player = Player {
            server,
            sink,
            names,
            configs: configs.into_iter(),
            amtool: genuine.amtool.clone(),
            answers: Vec::new(),
        };
        player.server.configure(&player.configs.next().unwrap());
        player.start();
        player
    }

    fn start(&mut self) {
        tokio::task::block_in_place(|| self.server.start());
        let places = [(self.server.address(), "SERVER"), (&self.sink.address, "SINK")];
        self.names.places = places.map(|(place, name)| (place.to_owned(), name)).to_vec();
    }

    async fn step(&mut self, step: &Step) {
        let words: Vec<&str> = step.words.iter().map(String::as_str).collect();
        match (step.verb.as_str(), words.as_slice()) {
            ("post", alerts) => self.post(step, alerts).await,
            ("silence", [name, words @ ..]) => self.silence(step, name, words).await,
            ("expire", [name]) => {
                let path = format!("/api/v2/silence/{}", self.names.silences[*name]);
                self.ask(step, "DELETE", &path, "").await;
            }
            ("get", [path]) => {
                let path = self.fill(path);
                self.ask(step, "GET", &path, "").await;
            }
            ("send", [method, path, body @ ..]) => {
                let (path, body) = (self.fill(path), self.fill(&body.join(" ")));
                self.ask(step, method, &path, &body).await;
            }
            ("code", [method, path, body @ ..]) => {
                let answer = self.request(method, path, &body.join(" ")).await;
                self.note(step, answer["status"].clone());
            }
            ("amtool", words) => self.amtool(step, words),
            ("answer", [path, status, times, delay @ ..]) => {
                let delay = delay.first().map_or(0.0, |delay| delay.parse().unwrap());
                let delay = Duration::from_secs_f64(delay);
                let (status, times) = (status.parse().unwrap(), times.parse().unwrap());
                self.sink.feel(path, Mood { status, delay, times });
            }
            ("reload", []) => {
                if let Some(config) = self.configs.next() {
                    self.server.configure(&config);
                }
                self.ask(step, "POST", "/-/reload", "").await;
            }
            ("stop", []) => tokio::task::block_in_place(|| self.server.stop()),
            ("start", []) => self.start(),
            ("end", []) => {}
            _ => panic!("no such step: {}", step.line),
        }
    }

    async fn post(&mut self, step: &Step, words: &[&str]) {
        let alerts: Vec<Value> = words.split(|word| *word == ";").map(alert).collect();
        self.ask(step, "POST", "/api/v2/alerts", &Value::from(alerts).to_string()).await;
    }

    async fn silence(&mut self, step: &Step, name: &str, words: &[&str]) {
        let silence = self.silence_of(words).to_string();
        let answer = self.request("POST", "/api/v2/silences", &silence).await;
        if let Some(id) = answer["body"]["silenceID"].as_str() {
            let known = self.names.silences.values().any(|known| known == id);
            if !known {
                self.names.silences.insert(name.to_owned(), id.to_owned());
            }
        }
        self.note(step, answer);
    }

    fn silence_of(&self, words: &[&str]) -> Value {
        let (mut matchers, mut silence) = (Vec::new(), Map::new());
        silence.insert("startsAt".into(), moment("0"));
        silence.insert("endsAt".into(), moment("3600"));
        silence.insert("createdBy".into(), "a test".into());
        silence.insert("comment".into(), "quiet".into());
        for word in words {
            match word.strip_prefix('@').and_then(|word| word.split_once('=')) {
                Some(("starts", at)) => drop(silence.insert("startsAt".into(), moment(at))),
                Some(("ends", at)) => drop(silence.insert("endsAt".into(), moment(at))),
                Some(("id", name)) => {
                    silence.insert("id".into(), self.names.silences[name].as_str().into());
                }
                Some((member, text)) => drop(silence.insert(member.into(), text.into())),
                None => matchers.push(matcher(word)),
            }
        }
        silence.insert("matchers".into(), matchers.into());
        silence.into()
    }

    fn amtool(&mut self, step: &Step, words: &[&str]) {
        let words = words.iter().map(|word| self.fill(word));
        let mut command = std::process::Command::new(self.amtool.as_ref().unwrap());
        command
            .arg(format!("--alertmanager.url=http://{}", self.server.address()))
            .arg("--no-version-check")
            .args(words)
            .current_dir(self.server.folder())
            .env("HOME", self.server.folder())
            .env("TZ", "UTC");
        let output = tokio::task::block_in_place(|| command.output()).unwrap();
        let lines = |bytes: &[u8]| {
            let text = self.names.text(&String::from_utf8_lossy(bytes));
            text.lines().map(|line| Value::from(line.trim_end())).collect::<Value>()
        };
        let (out, err) = (lines(&output.stdout), lines(&output.stderr));
        let answer = json!({"status": output.status.code(), "out": out, "err": err});
        self.answers.push((step.line.clone(), answer));
    }

    /// A text with moments and ids filled in.
    fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{now") {
            let (offset, after) = after.split_once('}').unwrap();
            filled.push_str(before);
            filled.push_str(moment(if offset.is_empty() { "0" } else { offset }).as_str().unwrap());
            rest = after;
        }
        filled.push_str(rest);
        for (name, id) in &self.names.silences {
            filled = filled.replace(&format!("{{id:{name}}}"), id);
        }
        filled
    }

    async fn ask(&mut self, step: &Step, method: &str, path: &str, body: &str) {
        let answer = self.request(method, path, body).await;
        self.note(step, answer);
    }

    fn note(&mut self, step: &Step, answer: Value) {
        let answer = self.names.value(answer);
        self.answers.push((step.line.clone(), answer));
    }

    async fn request(&self, method: &str, path: &str, body: &str) -> Value {
        let path = encoded(path);
        let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
        let address = self.server.address();
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: {address}\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status: u64 = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body: Value = serde_json::from_str(body).unwrap_or_else(|_| body.trim_end().into());
        json!({"status": status, "body": body})
    }

    fn finish(self) -> Transcript {
        let mut messages = self.sink.messages();
        for message in &mut messages {
            message.request = self.names.text(&message.request);
            message.body = self.names.value(message.body.take());
        }
        Transcript { messages, answers: self.answers }
    }
}

fn moment(offset: &str) -> Value {
    let seconds: f64 = offset.parse().unwrap_or_else(|_| panic!("not seconds: {offset}"));
    let at = wall_clock() + Span::from_millis((seconds * 1000.0) as i64);
    rfc3339::millis(at).into()
}

fn alert(words: &[&str]) -> Value {
    let (mut labels, mut annotations, mut alert) = (Map::new(), Map::new(), Map::new());
    for word in words {
        let (name, value) = word.split_once('=').unwrap_or_else(|| panic!("a label: {word}"));
        match (name.strip_prefix('@'), name.strip_prefix('+')) {
            (Some("starts"), _) => drop(alert.insert("startsAt".into(), moment(value))),
            (Some("ends"), _) => drop(alert.insert("endsAt".into(), moment(value))),
            (Some(_), _) => drop(alert.insert("generatorURL".into(), value.into())),
            (_, Some(name)) => drop(annotations.insert(name.into(), value.into())),
            _ => drop(labels.insert(name.into(), value.into())),
        }
    }
    alert.insert("labels".into(), labels.into());
    alert.insert("annotations".into(), annotations.into());
    alert.into()
}

fn matcher(word: &str) -> Value {
    let at = word.find(['=', '!']).unwrap_or_else(|| panic!("a matcher: {word}"));
    let (name, rest) = word.split_at(at);
    let operators =
        [("=~", true, true), ("!~", false, true), ("!=", false, false), ("=", true, false)];
    let found = operators.iter().find(|(operator, ..)| rest.starts_with(operator)).unwrap();
    let (operator, is_equal, is_regex) = found;
    let value = &rest[operator.len()..];
    json!({"name": name, "value": value, "isEqual": is_equal, "isRegex": is_regex})
}

/// A path with a query whose characters may all stand in a request.
fn encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/?&=%-._~:!$'*+,;@".contains(&byte);
    path.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
