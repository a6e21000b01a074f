//! What is said to a mail server, in order.
//!
//! ```text
//! 220 greeting | EHLO | STARTTLS, EHLO | AUTH | MAIL FROM | RCPT TO ... | DATA, mail, "." | QUIT
//! ```

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use crate::notify::integration::Email;
use crate::notify::message::MailMessage;

use super::super::tls::TlsMaterial;
use super::compose::{address, compose};
use super::connection::{Connection, Reply, Tls};
use super::{MailError, login};

/// The port on which TLS starts with the connection unless the configuration says otherwise.
const IMPLICIT_TLS_PORT: u16 = 465;
/// What we call ourselves when the configuration does not say. (Source: Go, `net/smtp`.)
const DEFAULT_HELLO: &str = "localhost";
/// How long the answer to our farewell may take; the mail is delivered by then.
const FAREWELL: Duration = Duration::from_secs(1);

/// What a server says it can do.
#[derive(Debug, Default, PartialEq)]
struct Extensions {
    start_tls: bool,
    utf8: bool,
    /// Names of mechanisms, if it wants logins at all.
    login: Option<String>,
}

/// Hands the mail over; it is delivered when this returns well.
pub(super) async fn deliver(message: &MailMessage) -> Result<Connection, MailError> {
    let server = &*message.server;
    let from = address(&message.from, "from")?;
    let to: Vec<String> =
        message.to.iter().map(|to| address(to, "to")).collect::<Result<_, _>>()?;
    let octets = compose(message)?;
    let (mut connection, extensions) = connect(server).await?;
    if let Some(offered) = extensions.login.as_ref().filter(|_| !server.auth_username.is_empty()) {
        login::login(&mut connection, server, offered).await?;
    }
    let ascii = from.is_ascii() && to.iter().all(|address| address.is_ascii());
    if !ascii && !extensions.utf8 {
        return Err(MailError::NoUtf8);
    }
    let option = if ascii { "" } else { " SMTPUTF8" };
    connection.command("MAIL FROM", &format!("MAIL FROM:<{from}>{option}"), 2).await?;
    for address in &to {
        connection.command("RCPT TO", &format!("RCPT TO:<{address}>"), 2).await?;
    }
    connection.command("DATA", "DATA", 3).await?;
    connection.write(&with_dots_doubled(&octets)).await?;
    connection.reply("the mail").await?.expect("the mail", 2)?;
    Ok(connection)
}

/// Says goodbye; nothing depends on it.
pub(super) async fn quit(mut connection: Connection, deadline: Instant) {
    let end = deadline.min(Instant::now() + FAREWELL);
    let _ = timeout_at(end, connection.ask("QUIT", "QUIT")).await;
}

/// A connection that is ready for logging in: protected where it must be, and introduced.
async fn connect(server: &Email) -> Result<(Connection, Extensions), MailError> {
    let hello = hello(server)?;
    let (host, port) = &server.smarthost;
    let mut connection = Connection::open(host, *port).await?;
    let implicit = server.force_implicit_tls.unwrap_or(*port == IMPLICIT_TLS_PORT);
    if implicit {
        connection = connection.encrypt(tls(server).await?).await?;
    }
    connection.reply("greeting").await?.expect("greeting", 2)?;
    let mut extensions = introduce(&mut connection, hello).await?;
    if server.require_tls && !implicit {
        if !extensions.start_tls {
            return Err(MailError::NoStartTls);
        }
        connection.command("STARTTLS", "STARTTLS", 2).await?;
        connection = connection.encrypt(tls(server).await?).await?;
        extensions = introduce(&mut connection, hello).await?;
    }
    Ok((connection, extensions))
}

fn hello(server: &Email) -> Result<&str, MailError> {
    match server.hello.as_str() {
        "" => Ok(DEFAULT_HELLO),
        name if name.contains(|c: char| c.is_whitespace() || c.is_control()) => {
            Err(MailError::Hello(name.to_owned()))
        }
        name => Ok(name),
    }
}

async fn tls(server: &Email) -> Result<Tls, MailError> {
    let material = TlsMaterial::read(&server.tls).await?;
    let config = material.client_config(&[])?;
    let name = material.server_name(&server.smarthost.0)?;
    Ok(Tls { connector: TlsConnector::from(Arc::new(config)), name })
}

/// EHLO, or HELO to a server that does not know it.
async fn introduce(connection: &mut Connection, hello: &str) -> Result<Extensions, MailError> {
    let reply = connection.ask("EHLO", &format!("EHLO {hello}")).await?;
    if reply.code / 100 == 2 {
        return Ok(extensions(&reply));
    }
    connection.command("HELO", &format!("HELO {hello}"), 2).await?;
    Ok(Extensions::default())
}

fn extensions(reply: &Reply) -> Extensions {
    let mut extensions = Extensions::default();
    for line in reply.lines.iter().skip(1) {
        let (keyword, rest) = line.split_once(' ').unwrap_or((line, ""));
        match keyword.to_ascii_uppercase().as_str() {
            "STARTTLS" => extensions.start_tls = true,
            "SMTPUTF8" => extensions.utf8 = true,
            "AUTH" => extensions.login = Some(rest.to_owned()),
            _ => {}
        }
    }
    extensions
}

/// The mail as DATA wants it: a line that begins with a dot gets another, a lone dot ends it.
fn with_dots_doubled(octets: &[u8]) -> Vec<u8> {
    let mut data = Vec::with_capacity(octets.len() + 64);
    for line in octets.split_inclusive(|&byte| byte == b'\n') {
        if line.starts_with(b".") {
            data.push(b'.');
        }
        data.extend_from_slice(line);
    }
    if !data.ends_with(b"\r\n") {
        data.extend_from_slice(b"\r\n");
    }
    data.extend_from_slice(b".\r\n");
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_at_the_start_of_a_line_is_doubled() {
        let check = |octets: &str, expect: &str| {
            let data = with_dots_doubled(octets.as_bytes());
            assert_eq!(String::from_utf8(data).unwrap(), expect);
        };
        check("a\r\n", "a\r\n.\r\n");
        check("a", "a\r\n.\r\n");
        check(".\r\n..b\r\nc.\r\n", "..\r\n...b\r\nc.\r\n.\r\n");
        check("", "\r\n.\r\n");
    }

    #[test]
    fn what_a_server_can_do_is_read_in_any_case() {
        let reply = |lines: &[&str]| Reply {
            code: 250,
            lines: lines.iter().map(|&line| line.to_owned()).collect(),
        };
        assert_eq!(extensions(&reply(&["AUTH STARTTLS"])), Extensions::default());
        let login = Some("LOGIN PLAIN".to_owned());
        assert_eq!(
            extensions(&reply(&["mx", "starttls", "Auth LOGIN PLAIN", "AUTH=X", "SMTPUTF8"])),
            Extensions { start_tls: true, utf8: true, login }
        );
    }
}
