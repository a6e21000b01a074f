use super::*;
use crate::config::Expansion;
use crate::config::yaml::{self, Documents};
use crate::time::Span;

section! {
    /// One field of each scalar type.
    struct Sample("test.Sample", null: "missing sample") {
        nonempty text: String = "default".to_owned(),
        nonempty flag: bool,
        nonempty count: u64,
        nonempty prometheus: PromDuration,
        nonempty go: GoDuration,
        nonempty address: HostPort,
        nonempty url: Option<HttpUrl>,
        nonempty secret_url: Option<SecretUrl>,
        nonempty proxy: Option<ProxyUrl>,
        nonempty kind("type"): Vec<At<String>>,
        nonempty inner: Vec<Sample>,
    }
}

fn read(text: &str) -> (Option<Sample>, Reader) {
    let nodes = yaml::parse(text, Documents::First, Expansion::Off).unwrap();
    let mut reader = Reader::default();
    let sample = Sample::read(&nodes[0], &mut reader);
    (sample, reader)
}

/// Reads good text, and checks what it is written back as.
fn check(text: &str, expect: &str) {
    let (sample, reader) = read(text);
    assert_eq!(reader.problems, [], "{text}");
    assert_eq!(print(sample.unwrap().write()).trim_end(), expect, "{text}");
}

/// Reads bad text, and checks what is said.
fn refuse(text: &str, expect: &[&str]) {
    let (_, reader) = read(text);
    let said: Vec<&str> = reader.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(said, expect, "{text}");
}

#[test]
fn a_section_is_written_as_it_was_read_with_its_defaults() {
    check("{}", "text: default");
    check("text: ''", "{}");
    check("{text: ~, flag: on, count: 0x10}", "text: default\nflag: true\ncount: 16");
    check("{text: yes, type: [1, ~, b]}", "text: \"yes\"\ntype:\n- \"1\"\n- ''\n- b");
    check("{text: 010}", "text: \"010\"");
    check("{prometheus: 90m, go: 90m}", "text: default\nprometheus: 1h30m\ngo: 1h30m0s");
    check("{text: a, address: 'mail:smtp'}", "text: a\naddress: mail:smtp");
    check("{text: a, address: '[::1]:25'}", "text: a\naddress: '[::1]:25'");
    check("{text: a, secret_url: 'http://x/y'}", "text: a\nsecret_url: <secret>");
    check("{text: a, proxy: 'socks5://u:p@h:1'}", "text: a\nproxy: socks5://u:xxxxx@h:1");
    check("{text: a, inner: [{text: b}]}", "text: a\ninner:\n- text: b");
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_read() {
    refuse("[a]", &["cannot unmarshal !!seq into test.Sample"]);
    refuse(
        "{text: [a], flag: 1, count: -1, type: x}",
        &[
            "cannot unmarshal !!seq into string",
            "cannot unmarshal !!int `1` into bool",
            "cannot unmarshal !!int `-1` into uint64",
            "cannot unmarshal !!str `x` into a list",
        ],
    );
    refuse(
        "{inner: [~, {flagg: true}], txet: a, zzz: b}",
        &[
            "missing sample",
            "field flagg not found in type test.Sample: did you mean flag?",
            "field txet not found in type test.Sample: did you mean text?",
            "field zzz not found in type test.Sample",
        ],
    );
    let (sample, _) = read("{flag: 1, count: 3, inner: [{flag: 1}, {flag: on}]}");
    let sample = sample.unwrap();
    assert_eq!((sample.whole, sample.count), (false, 3));
    assert_eq!(sample.inner.iter().map(|one| one.whole).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn urls_are_checked_as_go_checks_them() {
    for (url, expect) in [
        ("", r#"unsupported scheme "" for URL"#),
        ("x/y", r#"unsupported scheme "" for URL"#),
        ("localhost:9093", r#"unsupported scheme "localhost" for URL"#),
        ("mailto:a@b", r#"unsupported scheme "mailto" for URL"#),
        ("http://", "missing host for URL"),
        ("http:x", "missing host for URL"),
        ("1.2.3.4:5", r#"parse "1.2.3.4:5": first path segment in URL cannot contain colon"#),
        (":x", r#"parse ":x": missing protocol scheme"#),
        ("http://a b/", r#"parse "http://a b/": invalid character " " in host name"#),
        ("http://a/%4", r#"parse "http://a/%4": invalid URL escape "%4""#),
        ("http://a:b/", r#"parse "http://a:b/": invalid port ":b" after host"#),
    ] {
        refuse(&format!("{{url: '{url}'}}"), &[expect]);
    }
    for url in ["HTTP://x", "https://u:p@h:1/a?b%zz#c", "http://[::1]:9/", "http://h/%41 b"] {
        check(&format!("{{text: '', url: '{url}'}}"), &format!("url: {url}"));
    }
    refuse("{secret_url: 'http://a/%4key'}", &[r#"parse "<secret>": invalid URL escape "%4k""#]);
    refuse(
        "{secret_url: '${URL}'}",
        &["unsupported scheme \"\" for URL: `${...}` is expanded \
                                        only with --config.expand-env"],
    );
}

#[test]
fn addresses_need_a_port() {
    for (address, expect) in [
        ("mail", "address mail: missing port in address"),
        ("::1:25", "address ::1:25: too many colons in address"),
        ("[::1:25", "address [::1:25: missing ']' in address"),
        ("mail:", r#"address "mail:": port cannot be empty"#),
        ("mail:70000", r#"address "mail:70000": unknown port "70000", write its number"#),
    ] {
        refuse(&format!("{{address: '{address}'}}"), &[expect]);
    }
}

#[test]
fn a_bare_number_of_nanoseconds_is_taken_with_a_warning() {
    let (sample, reader) = read("{go: 5}");
    assert_eq!(sample.unwrap().go, GoDuration(Span::from_millis(1)));
    assert_eq!(reader.warnings[0].message, "5 without a unit is nanoseconds: write 5s or 5ms");
    let (sample, _) = read("{go: 1500000000}");
    assert_eq!(sample.unwrap().go, GoDuration(Span::from_millis(1500)));
    refuse("{go: 1d}", &["cannot unmarshal !!str `1d` into time.Duration"]);
}

#[test]
fn the_number_of_problems_is_limited() {
    let many: String = (0..5000).map(|index| format!("x{index}: 1\n")).collect();
    assert_eq!(read(&many).1.problems.len(), MAX_PROBLEMS);
}
