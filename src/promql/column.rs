//! A scalar over the steps of a grid.

/// A number for each step.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Column {
    /// The same everywhere.
    Constant(f64),
    /// One for each step.
    Steps(Vec<f64>),
}

impl Column {
    /// The number at a step.
    pub(super) fn at(&self, step: usize) -> f64 {
        match self {
            Column::Constant(value) => *value,
            Column::Steps(values) => values[step],
        }
    }

    /// The numbers, for a grid of that many steps.
    pub(super) fn iter(&self, steps: usize) -> impl Iterator<Item = f64> + '_ {
        (0..steps).map(|step| self.at(step))
    }

    /// Replaces each number.
    pub(super) fn map(&self, function: impl Fn(f64) -> f64) -> Column {
        match self {
            Column::Constant(value) => Column::Constant(function(*value)),
            Column::Steps(values) => Column::Steps(values.iter().copied().map(function).collect()),
        }
    }

    /// Joins two columns.
    pub(super) fn zip(&self, other: &Column, function: impl Fn(f64, f64) -> f64) -> Column {
        match (self, other) {
            (Column::Constant(a), Column::Constant(b)) => Column::Constant(function(*a, *b)),
            (Column::Steps(values), other) => {
                let steps = values.iter().enumerate();
                Column::Steps(steps.map(|(step, value)| function(*value, other.at(step))).collect())
            }
            (Column::Constant(a), Column::Steps(values)) => {
                Column::Steps(values.iter().map(|value| function(*a, *value)).collect())
            }
        }
    }
}
