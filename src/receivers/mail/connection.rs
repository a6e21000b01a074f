//! Lines to and from a mail server, over TCP or TLS.

use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::MailError;

/// The longest line of a reply, in bytes. (RFC 5321 asks for 512.)
pub(super) const REPLY_LINE_LIMIT: u64 = 4096;
/// The most lines of a reply.
pub(super) const REPLY_LINES_LIMIT: usize = 128;

/// What a mail server answers. `250-first`, `250 last` are two lines of one reply.
#[derive(Debug, PartialEq)]
pub(super) struct Reply {
    /// Three digits; the first says how it went.
    pub code: u16,
    /// The texts of its lines, without the code.
    pub lines: Vec<String>,
}

/// How to speak TLS with the server.
pub(super) struct Tls {
    pub connector: TlsConnector,
    pub name: ServerName<'static>,
}

/// A connection to a mail server.
pub(super) struct Connection {
    stream: BufReader<Box<dyn Stream>>,
    encrypted: bool,
}

/// What carries the dialogue.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Connection {
    /// Connects; nothing is said yet.
    pub(super) async fn open(host: &Arc<str>, port: u16) -> Result<Connection, MailError> {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let stream = TcpStream::connect((bare.unwrap_or(host), port))
            .await
            .map_err(|source| MailError::Connect { host: Arc::clone(host), port, source })?;
        Ok(Connection { stream: BufReader::new(Box::new(stream)), encrypted: false })
    }

    /// The same connection from here on under TLS.
    pub(super) async fn encrypt(self, tls: Tls) -> Result<Connection, MailError> {
        // What came early would be taken for part of the protected dialogue.
        if !self.stream.buffer().is_empty() {
            return Err(MailError::Injected);
        }
        let stream = tls.connector.connect(tls.name, self.stream.into_inner()).await;
        let stream = stream.map_err(MailError::Handshake)?;
        Ok(Connection { stream: BufReader::new(Box::new(stream)), encrypted: true })
    }

    /// Whether TLS is spoken.
    pub(super) fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// Says one line and hears the reply, whatever it is.
    pub(super) async fn ask(&mut self, step: &'static str, line: &str) -> Result<Reply, MailError> {
        self.write(format!("{line}\r\n").as_bytes()).await?;
        self.reply(step).await
    }

    /// As [`ask`](Connection::ask), but only this class of reply (the code's first digit) is
    /// good; any other is an error.
    pub(super) async fn command(
        &mut self,
        step: &'static str,
        line: &str,
        class: u16,
    ) -> Result<Reply, MailError> {
        self.ask(step, line).await?.expect(step, class)
    }

    /// Sends octets as they are.
    pub(super) async fn write(&mut self, octets: &[u8]) -> Result<(), MailError> {
        self.stream.write_all(octets).await?;
        Ok(self.stream.flush().await?)
    }

    /// Hears a reply.
    pub(super) async fn reply(&mut self, step: &'static str) -> Result<Reply, MailError> {
        let mut lines = Vec::new();
        loop {
            let line = self.line(step).await?;
            let Some((code, more, text)) = parse_line(&line) else {
                return Err(MailError::Answer { step, what: "not a reply of SMTP" });
            };
            lines.push(text.to_owned());
            if !more {
                return Ok(Reply { code, lines });
            }
            if lines.len() >= REPLY_LINES_LIMIT {
                return Err(MailError::Answer { step, what: "too many lines" });
            }
        }
    }

    async fn line(&mut self, step: &'static str) -> Result<String, MailError> {
        let mut line = Vec::new();
        (&mut self.stream).take(REPLY_LINE_LIMIT).read_until(b'\n', &mut line).await?;
        match line.last() {
            Some(b'\n') => Ok(String::from_utf8_lossy(&line).trim_end().to_owned()),
            _ if line.len() as u64 == REPLY_LINE_LIMIT => {
                Err(MailError::Answer { step, what: "line too long" })
            }
            _ => Err(MailError::Answer { step, what: "connection closed by the server" }),
        }
    }
}

impl Reply {
    /// The reply if it is of this class, else an error that says what the server said.
    pub(super) fn expect(self, step: &'static str, class: u16) -> Result<Reply, MailError> {
        if self.code / 100 == class {
            return Ok(self);
        }
        Err(MailError::Refused { step, code: self.code, text: self.lines.join(" ") })
    }
}

/// Code, whether more lines follow, and text.
fn parse_line(line: &str) -> Option<(u16, bool, &str)> {
    let (code, rest) = line.split_at_checked(3)?;
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (more, text) = match rest.as_bytes().first() {
        None => (false, ""),
        Some(b' ') => (false, &rest[1..]),
        Some(b'-') => (true, &rest[1..]),
        Some(_) => return None,
    };
    Some((code.parse().ok()?, more, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn hear(octets: impl Into<Vec<u8>>) -> Result<Reply, String> {
        let (mut server, client) = tokio::io::duplex(1 << 20);
        let mut connection =
            Connection { stream: BufReader::new(Box::new(client)), encrypted: false };
        server.write_all(&octets.into()).await.unwrap();
        drop(server);
        connection.reply("EHLO").await.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn replies_of_several_lines_are_one() {
        let lines = |code, lines: &[&str]| {
            Ok(Reply { code, lines: lines.iter().map(|&line| line.to_owned()).collect() })
        };
        assert_eq!(hear("220 hello\r\n").await, lines(220, &["hello"]));
        assert_eq!(hear("250\r\n").await, lines(250, &[""]));
        assert_eq!(hear("250-a\n250-b c\r\n250 d\r\n250 e").await, lines(250, &["a", "b c", "d"]));
    }

    #[tokio::test]
    async fn what_is_not_a_reply_is_refused() {
        let check = async |octets: Vec<u8>, expect: &str| {
            assert_eq!(hear(octets).await, Err(format!("answer to EHLO: {expect}")));
        };
        check(b"HTTP/1.1 400\r\n".to_vec(), "not a reply of SMTP").await;
        check(b"25\r\n".to_vec(), "not a reply of SMTP").await;
        check("ä50 x\r\n".into(), "not a reply of SMTP").await;
        check(b"250_x\r\n".to_vec(), "not a reply of SMTP").await;
        check(b"250 x".to_vec(), "connection closed by the server").await;
        check(b"".to_vec(), "connection closed by the server").await;
        check(vec![b'2'; 1 << 16], "line too long").await;
        check(b"250-x\r\n".repeat(REPLY_LINES_LIMIT + 1), "too many lines").await;
    }
}
