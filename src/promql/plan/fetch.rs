//! Which samples a run reads: one selection for each set of matchers and stretch of time.

use crate::promql::{Grid, Options};
use crate::sample::Selection;
use crate::time::{Span, Timestamp};

use super::{
    Extension, Node, NodeId, Plan, ResetHints, Selector, SelectorId, Window, WindowSource,
};

/// The selections of one run, and where each selector finds its series among them.
#[derive(Clone, Debug)]
pub(in crate::promql) struct Fetch {
    /// What is to be fetched.
    pub(in crate::promql) selections: Vec<Selection>,
    /// By selector: (after, until, index of the selection), ascending and apart.
    stretches: Vec<Vec<(i64, i64, usize)>>,
}

impl Fetch {
    /// What a run of the plan on the grid reads. Equal matchers are fetched once where their
    /// windows touch; windows far apart (`x`, `x offset 1w`) stay apart.
    pub(in crate::promql) fn of(plan: &Plan, grid: &Grid, options: &Options) -> Fetch {
        let lookback = options.lookback.millis();
        let mut walk = Walk { plan, lookback, stretches: vec![Vec::new(); plan.selectors.len()] };
        walk.node(plan.root, grid);
        let mut fetch = Fetch { selections: Vec::new(), stretches: Vec::new() };
        let selectors = plan.selectors.iter().zip(&plan.narrowings);
        for ((matchers, narrowing), windows) in selectors.zip(walk.stretches) {
            let mut indexed = Vec::new();
            for (after, until) in coalesce(windows) {
                indexed.push((after, until, fetch.selections.len()));
                fetch.selections.push(Selection {
                    matchers: matchers.clone(),
                    after: Timestamp::from_millis(after),
                    until: Timestamp::from_millis(until),
                    narrowing: narrowing.clone(),
                });
            }
            fetch.stretches.push(indexed);
        }
        fetch
    }

    /// The selection that holds what a selector sees at that time.
    pub(in crate::promql) fn find(&self, selector: SelectorId, time: i64) -> Option<usize> {
        let stretches = self.stretches.get(selector.0 as usize)?;
        let holds = |&&(after, until, _): &&(i64, i64, usize)| after <= time && time <= until;
        stretches.iter().find(holds).map(|(_, _, index)| *index)
    }
}

/// Joins windows that overlap or touch.
fn coalesce(mut windows: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    windows.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (after, until) in windows {
        match joined.last_mut() {
            Some(last) if after <= last.1 => last.1 = last.1.max(until),
            _ => joined.push((after, until)),
        }
    }
    joined
}

struct Walk<'a> {
    plan: &'a Plan,
    lookback: i64,
    stretches: Vec<Vec<(i64, i64)>>,
}

impl Walk<'_> {
    fn node(&mut self, id: NodeId, grid: &Grid) {
        if grid.steps() == 0 {
            return;
        }
        let node = &self.plan.get(id).node;
        match node {
            Node::Select(selector) | Node::SampleTime(selector) | Node::StartTime(selector) => {
                self.selector(selector, grid);
            }
            Node::Info { selector, .. } => {
                let moment = selector.moment;
                let (matchers, hints) = (selector.matchers, ResetHints::Stored);
                let info = Selector { matchers, moment, extension: None, hints };
                self.selector(&info, grid);
            }
            _ => {}
        }
        if let Some(window) = node.window() {
            self.window(window, grid);
        }
        node.each_child(|child| self.node(child, grid));
    }

    fn selector(&mut self, selector: &Selector, grid: &Grid) {
        let ahead = if selector.extension == Some(Extension::Smoothed) { self.lookback } else { 0 };
        let after = selector.moment.of(grid.start.millis()).saturating_sub(self.lookback);
        let until = selector.moment.of(grid.last().millis()).saturating_add(ahead);
        self.stretches[selector.matchers.0 as usize].push((after, until));
    }

    fn window(&mut self, window: &Window, grid: &Grid) {
        match window.source {
            WindowSource::Series(matchers) => {
                let (behind, ahead) = window.margins(Span::from_millis(self.lookback));
                let first = window.moment.of(grid.start.millis());
                let after = first.saturating_sub(window.length).saturating_sub(behind);
                let until = window.moment.of(grid.last().millis()).saturating_add(ahead);
                self.stretches[matchers.0 as usize].push((after, until));
            }
            WindowSource::Subquery { vector, step } => {
                self.node(vector, &window.subquery_grid(grid, step));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::coalesce;

    #[test]
    fn windows_that_touch_are_one_and_others_stay_apart() {
        assert_eq!(coalesce(vec![(5, 9), (0, 5), (20, 30)]), [(0, 9), (20, 30)]);
        assert_eq!(coalesce(vec![(0, 9), (2, 3)]), [(0, 9)]);
    }
}
