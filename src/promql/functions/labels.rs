//! `label_replace` and `label_join`: they look at series, not at values.

use crate::label::METRIC_NAME;
use crate::promql::QueryError;
use crate::promql::block::{Block, Head, NameFate};
use crate::promql::names::{Duplicates, unify};
use crate::promql::plan::LabelEdit;

/// Rewrites the labels of each series. A name that is written is there to stay.
pub(in crate::promql) fn edit_labels(
    mut block: Block,
    edit: &LabelEdit,
) -> Result<Block, QueryError> {
    if let LabelEdit::Invalid(message) = edit {
        return Err(QueryError::execution(message.clone()));
    }
    block.heads.iter_mut().for_each(|head| apply(head, edit));
    unify(&mut block, Duplicates::Join)?;
    Ok(block)
}

fn apply(head: &mut Head, edit: &LabelEdit) {
    let (target, value) = match edit {
        LabelEdit::Replace { target, template, source, pattern, .. } => {
            let value = pattern.expand_full_match(head.labels.value(source), template);
            let Some(value) = value else { return };
            (target, value)
        }
        LabelEdit::Join { target, separator, sources } => {
            let values: Vec<&str> =
                sources.iter().map(|source| head.labels.value(source)).collect();
            (target, values.join(separator))
        }
        LabelEdit::Invalid(_) => return,
    };
    let mut labels = head.labels.edit();
    labels.set(target, &value);
    head.labels = labels.build();
    if target == METRIC_NAME {
        head.name = NameFate::Settled;
    }
}
