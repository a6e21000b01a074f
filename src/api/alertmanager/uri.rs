//! What may stand in `generatorURL`. (Source: Go's `net/url`, `ParseRequestURI`.)

/// Whether a text is a URI as a request line may have it: a scheme and anything, or a path from
/// the root.
pub(super) fn is_request_uri(text: &str) -> bool {
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return false;
    }
    if text == "*" {
        return true;
    }
    let Some(rest) = after_scheme(text) else { return false };
    let has_scheme = rest.len() < text.len();
    if !rest.starts_with('/') {
        return has_scheme;
    }
    let before_query = rest.split('?').next().unwrap_or_default();
    let (authority, path) = match before_query.strip_prefix("//") {
        Some(after) if has_scheme || !rest.starts_with("///") => {
            after.split_at(after.find('/').unwrap_or(after.len()))
        }
        _ => ("", before_query),
    };
    is_authority(authority) && escapes_are_whole(path)
}

/// What follows the scheme, everything when there is none; `None` when the text begins with a
/// colon or with what looks like a scheme and is none.
fn after_scheme(text: &str) -> Option<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    match text.find(|c| !is_part(c)) {
        Some(0) if text.starts_with(':') => None,
        Some(end) if end > 0 && text[end..].starts_with(':') => {
            text.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| &text[end + 1..])
        }
        _ => Some(text),
    }
}

fn is_authority(text: &str) -> bool {
    let host = text.rsplit('@').next().unwrap_or_default();
    let after_address = match host.strip_prefix('[') {
        Some(address) => match address.split_once(']') {
            Some((_, after)) => after,
            None => return false,
        },
        None => host,
    };
    let port = after_address.rsplit_once(':').map_or("", |(_, port)| port);
    port.bytes().all(|byte| byte.is_ascii_digit())
        && !host.contains([' ', '<', '>', '"', '\\', '^', '`', '{', '|', '}'])
        && escapes_are_whole(host)
}

fn escapes_are_whole(text: &str) -> bool {
    let mut pieces = text.split('%');
    pieces.next();
    pieces.all(|piece| {
        let digits = piece.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_taken_and_prose_is_not() {
        for (text, expect) in [
            ("http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1", true),
            ("https://[::1]:9090/", true),
            ("/graph", true),
            ("mailto:oncall@example.org", true),
            ("http://example.org/with a blank", true),
            ("http://user:secret@example.org", true),
            ("<garbage>", false),
            ("not a url", false),
            ("example.org/graph", false),
            ("://x", false),
            ("1http://x", false),
            ("http://a b/", false),
            ("http://a:port/", false),
            ("http://[::1/", false),
            ("http://a/%zz", false),
            ("http://a/\u{7f}", false),
        ] {
            assert_eq!(is_request_uri(text), expect, "{text}");
        }
    }
}
