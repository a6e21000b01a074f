//! PromQL's grammar: lexer, parser, type checker, printer. Every node knows where it stands.

pub mod ast;
pub mod functions;
