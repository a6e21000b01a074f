//! The mail's octets: headers, then a `multipart/alternative` body.

use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use lettre::message::header::{
    Cc, ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue, Headers, ReplyTo, To,
};
use lettre::message::{Mailbox, MultiPart, SinglePart};

use crate::notify::message::MailMessage;

use super::MailError;

/// The whole mail, lines ended by CR LF, dots not yet doubled.
pub(super) fn compose(message: &MailMessage) -> Result<Vec<u8>, MailError> {
    let mut headers = Headers::new();
    for (name, value) in &message.headers {
        headers.insert_raw(header(name, value)?);
    }
    if headers.get_raw("Message-Id").is_none() {
        headers.insert_raw(header("Message-Id", &message_id())?);
    }
    if headers.get_raw("Date").is_none() {
        headers.insert_raw(header("Date", &date())?);
    }
    headers.insert_raw(header("MIME-Version", "1.0")?);
    let mut octets = headers.to_string().into_bytes();
    octets.extend_from_slice(&body(message).formatted());
    Ok(octets)
}

/// The bare address in a text like `Name <name@example.org>`.
pub(super) fn address(text: &str, field: &'static str) -> Result<String, MailError> {
    let text = text.trim();
    if let Ok(mailbox) = Mailbox::from_str(text) {
        return Ok(mailbox.email.to_string());
    }
    // lettre is strict about host names that inner networks do have.
    let plain = |character: char| {
        !character.is_whitespace() && !character.is_control() && !"<>()[]\",;".contains(character)
    };
    match text.split_once('@') {
        Some((user, domain))
            if !user.is_empty() && !domain.is_empty() && text.chars().all(plain) =>
        {
            Ok(text.to_owned())
        }
        _ => Err(MailError::Address(text.to_owned(), field)),
    }
}

fn header(name: &str, value: &str) -> Result<HeaderValue, MailError> {
    let bad = || MailError::Header(name.to_owned());
    if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(bad());
    }
    let header_name = HeaderName::new_from_ascii(name.to_owned()).map_err(|_| bad())?;
    let value = one_line(value);
    Ok(addresses(name, &value).unwrap_or_else(|| HeaderValue::new(header_name, value)))
}

/// Control characters and line ends, which would end the header, become a space each.
fn one_line(value: &str) -> String {
    value.trim().replace("\r\n", " ").replace(char::is_control, " ")
}

/// Lists of addresses keep their addresses readable: only names are encoded.
fn addresses(name: &str, value: &str) -> Option<HeaderValue> {
    if value.is_ascii() {
        return None;
    }
    match name.to_ascii_lowercase().as_str() {
        "to" => To::parse(value).ok().map(|list| list.display()),
        "cc" => Cc::parse(value).ok().map(|list| list.display()),
        "from" => lettre::message::header::From::parse(value).ok().map(|list| list.display()),
        "reply-to" => ReplyTo::parse(value).ok().map(|list| list.display()),
        _ => None,
    }
}

fn body(message: &MailMessage) -> MultiPart {
    let parts = [(&message.text, ContentType::TEXT_PLAIN), (&message.html, ContentType::TEXT_HTML)];
    let mut body = MultiPart::alternative().build();
    for (content, kind) in parts {
        let Some(content) = content.as_ref().filter(|content| !content.is_empty()) else {
            continue;
        };
        let part = SinglePart::builder()
            .header(kind)
            .header(ContentTransferEncoding::QuotedPrintable)
            .body(content.clone());
        body = body.singlepart(part);
    }
    body
}

/// Unique: nanoseconds and a random number at this host.
fn message_id() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let random = uuid::Uuid::new_v4().as_u64_pair().0;
    format!("<{}.{random}@{}>", since.as_nanos(), host_name())
}

fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    match name.trim() {
        name if !name.is_empty() && name.bytes().all(good) => name.to_owned(),
        _ => "localhost".to_owned(),
    }
}

fn date() -> String {
    jiff::Zoned::now().strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

#[cfg(test)]
mod tests;
