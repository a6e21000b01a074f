//! Lines of the trail and the chain that they make.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::time::rfc3339;

use super::{Entry, LINE_LIMIT, Outcome, TEXT_LIMIT};

/// What stands between what is hashed and its hash.
const HASH: &str = ",\"hash\":\"";
/// What stands after it.
const END: &str = "\"}";

/// A place in the chain: a line's number and hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) sequence: u64,
    pub(super) hash: String,
}

/// What a line says of its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) link: Link,
    pub(super) previous: String,
    pub(super) action: String,
}

#[derive(Deserialize)]
struct Line {
    sequence: u64,
    action: String,
    previous: String,
    hash: String,
}

impl Default for Link {
    /// Before the first line of all.
    fn default() -> Link {
        Link { sequence: 0, hash: "0".repeat(64) }
    }
}

/// The line after a place, without its end, and the place that it makes.
pub(super) fn line(entry: &Entry, last: &Link) -> (String, Link) {
    let sequence = last.sequence + 1;
    let body = body(entry, sequence, &last.hash, entry.detail.clone());
    let body = if body.len() + HASH.len() + 64 + END.len() <= LINE_LIMIT {
        body
    } else {
        self::body(entry, sequence, &last.hash, json!({"left_out": "too long for a line"}))
    };
    let hash = hash(&body);
    (format!("{body}{HASH}{hash}{END}"), Link { sequence, hash })
}

/// The line up to its hash.
fn body(entry: &Entry, sequence: u64, previous: &str, detail: Value) -> String {
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
    put("sequence", sequence.into());
    put("time", rfc3339::millis(entry.at).into());
    put("action", entry.action.text().into());
    put("object", short(&entry.object).into());
    let by = &entry.by;
    for (name, text) in [("user", &by.user), ("address", &by.address), ("user_agent", &by.agent)] {
        put(name, text.as_deref().map(short).into());
    }
    match &entry.outcome {
        Outcome::Done => put("outcome", "done".into()),
        Outcome::Refused(why) => {
            put("outcome", "refused".into());
            put("reason", short(why).into());
        }
    }
    if !detail.is_null() {
        put("detail", detail);
    }
    put("previous", previous.into());
    let mut text = Value::Object(members).to_string();
    // the hash becomes the last member
    text.pop();
    text
}

fn short(text: &str) -> String {
    text.chars().take(TEXT_LIMIT).collect()
}

fn hash(body: &str) -> String {
    Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a line; why it is none of ours, when it is not.
pub(super) fn read(line: &[u8]) -> Result<Read, &'static str> {
    if line.len() > LINE_LIMIT {
        return Err("is too long to be one of ours");
    }
    let text = std::str::from_utf8(line).map_err(|_| "is not text")?;
    let (body, rest) = text.rsplit_once(HASH).ok_or("has no hash at its end")?;
    let line: Line = serde_json::from_str(text).map_err(|_| "is not a line of an audit trail")?;
    let said = rest.strip_suffix(END).ok_or("has no hash at its end")?;
    if said != line.hash || hash(body) != said {
        return Err("was changed: its hash is another");
    }
    let link = Link { sequence: line.sequence, hash: line.hash };
    Ok(Read { link, previous: line.previous, action: line.action })
}

/// A place as the head file has it; always of one length.
pub(super) fn head(link: &Link) -> String {
    format!("{:020} {}\n", link.sequence, link.hash)
}

/// Reads what [`head`] wrote.
pub(super) fn read_head(text: &str) -> Option<Link> {
    let (sequence, hash) = text.strip_suffix('\n')?.split_once(' ')?;
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let link = Link { sequence: sequence.parse().ok()?, hash: hash.to_owned() };
    is_hash.then_some(link)
}
