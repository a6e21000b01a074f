//! Logins that stand in a URL, and the files that a request depends on.

use crate::secret::Secret;

use super::integration::{Authorization, HttpOptions, SecretSource};

impl Authorization {
    /// User and password as they stand in a URL, with percent escapes.
    pub fn of_url(username: &str, password: Option<&str>) -> Authorization {
        let inline = |text: &str| SecretSource::Inline(Secret::new(decoded(text)));
        Authorization::Basic { username: inline(username), password: password.map(inline) }
    }
}

impl HttpOptions {
    /// The files that are read for requests, those of OAuth 2 tokens left out.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let login = match &self.authorization {
            Some(Authorization::Basic { username, password }) => {
                [Some(username), password.as_ref()]
            }
            Some(Authorization::Scheme { credentials, .. }) => [Some(credentials), None],
            Some(Authorization::OAuth2(_)) | None => [None, None],
        };
        let tls = [&self.tls.ca, &self.tls.cert, &self.tls.key].map(Option::as_ref);
        let headers = self.headers.iter().map(|(_, value)| value);
        let sources = login.into_iter().chain(tls).flatten().chain(headers);
        sources.filter_map(|source| match source {
            SecretSource::File(path) => Some(&**path),
            SecretSource::Inline(_) => None,
        })
    }
}

/// A text without its percent escapes; what is none stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = after.get(..2).filter(|_| *first == b'%');
        let byte = escape
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_anything_else_stays() {
        for (text, expect) in
            [("a%2Fb", "a/b"), ("%zz%", "%zz%"), ("%C3%A9", "é"), ("%+1", "%+1"), ("", "")]
        {
            assert_eq!(decoded(text), expect, "{text}");
        }
    }
}
