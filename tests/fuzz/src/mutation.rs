//! A small mutator for the ordinary tests, which have no libFuzzer: the same seed gives the same inputs.
//!
//! Goes in: a generator of random numbers, an input, the other inputs and the dictionary. Comes out: a changed input.

use fastrand::Rng;

/// No input grows beyond this.
const BYTES_MAX: usize = 16 * 1024;

/// What numbers are often wrong about.
const NUMBERS: [&str; 12] = [
    "0",
    "-1",
    "1",
    "00",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1e999",
    "0.0000001",
    "NaN",
];

/// The words of a dictionary in libFuzzer's form, which escapes `\`, `"` and, as `\xHH`, any byte.
pub fn words(dictionary: &str) -> Vec<Vec<u8>> {
    dictionary
        .lines()
        .filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'))
        .map(unescaped)
        .collect()
}

fn unescaped(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'x') => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                bytes.push(u8::from_str_radix(&digits, 16).expect("two hexadecimal digits"));
            }
            escaped => bytes.extend(escaped),
        }
    }
    bytes
}

/// One to four changes.
pub fn mutated(rng: &mut Rng, input: &[u8], others: &[Vec<u8>], words: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..rng.usize(1..=4) {
        change(rng, &mut bytes, others, words);
    }
    bytes.truncate(BYTES_MAX);
    bytes
}

fn change(rng: &mut Rng, bytes: &mut Vec<u8>, others: &[Vec<u8>], words: &[Vec<u8>]) {
    let (from, to) = stretch(rng, bytes.len());
    match rng.u8(0..9) {
        0 => drop(bytes.drain(from..to)),
        1 => {
            let copy = bytes[from..to].to_vec();
            bytes.splice(from..from, copy);
        }
        2 if !words.is_empty() => {
            let word = words[rng.usize(..words.len())].clone();
            bytes.splice(from..from, word);
        }
        3 if !words.is_empty() => {
            let word = words[rng.usize(..words.len())].clone();
            bytes.splice(from..to, word);
        }
        4 => {
            let byte = rng.u8(..);
            bytes.splice(from..from, [byte]);
        }
        5 if from < bytes.len() => bytes[from] ^= 1 << rng.u8(0..8),
        6 if !others.is_empty() => {
            let other = &others[rng.usize(..others.len())];
            let (start, end) = stretch(rng, other.len());
            bytes.splice(from..to, other[start..end].to_vec());
        }
        7 => number(rng, bytes, from),
        _ => bytes.truncate(to),
    }
}

/// A stretch that is short more often than long.
fn stretch(rng: &mut Rng, length: usize) -> (usize, usize) {
    let from = rng.usize(..=length);
    let limit = (length - from).min(1 << rng.u8(0..12));
    (from, from + rng.usize(..=limit))
}

/// Replaces the next number by one that is often wrong.
fn number(rng: &mut Rng, bytes: &mut Vec<u8>, from: usize) {
    let Some(start) = (from..bytes.len()).find(|index| bytes[*index].is_ascii_digit()) else {
        return;
    };
    let end = (start..bytes.len())
        .find(|index| !bytes[*index].is_ascii_digit())
        .unwrap_or(bytes.len());
    let number = NUMBERS[rng.usize(..NUMBERS.len())];
    bytes.splice(start..end, number.bytes());
}
