//! What pg_stat_statements has seen on each member. In: statements that were answered. Out: one entry for each normalised text.
//!
//! Source: PostgreSQL documentation, "pg_stat_statements": constants are replaced by parameters, and statements are counted by
//! user, database and text. Statements take no simulated time. The statistics last as long as the process of the simulator.

use std::collections::BTreeMap;

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

/// As many as `pg_stat_statements.max` is by default; then no new ones are added.
const ENTRIES_MOST: usize = 5_000;

/// A statement with how often it ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) user: String,
    pub(crate) database: String,
    pub(crate) query: String,
    pub(crate) calls: i64,
    pub(crate) rows: i64,
}

/// The entries of all members, by resource id.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    members: BTreeMap<String, Vec<Entry>>,
}

impl Statistics {
    pub(crate) fn of(&self, member: &str) -> &[Entry] {
        self.members.get(member).map_or(&[], Vec::as_slice)
    }

    /// Counts a statement that was answered.
    pub(crate) fn count(
        &mut self,
        member: &str,
        user: &str,
        database: &str,
        query: &str,
        rows: usize,
    ) {
        let query = normalised(query);
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let entries = self.members.entry(member.to_owned()).or_default();
        let found = entries.iter().position(|entry| {
            entry.user == user && entry.database == database && entry.query == query
        });
        if let Some(entry) = found.and_then(|index| entries.get_mut(index)) {
            entry.calls = entry.calls.saturating_add(1);
            entry.rows = entry.rows.saturating_add(rows);
        } else if entries.len() < ENTRIES_MOST {
            entries.push(Entry {
                user: user.to_owned(),
                database: database.to_owned(),
                query,
                calls: 1,
                rows,
            });
        }
    }
}

/// The text with parameters for its constants.
fn normalised(query: &str) -> String {
    let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, query).tokenize() else {
        return query.to_owned();
    };
    let mut number = 0;
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::EscapedStringLiteral(_)
            | Token::DollarQuotedString(_) => {
                number += 1;
                text.push_str(&format!("${number}"));
            }
            Token::Whitespace(Whitespace::Space | Whitespace::Newline | Whitespace::Tab) => {
                text.push(' ');
            }
            other => text.push_str(&other.to_string()),
        }
    }
    text.trim().trim_end_matches(';').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_that_differ_in_constants_only_are_one() {
        let mut statistics = Statistics::default();
        for query in ["select 1 where 'a' = 'b'", "select 2 where 'c' = 'd';"] {
            statistics.count("db-A", "app", "orders", query, 3);
        }
        statistics.count("db-A", "other", "orders", "select 1 where 'a' = 'b'", 0);
        let entries = statistics.of("db-A");
        assert_eq!(entries.len(), 2);
        let entry = entries.first();
        assert_eq!(
            entry.map(|entry| (entry.query.as_str(), entry.calls, entry.rows)),
            Some(("select $1 where $2 = $3", 2, 6))
        );
        assert!(statistics.of("db-B").is_empty());
    }
}
