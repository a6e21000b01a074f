//! Which experimental parts of the grammar are understood.

/// Which experimental parts of the grammar are understood, by Prometheus' feature names.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Features {
    /// `promql-experimental-functions`: functions and aggregations that may still change.
    pub experimental_functions: bool,
    /// `promql-duration-expr`: arithmetic inside brackets and after `offset`; on by default
    /// since Prometheus 3.14.
    pub duration_expressions: bool,
    /// `promql-extended-range-selectors`: `anchored` and `smoothed`.
    pub extended_range_selectors: bool,
    /// `promql-binop-fill-modifiers`: `fill`, `fill_left`, `fill_right`.
    pub binop_fill_modifiers: bool,
}

impl Features {
    /// Everything, for tests and tools.
    pub const ALL: Features = Features {
        experimental_functions: true,
        duration_expressions: true,
        extended_range_selectors: true,
        binop_fill_modifiers: true,
    };

    /// Switches on the feature that Prometheus' `--enable-feature` calls so; tells whether the
    /// name is one of the grammar's.
    pub fn enable(&mut self, name: &str) -> bool {
        match name {
            "promql-experimental-functions" => self.experimental_functions = true,
            "promql-duration-expr" => self.duration_expressions = true,
            "promql-extended-range-selectors" => self.extended_range_selectors = true,
            "promql-binop-fill-modifiers" => self.binop_fill_modifiers = true,
            _ => return false,
        }
        true
    }
}

impl Default for Features {
    /// What Prometheus 3.14 understands without flags.
    fn default() -> Features {
        Features {
            experimental_functions: false,
            duration_expressions: true,
            extended_range_selectors: false,
            binop_fill_modifiers: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_switches_its_feature_on() {
        let mut features = Features { duration_expressions: false, ..Features::default() };
        for name in [
            "promql-experimental-functions",
            "promql-duration-expr",
            "promql-extended-range-selectors",
            "promql-binop-fill-modifiers",
        ] {
            assert!(features.enable(name), "{name}");
        }
        assert_eq!(features, Features::ALL);
        assert!(!features.enable("native-histograms"));
    }
}
