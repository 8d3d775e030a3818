//! What PostgreSQL says when it refuses. In: a code and a text. Out: the fields of an ErrorResponse.
//!
//! Source: PostgreSQL documentation, "PostgreSQL Error Codes" and "Error and Notice Message Fields".

/// A refused statement or connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SqlError {
    /// `ERROR` leaves the session usable, `FATAL` ends it.
    pub(crate) severity: &'static str,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) detail: Option<String>,
    pub(crate) hint: Option<String>,
}

impl SqlError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: "ERROR",
            code,
            message: message.into(),
            detail: None,
            hint: None,
        }
    }

    /// One that ends the session.
    pub(crate) fn fatal(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: "FATAL",
            ..Self::new(code, message)
        }
    }

    /// What PostgreSQL can do and the simulator cannot: refused, so that no answer is wrong.
    pub(crate) fn not_simulated(what: impl std::fmt::Display) -> Self {
        let mut error = Self::new("0A000", format!("the simulator does not support {what}"));
        error.hint = Some(
            "docs/simulator.md lists the statements, functions and views that are answered."
                .to_owned(),
        );
        error
    }

    /// A message that breaks the wire protocol.
    pub(crate) fn protocol(message: impl Into<String>) -> Self {
        Self::fatal("08P01", message)
    }

    /// A message that is well formed and makes no sense: the session goes on.
    pub(crate) fn protocol_error(message: impl Into<String>) -> Self {
        Self::new("08P01", message)
    }

    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
