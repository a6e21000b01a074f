//! `printf`: the arguments are dealt out here and numbers written as Go writes them; a single
//! verb with a plain argument is gotmpl's business.

use std::sync::LazyLock;

use gotmpl::Value;

use super::super::number;
use super::super::run::MAX_OUTPUT;
use super::super::show::show;
use super::super::value::{duration_nanos, kind, text};

/// The widest field and the most digits; wider ones are as wide as this.
const MAX_WIDTH: usize = 4096;

/// One verb with its flags, `%-08.3f`; a `*` is already a number.
struct Verb {
    flags: String,
    width: Option<usize>,
    precision: Option<usize>,
    letter: char,
}

/// The arguments, and which of them is next.
struct Arguments<'a> {
    all: &'a [Value],
    next: usize,
    reordered: bool,
}

impl<'a> Arguments<'a> {
    fn take(&mut self) -> Option<&'a Value> {
        let value = self.all.get(self.next);
        self.next += 1;
        value
    }
}

/// `fmt.Sprintf`.
pub(super) fn printf(args: &[Value]) -> Result<Value, String> {
    let format = super::string(args, 0)?;
    let mut arguments = Arguments { all: &args[1..], next: 0, reordered: false };
    let mut out = String::with_capacity(format.len() + 16);
    let mut rest = format;
    while let Some(start) = rest.find('%') {
        out.push_str(&rest[..start]);
        let (written, behind) = directive(&rest[start + 1..], &mut arguments);
        out.push_str(&written);
        rest = behind;
        if out.len() > MAX_OUTPUT {
            return Err(format!("writes more than {MAX_OUTPUT} bytes"));
        }
    }
    out.push_str(rest);
    if !arguments.reordered && arguments.next < arguments.all.len() {
        let extra: Vec<String> = arguments.all[arguments.next..].iter().map(described).collect();
        out.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    Ok(text(out))
}

/// One directive behind its percent sign, and the text behind it.
fn directive<'a>(text: &'a str, arguments: &mut Arguments<'_>) -> (String, &'a str) {
    let mut rest = text;
    let flags = take_while(&mut rest, |c| "+-# 0".contains(c)).to_owned();
    reorder(&mut rest, arguments);
    let mut verb = Verb { flags, width: None, precision: None, letter: '%' };
    verb.width = amount(&mut rest, arguments);
    if let Some(behind) = rest.strip_prefix('.') {
        rest = behind;
        reorder(&mut rest, arguments);
        verb.precision = Some(amount(&mut rest, arguments).unwrap_or(0));
    }
    reorder(&mut rest, arguments);
    let mut characters = rest.chars();
    let Some(letter) = characters.next() else { return ("%!(NOVERB)".to_owned(), "") };
    verb.letter = letter;
    if letter == '%' {
        return ("%".to_owned(), characters.as_str());
    }
    let written = match arguments.take() {
        Some(value) => write(&verb, value),
        None => format!("%!{letter}({})", if arguments.reordered { "BADINDEX" } else { "MISSING" }),
    };
    (written, characters.as_str())
}

fn take_while<'a>(rest: &mut &'a str, wanted: impl Fn(char) -> bool) -> &'a str {
    let end = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
    let (taken, behind) = rest.split_at(end);
    *rest = behind;
    taken
}

/// `[2]`: the next argument is the second.
fn reorder(rest: &mut &str, arguments: &mut Arguments<'_>) {
    let Some(inside) = rest.strip_prefix('[') else { return };
    let Some((number, behind)) = inside.split_once(']') else { return };
    *rest = behind;
    arguments.reordered = true;
    arguments.next =
        number.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).unwrap_or(usize::MAX / 2);
}

/// A width or a precision, written or taken from the arguments.
fn amount(rest: &mut &str, arguments: &mut Arguments<'_>) -> Option<usize> {
    if let Some(behind) = rest.strip_prefix('*') {
        *rest = behind;
        let number = arguments.take().and_then(Value::as_int)?;
        return Some(usize::try_from(number.unsigned_abs()).unwrap_or(MAX_WIDTH).min(MAX_WIDTH));
    }
    let digits = take_while(rest, |c| c.is_ascii_digit());
    (!digits.is_empty()).then(|| digits.parse().unwrap_or(MAX_WIDTH).min(MAX_WIDTH))
}

fn write(verb: &Verb, value: &Value) -> String {
    let is_object = matches!(value, Value::List(_) | Value::Map(_));
    match (verb.letter, value) {
        ('T', _) => pad(verb, super::super::value::type_name(value).to_owned()),
        ('v', Value::Float(float)) if verb.precision.is_none() => {
            pad(verb, signed(verb, number::shortest(*float)))
        }
        ('v', Value::Float(_)) => plain(&Verb { letter: 'g', ..copy(verb) }, value),
        ('v' | 's', _) if is_object => pad(verb, show(value)),
        ('v', Value::Nil) => pad(verb, "<nil>".to_owned()),
        ('q', _) if is_object => plain(verb, &text(show(value))),
        (
            'v' | 's' | 'q' | 'd' | 'f' | 'F' | 'e' | 'E' | 'g' | 'G' | 'x' | 'X' | 'o' | 'O' | 'b'
            | 'c' | 'U' | 't',
            _,
        ) => match duration_nanos(value) {
            Some(nanos) => plain(verb, &Value::Int(nanos)),
            None if fits(verb.letter, value) => plain(verb, value),
            None => format!("%!{}({})", verb.letter, described(value)),
        },
        (letter, _) => format!("%!{letter}({})", described(value)),
    }
}

/// Whether Go has this verb for values of this type.
fn fits(letter: char, value: &Value) -> bool {
    match value {
        Value::String(_) | Value::Safe { .. } => "vsqxX".contains(letter),
        Value::Int(_) | Value::Uint(_) => "vdboOxXcqU".contains(letter),
        Value::Float(_) => "vbgGxXfFeE".contains(letter),
        Value::Bool(_) => "vt".contains(letter),
        _ => false,
    }
}

/// `string=text`: how Go shows an argument that does not fit.
fn described(value: &Value) -> String {
    match value {
        Value::Nil => "<nil>".to_owned(),
        Value::Map(_) if kind(value).is_none() => format!("template.KV={}", show(value)),
        _ => format!("{}={}", super::super::value::type_name(value), show(value)),
    }
}

fn copy(verb: &Verb) -> Verb {
    Verb { flags: verb.flags.clone(), ..*verb }
}

fn signed(verb: &Verb, number: String) -> String {
    match number.chars().next() {
        Some('-' | '+') => number,
        _ if verb.flags.contains('+') => format!("+{number}"),
        _ if verb.flags.contains(' ') => format!(" {number}"),
        _ => number,
    }
}

fn pad(verb: &Verb, text: String) -> String {
    let missing = verb.width.unwrap_or(0).saturating_sub(text.chars().count());
    let fill = " ".repeat(missing);
    if verb.flags.contains('-') { text + &fill } else { fill + &text }
}

/// One verb with a plain argument, by gotmpl.
fn plain(verb: &Verb, value: &Value) -> String {
    static ONE: LazyLock<Option<gotmpl::Template>> = LazyLock::new(|| {
        gotmpl::Template::new("").parse("{{printf (index . 0) (index . 1)}}").ok()
    });
    let width = verb.width.map_or_else(String::new, |width| width.to_string());
    let precision = verb.precision.map_or_else(String::new, |digits| format!(".{digits}"));
    let format = format!("%{}{width}{precision}{}", verb.flags, verb.letter);
    let data = super::super::value::list([text(format), value.clone()]);
    ONE.as_ref()
        .and_then(|template| template.execute_to_string(&data).ok())
        .unwrap_or_else(|| show(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::value::duration;

    fn check(format: &str, args: &[Value], expect: &str) {
        let mut all = vec![text(format)];
        all.extend_from_slice(args);
        assert_eq!(printf(&all), Ok(text(expect)), "{format}");
    }

    #[test]
    fn verbs_write_what_go_writes() {
        check("%v|%s|%d|%q", &[text("a"), text("b"), Value::Int(3), text("q\"")], r#"a|b|3|"q\"""#);
        check(
            "%v %g %.2f %6.1f|",
            &vec![Value::Float(1e6); 4],
            "1e+06 1e+06 1000000.00 1000000.0|",
        );
        check("%5v|%-5v|%05d", &[text("a"), text("b"), Value::Int(42)], "    a|b    |00042");
        check("%.3v %+v", &[Value::Float(1234.5), Value::Float(2.0)], "1.23e+03 +2");
        check("%v %s %d", &vec![duration(1_500_000_000); 3], "1.5s 1.5s 1500000000");
        check("%*d|%[2]v %[1]v", &[Value::Int(4), Value::Int(7)], "   7|7 4");
        check("100%% %t %x", &[Value::Bool(true), text("hi")], "100% true 6869");
    }

    #[test]
    fn misuse_is_shown_as_go_shows_it() {
        check("%d", &[text("a")], "%!d(string=a)");
        check("%s", &[Value::Float(1e6)], "%!s(float64=1e+06)");
        check("%d %d", &[Value::Int(1)], "1 %!d(MISSING)");
        check("%d", &[Value::Int(1), text("x")], "1%!(EXTRA string=x)");
        check("%", &[], "%!(NOVERB)");
        check("%z", &[Value::Int(1)], "%!z(int=1)");
    }

    #[test]
    fn fields_have_a_greatest_width() {
        let wide = printf(&[text("%99999999d"), Value::Int(1)]).unwrap();
        assert_eq!(wide.len(), Some(MAX_WIDTH));
    }
}
