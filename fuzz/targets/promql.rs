//! PromQL: nothing that is typed breaks the parser, and what is printed is read again and
//! printed the same.

use firebell::promql::syntax::{
    Features, parse, parse_metric, parse_metric_selector, parse_number, prettify,
};

/// One input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = parse_number(text);
    let _ = parse_metric(text);
    let _ = parse_metric_selector(text);
    for features in [Features::default(), Features::ALL] {
        check(text, &features);
    }
}

fn check(text: &str, features: &Features) {
    let Ok(expression) = parse(text, features) else { return };
    let printed = expression.to_string();
    // An infinity is printed with its sign, as Prometheus prints it, and read as a sign before
    // an infinity: that prints another sign.
    let has_sign = printed.contains("+Inf");
    for again in [&printed, &prettify(&expression)] {
        match parse(again, features) {
            Ok(_) if has_sign => {}
            Ok(expression) => assert_eq!(expression.to_string(), printed, "{text:?} {again:?}"),
            Err(error) => panic!("{text:?} was printed as {again:?}: {error}"),
        }
    }
}
