//! Go's replacement templates: `$1`, `${1}`, `$name`, `${name}`, `$$`.
//! (Source: Go, `regexp.Expand`.)

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part<'t> {
    Text(&'t str),
    /// Groups of which the first that took part in the match counts.
    Groups(Vec<usize>),
}

/// Reads a template; a reference to no group of the pattern stands for nothing, and a dollar
/// sign that begins no reference for itself.
pub(super) fn parse<'t>(template: &'t str, names: &[Option<Box<str>>]) -> Vec<Part<'t>> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some(dollar) = rest.find('$') {
        let (before, from) = rest.split_at(dollar);
        parts.push(Part::Text(before));
        let behind = &from[1..];
        rest = if let Some(after) = behind.strip_prefix('$') {
            parts.push(Part::Text("$"));
            after
        } else if let Some((name, after)) = reference(behind) {
            parts.push(Part::Groups(groups(name, names)));
            after
        } else {
            parts.push(Part::Text("$"));
            behind
        };
    }
    parts.push(Part::Text(rest));
    parts
}

/// A name as long as possible, in braces or not.
fn reference(text: &str) -> Option<(&str, &str)> {
    let (braced, text) = match text.strip_prefix('{') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let in_name = |character: char| character.is_alphanumeric() || character == '_';
    let end = text.find(|character| !in_name(character)).unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    let after = if braced { after.strip_prefix('}')? } else { after };
    (!name.is_empty()).then_some((name, after))
}

fn groups(name: &str, names: &[Option<Box<str>>]) -> Vec<usize> {
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && (name == "0" || !name.starts_with('0')) && name.len() <= 8 {
        return name.parse().into_iter().filter(|group| *group < names.len()).collect();
    }
    let same = |(group, candidate): (usize, &Option<Box<str>>)| {
        (candidate.as_deref() == Some(name)).then_some(group)
    };
    names.iter().enumerate().filter_map(same).collect()
}

/// Writes a template with what the groups matched.
pub(super) fn expand<'c>(
    parts: &[Part<'_>],
    group: impl Fn(usize) -> Option<&'c str>,
    expanded: &mut String,
) {
    for part in parts {
        match part {
            Part::Text(text) => expanded.push_str(text),
            Part::Groups(groups) => {
                expanded.push_str(groups.iter().find_map(|index| group(*index)).unwrap_or(""));
            }
        }
    }
}
