//! Messages for a person to read instead of sending them.

use std::fmt::Write;

use serde_json::Value;

use crate::notify::Delivery;
use crate::notify::message::{HttpMessage, MailMessage, Message};

use super::REDACTED;

/// Names of members of bodies that are keys of receivers.
const SECRET_MEMBERS: [&str; 5] = ["routing_key", "service_key", "token", "api_key", "apiKey"];

/// The message as it would be sent, for a person: target and reason, then the request with its
/// body laid out, or the mail. Nothing secret is shown.
pub fn describe(delivery: &Delivery, message: &Message) -> String {
    let mut text = format!(
        "{}  {}, attempt {}\n",
        delivery.target(),
        delivery.reason.text(),
        delivery.attempt
    );
    match message {
        Message::Http(message) => describe_request(&mut text, message),
        Message::Mail(message) => describe_mail(&mut text, message),
    }
    text
}

fn describe_request(text: &mut String, message: &HttpMessage) {
    push_line(text, format_args!("POST {REDACTED}"));
    for (name, value) in &message.headers {
        push_line(text, format_args!("{name}: {value}"));
    }
    push_line(text, format_args!(""));
    match serde_json::from_str::<Value>(&message.body) {
        Ok(mut body) => {
            hide(&mut body);
            push_line(text, format_args!("{body:#}"));
        }
        Err(_) => push_line(text, format_args!("{}", message.body.trim_end())),
    }
}

fn describe_mail(text: &mut String, message: &MailMessage) {
    let (host, port) = &message.server.smarthost;
    push_line(text, format_args!("SMTP {host}:{port}"));
    push_line(text, format_args!("MAIL FROM {}", message.from));
    for recipient in &message.to {
        push_line(text, format_args!("RCPT TO {recipient}"));
    }
    for (name, value) in &message.headers {
        push_line(text, format_args!("{name}: {value}"));
    }
    let parts = [("text", &message.text), ("html", &message.html)];
    for (kind, part) in parts {
        let Some(part) = part else { continue };
        push_line(text, format_args!("\n[{kind}]\n{}", part.trim_end()));
    }
}

/// Writing to a string cannot fail.
fn push_line(text: &mut String, line: std::fmt::Arguments<'_>) {
    let _ = writeln!(text, "{line}");
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if SECRET_MEMBERS.contains(&name.as_str()) => {
                        *text = "<secret>".to_owned();
                    }
                    member => hide(member),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(hide),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
