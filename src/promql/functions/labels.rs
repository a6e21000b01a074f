//! `label_replace` and `label_join`: they look at series, not at values.

use crate::label::METRIC_NAME;
use crate::promql::QueryError;
use crate::promql::block::{Block, Head, NameFate};
use crate::promql::names::{Duplicates, unify};
use crate::promql::plan::LabelEdit;

/// The longest value that a label is given, in bytes: calls inside of calls multiply it.
const MAX_VALUE: usize = 64 << 10;

/// Rewrites the labels of each series. A name that is written is there to stay.
pub(in crate::promql) fn edit_labels(
    mut block: Block,
    edit: &LabelEdit,
) -> Result<Block, QueryError> {
    if let LabelEdit::Invalid(message) = edit {
        return Err(QueryError::execution(message.clone()));
    }
    block.heads.iter_mut().try_for_each(|head| apply(head, edit))?;
    unify(&mut block, Duplicates::Join)?;
    Ok(block)
}

fn apply(head: &mut Head, edit: &LabelEdit) -> Result<(), QueryError> {
    let (target, value) = match edit {
        LabelEdit::Replace { target, template, source, pattern, .. } => {
            let subject = head.labels.value(source);
            let groups = template.matches('$').count();
            check_length("label_replace", groups.saturating_mul(subject.len()), 16 * MAX_VALUE)?;
            let value = pattern.expand_full_match(subject, template);
            let Some(value) = value else { return Ok(()) };
            check_length("label_replace", value.len(), MAX_VALUE)?;
            (target, value)
        }
        LabelEdit::Join { target, separator, sources } => {
            let values: Vec<&str> =
                sources.iter().map(|source| head.labels.value(source)).collect();
            let length = |value: &&str| value.len() + separator.len();
            check_length("label_join", values.iter().map(length).sum(), MAX_VALUE)?;
            (target, values.join(separator))
        }
        LabelEdit::Invalid(_) => return Ok(()),
    };
    let mut labels = head.labels.edit();
    labels.set(target, &value);
    head.labels = labels.build();
    if target == METRIC_NAME {
        head.name = NameFate::Settled;
    }
    Ok(())
}

fn check_length(function: &str, length: usize, limit: usize) -> Result<(), QueryError> {
    if length <= limit {
        return Ok(());
    }
    let message = format!("{function}(): label value is longer than {MAX_VALUE} bytes");
    Err(QueryError::execution(message))
}
