//! The address of another server, as it is written on a command line or in a file.

use std::sync::Arc;

use crate::notify::integration::Authorization;

/// A server's address, and who we are to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    /// An http or https URL without user and password.
    pub url: Arc<str>,
    /// The user and the password that stood in it.
    pub login: Option<Authorization>,
}

/// What is wrong with an address. It is not repeated: it may have a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No scheme, another one, or no host.
    #[error("expected an address such as http://host:9093")]
    NotHttp,
    /// The longest address is [`MAX_ADDRESS_BYTES`].
    #[error("longer than {MAX_ADDRESS_BYTES} bytes")]
    TooLong,
}

/// The longest address that is taken.
pub const MAX_ADDRESS_BYTES: usize = 8 << 10;

impl Address {
    /// Reads `http://host:port/path` or `https://user:password@host/path`.
    ///
    /// # Errors
    /// When it is no such address.
    pub fn parse(text: &str) -> Result<Address, AddressError> {
        if text.len() > MAX_ADDRESS_BYTES {
            return Err(AddressError::TooLong);
        }
        let (scheme, rest) = text.split_once("://").ok_or(AddressError::NotHttp)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (login, host) = match authority.rsplit_once('@') {
            Some((login, host)) => (Some(login), host),
            None => (None, authority),
        };
        let url = format!("{scheme}://{host}{path}");
        let parsed: http::Uri = url.parse().map_err(|_| AddressError::NotHttp)?;
        let named = parsed.host().is_some_and(|host| !host.is_empty());
        if !named || !matches!(parsed.scheme_str(), Some("http" | "https")) {
            return Err(AddressError::NotHttp);
        }
        Ok(Address { url: Arc::from(url), login: login.map(basic) })
    }
}

fn basic(login: &str) -> Authorization {
    match login.split_once(':') {
        Some((user, password)) => Authorization::of_url(user, Some(password)),
        None => Authorization::of_url(login, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::integration::SecretSource;

    /// A user, and perhaps a password.
    type Login = (String, Option<String>);

    fn read(text: &str) -> Result<(String, Option<Login>), AddressError> {
        let exposed = |source: &SecretSource| match source {
            SecretSource::Inline(secret) => secret.expose().to_owned(),
            SecretSource::File(path) => path.to_string(),
        };
        Address::parse(text).map(|address| {
            let login = address.login.map(|login| match login {
                Authorization::Basic { username, password } => {
                    (exposed(&username), password.as_ref().map(exposed))
                }
                Authorization::Scheme { .. } | Authorization::OAuth2(_) => {
                    unreachable!("an address has none")
                }
            });
            (address.url.to_string(), login)
        })
    }

    #[test]
    fn an_address_is_taken_apart_from_its_login() {
        let check = |text: &str, url: &str, login: Option<(&str, Option<&str>)>| {
            let login =
                login.map(|(user, password)| (user.to_owned(), password.map(str::to_owned)));
            assert_eq!(read(text), Ok((url.to_owned(), login)));
        };
        check("http://a:9093", "http://a:9093", None);
        check("https://u:p%40ss:w@a/am/", "https://a/am/", Some(("u", Some("p@ss:w"))));
        check("http://u@[::1]:1/x?y=z", "http://[::1]:1/x?y=z", Some(("u", None)));
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        let long = format!("http://{}", "a".repeat(MAX_ADDRESS_BYTES));
        assert_eq!(read(&long), Err(AddressError::TooLong));
        for text in ["", "a:9093", "ftp://a", "http://", "http://u:p@", "http://a b", "://a"] {
            assert_eq!(read(text), Err(AddressError::NotHttp), "{text}");
        }
    }
}
