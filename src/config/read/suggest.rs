//! "Did you mean ...?"

/// The most letters that may differ.
const FAR: usize = 2;

/// The known name that differs least from the written one, if any is near.
pub(super) fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    if written.len() > 64 {
        return None;
    }
    let distance = |name: &&str| edits(written.as_bytes(), name.as_bytes());
    let near = known.iter().copied().min_by_key(distance)?;
    let limit = FAR.min(written.len().div_ceil(3));
    (edits(written.as_bytes(), near.as_bytes()) <= limit).then_some(near)
}

/// How many insertions, deletions and replacements lead from one to the other (Levenshtein).
fn edits(from: &[u8], to: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, byte) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(byte != other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}
