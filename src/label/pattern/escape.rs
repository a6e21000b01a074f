//! Single characters behind a backslash, repeat counts, and what may follow `(?`.

use super::node::Flags;
use super::{MAX_NESTING, PatternError};

pub(super) const INVALID: &str = "invalid escape sequence";
pub(super) const INVALID_COUNT: &str = "invalid repeat count";

/// Reads an escaped character at the beginning of `text` (a backslash): its code point, which
/// may be a surrogate, and what follows.
pub(super) fn character(text: &str) -> Result<(u32, &str), PatternError> {
    let mut rest = text[1..].chars();
    let Some(letter) = rest.next() else {
        return Err(PatternError::new("trailing backslash at end of expression", ""));
    };
    let code = match letter {
        '0' => octal(0, &mut rest),
        '1'..='7' if rest.as_str().starts_with(|digit| ('0'..='7').contains(&digit)) => {
            octal(letter as u32 - '0' as u32, &mut rest)
        }
        'x' => match hexadecimal(&mut rest) {
            Some(code) => code,
            None => return Err(PatternError::new(INVALID, read_so_far(text, rest.as_str()))),
        },
        'a' => 0x07,
        'f' => 0x0c,
        'n' => 0x0a,
        'r' => 0x0d,
        't' => 0x09,
        'v' => 0x0b,
        _ if letter.is_ascii() && !letter.is_ascii_alphanumeric() => letter as u32,
        _ => return Err(PatternError::new(INVALID, read_so_far(text, rest.as_str()))),
    };
    Ok((code, rest.as_str()))
}

fn read_so_far<'t>(text: &'t str, rest: &str) -> &'t str {
    &text[..text.len() - rest.len()]
}

/// Up to two more octal digits.
fn octal(mut code: u32, rest: &mut std::str::Chars<'_>) -> u32 {
    for _ in 0..2 {
        match rest.as_str().bytes().next() {
            Some(digit @ b'0'..=b'7') => code = code * 8 + u32::from(digit - b'0'),
            _ => break,
        }
        rest.next();
    }
    code
}

/// `HH`, or any number of digits in braces; on failure `rest` stands where Go gives up.
fn hexadecimal(rest: &mut std::str::Chars<'_>) -> Option<u32> {
    let first = rest.next()?;
    if first != '{' {
        let second = rest.next()?;
        return Some(first.to_digit(16)? * 16 + second.to_digit(16)?);
    }
    let mut code = None;
    loop {
        match rest.next()? {
            '}' => return code,
            digit => {
                let next = code.unwrap_or(0) * 16 + digit.to_digit(16)?;
                code = Some(next).filter(|code| *code <= char::MAX as u32);
                code?;
            }
        }
    }
}

/// Lowest and highest count, and what follows.
pub(super) type Counts<'t> = (u32, Option<u32>, &'t str);

/// Reads `{n}`, `{n,}` or `{n,m}` at the beginning of `text`; anything else is a literal brace.
pub(super) fn counts(text: &str) -> Result<Option<Counts<'_>>, PatternError> {
    let Some((min, after)) = count(&text[1..]) else { return Ok(None) };
    let (max, after) = match after.strip_prefix(',') {
        None => (min.map(Some), after),
        Some(after) if after.starts_with('}') => (Some(None), after),
        Some(after) => match count(after) {
            Some((max, after)) => (max.map(Some), after),
            None => return Ok(None),
        },
    };
    let Some(after) = after.strip_prefix('}') else { return Ok(None) };
    match (min, max) {
        (Some(min), Some(max)) if max.is_none_or(|max| min <= max) => Ok(Some((min, max, after))),
        _ => Err(PatternError::new(INVALID_COUNT, read_so_far(text, after))),
    }
}

/// A number without leading zeros; its value is `None` beyond the limit.
fn count(text: &str) -> Option<(Option<u32>, &str)> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, after) = text.split_at(end);
    if digits.is_empty() || digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    Some((digits.parse().ok().filter(|count| *count <= MAX_NESTING as u32), after))
}

/// What an opening parenthesis begins.
pub(super) struct Group<'t> {
    /// A capturing group's name.
    pub name: Option<&'t str>,
    /// The flags from here on; `None` when the group captures.
    pub flags: Option<Flags>,
    /// Whether a group begins; else only flags were set.
    pub opens: bool,
    /// What follows.
    pub after: &'t str,
}

/// Reads `(`, `(?P<name>`, `(?<name>`, `(?flags:` or `(?flags)`.
pub(super) fn group(text: &str, flags: Flags) -> Result<Group<'_>, PatternError> {
    let Some(special) = text.strip_prefix("(?") else {
        return Ok(Group { name: None, flags: None, opens: true, after: &text[1..] });
    };
    let named = special.strip_prefix("P<").or_else(|| special.strip_prefix('<'));
    match named {
        Some(name) if !name.is_empty() => named_group(text, name),
        _ => flag_group(text, special, flags),
    }
}

fn named_group<'t>(text: &'t str, from_name: &'t str) -> Result<Group<'t>, PatternError> {
    let invalid = |piece| PatternError::new("invalid named capture", piece);
    let (name, after) = from_name.split_once('>').ok_or_else(|| invalid(text))?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || !name.bytes().all(is_word) {
        return Err(invalid(read_so_far(text, after)));
    }
    Ok(Group { name: Some(name), flags: None, opens: true, after })
}

fn flag_group<'t>(
    text: &'t str,
    special: &'t str,
    mut flags: Flags,
) -> Result<Group<'t>, PatternError> {
    let (mut value, mut owes_flag) = (true, false);
    let mut rest = special.chars();
    while let Some(letter) = rest.next() {
        let flag = match letter {
            'i' => &mut flags.fold,
            'm' => &mut flags.multi_line,
            's' => &mut flags.dot_newline,
            'U' => &mut flags.lazy,
            '-' if value => {
                (value, owes_flag) = (false, true);
                continue;
            }
            ':' | ')' if !owes_flag => {
                let after = rest.as_str();
                return Ok(Group { name: None, flags: Some(flags), opens: letter == ':', after });
            }
            _ => break,
        };
        (*flag, owes_flag) = (value, false);
    }
    let problem = "invalid or unsupported Perl syntax";
    Err(PatternError::new(problem, read_so_far(text, rest.as_str())))
}
