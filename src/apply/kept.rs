//! The end of a command's output: masked, and never more than was asked for, however much is printed.
//!
//! Goes in: chunks as they are printed. Comes out: a text to keep, and the last line for a message.

use super::mask::Mask;

/// How much is remembered for the last line, even where nothing is kept, in bytes.
const LAST_LINE_BYTES: usize = 400;

/// What is kept of one attempt.
#[derive(Debug)]
pub(super) struct Kept {
    mask: Mask,
    bytes_max: usize,
    told: Vec<u8>,
    end: Vec<u8>,
    /// How many masked bytes are no longer there.
    dropped: u64,
    has_changed: bool,
}

impl Kept {
    pub(super) fn new(mask: Mask, bytes_max: u32) -> Self {
        Self {
            mask,
            bytes_max: usize::try_from(bytes_max).unwrap_or(usize::MAX),
            told: Vec::new(),
            end: Vec::new(),
            dropped: 0,
            has_changed: false,
        }
    }

    /// Takes what was printed.
    pub(super) fn take(&mut self, chunk: &[u8]) {
        self.mask.feed(chunk, &mut self.told);
        self.append();
    }

    /// Nothing more comes.
    pub(super) fn finish(&mut self) {
        self.mask.finish(&mut self.told);
        self.append();
    }

    fn append(&mut self) {
        self.has_changed |= !self.told.is_empty();
        self.end.append(&mut self.told);
        let room = self.bytes_max.max(LAST_LINE_BYTES);
        // Twice the room, so that the end is moved to the front once in a while only.
        if self.end.len() > room.saturating_mul(2) {
            let gone = self.end.len().saturating_sub(room);
            self.end.drain(..gone);
            self.dropped = self
                .dropped
                .saturating_add(u64::try_from(gone).unwrap_or(u64::MAX));
        }
    }

    /// Whether anything came since this was asked last.
    pub(super) fn has_changed(&mut self) -> bool {
        std::mem::take(&mut self.has_changed)
    }

    /// What is kept, with a line before it where that is not all.
    pub(super) fn text(&self) -> Vec<u8> {
        let from = self.end.len().saturating_sub(self.bytes_max);
        let missing = self
            .dropped
            .saturating_add(u64::try_from(from).unwrap_or(u64::MAX));
        let mut text = Vec::new();
        if missing > 0 {
            text.extend_from_slice(
                format!("(the first {missing} bytes are not kept)\n").as_bytes(),
            );
        }
        text.extend_from_slice(self.end.get(from..).unwrap_or_default());
        text
    }

    /// The last line that holds anything, fit for a message.
    pub(super) fn last_line(&self) -> Option<String> {
        let from = self.end.len().saturating_sub(LAST_LINE_BYTES);
        let text = String::from_utf8_lossy(self.end.get(from..).unwrap_or_default()).into_owned();
        let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
        // A terminal would obey control characters.
        Some(line.replace(char::is_control, " ").trim().to_owned())
    }

    /// A text without secrets.
    pub(super) fn masked(&self, text: &str) -> String {
        self.mask.text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(bytes_max: u32) -> Kept {
        Kept::new(Mask::new([b"hunter2".to_vec()]), bytes_max)
    }

    #[test]
    fn only_the_end_is_kept_and_it_says_what_is_missing() {
        let mut kept = kept(10);
        for number in 0..100_000_u32 {
            kept.take(format!("line {number}\n").as_bytes());
            assert!(kept.end.len() <= 2 * LAST_LINE_BYTES);
        }
        kept.finish();
        let all: usize = (0..100_000_u32)
            .map(|number| format!("line {number}\n").len())
            .sum();
        assert_eq!(
            String::from_utf8_lossy(&kept.text()),
            format!("(the first {} bytes are not kept)\nine 99999\n", all - 10)
        );
        assert_eq!(kept.last_line().as_deref(), Some("line 99999"));
    }

    #[test]
    fn nothing_may_be_kept_and_the_last_line_is_known_all_the_same() {
        let mut kept = kept(0);
        kept.take(b"all is well\n\x1b[31mhunt");
        kept.take(b"er2 expired\r\n\n");
        kept.finish();
        assert_eq!(
            String::from_utf8_lossy(&kept.text()),
            "(the first 31 bytes are not kept)\n"
        );
        assert_eq!(kept.last_line().as_deref(), Some("[31m*** expired"));
        assert!(kept.has_changed());
        assert!(!kept.has_changed());
    }
}
