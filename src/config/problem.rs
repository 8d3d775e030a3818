//! What is wrong with declarations: all of it at once, each with its place and what would be valid.

use super::span::{File, Span};
use crate::desired::Place;
use crate::error::Error;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::path::Path;
use std::sync::Arc;

/// One thing that is wrong with a file.
#[derive(Clone, Debug)]
pub struct Problem {
    message: String,
    label: Option<String>,
    help: Option<String>,
    span: Option<Span>,
    path: std::path::PathBuf,
}

impl Problem {
    /// A problem of a place in a file.
    pub(super) fn at(span: &Span, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            label: None,
            help: None,
            path: span.file.path.clone(),
            span: Some(span.clone()),
        }
    }

    /// A problem of a file or folder as a whole.
    pub(super) fn of_file(
        path: &Path,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            message: message.into(),
            label: None,
            help: Some(help.into()),
            span: None,
            path: path.to_path_buf(),
        }
    }

    /// Words at the marked place.
    #[must_use]
    pub(super) fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// What would be valid.
    #[must_use]
    pub(super) fn helped(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The place, for ordering and for programs.
    pub fn place(&self) -> Place {
        match &self.span {
            Some(span) => span.place(),
            None => Place {
                file: self.path.clone(),
                line: 0,
                column: 0,
            },
        }
    }

    /// What is wrong, in one line.
    pub fn message(&self) -> &str {
        &self.message
    }

    fn render(&self, renderer: &Renderer) -> String {
        let path = self.path.display().to_string();
        let title = Level::ERROR.primary_title(self.message.as_str());
        let mut group = match &self.span {
            Some(Span { file, bytes }) => {
                let File { text, .. } = Arc::as_ref(file);
                // A span at the very end has nothing to mark; the last character will do.
                let start = bytes.start.min(text.len());
                let end = bytes.end.clamp(start, text.len());
                let mut annotation = AnnotationKind::Primary.span(start..end);
                if let Some(label) = &self.label {
                    annotation = annotation.label(label.as_str());
                }
                title.element(
                    Snippet::source(text.as_str())
                        .path(path.as_str())
                        .annotation(annotation),
                )
            }
            None => title.element(annotate_snippets::Origin::path(path.as_str())),
        };
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

/// Every problem of one load, in the order of files and lines. Never empty.
#[derive(Clone, Debug)]
pub struct Problems {
    list: Vec<Problem>,
}

impl Problems {
    /// The problems in order.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter()
    }

    /// All of them with their source lines.
    pub fn render(&self, coloured: bool) -> String {
        let renderer = if coloured {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        self.list
            .iter()
            .map(|problem| problem.render(&renderer))
            .collect::<Vec<_>>()
            .join("\n\n")
    }

    /// How many there are, in words.
    pub fn count(&self) -> String {
        match self.list.len() {
            1 => "1 problem".to_owned(),
            count => format!("{count} problems"),
        }
    }
}

impl From<Vec<Problem>> for Problems {
    fn from(mut list: Vec<Problem>) -> Self {
        list.sort_by_key(Problem::place);
        // A file that several partitions extend is read once, but asked for by each.
        list.dedup_by(|left, right| left.place() == right.place() && left.message == right.message);
        Self { list }
    }
}

impl Problems {
    /// The error that ends the program, with the problems in colour or without.
    pub fn into_error(self, coloured: bool) -> Error {
        Error::failed(format!("{} in the declarations", self.count()))
            .showing(self.render(coloured))
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        problems.into_error(false)
    }
}

impl std::fmt::Display for Problems {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} in the declarations", self.count())
    }
}

impl std::error::Error for Problems {}
