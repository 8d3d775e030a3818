//! The one way out for every byte: data to stdout, everything else to stderr.
//!
//! A reader that closes its end (`auroractl plan prod | head`) is no error. Any other failure to write is kept and
//! returned by [`Output::finish`], so that a full disk never looks like success.

use super::style::Style;
use anstream::{AutoStream, ColorChoice};
use std::io::{self, ErrorKind, IsTerminal, Write};

/// Where text goes, and how it is dressed there.
pub struct Output {
    stdout: Stream,
    stderr: Stream,
}

struct Stream {
    writer: Box<dyn Write>,
    style: Style,
    is_terminal: bool,
    closed: bool,
    failure: Option<io::Error>,
}

impl Output {
    /// The process's own streams. `choice` is what the command line says; `Auto` follows the terminal and NO_COLOR.
    pub fn standard(choice: ColorChoice) -> Self {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let out_choice = resolve(choice, AutoStream::choice(&stdout));
        let err_choice = resolve(choice, AutoStream::choice(&stderr));
        Self {
            stdout: Stream {
                is_terminal: stdout.is_terminal(),
                writer: Box::new(AutoStream::new(stdout, out_choice)),
                style: Style::new(out_choice != ColorChoice::Never),
                closed: false,
                failure: None,
            },
            stderr: Stream {
                is_terminal: stderr.is_terminal(),
                writer: Box::new(AutoStream::new(stderr, err_choice)),
                style: Style::new(err_choice != ColorChoice::Never),
                closed: false,
                failure: None,
            },
        }
    }

    /// Two writers without colour and without a terminal.
    pub fn plain(stdout: Box<dyn Write>, stderr: Box<dyn Write>) -> Self {
        let stream = |writer| Stream {
            writer,
            style: Style::new(false),
            is_terminal: false,
            closed: false,
            failure: None,
        };
        Self {
            stdout: stream(stdout),
            stderr: stream(stderr),
        }
    }

    /// How data is dressed.
    pub fn data_style(&self) -> Style {
        self.stdout.style
    }

    /// How messages are dressed.
    pub fn message_style(&self) -> Style {
        self.stderr.style
    }

    /// Whether a person sees the messages as they come.
    pub fn messages_are_watched(&self) -> bool {
        self.stderr.is_terminal
    }

    /// Whether a person sees the data as it comes.
    pub fn data_is_watched(&self) -> bool {
        self.stdout.is_terminal
    }

    /// Writes data, as it stands.
    pub fn data(&mut self, text: &str) {
        self.stdout.write(text);
    }

    /// Writes a message, as it stands.
    pub fn message(&mut self, text: &str) {
        self.stderr.write(text);
    }

    /// Ends writing.
    ///
    /// # Errors
    /// The first failure to write data, other than a reader that has gone.
    pub fn finish(&mut self) -> Result<(), io::Error> {
        let Self { stdout, stderr } = self;
        // Nobody can be told that stderr failed; what counts is whether the data arrived.
        let _ = stderr.writer.flush();
        stdout.finish()
    }
}

impl Stream {
    fn write(&mut self, text: &str) {
        if self.closed {
            return;
        }
        let written = self
            .writer
            .write_all(text.as_bytes())
            .and_then(|()| self.writer.flush());
        if let Err(error) = written {
            self.closed = true;
            if error.kind() != ErrorKind::BrokenPipe {
                self.failure = Some(error);
            }
        }
    }

    fn finish(&mut self) -> Result<(), io::Error> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        match self.writer.flush() {
            Err(error) if !self.closed && error.kind() != ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }
}

fn resolve(asked: ColorChoice, found: ColorChoice) -> ColorChoice {
    match asked {
        ColorChoice::Auto => found,
        asked => asked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that fails in one way, always.
    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written_to(kind: ErrorKind) -> Result<(), io::Error> {
        let mut output = Output::plain(Box::new(Failing(kind)), Box::new(io::sink()));
        output.data("a plan\n");
        output.data("and its totals\n");
        output.finish()
    }

    #[test]
    fn a_reader_that_has_gone_is_no_error() {
        assert!(written_to(ErrorKind::BrokenPipe).is_ok());
    }

    #[test]
    fn a_full_disk_is_an_error() {
        assert!(matches!(
            written_to(ErrorKind::StorageFull),
            Err(error) if error.kind() == ErrorKind::StorageFull
        ));
    }
}
