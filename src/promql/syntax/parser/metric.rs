//! The labels of a series, as the series notation writes them: `up{job="a", "le.gacy"="b"}`.

use super::{Parser, is_metric_name};
use crate::label::{Labels, LabelsBuilder, METRIC_NAME};
use crate::promql::syntax::Features;
use crate::promql::syntax::lexer::Parsed;
use crate::promql::syntax::token::TokenKind;

/// What errors inside braces say.
const CONTEXT: &str = "label set";

/// Parses the labels that a text begins with; tells how many bytes they take.
pub(in crate::promql::syntax) fn metric(text: &str) -> Parsed<(Labels, usize)> {
    let mut parser = Parser::new(text, &Features::ALL)?;
    let mut labels = LabelsBuilder::new();
    let first = parser.peek()?;
    let name = is_metric_name(first.kind).then(|| parser.text(first).to_owned());
    if name.is_some() {
        parser.take();
    }
    // What follows a name without braces is another language: do not look at it.
    let rest = &text[parser.last_end as usize..];
    if name.is_none() || rest.starts_with('{') {
        parser.label_set(&mut labels)?;
    }
    if let Some(name) = name {
        labels.set(METRIC_NAME, &name);
    }
    Ok((labels.build(), parser.last_end as usize))
}

impl Parser<'_> {
    fn label_set(&mut self, labels: &mut LabelsBuilder) -> Parsed<()> {
        self.expect(TokenKind::LeftBrace)?;
        loop {
            // After the brace comes another language: do not look beyond it.
            let token = self.peek()?;
            if token.kind == TokenKind::RightBrace {
                self.take();
                return Ok(());
            }
            self.label_pair(labels)?;
            let next = self.peek()?;
            match next.kind {
                TokenKind::Comma => self.take(),
                TokenKind::RightBrace => {}
                _ => return self.unexpected_in(next, CONTEXT, "\",\" or \"}\""),
            }
        }
    }

    /// `name="value"`, `"name"="value"`, or a quoted metric name alone.
    fn label_pair(&mut self, labels: &mut LabelsBuilder) -> Parsed<()> {
        let label = self.peek()?;
        let name = match label.kind {
            TokenKind::Identifier => self.text(label).to_owned(),
            TokenKind::String => self.unquote(label)?,
            _ => return self.unexpected_in(label, CONTEXT, "identifier or \"}\""),
        };
        self.take();
        let equals = self.peek()?;
        if equals.kind != TokenKind::Equal {
            if label.kind == TokenKind::String {
                labels.set(METRIC_NAME, &name);
                return Ok(());
            }
            return self.unexpected_in(equals, CONTEXT, "\"=\"");
        }
        self.take();
        let value = self.peek()?;
        if value.kind != TokenKind::String {
            return self.unexpected_in(value, CONTEXT, "string");
        }
        self.take();
        labels.set(&name, &self.unquote(value)?);
        Ok(())
    }
}
