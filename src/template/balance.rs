//! Whether the blocks of a template open and close: gotmpl's parser takes a missing `{{end}}`
//! for the end of the text, and a stray one too. Go refuses both.

use super::run::Place;

/// A block that is open.
struct Open {
    keyword: &'static str,
    offset: usize,
    has_else: bool,
}

/// What is wrong with the blocks, and where; the text must have passed gotmpl's lexer.
pub(super) fn check(text: &str) -> Result<(), (Place, String)> {
    let mut open: Vec<Open> = Vec::new();
    let mut rest = 0;
    while let Some(start) = text[rest..].find("{{").map(|index| rest + index) {
        let (words, end) = action(text, start + 2);
        visit(&mut open, &words, start).map_err(|message| (place(text, start), message))?;
        rest = end;
    }
    match open.pop() {
        None => Ok(()),
        Some(block) => {
            let message = format!("unexpected EOF: {{{{{}}}}} has no {{{{end}}}}", block.keyword);
            Err((place(text, block.offset), message))
        }
    }
}

/// Line and column of a byte offset.
pub(super) fn place(text: &str, offset: usize) -> Place {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |index| index + 1);
    Place {
        source: 0,
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

fn visit(open: &mut Vec<Open>, words: &[&str], offset: usize) -> Result<(), String> {
    let keyword = match words {
        ["if", ..] => "if",
        ["range", ..] => "range",
        ["with", ..] => "with",
        ["block", ..] => "block",
        ["define", ..] if open.is_empty() => "define",
        ["define", ..] => return Err("unexpected {{define}}: not at the top level".to_owned()),
        _ => return leave(open, words),
    };
    open.push(Open { keyword, offset, has_else: false });
    Ok(())
}

fn leave(open: &mut Vec<Open>, words: &[&str]) -> Result<(), String> {
    match words {
        ["end"] => {
            open.pop().ok_or("unexpected {{end}}")?;
        }
        ["else", more @ ..] => return otherwise(open, more.first().copied()),
        ["break"] | ["continue"] if !open.iter().any(|block| block.keyword == "range") => {
            return Err(format!("{{{{{}}}}} outside {{{{range}}}}", words[0]));
        }
        _ => {}
    }
    Ok(())
}

/// `{{else}}`, `{{else if}}` and `{{else with}}`; the latter two share their block's `{{end}}`.
fn otherwise(open: &mut [Open], chained: Option<&str>) -> Result<(), String> {
    let block = match open.last_mut() {
        Some(block) if matches!(block.keyword, "if" | "with" | "range") && !block.has_else => block,
        _ => return Err("unexpected {{else}}".to_owned()),
    };
    match (chained, block.keyword) {
        (None, _) => block.has_else = true,
        (Some("if"), "if") | (Some("with"), "with") => {}
        (Some(word), keyword) => {
            return Err(format!("unexpected {word:?} after {{{{else}}}} of {{{{{keyword}}}}}"));
        }
    }
    Ok(())
}

/// The first words of an action, and the offset behind its `}}`.
fn action(text: &str, start: usize) -> (Vec<&str>, usize) {
    let inside = text[start..].strip_prefix("- ").unwrap_or(&text[start..]);
    if inside.trim_start().starts_with("/*") {
        let comment = text[start..].find("*/").map_or(text.len(), |index| start + index + 2);
        let end = text[comment..].find("}}").map_or(text.len(), |index| comment + index + 2);
        return (Vec::new(), end);
    }
    let end = close(text, start);
    let body = text[start..end].trim_end_matches("}}");
    let body = body.strip_prefix('-').unwrap_or(body);
    let body = body.strip_suffix('-').unwrap_or(body);
    let words = body.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty());
    match body.trim_start().chars().next() {
        Some(first) if first.is_alphabetic() => (words.take(2).collect(), end),
        _ => (Vec::new(), end),
    }
}

/// The offset behind the `}}` that closes an action, beyond strings and characters.
fn close(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'}' if bytes.get(at + 1) == Some(&b'}') => return at + 2,
            quote @ (b'"' | b'\'' | b'`') => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote {
                    at += if bytes[at] == b'\\' && quote != b'`' { 2 } else { 1 };
                }
            }
            _ => {}
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_templates_pass() {
        for text in [
            "no action",
            "{{if .a}}b{{else if .c}}d{{else}}e{{end}}",
            "{{range .a}}{{if .b}}{{break}}{{end}}{{else}}{{end}}",
            "{{define \"x\"}}{{with .a}}{{else with .b}}{{end}}{{end}}",
            "{{/* {{end}} */}}{{- /* {{if}} */ -}}",
            "{{ \"}} {{end}}\" }}{{ `{{if}}` }}{{ '\"' }}",
            "{{block \"x\" .}}{{end}}",
            "{{- if .x -}}{{- end -}}",
            "{{ .end }}{{ $end }}{{ .if.else }}",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn unbalanced_templates_are_refused_where_they_go_wrong() {
        for (text, line, column, message) in [
            ("a\n {{end}}", 2, 2, "unexpected {{end}}"),
            ("{{if .x}}", 1, 1, "unexpected EOF: {{if}} has no {{end}}"),
            ("{{else}}", 1, 1, "unexpected {{else}}"),
            ("{{if .x}}{{else}}{{else}}{{end}}", 1, 18, "unexpected {{else}}"),
            ("{{break}}", 1, 1, "{{break}} outside {{range}}"),
            (
                "{{if .x}}{{define \"a\"}}{{end}}{{end}}",
                1,
                10,
                "unexpected {{define}}: not at the top level",
            ),
            (
                "{{range .x}}{{else if .y}}{{end}}",
                1,
                13,
                "unexpected \"if\" after {{else}} of {{range}}",
            ),
        ] {
            let expected = Err((Place { source: 0, line, column }, message.to_owned()));
            assert_eq!(check(text), expected, "{text}");
        }
    }
}
