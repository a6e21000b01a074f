//! A mail server that records mails: EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA.

use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::Recording;

/// A mail as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mail {
    pub hello: String,
    /// Mechanism and what was proven: `PLAIN identity/user/password`.
    pub login: Option<String>,
    pub encrypted: bool,
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body, dots already undone, lines ended by LF.
    pub data: String,
}

/// How the server behaves.
#[derive(Clone, Default)]
pub struct Behaviour {
    /// Speaks TLS after STARTTLS, or from the start.
    pub tls: Option<TlsAcceptor>,
    /// Whether TLS starts with the connection.
    pub implicit_tls: bool,
    /// What `AUTH` offers; empty for no logins.
    pub mechanisms: &'static str,
    /// The secret that CRAM-MD5 is checked against.
    pub secret: &'static str,
    /// Commands (by their first word, `.` for the mail's end) answered with this line.
    pub refuse: Vec<(&'static str, &'static str)>,
    /// Whether STARTTLS is answered together with more than belongs there.
    pub inject: bool,
}

/// The sink.
#[derive(Clone)]
pub struct SmtpSink {
    pub address: SocketAddr,
    pub mails: Recording<Mail>,
    /// Every line that came before or after a mail, of all connections.
    pub lines: Recording<String>,
    behaviour: Arc<Behaviour>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

type Line = BufReader<Box<dyn Stream>>;

impl SmtpSink {
    /// A sink on a free port.
    pub async fn start(behaviour: Behaviour) -> SmtpSink {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = SmtpSink {
            address: listener.local_addr().unwrap(),
            mails: Recording::new(),
            lines: Recording::new(),
            behaviour: Arc::new(behaviour),
        };
        let server = sink.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let server = server.clone();
                // A client that goes away ends its own dialogue only.
                tokio::spawn(async move { server.serve(Box::new(stream)).await });
            }
        });
        sink
    }

    async fn serve(self, mut stream: Box<dyn Stream>) -> std::io::Result<()> {
        let mut mail = Mail::default();
        if let (true, Some(tls)) = (self.behaviour.implicit_tls, &self.behaviour.tls) {
            stream = Box::new(tls.accept(stream).await?);
            mail.encrypted = true;
        }
        let mut line = BufReader::new(stream);
        say(&mut line, "220 sink.test ESMTP").await?;
        while let Some(command) = self.hear(&mut line).await? {
            let verb = command.split([' ', ':']).next().unwrap_or("").to_ascii_uppercase();
            if let Some(refusal) = self.refusal(&verb) {
                say(&mut line, refusal).await?;
                continue;
            }
            match verb.as_str() {
                "EHLO" => {
                    mail.hello = command[4..].trim().to_owned();
                    say(&mut line, &self.abilities(mail.encrypted)).await?;
                }
                "HELO" => {
                    mail.hello = command[4..].trim().to_owned();
                    say(&mut line, "250 sink.test").await?;
                }
                "STARTTLS" => {
                    line = self.start_tls(line).await?;
                    mail = Mail { encrypted: true, ..Mail::default() };
                }
                "AUTH" => self.login(&mut line, &command, &mut mail).await?,
                "MAIL" => {
                    mail.from = command["MAIL FROM:".len()..].to_owned();
                    say(&mut line, "250 2.1.0 ok").await?;
                }
                "RCPT" => {
                    mail.to.push(command["RCPT TO:".len()..].to_owned());
                    say(&mut line, "250 2.1.5 ok").await?;
                }
                "DATA" => self.take(&mut line, &mut mail).await?,
                "QUIT" => return say(&mut line, "221 bye").await,
                _ => say(&mut line, "500 5.5.1 unknown").await?,
            }
        }
        Ok(())
    }

    async fn hear(&self, line: &mut Line) -> std::io::Result<Option<String>> {
        let mut text = String::new();
        if line.read_line(&mut text).await? == 0 {
            return Ok(None);
        }
        let text = text.trim_end().to_owned();
        self.lines.push(text.clone());
        Ok(Some(text))
    }

    fn refusal(&self, verb: &str) -> Option<&'static str> {
        self.behaviour.refuse.iter().find(|(which, _)| *which == verb).map(|(_, line)| *line)
    }

    fn abilities(&self, encrypted: bool) -> String {
        let mut abilities = vec!["sink.test".to_owned(), "8BITMIME".to_owned()];
        if self.behaviour.tls.is_some() && !encrypted {
            abilities.push("STARTTLS".to_owned());
        }
        if !self.behaviour.mechanisms.is_empty() {
            abilities.push(format!("AUTH {}", self.behaviour.mechanisms));
        }
        let last = abilities.pop().unwrap();
        let mut text: String = abilities.iter().map(|line| format!("250-{line}\r\n")).collect();
        text.push_str(&format!("250 {last}"));
        text
    }

    async fn start_tls(&self, mut line: Line) -> std::io::Result<Line> {
        let more = if self.behaviour.inject { "\r\n250 evil" } else { "" };
        say(&mut line, &format!("220 go{more}")).await?;
        let tls = self.behaviour.tls.as_ref().unwrap();
        let stream = tls.accept(line.into_inner()).await?;
        Ok(BufReader::new(Box::new(stream)))
    }

    async fn login(&self, line: &mut Line, command: &str, mail: &mut Mail) -> std::io::Result<()> {
        let mut words = command.split(' ').skip(1);
        let proven = match (words.next(), words.next()) {
            (Some("PLAIN"), Some(text)) => format!("PLAIN {}", decode(text).replace('\0', "/")),
            (Some("LOGIN"), None) => {
                let user = self.ask(line, "Username:").await?;
                format!("LOGIN {user}/{}", self.ask(line, "Password:").await?)
            }
            (Some("CRAM-MD5"), None) => {
                let challenge = "<1.2@sink.test>";
                let answer = self.ask(line, challenge).await?;
                let (user, digest) = answer.rsplit_once(' ').unwrap();
                if digest != hmac_md5(self.behaviour.secret, challenge) {
                    return say(line, "535 5.7.8 wrong").await;
                }
                format!("CRAM-MD5 {user}")
            }
            _ => return say(line, "504 5.5.4 unknown mechanism").await,
        };
        mail.login = Some(proven);
        say(line, "235 2.7.0 welcome").await
    }

    async fn ask(&self, line: &mut Line, question: &str) -> std::io::Result<String> {
        say(line, &format!("334 {}", STANDARD.encode(question))).await?;
        Ok(decode(&self.hear(line).await?.unwrap_or_default()))
    }

    async fn take(&self, line: &mut Line, mail: &mut Mail) -> std::io::Result<()> {
        say(line, "354 go ahead").await?;
        mail.data.clear();
        loop {
            let mut text = String::new();
            if line.read_line(&mut text).await? == 0 {
                return Ok(());
            }
            assert!(text.ends_with("\r\n"), "line without CR LF: {text:?}");
            match text.trim_end_matches("\r\n") {
                "." => break,
                text => mail.data += &format!("{}\n", text.strip_prefix('.').unwrap_or(text)),
            }
        }
        if let Some(refusal) = self.refusal(".") {
            return say(line, refusal).await;
        }
        self.mails.push(mail.clone());
        mail.to.clear();
        say(line, "250 2.0.0 queued").await
    }
}

async fn say(line: &mut Line, text: &str) -> std::io::Result<()> {
    line.write_all(format!("{text}\r\n").as_bytes()).await?;
    line.flush().await
}

fn decode(text: &str) -> String {
    String::from_utf8(STANDARD.decode(text).unwrap()).unwrap()
}

/// (Source: RFC 2104; keys of at most 64 bytes.)
fn hmac_md5(key: &str, text: &str) -> String {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key.bytes()).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Md5::new().chain_update(pad(0x36)).chain_update(text).finalize();
    let outer = Md5::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}
