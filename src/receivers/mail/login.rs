//! How we log in: the first mechanism in the server's order that we have the means for.
//! (Source: Alertmanager, `notify/email`; RFC 4954, 4616, 2195.)

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use crate::notify::integration::Email;
use crate::secret::Secret;

use super::super::secrets;
use super::MailError;
use super::connection::{Connection, Reply};

/// The most challenges of one login that are answered.
const CHALLENGE_LIMIT: usize = 8;

/// A way to log in, with what it takes.
#[derive(Debug)]
enum Mechanism {
    /// A digest over the server's challenge.
    CramMd5(Secret),
    /// Everything in one line.
    Plain(Secret),
    /// What the server asks for.
    Login(Secret),
}

/// Logs in by one of the mechanisms that the server offers.
pub(super) async fn login(
    connection: &mut Connection,
    server: &Email,
    offered: &str,
) -> Result<(), MailError> {
    let user = server.auth_username.as_str();
    match choose(server, offered).await? {
        Mechanism::CramMd5(secret) => cram_md5(connection, user, &secret).await,
        Mechanism::Plain(password) => plain(connection, server, &password).await,
        Mechanism::Login(password) => ask_and_tell(connection, user, &password).await,
    }
}

async fn choose(server: &Email, offered: &str) -> Result<Mechanism, MailError> {
    let mut missing = Vec::new();
    for name in offered.split_ascii_whitespace() {
        let (source, field) = match name {
            "CRAM-MD5" => (&server.auth_secret, "auth_secret"),
            "PLAIN" | "LOGIN" => (&server.auth_password, "auth_password"),
            _ => continue,
        };
        let secret = secrets::resolve_some(source.as_ref()).await?.filter(|text| !text.is_empty());
        match (name, secret) {
            ("CRAM-MD5", Some(secret)) => return Ok(Mechanism::CramMd5(secret)),
            ("PLAIN", Some(password)) => return Ok(Mechanism::Plain(password)),
            (_, Some(password)) => return Ok(Mechanism::Login(password)),
            (_, None) => missing.push(format!("{name} needs {field}")),
        }
    }
    Err(MailError::Login(match missing.is_empty() {
        true => format!("the server offers {offered:?}, we know CRAM-MD5, PLAIN and LOGIN"),
        false => missing.join(", "),
    }))
}

async fn cram_md5(
    connection: &mut Connection,
    user: &str,
    secret: &Secret,
) -> Result<(), MailError> {
    let reply = connection.ask("AUTH", "AUTH CRAM-MD5").await?;
    let challenge = challenge(reply)?;
    let digest = hmac_md5(secret.expose().as_bytes(), &challenge);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let answer = STANDARD.encode(format!("{user} {digest}"));
    accepted(connection.ask("AUTH", &answer).await?)
}

/// The password goes over the line as it is, so only a protected line or none at all will do.
async fn plain(
    connection: &mut Connection,
    server: &Email,
    password: &Secret,
) -> Result<(), MailError> {
    let (host, _) = &server.smarthost;
    let local = matches!(&**host, "localhost" | "127.0.0.1" | "::1" | "[::1]");
    if !connection.is_encrypted() && !local {
        let what = "PLAIN is not used on a connection without TLS: set require_tls";
        return Err(MailError::Login(what.to_owned()));
    }
    let answer =
        format!("{}\0{}\0{}", server.auth_identity, server.auth_username, password.expose());
    let line = format!("AUTH PLAIN {}", STANDARD.encode(answer));
    accepted(connection.ask("AUTH", &line).await?)
}

async fn ask_and_tell(
    connection: &mut Connection,
    user: &str,
    password: &Secret,
) -> Result<(), MailError> {
    let mut reply = connection.ask("AUTH", "AUTH LOGIN").await?;
    for _ in 0..CHALLENGE_LIMIT {
        if reply.code != 334 {
            return accepted(reply);
        }
        let question = String::from_utf8_lossy(&challenge(reply)?).to_ascii_lowercase();
        let answer = match question.trim() {
            "username:" => user,
            "password:" => password.expose(),
            _ => {
                let _ = connection.ask("AUTH", "*").await;
                let what = format!("the server asks {question:?}, not for user name or password");
                return Err(MailError::Login(what));
            }
        };
        reply = connection.ask("AUTH", &STANDARD.encode(answer)).await?;
    }
    Err(MailError::Login("the server does not stop asking".to_owned()))
}

/// What the server wants to be answered.
fn challenge(reply: Reply) -> Result<Vec<u8>, MailError> {
    if reply.code != 334 {
        return accepted(reply).and(Err(MailError::Login("no challenge came".to_owned())));
    }
    STANDARD
        .decode(reply.lines.concat().trim())
        .map_err(|_| MailError::Login("the server's challenge is not base64".to_owned()))
}

fn accepted(reply: Reply) -> Result<(), MailError> {
    match reply.code {
        235 => Ok(()),
        code => Err(MailError::Login(format!("{code} {}", reply.lines.join(" ")))),
    }
}

/// (Source: RFC 2104.)
fn hmac_md5(key: &[u8], text: &[u8]) -> [u8; 16] {
    const BLOCK: usize = 64;
    let mut block = [0; BLOCK];
    match key.len() {
        0..=BLOCK => block[..key.len()].copy_from_slice(key),
        _ => block[..16].copy_from_slice(&Md5::digest(key)),
    }
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Md5::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Md5::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(digest: [u8; 16]) -> String {
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_digest_is_that_of_the_standards() {
        // RFC 2195, section 2; RFC 2202, section 2, cases 2 and 6.
        let challenge = b"<1896.697170952@postoffice.reston.mci.net>";
        assert_eq!(
            hex(hmac_md5(b"tanstaaftanstaaf", challenge)),
            "b913a602c7eda7a495b4e6e7334d3890"
        );
        assert_eq!(
            hex(hmac_md5(b"Jefe", b"what do ya want for nothing?")),
            "750c783e6ab0b503eaa86e310a5db738"
        );
        let long = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(hex(hmac_md5(&[0xaa; 80], long)), "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
    }
}
