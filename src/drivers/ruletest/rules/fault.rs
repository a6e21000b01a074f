//! What was not as expected, for programs that know promtool and for people.

/// Something that was not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line of the expectation in the test file, from 1.
    pub line: usize,
    /// What, in promtool's words, perhaps of several lines.
    pub text: String,
    /// What, in one line.
    pub headline: String,
    /// What was expected against what came.
    pub difference: Vec<Compared>,
}

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// On which side it stands.
    pub side: Side,
    /// The line.
    pub text: String,
}

/// The side on which a line of a difference stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// On both, or said about both.
    Both,
    /// It was expected and did not come.
    Expected,
    /// It came and was not expected.
    Got,
}

impl Compared {
    /// A line on that side.
    pub(super) fn new(side: Side, text: impl Into<String>) -> Compared {
        Compared { side, text: text.into() }
    }
}

impl Side {
    /// The sign in front of a line, as in a patch.
    pub fn sign(self) -> char {
        match self {
            Side::Both => ' ',
            Side::Expected => '-',
            Side::Got => '+',
        }
    }
}

impl Fault {
    /// A fault whose text says everything: a first line, then lines with `exp: ` and `got: `.
    pub(super) fn new(line: usize, text: impl Into<String>) -> Fault {
        let text = text.into();
        let mut lines = text.lines();
        let headline = lines.next().unwrap_or_default().trim().trim_end_matches(',').to_owned();
        let difference = lines.map(compared).collect();
        Fault { line, text, headline, difference }
    }
}

/// How far promtool indents what follows the first line.
const INDENT: &str = "        ";

fn compared(line: &str) -> Compared {
    let line = line.strip_prefix(INDENT).unwrap_or(line);
    let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
    let side = |side, rest: &str| Compared::new(side, format!("{indent}{rest}"));
    match (rest.strip_prefix("exp: "), rest.strip_prefix("got: ")) {
        (Some(rest), _) => side(Side::Expected, rest),
        (_, Some(rest)) => side(Side::Got, rest),
        _ => Compared::new(Side::Both, line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_say_expected_and_got_take_sides() {
        let text = "    message to a by 2m,\n        title\n            exp: x\n            got: y";
        let fault = Fault::new(3, text);
        assert_eq!(fault.headline, "message to a by 2m");
        let lines = fault.difference.iter().map(|one| format!("{}{}", one.side.sign(), one.text));
        assert_eq!(lines.collect::<Vec<_>>(), [" title", "-    x", "+    y"]);
    }
}
