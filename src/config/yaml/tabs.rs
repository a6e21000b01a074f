//! Tabs where a key may begin, which Go's YAML refuses and our parser takes for blanks.
//! (Source: libyaml, `fetch_next_token`: where a simple key is allowed, only spaces are skipped.)

use std::ops::Range;

use granit_parser::{Event, Span, StructureStyle};

/// Collects the parts of a text whose tabs are content, or blanks between tokens: scalars, and
/// lists and maps in brackets.
#[derive(Debug, Default)]
pub(super) struct Tabs {
    covered: Vec<Range<usize>>,
    /// Lists and maps that are open: where the ones in brackets begin.
    open: Vec<Option<usize>>,
}

impl Tabs {
    /// Looks at an event, in order.
    pub(super) fn see(&mut self, event: &Event<'_>, span: &Span) {
        let Some(bytes) = span.byte_range() else { return };
        match event {
            Event::Scalar(..) => self.covered.push(bytes),
            Event::SequenceStart(style, ..) | Event::MappingStart(style, ..) => {
                self.open.push((*style == StructureStyle::Flow).then_some(bytes.start));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(Some(start)) = self.open.pop() {
                    self.covered.push(start..bytes.end);
                }
            }
            _ => {}
        }
    }

    /// The first tab before `end` that stands where a key may begin, if there is one.
    pub(super) fn misplaced(&mut self, text: &str, end: usize) -> Option<usize> {
        self.covered.sort_by_key(|range| range.start);
        let mut covered = self.covered.iter().peekable();
        let mut upto = 0;
        text[..end].match_indices('\t').map(|(at, _)| at).find(|at| {
            while let Some(range) = covered.next_if(|range| range.start <= *at) {
                upto = upto.max(range.end);
            }
            *at >= upto && key_may_begin(text, *at)
        })
    }
}

/// Whether nothing but blanks and the signs of lists stand before it in its line.
fn key_may_begin(text: &str, at: usize) -> bool {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let before = &text[line..at];
    let mut words = before.split([' ', '\t']);
    // the last one touches the tab: `-` is a sign before any blank
    words.all(|word| matches!(word, "" | "-" | "?"))
}
