//! The kinds of error, the exit codes they lead to, and the one place that renders them.
//!
//! Goes in: what failed, with its source and its hints. Comes out: text for stderr and an exit code.

use crate::hint::Hint;
use std::error::Error as StandardError;
use std::fmt::{self, Write as _};
use std::sync::Arc;

/// How the program ends. The numbers are a contract with scripts and CI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// 0: done, or nothing to do.
    Done,
    /// 1: an error, usage errors included.
    Error,
    /// 2: changes (`plan --detailed-exitcode`), drift, or something not as declared or not proven.
    Changes,
    /// 3: refused or declined; nothing was changed.
    Refused,
    /// 4: paused and resumable.
    Paused,
    /// 5: the outcome is unknown, or a deadline passed: look before going on.
    Unknown,
    /// 130: interrupted by the user.
    Interrupted,
}

impl Exit {
    /// The number that the process returns.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Changes => 2,
            Self::Refused => 3,
            Self::Paused => 4,
            Self::Unknown => 5,
            Self::Interrupted => 130,
        }
    }

    /// The worse of two, in the order 1, 3, 2, 0 that several partitions use.
    pub fn worse(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Error => 6,
            Self::Unknown => 5,
            Self::Interrupted => 4,
            Self::Refused => 3,
            Self::Paused => 2,
            Self::Changes => 1,
            Self::Done => 0,
        };
        if rank(self) >= rank(other) {
            self
        } else {
            other
        }
    }
}

/// An error at the border of the program: which operation on which object, why, and what to do next.
#[derive(Clone, Debug)]
pub struct Error {
    exit: Exit,
    message: String,
    body: Option<String>,
    // Shared, because one failure can end several partitions.
    source: Option<Arc<dyn StandardError + Send + Sync>>,
    hints: Vec<String>,
}

impl Error {
    /// An error that ends the program with `exit`. The message names the operation and the object.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            body: None,
            source: None,
            hints: Vec::new(),
        }
    }

    /// An ordinary error: exit code 1.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Error, message)
    }

    /// A refusal: exit code 3, nothing was changed.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, message)
    }

    /// Keeps the cause in its own words.
    #[must_use]
    pub fn caused_by(mut self, source: impl StandardError + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Adds a step that the reader can take.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds all hints of something that knows what to do next.
    #[must_use]
    pub fn hinted_by(mut self, hint: &impl Hint) -> Self {
        self.hints.extend(hint.hints());
        self
    }

    /// Adds text that is shown as it stands between the message and the hints, such as a marked source line.
    #[must_use]
    pub fn showing(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The exit code that this error leads to.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// The whole text for stderr: message, causes, body, hints; in colour if `coloured`.
    pub fn render(&self, coloured: bool) -> String {
        let Self {
            exit,
            message,
            body,
            source,
            hints,
        } = self;
        let label = match exit {
            Exit::Refused => "refused",
            Exit::Paused => "paused",
            Exit::Unknown => "unknown",
            Exit::Interrupted => "interrupted",
            _ => "error",
        };
        let mut text = format!("{}: {message}\n", paint(label, "1;31", coloured));
        let mut cause = source.as_deref().map(|source| source as &dyn StandardError);
        let mut said = message.clone();
        while let Some(current) = cause {
            let words = current.to_string();
            // Some libraries repeat their source in their own text; once is enough.
            if !said.contains(&words) {
                let _ = writeln!(text, "  because: {words}");
            }
            said = words;
            cause = current.source();
        }
        if let Some(body) = body {
            let _ = write!(text, "\n{}\n", body.trim_end());
        }
        let mut shown: Vec<&String> = Vec::new();
        for hint in hints {
            if !shown.contains(&hint) {
                let _ = write!(text, "\n{}: {hint}", paint("hint", "36", coloured));
                shown.push(hint);
            }
        }
        if !shown.is_empty() {
            text.push('\n');
        }
        text
    }
}

fn paint(text: &str, code: &str, coloured: bool) -> String {
    if coloured {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl StandardError for Error {
    fn source(&self) -> Option<&(dyn StandardError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StandardError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_shows_its_message_its_cause_and_its_way_out() {
        let error = Error::refused("cannot lock cluster `orders`")
            .caused_by(std::io::Error::other("the disk is full"))
            .hinted("free some space");
        assert_eq!(
            error.render(false),
            "refused: cannot lock cluster `orders`\n  because: the disk is full\n\nhint: free some space\n"
        );
        assert_eq!(error.exit().code(), 3);
    }

    #[test]
    fn among_partitions_an_error_outranks_a_refusal_and_a_refusal_outranks_drift() {
        assert_eq!(Exit::Changes.worse(Exit::Refused), Exit::Refused);
        assert_eq!(Exit::Refused.worse(Exit::Error), Exit::Error);
        assert_eq!(Exit::Done.worse(Exit::Changes), Exit::Changes);
    }
}
