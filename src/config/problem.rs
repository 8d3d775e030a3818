//! What is wrong with the declarations: all of it at once, each with its place, its source line and a way out.
//!
//! Goes in: findings of every other file of this room. Comes out: text for people, and the program's own error.

use super::source::At;
use crate::desired::Place;
use crate::error::Error;
use crate::hint::Hint;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub struct Problem {
    message: String,
    marked: Option<At>,
    label: Option<String>,
    hints: Vec<String>,
}

impl Problem {
    /// A problem that no line of a file shows.
    pub(super) fn general(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            marked: None,
            label: None,
            hints: Vec::new(),
        }
    }

    /// A problem with a stretch of a file.
    pub(super) fn at(at: &At, message: impl Into<String>) -> Self {
        Self {
            marked: Some(at.clone()),
            ..Self::general(message)
        }
    }

    /// Adds a word beside the mark.
    pub(super) fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds a step that the reader can take.
    pub(super) fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds several steps.
    pub(super) fn hinted_all(mut self, hints: impl IntoIterator<Item = String>) -> Self {
        self.hints.extend(hints);
        self
    }

    /// What is wrong, without its place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where it is, if a line of a file shows it.
    pub fn place(&self) -> Option<Place> {
        self.marked.as_ref().map(At::place)
    }

    /// The problem with its source line and its hints, in colour if `coloured`.
    pub fn render(&self, coloured: bool) -> String {
        let Self {
            message,
            marked,
            label,
            hints,
        } = self;
        let mut group = match marked {
            None => Group::with_title(Level::ERROR.primary_title(message)),
            Some(at) => {
                let mut annotation = AnnotationKind::Primary.span(at.span());
                if let Some(label) = label {
                    annotation = annotation.label(label);
                }
                let path = at.source().path().display().to_string();
                Level::ERROR.primary_title(message).element(
                    Snippet::source(at.source().text())
                        .path(path)
                        .annotation(annotation),
                )
            }
        };
        for hint in hints {
            let hint = annotate_snippets::normalize_untrusted_str(hint);
            group = group.element(Level::HELP.with_name("hint").message(hint));
        }
        let renderer = if coloured {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.render(&[group])
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place() {
            write!(formatter, "{place}: ")?;
        }
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl Hint for Problem {
    fn hints(&self) -> Vec<String> {
        self.hints.clone()
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Problems::new(vec![problem]).into()
    }
}

/// Everything that one run found wrong, in the order of files and lines; never empty.
#[derive(Clone, Debug)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Sorts what was found; the same thing found on the way to several partitions is said once.
    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_cached_key(|problem| (problem.place(), problem.message.clone()));
        problems.dedup_by_key(|problem| (problem.place(), problem.message.clone()));
        Self(problems)
    }

    /// The problems, by file and line; those without a place come first.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// Every problem with its source line and its hints, in colour if `coloured`.
    pub fn render(&self, coloured: bool) -> String {
        let rendered: Vec<String> = self
            .iter()
            .map(|problem| problem.render(coloured))
            .collect();
        format!("{}\n", rendered.join("\n\n"))
    }

    /// The program's error with these problems shown in it, in colour if `coloured`.
    pub fn into_error(self, coloured: bool) -> Error {
        Error::failed(self.to_string()).showing(self.render(coloured))
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => formatter.write_str("one problem in the declarations"),
            count => write!(formatter, "{count} problems in the declarations"),
        }
    }
}

impl std::error::Error for Problems {}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        problems.into_error(false)
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::*;

    fn example() -> Problems {
        let source = Source::new("environments/prod.toml", "[aws]\nacount = \"1\"\n");
        let key = At::new(&source, 6..12);
        Problems::new(vec![
            Problem::at(&key, "unknown key `acount` in [aws]").hinted("did you mean `account`?"),
            Problem::general("there is no partition `prd`").hinted("did you mean `prod`?"),
            Problem::at(&key, "unknown key `acount` in [aws]").hinted("did you mean `account`?"),
        ])
    }

    #[test]
    fn the_same_problem_is_said_once_and_those_without_a_place_come_first() {
        insta::assert_snapshot!(example().render(false), @r#"
        error: there is no partition `prd`
         |
         = hint: did you mean `prod`?

        error: unknown key `acount` in [aws]
         --> environments/prod.toml:2:1
          |
        2 | acount = "1"
          | ^^^^^^
          |
          = hint: did you mean `account`?
        "#);
    }

    #[test]
    fn colour_changes_nothing_but_the_colour() {
        let coloured = example().render(true);
        assert!(coloured.contains("\u{1b}["));
        assert_eq!(
            anstream::adapter::strip_str(&coloured).to_string(),
            example().render(false)
        );
    }

    #[test]
    fn the_programs_error_shows_them_and_ends_with_1() {
        let error = Error::from(example());
        assert_eq!(error.exit().code(), 1);
        assert_eq!(
            error.render(false),
            format!(
                "error: 2 problems in the declarations\n\n{}",
                example().render(false)
            )
        );
    }
}
