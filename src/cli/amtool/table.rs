//! Columns as wide as they need to be. (Source: Go docs, `text/tabwriter`, with padding 2.)

/// Blanks between columns.
const PADDING: usize = 2;

/// A table: rows of cells, each cell ended by a tab.
#[derive(Debug, Default)]
pub(super) struct Table {
    text: String,
}

impl Table {
    /// A table with these names of columns.
    pub(super) fn new(names: &[&str]) -> Table {
        let mut table = Table::default();
        table.row(names);
        table
    }

    /// Adds a row.
    pub(super) fn row<T: AsRef<str>>(&mut self, cells: &[T]) {
        for cell in cells {
            self.text.push_str(cell.as_ref());
            self.text.push('\t');
        }
        self.text.push('\n');
    }

    /// The aligned text.
    pub(super) fn finish(self) -> String {
        align(&self.text)
    }
}

/// Aligns text: tabs end cells. A column is as wide as its widest cell in a run of lines that all
/// have it; what follows a line's last tab is no part of a column.
pub(super) fn align(text: &str) -> String {
    let lines: Vec<Vec<&str>> = text
        .split_terminator(['\n', '\u{c}'])
        .map(|line| line.split(['\t', '\u{b}']).collect())
        .collect();
    let mut widths: Vec<Vec<usize>> =
        lines.iter().map(|line| vec![0; line.len().saturating_sub(1)]).collect();
    let columns = widths.iter().map(Vec::len).max().unwrap_or(0);
    for column in 0..columns {
        let mut from = 0;
        while from < lines.len() {
            let run = widths[from..].iter().take_while(|line| line.len() > column).count();
            let cells = lines[from..from + run].iter().map(|line| line[column].chars().count());
            let width = cells.max().unwrap_or(0) + PADDING;
            widths[from..from + run].iter_mut().for_each(|line| line[column] = width);
            from += run.max(1);
        }
    }
    let mut out = String::with_capacity(text.len() * 2);
    for (line, widths) in lines.iter().zip(&widths) {
        for (index, cell) in line.iter().enumerate() {
            out.push_str(cell);
            if let Some(width) = widths.get(index) {
                let blanks = width.saturating_sub(cell.chars().count());
                out.extend(std::iter::repeat_n(' ', blanks));
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["ID", "Comment"]);
        table.row(&["1", "é"]);
        table.row(&["123", ""]);
        assert_eq!(table.finish(), "ID   Comment  \n1    é        \n123           \n");
        assert_eq!(align(""), "");
    }

    #[test]
    fn a_cell_with_a_line_break_ends_the_run_of_its_columns() {
        let mut table = Table::new(&["ID", "Comment"]);
        table.row(&["1234", "x\ny\tz"]);
        assert_eq!(table.finish(), "ID    Comment  \n1234  x\ny     z  \n");
    }

    #[test]
    fn what_follows_the_last_tab_is_not_padded() {
        assert_eq!(align("Status:\tok\nNode Name:\t\n"), "Status:     ok\nNode Name:  \n");
    }
}
