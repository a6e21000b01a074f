//! What came of a script.

use std::fmt;

/// What came of a script. Shown as one paragraph per failure and a closing line.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The script's name.
    pub file: String,
    /// How many evaluations were as expected.
    pub passed: usize,
    /// What was not, by line.
    pub failures: Vec<Failure>,
}

/// One thing that was not as expected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failure {
    /// The line of its command, from one.
    pub line: usize,
    /// The expression, if it is an evaluation.
    pub expr: String,
    /// What is wrong, in one line.
    pub message: String,
    /// Expected and got, side by side: one row a series.
    pub rows: Vec<Row>,
}

/// What was expected and what came, for one series or value; empty: nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// What was expected.
    pub expected: String,
    /// What came.
    pub got: String,
    /// Whether both are the same, as far as the comparison goes.
    pub same: bool,
}

/// The most rows that are shown for one failure.
const SHOWN_ROWS: usize = 20;

impl Report {
    pub(super) fn new(file: &str, failures: Vec<Failure>) -> Report {
        Report { file: file.to_owned(), passed: 0, failures }
    }

    pub(super) fn failed(&mut self, failure: Failure) {
        self.failures.push(failure);
    }

    pub(super) fn sort(&mut self) {
        self.failures.sort_by_key(|failure| failure.line);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "{}:{}: {}", self.file, failure.line, failure.message)?;
            if !failure.expr.is_empty() {
                writeln!(f, "    {}", failure.expr)?;
            }
            rows(f, &failure.rows)?;
        }
        writeln!(f, "{}: {} passed, {} failed", self.file, self.passed, self.failures.len())
    }
}

fn rows(f: &mut fmt::Formatter<'_>, rows: &[Row]) -> fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    let shown = &rows[..rows.len().min(SHOWN_ROWS)];
    let widths = shown.iter().map(|row| row.expected.chars().count());
    let width = widths.chain(["expected".len()]).max().unwrap_or(0).min(80);
    writeln!(f, "      {:width$}   got", "expected")?;
    for row in shown {
        let mark = if row.same { ' ' } else { '!' };
        writeln!(f, "    {mark} {:width$}   {}", or_nothing(&row.expected), or_nothing(&row.got))?;
    }
    match rows.len() - shown.len() {
        0 => Ok(()),
        more => writeln!(f, "      and {more} more"),
    }
}

fn or_nothing(text: &str) -> &str {
    if text.is_empty() { "(nothing)" } else { text }
}
