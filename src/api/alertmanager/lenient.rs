//! Bodies as Go's reader of JSON takes them: bytes and escapes that are no text stand for
//! U+FFFD, names of members may be written in any case, of a member that comes twice the later
//! word counts (sets of pairs are joined), and what follows the first value is not looked at.
//! (Source: Go, `encoding/json`, `Decoder.Decode` and `Unmarshal`.)

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

/// The members of an alert.
const ALERT: [&str; 5] = ["labels", "annotations", "startsAt", "endsAt", "generatorURL"];
/// The members of a silence.
const SILENCE: [&str; 7] =
    ["id", "annotations", "comment", "createdBy", "endsAt", "matchers", "startsAt"];
/// The members of a silence's matchers.
const MATCHER: [&str; 4] = ["isEqual", "isRegex", "name", "value"];

/// The alerts of a body in the plain form; nothing when it is none in this reading either.
pub(super) fn alerts(body: &[u8]) -> Option<Vec<u8>> {
    let text = mended(body);
    let alerts: Option<Vec<Option<Members>>> = first(&text)?;
    let each = alerts.map(|all| all.into_iter().map(|one| Some(one?.named(&ALERT))).collect());
    let each: Option<Vec<Option<Map<String, Value>>>> = each;
    serde_json::to_vec(&each).ok()
}

/// As [`alerts`], of a silence.
pub(super) fn silence(body: &[u8]) -> Option<Vec<u8>> {
    let text = mended(body);
    let silence: Option<Members> = first(&text)?;
    let mut silence = silence?.named(&SILENCE);
    if let Some(Value::Array(matchers)) = silence.get_mut("matchers") {
        for matcher in matchers {
            if let Value::Object(members) = matcher {
                *members = Members(std::mem::take(members).into_iter().collect()).named(&MATCHER);
            }
        }
    }
    serde_json::to_vec(&silence).ok()
}

/// The first value of a text.
fn first<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    T::deserialize(&mut serde_json::Deserializer::from_str(text)).ok()
}

/// The members of an object in written order, those that repeat too.
struct Members(Vec<(String, Value)>);

impl Members {
    /// Those of these names, each once.
    fn named(self, names: &[&str]) -> Map<String, Value> {
        let mut members = Map::new();
        for (name, value) in self.0 {
            let Some(known) = names.iter().find(|known| known.eq_ignore_ascii_case(&name)) else {
                continue;
            };
            match (members.get_mut(*known), value) {
                (Some(Value::Object(pairs)), Value::Object(more)) => pairs.extend(more),
                (_, value) => drop(members.insert((*known).to_owned(), value)),
            }
        }
        members
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

/// A body as text, with U+FFFD for bytes that are none and for halves of surrogate pairs.
fn mended(body: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(body);
    let mut mended = String::new();
    let mut kept = 0;
    let mut rest = 0;
    while let Some(found) = text[rest..].find('\\') {
        let at = rest + found;
        rest = match escape(&text[at..]) {
            Escape::Text(length) => at + length,
            Escape::Half => {
                mended.push_str(&text[kept..at]);
                mended.push_str("\\ufffd");
                kept = at + UNIT;
                kept
            }
        };
    }
    match kept {
        0 => text,
        _ => {
            mended.push_str(&text[kept..]);
            Cow::Owned(mended)
        }
    }
}

/// The length of an escape of one UTF-16 unit.
const UNIT: usize = "\\u0000".len();

/// What an escape is.
enum Escape {
    /// Something that stands for text, of this length; a fault counts too, others find it.
    Text(usize),
    /// Half of a surrogate pair, alone.
    Half,
}

/// The escape that a text begins with.
fn escape(text: &str) -> Escape {
    match unit(text) {
        Some(0xd800..=0xdbff) => match unit(&text[UNIT..]) {
            Some(0xdc00..=0xdfff) => Escape::Text(2 * UNIT),
            _ => Escape::Half,
        },
        Some(0xdc00..=0xdfff) => Escape::Half,
        Some(_) => Escape::Text(UNIT),
        // the backslash and what it escapes
        None => Escape::Text(1 + text[1..].chars().next().map_or(0, char::len_utf8)),
    }
}

/// The UTF-16 unit that a text begins with the escape of.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(read: fn(&[u8]) -> Option<Vec<u8>>, body: &[u8], expect: &str) {
        let got = read(body).map(|text| String::from_utf8(text).unwrap());
        assert_eq!(got.as_deref().unwrap_or("nothing"), expect, "{}", body.escape_ascii());
    }

    #[test]
    fn alerts_are_read_as_go_reads_them() {
        check(
            alerts,
            br#"[{"Labels":{"A":"b"},"STARTSAT":"x","other":1}]"#,
            r#"[{"labels":{"A":"b"},"startsAt":"x"}]"#,
        );
        check(
            alerts,
            br#"[{"labels":{"a":"1","b":"1"},"labels":{"b":"2"}}]"#,
            r#"[{"labels":{"a":"1","b":"2"}}]"#,
        );
        check(alerts, br#"[{"endsAt":"1","endsat":"2"}] and more"#, r#"[{"endsAt":"2"}]"#);
        check(
            alerts,
            b"[{\"labels\":{\"a\xff\":\"\xc3\"}}]",
            "[{\"labels\":{\"a\u{fffd}\":\"\u{fffd}\"}}]",
        );
        check(alerts, b" null {", "null");
        check(alerts, b"[null]", "[null]");
        check(alerts, b"[1]", "nothing");
        check(alerts, b"{}", "nothing");
        check(alerts, b"", "nothing");
        check(alerts, br#"[{"labels":{"a":"b"}"#, "nothing");
    }

    #[test]
    fn halves_of_pairs_are_replaced_and_whole_ones_stay() {
        for (written, expect) in [
            (r"\ud83d\ude00", "\u{1f600}"),
            (r"\ud800", "\u{fffd}"),
            (r"\udc00x", "\u{fffd}x"),
            (r"\ud800\ud83d\ude00", "\u{fffd}\u{1f600}"),
            (r"\uD800A", "\u{fffd}A"),
            (r"\\ud800", r"\\ud800"),
            (r"\\\ud800", "\\\\\u{fffd}"),
            (r"\n\u00e9", r"\né"),
        ] {
            let body = format!(r#"[{{"labels":{{"a":"{written}"}}}}]"#);
            check(alerts, body.as_bytes(), &format!(r#"[{{"labels":{{"a":"{expect}"}}}}]"#));
        }
        check(alerts, br#"[{"labels":{"a":"\ud8"}}]"#, "nothing");
        check(alerts, br#"[{"labels":{"a":"\"#, "nothing");
    }

    #[test]
    fn silences_are_read_as_go_reads_them() {
        check(
            silence,
            br#"{"Matchers":[{"Name":"a","VALUE":"\udfff","isregex":false,"x":1},null],"createdby":"me"}"#,
            "{\"matchers\":[{\"name\":\"a\",\"value\":\"\u{fffd}\",\"isRegex\":false},null],\"createdBy\":\"me\"}",
        );
        check(silence, b"[]", "nothing");
        check(silence, b"null", "nothing");
    }
}
