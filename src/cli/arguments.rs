//! Values on the command line, and how they are read.

use crate::label::Labels;
use crate::time::Span;
use crate::time::duration::parse_prometheus;

/// Reads a duration as Prometheus writes it.
pub(super) fn duration(text: &str) -> Result<Span, String> {
    let span = parse_prometheus(text).map_err(|error| error.to_string())?;
    if span > Span::ZERO { Ok(span) } else { Err("must be longer than nothing".to_owned()) }
}

/// Reads `name=value`, the value perhaps in double quotes.
pub(super) fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    if !crate::label::matcher::is_legacy_name(name) {
        return Err(format!("{name:?} is not a label name"));
    }
    let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    Ok((name.to_owned(), quoted.unwrap_or(value).to_owned()))
}

/// Labels of a list of pairs.
pub(super) fn labels(pairs: &[(String, String)]) -> Labels {
    Labels::from_pairs(pairs.iter().map(|(name, value)| (name, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_or_refused_with_a_hint() {
        assert_eq!(duration("1m30s"), Ok(Span::from_secs(90)));
        assert!(duration("0").is_err() && duration("5").is_err());
        assert_eq!(label("a=\"b c\""), Ok(("a".to_owned(), "b c".to_owned())));
        assert_eq!(label("a"), Err("write NAME=VALUE".to_owned()));
        assert!(label("a-b=c").is_err());
    }
}
