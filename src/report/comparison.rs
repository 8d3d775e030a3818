//! Two values side by side: `401 -> 500` where they are short, line by line where they are lists or long texts.

use super::style::{Style, WIDTH, columns};
use similar::{ChangeTag, TextDiff};
use std::fmt::Write as _;

/// A text from which a comparison line by line reads better than `from -> to`.
const LONG_TEXT_COLUMNS: usize = 40;

/// Writes `label: from -> to` after `indent` spaces with a sign in front: `+` appears, `-` goes away, `~` differs.
/// `ending` stands after the values in brackets; `gone` says what happens to a value that goes away.
pub fn line(
    indent: usize,
    label: &str,
    from: Option<&str>,
    to: Option<&str>,
    gone: &str,
    ending: &str,
    style: Style,
) -> String {
    let space = " ".repeat(indent);
    let (sign, values) = match (from, to) {
        (None, None) => (style.changed("~"), String::new()),
        (None, Some(to)) => (style.added("+"), to.to_owned()),
        (Some(from), None) => (style.removed("-"), format!("{from} -> {gone}")),
        // Stored anew with the value that was in force before.
        (Some(from), Some(to)) if from == to => (style.changed("~"), to.to_owned()),
        (Some(from), Some(to)) => {
            if is_longer(from, to) {
                return apart(indent, label, from, to, ending, style);
            }
            (style.changed("~"), format!("{from} -> {to}"))
        }
    };
    let one = if values.is_empty() {
        format!("{space}{sign} {label} ({ending})\n")
    } else {
        format!("{space}{sign} {label}: {values} ({ending})\n")
    };
    match (from, to) {
        (Some(from), Some(to)) if from != to && columns(one.trim_end()) > WIDTH => {
            apart(indent, label, from, to, ending, style)
        }
        _ => one,
    }
}

/// Whether two values are lists or long texts, which are read better below each other.
pub fn is_longer(from: &str, to: &str) -> bool {
    is_list(from, to) || (columns(from) > LONG_TEXT_COLUMNS && columns(to) > LONG_TEXT_COLUMNS)
}

/// Two lists item by item, or two texts below each other.
pub fn lines(indent: usize, from: &str, to: &str, style: Style) -> String {
    if is_list(from, to) {
        items(indent, from, to, style)
    } else {
        texts(indent, from, to, style)
    }
}

fn apart(indent: usize, label: &str, from: &str, to: &str, ending: &str, style: Style) -> String {
    format!(
        "{}{} {label} ({ending})\n{}",
        " ".repeat(indent),
        style.changed("~"),
        lines(indent + 4, from, to, style)
    )
}

/// The difference of two longer texts line by line, with signs in front, three unchanged lines around each change.
pub fn unified(before: &str, after: &str, style: Style) -> String {
    let difference = TextDiff::from_lines(before, after);
    let mut text = String::new();
    for (index, group) in difference.grouped_ops(3).iter().enumerate() {
        if index > 0 {
            text.push_str("  ...\n");
        }
        for operation in group {
            for change in difference.iter_changes(operation) {
                text.push_str(&signed(0, change.tag(), change.value().trim_end(), style));
            }
        }
    }
    text
}

fn is_list(from: &str, to: &str) -> bool {
    // A formula such as GREATEST({DBInstanceClassMemory/9531392},5000) has commas and is no list.
    let plain = |text: &str| !text.contains(['{', '(']);
    (from.contains(',') || to.contains(',')) && plain(from) && plain(to)
}

fn items(indent: usize, from: &str, to: &str, style: Style) -> String {
    fn split(text: &str) -> Vec<&str> {
        text.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .collect()
    }
    let (before, after) = (split(from), split(to));
    TextDiff::from_slices(&before, &after)
        .iter_all_changes()
        .map(|change| signed(indent, change.tag(), change.value(), style))
        .collect()
}

fn texts(indent: usize, from: &str, to: &str, style: Style) -> String {
    let difference = TextDiff::from_words(from, to);
    let mut text = String::new();
    for (sign, kept) in [("-", ChangeTag::Delete), ("+", ChangeTag::Insert)] {
        let _ = write!(text, "{}{sign} ", " ".repeat(indent));
        for change in difference.iter_all_changes() {
            let word = change.value();
            match change.tag() {
                ChangeTag::Equal => text.push_str(word),
                tag if tag == kept && kept == ChangeTag::Delete => {
                    text.push_str(&style.removed(word));
                }
                tag if tag == kept => text.push_str(&style.added(word)),
                _ => {}
            }
        }
        text.push('\n');
    }
    text
}

fn signed(indent: usize, tag: ChangeTag, text: &str, style: Style) -> String {
    let space = " ".repeat(indent);
    match tag {
        ChangeTag::Equal => format!("{}\n", format!("{space}  {text}").trim_end()),
        ChangeTag::Delete => format!("{space}{}\n", style.removed(format!("- {text}").trim_end())),
        ChangeTag::Insert => format!("{space}{}\n", style.added(format!("+ {text}").trim_end())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(label: &str, from: Option<&str>, to: Option<&str>) -> String {
        line(
            2,
            label,
            from,
            to,
            "its default",
            "live without a restart",
            Style::new(false),
        )
    }

    #[test]
    fn short_values_stand_on_one_line() {
        insta::assert_snapshot!(shown("max_connections", Some("401"), Some("500")), @"  ~ max_connections: 401 -> 500 (live without a restart)");
        insta::assert_snapshot!(shown("port", Some("5432"), Some("5432")), @"  ~ port: 5432 (live without a restart)");
        insta::assert_snapshot!(shown("log_lock_waits", None, Some("1")), @"  + log_lock_waits: 1 (live without a restart)");
        insta::assert_snapshot!(shown("log_temp_files", Some("0"), None), @"  - log_temp_files: 0 -> its default (live without a restart)");
    }

    #[test]
    fn lists_are_compared_item_by_item() {
        insta::assert_snapshot!(
            shown("shared_preload_libraries", Some("pg_stat_statements,pgaudit"), Some("pg_stat_statements,auto_explain")),
            @"
        ~ shared_preload_libraries (live without a restart)
              pg_stat_statements
            - pgaudit
            + auto_explain
        "
        );
    }

    #[test]
    fn a_formula_is_not_taken_for_a_list() {
        insta::assert_snapshot!(
            shown("max_connections", Some("LEAST({DBInstanceClassMemory/9531392},5000)"), Some("500")),
            @"  ~ max_connections: LEAST({DBInstanceClassMemory/9531392},5000) -> 500 (live without a restart)"
        );
    }

    #[test]
    fn long_texts_stand_above_each_other() {
        insta::assert_snapshot!(
            shown(
                "log_line_prefix",
                Some("%t:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a and some more"),
                Some("%t:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a and much more"),
            ),
            @"
        ~ log_line_prefix (live without a restart)
            - %t:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a and some more
            + %t:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a and much more
        "
        );
    }

    #[test]
    fn two_documents_are_compared_line_by_line() {
        insta::assert_snapshot!(
            unified("one\ntwo\nthree\n", "one\n2\nthree\n", Style::new(false)),
            @"
          one
        - two
        + 2
          three
        "
        );
    }
}
