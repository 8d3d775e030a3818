//! Colour and width: the meanings that text can carry, and lines that end before column 100.
//!
//! Goes in: words with a meaning. Comes out: the same words, with ANSI colour where it is wanted.

use anstyle::{AnsiColor, Color, Style as Ansi};

/// The column that no wrapped line goes beyond.
pub const WIDTH: usize = 100;

/// How text is dressed. Without colour every word stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    coloured: bool,
}

impl Style {
    /// With colour, or without.
    pub fn new(coloured: bool) -> Self {
        Self { coloured }
    }

    /// Whether colour is wanted.
    pub fn is_coloured(self) -> bool {
        self.coloured
    }

    /// A heading.
    pub fn heading(self, text: &str) -> String {
        self.paint(text, Ansi::new().bold())
    }

    /// A name that the eye should find: a cluster, an action.
    pub fn name(self, text: &str) -> String {
        self.paint(text, Ansi::new().bold())
    }

    /// Something that comes to be, or that went well.
    pub fn added(self, text: &str) -> String {
        self.paint(text, colour(AnsiColor::Green))
    }

    /// Something that ceases to be, or that went wrong.
    pub fn removed(self, text: &str) -> String {
        self.paint(text, colour(AnsiColor::Red))
    }

    /// Something that becomes different, or that deserves care.
    pub fn changed(self, text: &str) -> String {
        self.paint(text, colour(AnsiColor::Yellow))
    }

    /// Something that is read second.
    pub fn faint(self, text: &str) -> String {
        self.paint(text, Ansi::new().dimmed())
    }

    fn paint(self, text: &str, ansi: Ansi) -> String {
        if self.coloured {
            format!("{}{text}{}", ansi.render(), ansi.render_reset())
        } else {
            text.to_owned()
        }
    }
}

fn colour(colour: AnsiColor) -> Ansi {
    Ansi::new().fg_color(Some(Color::Ansi(colour)))
}

/// How many columns a text takes; ANSI sequences take none.
pub fn columns(text: &str) -> usize {
    anstream::adapter::strip_str(text)
        .map(|piece| piece.chars().count())
        .sum()
}

/// Breaks a text at its spaces into lines that end before [`WIDTH`]. The first line begins with `first`, the others
/// with as many spaces. A word that is longer than a line stays whole: an identifier that is cut cannot be copied.
pub fn wrap(first: &str, text: &str) -> String {
    let indent = columns(first);
    let mut lines = first.to_owned();
    for (number, paragraph) in text.lines().enumerate() {
        if number > 0 {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
        }
        let mut column = indent;
        for (index, word) in words_and_commands(paragraph).enumerate() {
            let width = columns(word);
            if index > 0 && column + 1 + width > WIDTH {
                lines.push('\n');
                lines.push_str(&" ".repeat(indent));
                column = indent;
            } else if index > 0 {
                lines.push(' ');
                column += 1;
            }
            lines.push_str(word);
            column += width;
        }
    }
    lines.push('\n');
    lines
}

/// The words of a text; a command that somebody will copy is one word, from its program's name to the end of the sentence or
/// of the quotation that it stands in.
fn words_and_commands(text: &str) -> impl Iterator<Item = &str> {
    let (mut rest, mut before) = (text.trim_start(), "");
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let quoted = rest.starts_with('`');
        let is_program = PROGRAMS
            .iter()
            .any(|program| rest.trim_start_matches('`').starts_with(program));
        // Elsewhere it is the tool's name in a sentence.
        let is_hint = before.is_empty() && rest.starts_with("aws ");
        let is_command = is_program && (quoted || is_hint || before.ends_with(':'));
        let end = if is_command && quoted {
            let closed = rest.match_indices('`').nth(1).map(|(at, _)| at);
            closed.and_then(|at| word_end(rest.get(at..)?).map(|end| at + end))
        } else if is_command {
            rest.find("; ").map(|at| at + 1)
        } else {
            word_end(rest)
        };
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after.trim_start();
        before = word.trim_end();
        Some(before)
    })
}

/// What commands that are printed begin with.
const PROGRAMS: [&str; 2] = ["auroractl ", "aws "];

fn word_end(text: &str) -> Option<usize> {
    text.find(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_broken_at_its_spaces_and_hangs_under_its_first_word() {
        let text = "A first attach marks every member pending-reboot even when no static value differs, so every member restarts.";
        assert_eq!(
            wrap("    why   ", text),
            "    why   A first attach marks every member pending-reboot even when no static value differs, so\n          every member restarts.\n"
        );
    }

    #[test]
    fn a_command_is_not_broken() {
        let text = "if it did not, and never will: auroractl resume 20260515-060500-prod-0001 --redo 'fail over to orders-reader-1'; or `auroractl status prod --simulate` (look first), and whatever auroractl says then";
        assert_eq!(
            wrap("  - ", text),
            "  - if it did not, and never will:
    auroractl resume 20260515-060500-prod-0001 --redo 'fail over to orders-reader-1'; or
    `auroractl status prod --simulate` (look first), and whatever auroractl says then\n"
        );
        assert_eq!(wrap("", "`auroractl"), "`auroractl\n");
        assert_eq!(wrap("", "`aws  s3 `"), "`aws  s3 `\n");
    }

    #[test]
    fn colour_takes_no_columns_and_none_is_added_where_none_is_wanted() {
        assert_eq!(columns(&Style::new(true).added("ready")), 5);
        assert_eq!(Style::new(false).added("ready"), "ready");
    }
}
