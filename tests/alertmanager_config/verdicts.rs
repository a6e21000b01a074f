//! The table of verdicts that the configuration's own tests go through.

use super::genuine::Verdict;

const TABLE: &str = include_str!("../../src/config/alertmanager/tests/verdicts.txt");

/// What `+` and `>` stand for.
const BASE: &str = "route: {receiver: d}\nreceivers:\n- name: d\n";

/// A configuration and what is to be said of it.
#[derive(Debug)]
pub struct Case {
    /// The configuration.
    pub text: String,
    /// What we say.
    ours: String,
    /// What Alertmanager says, where that is something else.
    theirs: Option<String>,
}

/// All of them.
pub fn all() -> impl Iterator<Item = Case> {
    TABLE.split("\n---\n").skip(1).map(|case| {
        let (snippet, answer) =
            case.split_once("\n=> ").or_else(|| case.split_once("\n=! ")).unwrap();
        let text = match (snippet.strip_prefix('+'), snippet.strip_prefix('>')) {
            (Some(rest), _) => format!("{BASE}{rest}\n"),
            (_, Some(rest)) => format!("{BASE}  {}\n", rest.replace('\n', "\n  ")),
            _ => format!("{snippet}\n"),
        };
        let (ours, theirs) = match answer.split_once(" :: ") {
            Some((ours, theirs)) => (ours, Some(theirs.trim_end().to_owned())),
            None => (answer, None),
        };
        Case { text, ours: ours.trim_end().to_owned(), theirs }
    })
}

impl Case {
    /// Whether Alertmanager's verdict is the one in the table.
    pub fn holds(&self, theirs: &Verdict) -> bool {
        match (&self.theirs, theirs) {
            (expect, Verdict::Died) => expect.as_deref() == Some("panic"),
            (Some(expect), Verdict::Good) => expect == "OK",
            (Some(expect), Verdict::Bad(reasons)) => {
                reasons.iter().all(|reason| expect.contains(reason.as_str()))
            }
            (None, Verdict::Good) => self.ours == "OK",
            (None, Verdict::Bad(reasons)) => {
                reasons.iter().all(|reason| self.ours.contains(reason.as_str()))
            }
        }
    }
}
