//! Takes secrets out of a stream of bytes, wherever the stream is cut into chunks.
//!
//! Goes in: chunks of output, and the values that nobody may read. Comes out: the same bytes with `***` for each stretch that
//! belongs to any of the values. What may still become one is held back until the next chunk, or the end.

/// What stands in the place of a secret.
const STARS: &[u8] = b"***";

/// A line of a secret of several lines is a secret of its own from this length on, in bytes: keys are often printed with
/// other line ends, or indented.
const LINE_BYTES_MIN: usize = 8;

/// Takes secrets out of one stream.
pub(super) struct Mask {
    secrets: Vec<Vec<u8>>,
    /// Whether some secret begins with this byte.
    begins: [bool; 256],
    held: Vec<u8>,
    /// How many bytes of `held` from its beginning belong to a secret that was found.
    covered: usize,
}

impl std::fmt::Debug for Mask {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Mask of {} values", self.secrets.len())
    }
}

impl Mask {
    /// A mask for these values. Empty ones are none; blanks around a value are no part of it.
    pub(super) fn new(values: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut secrets: Vec<Vec<u8>> = Vec::new();
        for value in values {
            let whole = value.trim_ascii();
            let lines = whole
                .split(|byte| *byte == b'\n')
                .map(<[u8]>::trim_ascii)
                .filter(|line| line.len() >= LINE_BYTES_MIN);
            for secret in std::iter::once(whole).chain(lines) {
                if !secret.is_empty() && !secrets.iter().any(|known| known == secret) {
                    secrets.push(secret.to_vec());
                }
            }
        }
        let mut begins = [false; 256];
        for secret in &secrets {
            if let Some(first) = secret
                .first()
                .and_then(|first| begins.get_mut(usize::from(*first)))
            {
                *first = true;
            }
        }
        Self {
            secrets,
            begins,
            held: Vec::new(),
            covered: 0,
        }
    }

    /// Takes a chunk, and gives what can be told already.
    pub(super) fn feed(&mut self, chunk: &[u8], told: &mut Vec<u8>) {
        if self.secrets.is_empty() {
            told.extend_from_slice(chunk);
            return;
        }
        self.held.extend_from_slice(chunk);
        self.tell(false, told);
    }

    /// Gives what was held back.
    pub(super) fn finish(&mut self, told: &mut Vec<u8>) {
        self.tell(true, told);
    }

    /// A whole text without the values.
    pub(super) fn text(&self, text: &str) -> String {
        let mut mask = Self {
            secrets: self.secrets.clone(),
            begins: self.begins,
            held: Vec::new(),
            covered: 0,
        };
        let mut told = Vec::new();
        mask.feed(text.as_bytes(), &mut told);
        mask.finish(&mut told);
        String::from_utf8_lossy(&told).into_owned()
    }

    fn tell(&mut self, is_end: bool, told: &mut Vec<u8>) {
        let Self {
            secrets,
            begins,
            held,
            covered,
        } = self;
        let mut position = 0;
        while let Some((byte, rest)) = held
            .get(position..)
            .and_then(|rest| Some((rest.first()?, rest)))
        {
            if begins.get(usize::from(*byte)).copied().unwrap_or(false) {
                let may_follow =
                    |secret: &Vec<u8>| secret.len() > rest.len() && secret.starts_with(rest);
                if !is_end && secrets.iter().any(may_follow) {
                    break;
                }
                let found = secrets
                    .iter()
                    .filter(|secret| rest.starts_with(secret))
                    .map(Vec::len)
                    .max();
                if let Some(length) = found {
                    if *covered <= position {
                        told.extend_from_slice(STARS);
                    }
                    *covered = (*covered).max(position + length);
                }
            }
            if position >= *covered {
                told.push(*byte);
            }
            position += 1;
        }
        held.drain(..position);
        *covered = covered.saturating_sub(position);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::print_stdout)]
    use super::*;

    /// The text in chunks of this size, masked.
    fn masked(secrets: &[&str], text: &str, chunk: usize) -> String {
        let mut mask = Mask::new(secrets.iter().map(|secret| secret.as_bytes().to_vec()));
        let mut told = Vec::new();
        for chunk in text.as_bytes().chunks(chunk) {
            mask.feed(chunk, &mut told);
        }
        mask.finish(&mut told);
        String::from_utf8_lossy(&told).into_owned()
    }

    #[test]
    fn a_secret_is_found_however_the_stream_is_cut() {
        for chunk in 1..40 {
            for (secrets, text, expected) in [
                (
                    vec!["hunter2"],
                    "pw=hunter2; hunter hunter2hunter2",
                    "pw=***; hunter ******",
                ),
                // Of two that begin alike, the longer; of two that overlap, all of both.
                (vec!["ab", "abc"], "xabcx abx", "x***x ***x"),
                (vec!["abc", "bcd"], "xabcdx", "x***x"),
                (vec!["aaa"], "aaaaaa aa", "*** aa"),
                (vec!["", " \n"], "nothing to hide", "nothing to hide"),
                (vec!["tail"], "the tai", "the tai"),
                (
                    vec!["-----KEY-----\nabcdefghij\nxy\n"],
                    "  abcdefghij\r\n  xy",
                    "  ***\r\n  xy",
                ),
            ] {
                assert_eq!(
                    masked(&secrets, text, chunk),
                    expected,
                    "{secrets:?} in chunks of {chunk}"
                );
            }
        }
    }

    #[test]
    fn random_secrets_in_random_chunks_never_come_through() {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        for _ in 0..500 {
            // Few letters, so that values begin alike and overlap.
            let mut word = |length: std::ops::Range<usize>| -> String {
                (0..random.usize(length))
                    .map(|_| *random.choice(['a', 'b', 'c'].iter()).unwrap_or(&'a'))
                    .collect()
            };
            let secrets = [word(3..7), word(3..7)];
            let text = word(0..60);
            let chunk = random.usize(1..9);
            let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
            let told = masked(&secrets, &text, chunk);
            assert_eq!(
                told,
                masked(&secrets, &text, 1000),
                "{secrets:?} {text} {chunk}"
            );
            for secret in secrets {
                assert!(!told.contains(secret), "{secret} in {told}");
            }
        }
    }

    #[test]
    fn a_mask_does_not_show_what_it_hides() {
        let mask = Mask::new([b"hunter2".to_vec()]);
        assert_eq!(format!("{mask:?}"), "Mask of 1 values");
        assert_eq!(mask.text("said hunter2 aloud"), "said *** aloud");
    }
}
