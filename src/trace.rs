//! W3C trace contexts: which trace something belongs to, and which of its spans it came of.
//!
//! ```text
//! traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
//!              |  '-- trace                        '-- span         '-- flags, 01 = kept
//!              version
//! ```
//! (Source: W3C recommendation "Trace Context", level 1.)

use std::fmt;
use std::sync::Arc;

/// The longest `tracestate` that is handed on, in bytes; a longer one is left out.
pub const STATE_LIMIT: usize = 512;

/// Which trace something belongs to, and which span it came of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace; not all zero.
    pub trace: [u8; 16],
    /// The span; not all zero.
    pub span: [u8; 8],
    /// Whether spans of the trace are kept.
    pub sampling: Sampling,
    /// What other systems have to say about the trace, handed on as it is; perhaps empty.
    pub state: Arc<str>,
}

/// Whether spans of a trace are kept.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// They are.
    Kept,
    /// They are not; the trace is only handed on.
    Dropped,
}

impl TraceContext {
    /// Reads the headers `traceparent` and `tracestate`. Nothing when the first is not one.
    pub fn parse(parent: &str, state: &str) -> Option<TraceContext> {
        let mut parts = parent.trim().split('-');
        let (version, trace) = (parts.next()?, parts.next()?);
        let (span, flags) = (parts.next()?, parts.next()?);
        let [version] = bytes::<1>(version)?;
        // later versions may add parts, this one has four
        if version == 0xff || version == 0 && parts.next().is_some() {
            return None;
        }
        let (trace, span, [flags]) = (bytes(trace)?, bytes(span)?, bytes(flags)?);
        if trace == [0; 16] || span == [0; 8] {
            return None;
        }
        let sampling = if flags & 1 == 1 { Sampling::Kept } else { Sampling::Dropped };
        let state = state.trim();
        let state = if state.len() <= STATE_LIMIT { state } else { "" };
        Some(TraceContext { trace, span, sampling, state: Arc::from(state) })
    }

    /// Whether spans of the trace are kept.
    pub fn is_kept(&self) -> bool {
        self.sampling == Sampling::Kept
    }

    /// The same trace at another span.
    pub fn at_span(&self, span: [u8; 8]) -> TraceContext {
        TraceContext { span, ..self.clone() }
    }
}

impl fmt::Display for TraceContext {
    /// The header `traceparent`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("00-")?;
        self.trace.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("-")?;
        self.span.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(if self.is_kept() { "-01" } else { "-00" })
    }
}

/// So many bytes, written as lower-case hexadecimal digits.
fn bytes<const COUNT: usize>(text: &str) -> Option<[u8; COUNT]> {
    let digits = text.as_bytes();
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() != 2 * COUNT || !digits.iter().all(is_digit) {
        return None;
    }
    let mut bytes = [0; COUNT];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_context_is_written_as_it_was_read() {
        for text in [GOOD, "00-0af7651916cd43dd8448eb211c80319c-00000000000000ff-00"] {
            assert_eq!(TraceContext::parse(text, "").unwrap().to_string(), text);
        }
        let context = TraceContext::parse(GOOD, " a=1,b=2 ").unwrap();
        assert_eq!((context.is_kept(), &*context.state), (true, "a=1,b=2"));
        assert_eq!(context.at_span([1; 8]).span, [1; 8]);
    }

    #[test]
    fn later_versions_and_flags_are_read_as_far_as_they_are_known() {
        let later = GOOD.replacen("00", "01", 1) + "-more";
        assert_eq!(TraceContext::parse(&later, "").unwrap().to_string(), GOOD);
        let flags = TraceContext::parse(&GOOD.replace("-01", "-03"), "").unwrap();
        assert!(flags.is_kept());
    }

    #[test]
    fn what_is_no_context_is_none() {
        let zero_trace = GOOD.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32));
        let zero_span = GOOD.replace("b7ad6b7169203331", &"0".repeat(16));
        let upper = GOOD.to_uppercase();
        for text in [
            "",
            "00",
            "00-1-2-01",
            &zero_trace,
            &zero_span,
            &upper,
            &GOOD.replacen("00", "ff", 1),
            &format!("{GOOD}-x"),
            &GOOD.replace("af7", "äf"),
        ] {
            assert_eq!(TraceContext::parse(text, ""), None, "{text}");
        }
    }

    #[test]
    fn a_long_state_is_left_out() {
        let state = |length| TraceContext::parse(GOOD, &"x".repeat(length)).unwrap().state.len();
        assert_eq!((state(STATE_LIMIT), state(STATE_LIMIT + 1)), (STATE_LIMIT, 0));
    }
}
