//! The `--source` flags of a server: where series come from.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::config::rules::GroupSources;
use crate::config::sources::{self, SourceSettings};
use crate::drivers::load::{ExpandEnvironment, expansion, read_text};
use crate::source::prometheus::{Manner, Server};
use crate::source::{DEFAULT, EMBEDDED, Named, is_source_name};
use crate::time::Span;

/// Where series come from.
#[derive(Args)]
pub(super) struct SourceArguments {
    /// Where series come from: "embedded" (push to us), the URL of a Prometheus-compatible
    /// server, or NAME=URL for rule groups that say `source: NAME`; repeatable.
    #[arg(long = "source", value_name = "SOURCE", default_value = EMBEDDED)]
    given: Vec<String>,
    /// A file of further sources: their names, URLs, login, TLS, headers and timeouts.
    #[arg(long = "source.config", value_name = "FILE")]
    file: Option<PathBuf>,
}

/// What one `--source` says.
#[derive(Debug, PartialEq, Eq)]
enum Given<'a> {
    Embedded,
    Server { name: &'a str, url: &'a str },
}

impl SourceArguments {
    /// The sources beside the embedded store; nobody is asked anything yet.
    pub(super) fn open(&self, expand: ExpandEnvironment) -> Result<Vec<Named>> {
        let mut opened: Vec<Named> = Vec::new();
        let mut defaults = 0;
        for text in &self.given {
            let (name, url) = match given(text).with_context(|| format!("--source {text}"))? {
                Given::Embedded => {
                    defaults += 1;
                    continue;
                }
                Given::Server { name, url } => (name, url),
            };
            defaults += usize::from(name == DEFAULT);
            let server = Server::new(url).with_context(|| format!("cannot use --source {text}"))?;
            opened.push((name.into(), Arc::new(server)));
        }
        if defaults > 1 {
            bail!("several --source are the default one: give the others names, NAME=URL");
        }
        for settings in self.settings(expand)? {
            let SourceSettings { name, url, http, timeout, requests } = settings;
            for file in http.files() {
                std::fs::metadata(file).with_context(|| format!("source {name}: {file}"))?;
            }
            let manner = Manner { http, timeout: duration(timeout), requests, ..Manner::default() };
            let server = Server::with(url.expose(), manner)
                .with_context(|| format!("cannot use source {name}"))?;
            opened.push((name.into(), Arc::new(server)));
        }
        opened.sort_by(|(one, _), (other, _)| one.cmp(other));
        if let Some(pair) = opened.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            bail!("two sources are named {}: names tell them apart", pair[0].0);
        }
        Ok(opened)
    }

    fn settings(&self, expand: ExpandEnvironment) -> Result<Vec<SourceSettings>> {
        let Some(path) = &self.file else { return Ok(Vec::new()) };
        let name = path.display().to_string();
        let text = read_text(path).map_err(|error| anyhow::anyhow!("{name}: {error}"))?;
        Ok(sources::parse(&name, &text, expansion(expand))?)
    }

    /// The flags with their values, without passwords, as `/api/v1/status/flags` shows them.
    pub(super) fn flags(&self) -> [(&'static str, String); 2] {
        let file = self.file.as_ref().map(|path| path.display().to_string());
        let shown: Vec<String> = self.given.iter().map(|text| without_password(text)).collect();
        [("source", shown.join(",")), ("source.config", file.unwrap_or_default())]
    }
}

/// The names that rule groups may use.
pub(super) fn names(sources: &[Named]) -> GroupSources {
    let names = sources.iter().map(|(name, _)| name.to_string());
    GroupSources::Known(names.chain([DEFAULT, EMBEDDED].map(str::to_owned)).collect())
}

fn given(text: &str) -> Result<Given<'_>> {
    if text == EMBEDDED {
        return Ok(Given::Embedded);
    }
    match text.split_once('=') {
        Some((EMBEDDED, _)) => bail!("that name is the embedded store's: choose another"),
        Some((name, url)) if is_source_name(name) => Ok(Given::Server { name, url }),
        _ => Ok(Given::Server { name: DEFAULT, url: text }),
    }
}

/// An address without its login, if it has one.
fn without_password(text: &str) -> String {
    let shown = text.split_once("://").and_then(|(before, rest)| {
        let (host, path) = rest.split_once('/').map_or((rest, None), |(h, p)| (h, Some(p)));
        let (_, host) = host.rsplit_once('@')?;
        let path = path.map(|path| format!("/{path}")).unwrap_or_default();
        Some(format!("{before}://{host}{path}"))
    });
    shown.unwrap_or_else(|| text.to_owned())
}

fn duration(span: Span) -> Duration {
    Duration::from_millis(u64::try_from(span.millis()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_the_store_an_address_or_a_name_and_an_address() {
        let server = |name, url| Given::Server { name, url };
        let cases = [
            ("embedded", Given::Embedded),
            ("http://p:9090", server("default", "http://p:9090")),
            ("http://p:9090/?a=b", server("default", "http://p:9090/?a=b")),
            ("eu-1=http://p:9090/x=y", server("eu-1", "http://p:9090/x=y")),
            ("default=http://p", server("default", "http://p")),
        ];
        for (text, expected) in cases {
            assert_eq!(given(text).unwrap(), expected, "{text}");
        }
        assert!(given("embedded=http://p").is_err());
    }

    fn opened(given: &[&str]) -> Result<Vec<String>, String> {
        let given = given.iter().map(|text| (*text).to_owned()).collect();
        let arguments = SourceArguments { given, file: None };
        let opened = arguments.open(ExpandEnvironment::No);
        let names = opened.map(|all| all.iter().map(|(name, _)| name.to_string()).collect());
        names.map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn names_are_unique_and_one_source_is_the_default() {
        assert_eq!(opened(&["embedded"]).unwrap(), [""; 0]);
        assert_eq!(
            opened(&["http://p", "b=http://q", "a=http://q"]).unwrap(),
            ["a", "b", "default"]
        );
        assert!(opened(&["http://p", "http://q"]).unwrap_err().contains("give the others names"));
        assert!(opened(&["embedded", "http://q"]).unwrap_err().contains("give the others names"));
        assert!(opened(&["a=http://p", "a=http://q"]).unwrap_err().contains("two sources"));
        assert!(opened(&["a=ftp://p"]).unwrap_err().starts_with("cannot use --source a=ftp://p: "));
    }

    #[test]
    fn files_that_are_not_there_are_told_of_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sources.yml");
        let text = "sources: [{name: eu, url: 'http://eu', bearer_token_file: token}]\n";
        std::fs::write(&file, text).unwrap();
        let open = || {
            let arguments = SourceArguments { given: Vec::new(), file: Some(file.clone()) };
            let opened = arguments.open(ExpandEnvironment::No);
            opened.map(|all| all.len()).map_err(|error| format!("{error:#}"))
        };
        let token = folder.path().join("token");
        let expect = format!("source eu: {}: No such file", token.display());
        assert!(open().unwrap_err().starts_with(&expect), "{:?}", open());
        std::fs::write(&token, "x").unwrap();
        assert_eq!(open(), Ok(1));
    }

    #[test]
    fn addresses_are_shown_without_login() {
        for (text, expected) in [
            ("a=http://u:p@h:1/x@y", "a=http://h:1/x@y"),
            ("http://u:p@h", "http://h"),
            ("http://h/x@y", "http://h/x@y"),
            ("embedded", "embedded"),
        ] {
            assert_eq!(without_password(text), expected);
        }
    }
}
