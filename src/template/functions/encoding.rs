//! Base 64 and URLs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use gotmpl::{SafeKind, Value};

use super::super::value::text;
use super::string;

/// `base64encode`, in the alphabet for URLs.
pub(super) fn base64_encode(args: &[Value]) -> Result<Value, String> {
    Ok(text(URL_SAFE.encode(string(args, 0)?)))
}

/// `base64decode`.
pub(super) fn base64_decode(args: &[Value]) -> Result<Value, String> {
    let bytes = URL_SAFE.decode(string(args, 0)?).map_err(|error| error.to_string())?;
    Ok(text(String::from_utf8_lossy(&bytes)))
}

/// `urlUnescape`: the inverse of a query escape.
pub(super) fn url_unescape(args: &[Value]) -> Result<Value, String> {
    let escaped = string(args, 0)?;
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next(), rest.next()];
                hex(digits).ok_or_else(|| bad_escape(digits))?
            }
            other => other,
        });
    }
    Ok(text(String::from_utf8_lossy(&bytes)))
}

fn hex(digits: [Option<u8>; 2]) -> Option<u8> {
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
    Some((digit(digits[0])? * 16 + digit(digits[1])?) as u8)
}

fn bad_escape(digits: [Option<u8>; 2]) -> String {
    let shown: String = digits.into_iter().flatten().map(char::from).collect();
    format!("invalid URL escape {}", crate::template::quote(&format!("%{shown}")))
}

/// `urlQueryEscape`.
pub(super) fn url_query_escape(args: &[Value]) -> Result<Value, String> {
    Ok(text(gotmpl::url_encode(string(args, 0)?)))
}

/// `safeHtml`: the text is trusted to be HTML.
pub(super) fn safe_html(args: &[Value]) -> Result<Value, String> {
    Ok(Value::Safe { kind: SafeKind::Html, s: string(args, 0)?.into() })
}

/// `safeUrl`: the text is trusted to be a URL.
pub(super) fn safe_url(args: &[Value]) -> Result<Value, String> {
    Ok(Value::Safe { kind: SafeKind::Url, s: string(args, 0)?.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_go_there_and_back() {
        let odd = text("a?b&c=ü/ +~>");
        let encoded = base64_encode(std::slice::from_ref(&odd)).unwrap();
        assert_eq!(encoded, text("YT9iJmM9w7wvICt-Pg=="));
        assert_eq!(base64_decode(&[encoded]), Ok(odd.clone()));
        let escaped = url_query_escape(std::slice::from_ref(&odd)).unwrap();
        assert_eq!(escaped, text("a%3Fb%26c%3D%C3%BC%2F+%2B~%3E"));
        assert_eq!(url_unescape(&[escaped]), Ok(odd));
    }

    #[test]
    fn bad_escapes_are_named() {
        let expected = Err("invalid URL escape \"%zz\"".to_owned());
        assert_eq!(url_unescape(&[text("a%zz")]), expected);
        assert!(url_unescape(&[text("%a")]).is_err());
    }
}
