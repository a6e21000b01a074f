//! Tokens, and how errors call them.

use super::ast::{AggregateOp, BinaryOp, PositionRange};
use crate::template::quote;

/// One token: what it is, and its bytes in the text.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub range: PositionRange,
}

/// What a token is.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    /// The end of the text.
    End,
    /// A word without a colon that is no keyword.
    Identifier,
    /// A word with a colon.
    MetricIdentifier,
    /// A quoted text, quotes included.
    String,
    /// A number, `Inf` and `NaN` among them.
    Number,
    /// A number with units.
    Duration,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    Comma,
    Colon,
    /// `=`
    Equal,
    /// `=~`
    EqualRegex,
    /// `!~`
    NotRegex,
    /// `@`
    At,
    /// A binary operator; `!=` inside braces too.
    Operator(BinaryOp),
    /// The name of an aggregation.
    Aggregation(AggregateOp),
    /// Any other word with a meaning.
    Keyword(Keyword),
}

/// Words with a meaning that are neither operators nor aggregations.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Offset,
    Smoothed,
    Anchored,
    By,
    Without,
    On,
    Ignoring,
    GroupLeft,
    GroupRight,
    Fill,
    FillLeft,
    FillRight,
    Bool,
    Start,
    End,
    Step,
    Range,
    MinOf,
    MaxOf,
}

impl Token {
    /// The token's text.
    pub fn text<'a>(&self, source: &'a str) -> &'a str {
        &source[self.range.start as usize..self.range.end as usize]
    }

    /// How "unexpected ..." calls the token, in Prometheus' words.
    pub fn describe(&self, source: &str) -> String {
        let text = self.text(source);
        match self.kind {
            TokenKind::End => "end of input".to_owned(),
            TokenKind::Identifier => format!("identifier {}", quote(text)),
            TokenKind::MetricIdentifier => format!("metric identifier {}", quote(text)),
            TokenKind::String => format!("string {}", shortened(text)),
            TokenKind::Number => format!("number {}", shortened(text)),
            TokenKind::Duration => format!("duration {}", shortened(text)),
            TokenKind::Operator(_)
            | TokenKind::EqualRegex
            | TokenKind::NotRegex
            | TokenKind::At => format!("<op:{text}>"),
            TokenKind::Aggregation(_) => format!("<aggr:{text}>"),
            TokenKind::Keyword(keyword) if keyword.is_modifier() => format!("<{text}>"),
            _ => shortened(text),
        }
    }
}

impl Keyword {
    /// Whether errors call it `<by>`, unlike `"start"`.
    fn is_modifier(self) -> bool {
        !matches!(
            self,
            Keyword::Start
                | Keyword::End
                | Keyword::Step
                | Keyword::Range
                | Keyword::MinOf
                | Keyword::MaxOf
        )
    }
}

/// Quoted; of more than ten bytes only the first ten characters.
fn shortened(text: &str) -> String {
    if text.len() <= 10 {
        return quote(text);
    }
    let beginning: String = text.chars().take(10).collect();
    format!("{}...", quote(&beginning))
}

/// The keyword, operator, aggregation or number that a word is, whatever its case.
pub(super) fn word(text: &str) -> Option<TokenKind> {
    const LONGEST: usize = 12;
    if text.len() > LONGEST {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    keyword(&lower)
        .map(TokenKind::Keyword)
        .or_else(|| operator(&lower).map(TokenKind::Operator))
        .or_else(|| aggregation(&lower).map(TokenKind::Aggregation))
        .or_else(|| matches!(lower.as_str(), "inf" | "nan").then_some(TokenKind::Number))
}

fn keyword(lower: &str) -> Option<Keyword> {
    Some(match lower {
        "offset" => Keyword::Offset,
        "smoothed" => Keyword::Smoothed,
        "anchored" => Keyword::Anchored,
        "by" => Keyword::By,
        "without" => Keyword::Without,
        "on" => Keyword::On,
        "ignoring" => Keyword::Ignoring,
        "group_left" => Keyword::GroupLeft,
        "group_right" => Keyword::GroupRight,
        "fill" => Keyword::Fill,
        "fill_left" => Keyword::FillLeft,
        "fill_right" => Keyword::FillRight,
        "bool" => Keyword::Bool,
        "start" => Keyword::Start,
        "end" => Keyword::End,
        "step" => Keyword::Step,
        "range" => Keyword::Range,
        "min_of" => Keyword::MinOf,
        "max_of" => Keyword::MaxOf,
        _ => return None,
    })
}

fn operator(lower: &str) -> Option<BinaryOp> {
    Some(match lower {
        "and" => BinaryOp::And,
        "or" => BinaryOp::Or,
        "unless" => BinaryOp::Unless,
        "atan2" => BinaryOp::Atan2,
        _ => return None,
    })
}

fn aggregation(lower: &str) -> Option<AggregateOp> {
    Some(match lower {
        "sum" => AggregateOp::Sum,
        "avg" => AggregateOp::Avg,
        "count" => AggregateOp::Count,
        "min" => AggregateOp::Min,
        "max" => AggregateOp::Max,
        "group" => AggregateOp::Group,
        "stddev" => AggregateOp::Stddev,
        "stdvar" => AggregateOp::Stdvar,
        "topk" => AggregateOp::TopK,
        "bottomk" => AggregateOp::BottomK,
        "count_values" => AggregateOp::CountValues,
        "quantile" => AggregateOp::Quantile,
        "limitk" => AggregateOp::LimitK,
        "limit_ratio" => AggregateOp::LimitRatio,
        _ => return None,
    })
}
