//! Matchers as a PromQL selector.

use crate::label::matcher::is_legacy_name;
use crate::label::{METRIC_NAME, Matchers};
use crate::template::quote;

/// `{__name__="up",job=~"a|b"}`. A selector that an empty label set would satisfy is refused by
/// servers; as every series has a name, asking for one changes nothing.
pub(super) fn text(matchers: &Matchers) -> String {
    let mut parts: Vec<String> = matchers
        .iter()
        .map(|matcher| {
            let (op, value) = (matcher.op.text(), quote(&matcher.value));
            if is_legacy_name(&matcher.name) {
                format!("{}{op}{value}", matcher.name)
            } else {
                format!("{}{op}{value}", quote(&matcher.name))
            }
        })
        .collect();
    if matchers.iter().all(|matcher| matcher.matches("")) {
        parts.push(format!("{METRIC_NAME}!=\"\""));
    }
    format!("{{{}}}", parts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::pattern::Dialect;
    use crate::label::{MatchOp, Matcher};

    #[test]
    fn matchers_become_a_selector_that_servers_take() {
        let matcher = |name, op, value| {
            Matcher::new(name, op, value, Dialect::PromQl).expect("a good pattern")
        };
        let cases = [
            (vec![], r#"{__name__!=""}"#),
            (vec![matcher("__name__", MatchOp::Equal, "up")], r#"{__name__="up"}"#),
            (vec![matcher("a", MatchOp::NotEqual, "x")], r#"{a!="x",__name__!=""}"#),
            (
                vec![matcher("a.b", MatchOp::Regex, "x\\.\"+"), matcher("c", MatchOp::Equal, "é")],
                r#"{"a.b"=~"x\\.\"+",c="é"}"#,
            ),
        ];
        for (matchers, expected) in cases {
            assert_eq!(text(&Matchers(matchers)), expected);
        }
    }
}
