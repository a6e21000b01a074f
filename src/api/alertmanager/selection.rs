//! Which alerts a query wants.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::view::AlertStatus;
use crate::label::matcher::Mode;
use crate::label::pattern::Dialect;
use crate::label::{Labels, Matcher, Pattern};
use crate::notify::integration::Receiver;

use super::parameters::Parameters;
use super::refusal::Refusal;

/// All receivers by name.
pub(super) type Receivers = BTreeMap<Arc<str>, Arc<Receiver>>;

/// What a query for alerts or groups says.
pub(super) struct Selection {
    filter: Vec<Matcher>,
    receiver: Option<Pattern>,
    receiver_matchers: Vec<Matcher>,
    active: bool,
    silenced: bool,
    inhibited: bool,
    /// Whether groups that a time interval keeps quiet are wanted.
    pub(super) muted: bool,
}

impl Selection {
    /// Reads it from the query; `unprocessed` is taken and means nothing, as upstream.
    pub(super) fn read(parameters: &Parameters, mode: Mode) -> Result<Selection, Refusal> {
        let filter = parameters.filter(mode)?;
        let receiver = parameters.last("receiver");
        let receiver = receiver.map(|text| Pattern::anchored(text, Dialect::Alertmanager));
        let receiver = receiver
            .transpose()
            .map_err(|error| Refusal::bad(format!("failed to parse receiver param: {error}")))?;
        let matchers = parameters.matchers("receiver_matchers", mode);
        let receiver_matchers = matchers.map_err(|error| {
            Refusal::bad(format!("failed to parse receiver_matchers param: {error}"))
        })?;
        Ok(Selection {
            filter,
            receiver,
            receiver_matchers,
            active: parameters.is_wished("active"),
            silenced: parameters.is_wished("silenced"),
            inhibited: parameters.is_wished("inhibited"),
            muted: parameters.is_wished("muted"),
        })
    }

    /// Whether an alert with these labels is wanted, whatever keeps it quiet.
    pub(super) fn takes(&self, labels: &Labels) -> bool {
        all_match(&self.filter, labels)
    }

    /// Whether what keeps an alert quiet is no reason not to show it; time intervals do not
    /// count here.
    pub(super) fn takes_status(&self, status: &AlertStatus) -> bool {
        (self.active || !status.is_active())
            && (self.silenced || status.silenced_by.is_empty())
            && (self.inhibited || status.inhibited_by.is_none())
    }

    /// Whether a receiver is wanted.
    pub(super) fn takes_receiver(&self, name: &str, receivers: &Receivers) -> bool {
        let by_name = self.receiver.as_ref().is_none_or(|pattern| pattern.is_match(name));
        let by_labels = || match receivers.get(name) {
            Some(receiver) => all_match(&self.receiver_matchers, &receiver.labels),
            None => all_match(&self.receiver_matchers, &Labels::from_pairs([("name", name)])),
        };
        by_name && (self.receiver_matchers.is_empty() || by_labels())
    }

    /// Whether one of an alert's receivers is wanted.
    pub(super) fn takes_one_of(&self, names: &[&Arc<str>], receivers: &Receivers) -> bool {
        let any = self.receiver.is_none() && self.receiver_matchers.is_empty();
        any || names.iter().any(|name| self.takes_receiver(name, receivers))
    }
}

/// Whether all matchers match. Upstream looks at matchers with an empty value first: `=` and `=~`
/// pass when the label is missing, `!=` and `!~` when it is there. As no label has an empty
/// value, that is what plain matching says too.
pub(super) fn all_match(matchers: &[Matcher], labels: &Labels) -> bool {
    matchers.iter().all(|matcher| matcher.matches(labels.value(&matcher.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(filter: &str, labels: &[(&str, &str)], expect: bool) {
        let parameters = Parameters(vec![("filter".to_owned(), filter.to_owned())]);
        let matchers = parameters.filter(Mode::default()).unwrap();
        let labels = Labels::from_pairs(labels.iter().copied());
        assert_eq!(all_match(&matchers, &labels), expect, "{filter} {labels}");
    }

    #[test]
    fn filters_with_and_without_a_value() {
        for (filter, absent, present, other) in [
            ("a=\"\"", true, false, false),
            ("a=~\"\"", true, false, false),
            ("a!=\"\"", false, true, true),
            ("a!~\"\"", false, true, true),
            ("a=\"x\"", false, true, false),
            ("a!=\"x\"", true, false, true),
            ("a=~\"x|z\"", false, true, false),
            ("a!~\"x|z\"", true, false, true),
            ("a=~\".*\"", true, true, true),
            ("a!~\".+\"", true, false, false),
        ] {
            check(filter, &[("b", "1")], absent);
            check(filter, &[("a", "x")], present);
            check(filter, &[("a", "y")], other);
        }
    }
}
