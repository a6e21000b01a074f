//! The file that names further sources and says how they are asked.
//!
//! ```yaml
//! sources:
//!   - name: eu
//!     url: https://prometheus.eu.example.org
//!     timeout: 10s
//!     basic_auth: {username: firebell, password_file: /run/secrets/eu}
//!     tls_config: {ca_file: ca.pem}
//!     headers: {X-Scope-OrgID: team}
//! ```
//!
//! Login, TLS, proxy and headers are those of Prometheus' `remote_read`.

use std::collections::BTreeSet;
use std::path::Path;

use crate::notify::integration::{HttpOptions, SecretSource};
use crate::secret::Secret;
use crate::time::Span;

use super::alertmanager::{self, BasicAuth, Header, Http, RawAuthorization, RawOAuth2, Tls};
use super::read::{At, HttpUrl, Pairs, PromDuration, ProxyUrl, Reader, errors, section};
use super::yaml::{self, Documents, Position};
use super::{ConfigErrors, Expansion};

/// The most sources that one file may name.
pub const MAX_SOURCES: usize = 1000;
/// The most requests to one source at one time that may be asked for.
pub const MAX_REQUESTS: u64 = 1000;
/// How long an answer may take when the file does not say.
const TIMEOUT: Span = Span::from_secs(30);
/// How many requests are under way at one time when the file does not say.
const REQUESTS: u64 = 8;
/// The name that is taken.
const EMBEDDED: &str = "embedded";

section! {
    /// The whole file.
    struct File("sources.File") {
        nonempty sources: Vec<RawSource>,
    }
}

section! {
    /// One source.
    struct RawSource("sources.Source", null: "empty source") {
        nonempty name: At<String>,
        nonempty url: Option<HttpUrl>,
        nonempty timeout: At<PromDuration> = At::default(),
        nonempty max_requests: At<u64> = At::default(),
        nonempty headers: Pairs<Secret>,
        nonempty basic_auth: Option<BasicAuth>,
        nonempty authorization: Option<RawAuthorization>,
        nonempty oauth2: Option<Box<RawOAuth2>>,
        nonempty bearer_token: Secret,
        nonempty bearer_token_file: String,
        nonempty tls_config: Option<Tls>,
        nonempty follow_redirects: bool = true,
        nonempty enable_http2: bool = true,
        nonempty proxy_url: Option<ProxyUrl>,
        nonempty no_proxy: String,
        nonempty proxy_from_environment: bool,
        nonempty proxy_connect_header: Pairs<Vec<Secret>>,
        nonempty http_headers: Pairs<Header>,
    }
}

/// A source that speaks Prometheus' HTTP API.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceSettings {
    /// How rule groups call it.
    pub name: String,
    /// Its address.
    pub url: Secret,
    /// Login, TLS, proxy, headers.
    pub http: HttpOptions,
    /// How long an answer may take, all attempts together.
    pub timeout: Span,
    /// How many requests are under way at one time.
    pub requests: usize,
}

/// Reads a file of sources. `file` is its path, for messages and for the paths in it.
///
/// # Errors
/// Everything that is wrong with it, each with its place.
pub fn parse(
    file: &str,
    text: &str,
    expansion: Expansion<'_>,
) -> Result<Vec<SourceSettings>, ConfigErrors> {
    let documents = yaml::parse(text, Documents::First, expansion)
        .map_err(|problems| errors(file, problems))?;
    let mut reader = Reader::default();
    let mut sources = Vec::new();
    for document in &documents {
        let mut raw = File::empty(document.at());
        reader.field(document, &mut raw);
        sources.extend(raw.sources);
    }
    check(&sources, &mut reader);
    let directory = Path::new(file).parent().unwrap_or(Path::new(""));
    let join = |path: &str| directory.join(path).to_string_lossy().into_owned();
    let compiled = sources.into_iter().map(|source| source.compile(&join, &mut reader)).collect();
    if reader.problems.is_empty() { Ok(compiled) } else { Err(reader.errors(file)) }
}

fn check(sources: &[RawSource], reader: &mut Reader) {
    if sources.len() > MAX_SOURCES {
        reader.problem(sources[0].at, format!("more than {MAX_SOURCES} sources"));
    }
    let mut names = BTreeSet::new();
    for source in sources.iter().filter(|source| source.whole) {
        let name = source.name.as_str();
        if name.is_empty() {
            reader.problem(source.at, "a source needs a name");
        } else if name == EMBEDDED {
            reader.problem(source.name.at, "the name embedded is that of the embedded store");
        } else if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)) {
            let message = format!("source name {name:?}: write letters, digits, _, - and . only");
            reader.problem(source.name.at, message);
        } else if !names.insert(name) {
            reader.problem(source.name.at, format!("two sources are named {name:?}"));
        }
        if source.url.is_none() {
            reader.problem(source.at, "a source needs a url");
        }
        let timeout = &source.timeout;
        if timeout.at != Position::default() && timeout.value.0 <= Span::ZERO {
            reader.problem(timeout.at, "timeout: must be longer than nothing");
        }
        if source.max_requests.value > MAX_REQUESTS {
            let message = format!("max_requests: at most {MAX_REQUESTS}");
            reader.problem(source.max_requests.at, message);
        }
    }
}

impl RawSource {
    fn compile(self, file: &dyn Fn(&str) -> String, reader: &mut Reader) -> SourceSettings {
        let or_default = |PromDuration(span)| if span == Span::ZERO { TIMEOUT } else { span };
        let timeout = or_default(self.timeout.value);
        let requests = Some(self.max_requests.value).filter(|most| *most > 0).unwrap_or(REQUESTS);
        let name = self.name.value.clone();
        let url = self.url.as_ref().map(|url| url.0.clone()).unwrap_or_default();
        for (header, value) in &self.headers.0 {
            alertmanager::check_header(header, value, reader);
        }
        let headers = self
            .headers
            .iter()
            .map(|(header, value)| (header.into(), SecretSource::Inline(value.clone())));
        let headers: Vec<_> = headers.collect();
        let http = self.http();
        http.check(reader);
        let mut options = http.compile(file);
        options.headers.extend(headers);
        SourceSettings {
            name,
            url: Secret::new(url),
            http: options,
            timeout,
            requests: usize::try_from(requests).unwrap_or(1),
        }
    }

    fn http(self) -> Http {
        Http {
            at: self.at,
            whole: self.whole,
            basic_auth: self.basic_auth,
            authorization: self.authorization,
            oauth2: self.oauth2,
            bearer_token: self.bearer_token,
            bearer_token_file: self.bearer_token_file,
            tls_config: self.tls_config,
            follow_redirects: self.follow_redirects,
            enable_http2: self.enable_http2,
            proxy_url: self.proxy_url,
            no_proxy: self.no_proxy,
            proxy_from_environment: self.proxy_from_environment,
            proxy_connect_header: self.proxy_connect_header,
            http_headers: self.http_headers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::integration::Authorization;

    #[test]
    fn a_source_has_a_name_an_address_and_a_manner() {
        let text = "sources:\n- {name: eu, url: 'http://eu:9090/p', timeout: 5s, max_requests: 2,\n  \
                    bearer_token_file: token, headers: {X-Scope-OrgID: team},\n  \
                    tls_config: {ca_file: ca.pem, insecure_skip_verify: true}}\n\
                    - {name: us-1, url: 'http://us', basic_auth: {username: a, password: b}}\n";
        let sources = parse("/etc/sources.yml", text, Expansion::Off).unwrap();
        let [eu, us] = sources.as_slice() else { panic!("{sources:?}") };
        assert_eq!((&*eu.name, eu.url.expose(), eu.requests), ("eu", "http://eu:9090/p", 2));
        assert_eq!((eu.timeout, us.timeout), (Span::from_secs(5), TIMEOUT));
        assert!(eu.http.tls.insecure_skip_verify && !us.http.tls.insecure_skip_verify);
        let file = |name: &str| SecretSource::File(name.into());
        assert_eq!(eu.http.tls.ca, Some(file("/etc/ca.pem")));
        let bearer =
            Authorization::Scheme { scheme: "Bearer".into(), credentials: file("/etc/token") };
        assert_eq!(eu.http.authorization, Some(bearer));
        assert_eq!(&*eu.http.headers[0].0, "X-Scope-OrgID");
        assert!(matches!(us.http.authorization, Some(Authorization::Basic { .. })));
        assert!(!format!("{us:?}").contains("\"b\""), "passwords are not shown");
        assert_eq!(parse("s.yml", "", Expansion::Off).unwrap(), []);
    }

    fn check(text: &str, expected: &str) {
        let errors = parse("s.yml", text, Expansion::Off).unwrap_err().to_string();
        assert!(errors.contains(expected), "{errors}");
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        check("sources: [{url: 'http://a'}]", "s.yml:1:11: a source needs a name");
        check("sources: [{name: a}]", "s.yml:1:11: a source needs a url");
        check("sources: [{name: embedded, url: 'http://a'}]", "s.yml:1:18: the name embedded");
        check("sources: [{name: a b, url: 'http://a'}]", "1:18: source name \"a b\"");
        let twice = "sources:\n- {name: a, url: 'http://a'}\n- {name: a, url: 'http://a'}\n";
        check(twice, "s.yml:3:10: two sources are named \"a\"");
        check("sources: [{name: a, url: 'ftp://a'}]", "s.yml:1:26: ");
        check("sources: [{name: a, url: 'http://a', tiemout: 1s}]", "did you mean timeout?");
        check("sources: [{name: a, url: 'http://a', max_requests: 1001}]", "at most 1000");
        let never = "s.yml:1:47: timeout: must be longer than nothing";
        check("sources: [{name: a, url: 'http://a', timeout: 0s}]", never);
        check("sources: [{name: a, url: 'http://a', headers: {Host: x}}]", "header \"Host\"");
        check(
            "sources: [{name: a, url: 'http://a', headers: {X-A: \"a\\nb\"}}]",
            "value of header",
        );
        let both = "bearer_token: x, basic_auth: {username: a}";
        check(&format!("sources: [{{name: a, url: 'http://a', {both}}}]"), "at most one of");
    }

    #[test]
    fn the_number_of_sources_is_limited() {
        let text: String = (0..=MAX_SOURCES)
            .map(|number| format!("- {{name: a{number}, url: 'http://a'}}\n"))
            .collect();
        check(&format!("sources:\n{text}"), "more than 1000 sources");
    }
}
