//! From a text to statements. In: what a client sends. Out: each statement's tree and text, or a syntax error.

use sqlparser::ast;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use crate::sim::postgres::error::SqlError;

/// One statement.
#[derive(Debug, Clone)]
pub(crate) struct Parsed {
    pub(crate) text: String,
    pub(crate) tree: Tree,
}

#[derive(Debug, Clone)]
pub(crate) enum Tree {
    /// `show` and a name in lower case.
    Show(String),
    Other(Box<ast::Statement>),
}

/// A statement of more words than this is refused, so that none can exhaust the stack: operators without parentheses nest the
/// tree as deep as there are words.
const TOKENS_MOST: usize = 2_000;

/// Of words that nest what follows them, so many may stand in a statement: the parser calls itself for each.
const NESTING_MOST: usize = 40;

/// Whether a word nests what follows it.
fn nests(token: &Token) -> bool {
    match token {
        Token::Word(word) => ["NOT", "CASE"]
            .iter()
            .any(|keyword| word.value.eq_ignore_ascii_case(keyword)),
        Token::LParen | Token::LBracket | Token::Minus | Token::Plus | Token::Tilde => true,
        _ => false,
    }
}

/// The statements of a text, without empty ones.
pub(crate) fn statements(text: &str) -> Result<Vec<Parsed>, SqlError> {
    let dialect = PostgreSqlDialect {};
    let tokens = Tokenizer::new(&dialect, text)
        .tokenize()
        .map_err(|error| unreadable(&error.message))?;
    let mut statements = Vec::new();
    for tokens in tokens.split(|token| *token == Token::SemiColon) {
        let words = tokens
            .iter()
            .filter(|token| !matches!(token, Token::Whitespace(_)));
        let words: Vec<&Token> = words.collect();
        if words.is_empty() {
            continue;
        }
        let nesting = words.iter().filter(|token| nests(token)).count();
        if nesting > NESTING_MOST {
            return Err(
                SqlError::new("54001", "stack depth limit exceeded").with_hint(format!(
                    "The simulator reads statements with up to {NESTING_MOST} words that nest others."
                )),
            );
        }
        if words.len() > TOKENS_MOST {
            return Err(
                SqlError::new("54001", "statement too complex").with_hint(format!(
                    "The simulator reads statements of up to {TOKENS_MOST} words."
                )),
            );
        }
        let text: String = tokens.iter().map(ToString::to_string).collect();
        let tree = match show(&words) {
            Some(name) => Tree::Show(name),
            None => Tree::Other(Box::new(statement(&dialect, tokens)?)),
        };
        statements.push(Parsed {
            text: text.trim().to_owned(),
            tree,
        });
    }
    Ok(statements)
}

fn statement(dialect: &PostgreSqlDialect, tokens: &[Token]) -> Result<ast::Statement, SqlError> {
    let mut parser = Parser::new(dialect)
        .with_recursion_limit(30)
        .with_tokens(tokens.to_vec());
    let statement = parser
        .parse_statement()
        .map_err(|error| unreadable(&error.to_string()))?;
    match parser.peek_token().token {
        Token::EOF => Ok(statement),
        token => Err(SqlError::new(
            "42601",
            format!("syntax error at or near \"{token}\""),
        )),
    }
}

fn unreadable(message: &str) -> SqlError {
    let message = message.trim_start_matches("sql parser error: ");
    SqlError::new(
        "42601",
        format!("syntax error, or a statement that the simulator cannot read: {message}"),
    )
}

/// The name after SHOW. PostgreSQL takes nothing else there, other databases do, so the parser is not asked.
fn show(words: &[&Token]) -> Option<String> {
    let word = |token: &&Token| match token {
        Token::Word(word) if word.quote_style.is_some() => Some(word.value.clone()),
        Token::Word(word) => Some(word.value.to_lowercase()),
        _ => None,
    };
    let (first, rest) = words.split_first()?;
    if word(first)? != "show" {
        return None;
    }
    let is_dot = |token: &&Token| **token == Token::Period;
    match rest {
        [name] => word(name).map(|name| name.to_lowercase()),
        [prefix, dot, name] if is_dot(dot) => {
            Some(format!("{}.{}", word(prefix)?, word(name)?).to_lowercase())
        }
        _ => {
            let words: Vec<String> = rest.iter().filter_map(word).collect();
            match words.join(" ").as_str() {
                "time zone" if rest.len() == 2 => Some("timezone".to_owned()),
                "transaction isolation level" if rest.len() == 3 => {
                    Some("transaction_isolation".to_owned())
                }
                "session authorization" if rest.len() == 2 => {
                    Some("session_authorization".to_owned())
                }
                _ => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        statements(text)
            .unwrap()
            .into_iter()
            .map(|parsed| match parsed.tree {
                Tree::Show(name) => format!("SHOW {name}"),
                Tree::Other(statement) => statement.to_string(),
            })
            .collect()
    }

    #[test]
    fn a_text_is_split_into_its_statements() {
        assert_eq!(
            shown(
                "; show Work_Mem;;select ';' -- a remark; with a semicolon\n; SHOW pg_stat_statements.track"
            ),
            [
                "SHOW work_mem",
                "SELECT ';'",
                "SHOW pg_stat_statements.track"
            ]
        );
        assert_eq!(
            shown("show time zone; show all"),
            ["SHOW timezone", "SHOW all"]
        );
        assert!(shown(" ; ").is_empty());
    }

    #[test]
    fn no_text_is_too_much_for_it() {
        let deep = [
            "select ".to_owned() + &"(".repeat(100_000),
            "select 1".to_owned() + &"+1".repeat(100_000),
            "select ".to_owned() + &"not ".repeat(1_500) + "true",
            "select ".to_owned() + &"-".repeat(1_500) + "1",
            "select ".to_owned() + &"case when true then ".repeat(400) + "1",
            "select 'unfinished".to_owned(),
            "select $$".to_owned(),
            "select 1 1".to_owned(),
            "\u{0}\u{1}é".to_owned(),
        ];
        for text in deep {
            let error = statements(&text);
            assert!(
                error.is_err() || text.contains("--"),
                "{}",
                text.get(..20).unwrap_or(&text)
            );
        }
    }
}
