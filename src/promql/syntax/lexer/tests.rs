use super::*;

fn kinds(text: &str) -> Result<Vec<String>, String> {
    let mut lexer = Lexer::new(text);
    let mut kinds = Vec::new();
    loop {
        match lexer.read() {
            Ok(token) if token.kind == TokenKind::End => return Ok(kinds),
            Ok(token) => kinds.push(format!("{:?} {}", token.kind, token.text(text))),
            Err(fault) => return Err(format!("{}: {}", fault.range.start, fault.message)),
        }
    }
}

#[test]
fn numbers_and_durations_are_one_token_each() {
    for text in
        ["0", "5", ".5", "5.", "1_000", "0x1F", "0X_1f", "1e9", "1E-9", "0e5", "0755", "Inf", "nan"]
    {
        assert_eq!(kinds(text), Ok(vec![format!("Number {text}")]), "{text}");
    }
    for text in ["5m", "1h30m", "1ms", "1y2w3d4h5m6s7ms", "1e5m", "5hs"] {
        assert_eq!(kinds(text), Ok(vec![format!("Duration {text}")]), "{text}");
    }
}

#[test]
fn what_is_almost_a_number_is_refused() {
    for (text, shown) in [
        ("5mm", "5mm"),
        ("1x", "1"),
        ("1.2.3", "1.2."),
        ("1__0", "1__"),
        ("1_", "1_"),
        ("1e", "1e"),
        ("0x1.8", "0x1."),
        ("1m5", "1m5"),
    ] {
        let message = format!("0: bad number or duration syntax: \"{shown}\"");
        assert_eq!(kinds(text), Err(message), "{text}");
    }
}

#[test]
fn words_mean_something_outside_braces_only() {
    assert_eq!(kinds("SUM"), Ok(vec!["Aggregation(Sum) SUM".to_owned()]));
    assert_eq!(kinds("a:b"), Ok(vec!["MetricIdentifier a:b".to_owned()]));
    assert_eq!(kinds("fill"), Ok(vec!["Identifier fill".to_owned()]));
    assert_eq!(kinds("fill \n("), Err("7: unclosed left parenthesis".to_owned()));
    let braces = kinds("{sum=~'x',or !~`\\`}").unwrap();
    let expected = [
        "LeftBrace {",
        "Identifier sum",
        "EqualRegex =~",
        "String 'x'",
        "Comma ,",
        "Identifier or",
        "NotRegex !~",
        "String `\\`",
        "RightBrace }",
    ];
    assert_eq!(braces, expected);
}

#[test]
fn comments_are_blank_everywhere() {
    assert_eq!(kinds("a # b\n[ # c\n5m # ]\n]").unwrap().len(), 4);
}

#[test]
fn faults_tell_where() {
    for (text, message) in [
        ("$", "0: unexpected character: '$'"),
        ("a =~ b", "2: unexpected character after '=': '~'"),
        ("a !b", "2: unexpected character after '!': 'b'"),
        ("a{!", "2: unexpected character after '!' inside braces: '\u{fffd}'"),
        ("a{", "2: unexpected end of input inside braces"),
        ("a{b:c", "3: unexpected character inside braces: ':'"),
        ("a)", "2: unexpected right parenthesis ')'"),
        ("a]", "1: unexpected right bracket ']'"),
        ("a[", "2: unexpected end of input in duration expression"),
        ("a[5m", "4: unclosed left bracket"),
        ("a[x]", "2: unexpected character in duration expression: 'x'"),
        ("a[5m x]", "5: unexpected character: 'x', expected ':'"),
        ("\"a", "0: unterminated quoted string"),
        ("`a", "0: unterminated raw string"),
        (r#""\d""#, "0: unknown escape sequence U+0064 'd'"),
        (r#""\xg""#, "0: illegal character U+0067 'g' in escape sequence"),
        (r#""\ud800""#, "0: escape sequence is an invalid Unicode code point"),
        (r#""\777""#, "0: escape sequence is an invalid Unicode code point"),
        ("\"\u{fffd}\"", "0: invalid UTF-8 rune"),
        ("\u{c}", "0: unexpected character: '\\f'"),
    ] {
        assert_eq!(kinds(text), Err(message.to_owned()), "{text}");
    }
}
