//! `--enable-feature` by Prometheus' names, and those of Alertmanager's that choose a syntax.

use anyhow::{Result, bail};

use crate::label::matcher::Mode;
use crate::promql::syntax::Features;
use crate::promql::{MetricTypes, NameRemoval, Options, StartTimestamps};

/// Chooses how matchers and label names are read, if the name is one of those that do; of both
/// there is only one at a time.
pub(super) fn choose(name: &str, mode: &mut Mode) -> Result<bool> {
    let chosen = match name {
        "classic-mode" => Mode::Classic,
        "utf8-strict-mode" => Mode::Utf8,
        _ => return Ok(false),
    };
    if *mode != Mode::Fallback && *mode != chosen {
        bail!("cannot have both classic and UTF-8 modes enabled");
    }
    *mode = chosen;
    Ok(true)
}

/// Switches a feature on, or says which there are.
pub(super) fn enable(name: &str, features: &mut Features, options: &mut Options) -> Result<()> {
    if features.enable(name) {
        return Ok(());
    }
    match name {
        "promql-delayed-name-removal" => options.name_removal = NameRemoval::Delayed,
        "use-start-timestamps" => options.start_timestamps = StartTimestamps::Used,
        "type-and-unit-labels" => options.metric_types = MetricTypes::ByLabel,
        _ => bail!(
            "--enable-feature={name}: unknown; there are promql-experimental-functions, \
             promql-duration-expr, promql-extended-range-selectors, promql-binop-fill-modifiers, \
             promql-delayed-name-removal, use-start-timestamps and type-and-unit-labels; of a \
             server classic-mode, utf8-strict-mode and event-recorder too"
        ),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_features_are_switched_on_and_others_refused() {
        let (mut features, mut options) = (Features::default(), Options::default());
        for name in ["promql-experimental-functions", "promql-delayed-name-removal"] {
            enable(name, &mut features, &mut options).unwrap();
        }
        assert!(features.experimental_functions);
        assert_eq!(options.name_removal, NameRemoval::Delayed);
        let error = enable("nonsense", &mut features, &mut options).unwrap_err().to_string();
        assert!(error.contains("--enable-feature=nonsense: unknown; there are"));
    }
}
