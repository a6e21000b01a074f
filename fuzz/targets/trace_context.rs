//! Trace contexts: what is read is printed as what is read the same.

use firebell::trace::TraceContext;

/// One input: the two headers, a line each.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (parent, state) = text.split_once('\n').unwrap_or((text, ""));
    if let Some(context) = TraceContext::parse(parent, state) {
        let printed = context.to_string();
        assert_eq!(TraceContext::parse(&printed, &context.state), Some(context), "{text:?}");
    }
}
