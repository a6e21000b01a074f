//! Files that say how a client makes requests: login, TLS, proxy, headers.
//! (Source: Prometheus docs, "http_config"; promtool's `--http.config.file`.)

use std::path::Path;

use crate::notify::integration::HttpOptions;

use super::alertmanager::Http;
use super::read::{Field, Reader, errors};
use super::yaml::{self, Documents, Position};
use super::{ConfigErrors, Expansion};

/// Reads a file of an HTTP client's settings. `file` is its path, for messages and for the paths
/// in it.
///
/// # Errors
/// Everything that is wrong with it, each with its place.
pub fn parse(file: &str, text: &str) -> Result<HttpOptions, ConfigErrors> {
    let documents = yaml::parse(text, Documents::First, Expansion::Off)
        .map_err(|problems| errors(file, problems))?;
    let mut reader = Reader::default();
    let http = match documents.first() {
        Some(node) if !node.is_null() => Http::read(node, &mut reader),
        _ => Some(Http::empty(Position::default())),
    };
    let directory = Path::new(file).parent().unwrap_or(Path::new(""));
    let join = |path: &str| directory.join(path).to_string_lossy().into_owned();
    let compiled = http.map(|http| {
        http.check(&mut reader);
        http.compile(&join)
    });
    match compiled {
        Some(options) if reader.problems.is_empty() => Ok(options),
        _ => Err(reader.errors(file)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::integration::{Authorization, SecretSource};

    #[test]
    fn logins_are_read_and_paths_stand_beside_the_file() {
        let text = "basic_auth: {username: a, password_file: secret}\n";
        let options = parse("etc/client.yml", text).unwrap();
        let Some(Authorization::Basic { password, .. }) = options.authorization else {
            panic!("{options:?}")
        };
        assert_eq!(password, Some(SecretSource::File("etc/secret".into())));
        assert_eq!(parse("c.yml", "").unwrap().authorization, None);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, told) in [
            ("foo: 1\n", "line 1"),
            ("basic_auth: {username: a}\nbearer_token: b\n", "at most one of basic_auth"),
            ("[", "c.yml:1:"),
        ] {
            let error = parse("c.yml", text).unwrap_err().to_string();
            assert!(error.contains(told) || error.contains("c.yml:1:1"), "{error}");
        }
    }
}
