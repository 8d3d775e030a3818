//! Exact decimal numbers, so that `1.5s` becomes `1500` and `0.1` stays `0.1`.
//!
//! Goes in: a number's text. Comes out: its one canonical spelling, or the number in another unit where that is exact.

use std::fmt;

/// A power of ten beyond this is no setting of PostgreSQL, whose widest range ends at 1.79769e+308.
const EXPONENT_MAX: i32 = 400;

/// `mantissa` × 10^`exponent`, without trailing zeros in the mantissa, so that equal numbers are equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    mantissa: i128,
    exponent: i32,
}

/// The outcome of bringing a number to another unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scaled {
    /// A whole number.
    Whole(i128),
    /// Between two whole numbers; this one is the nearest.
    Near(i128),
    /// Beyond what can be calculated with.
    Beyond,
}

impl Decimal {
    /// Reads the number at the beginning of the text and returns it with the rest; `None` where there is no number,
    /// or one of more than 38 digits, zeros at its end not counted.
    pub fn parse_prefix(text: &str) -> Option<(Self, &str)> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, rest) = split_digits(unsigned);
        let (fraction, rest) = match rest.strip_prefix('.') {
            Some(after_point) => split_digits(after_point),
            None => ("", rest),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let (power, rest) = split_exponent(rest);
        // Zeros at the end are a power of ten: `1e100`, spelled out, is a number that can be read.
        let digits = whole.len() + fraction.len();
        let significant = format!("{whole}{fraction}").trim_end_matches('0').len();
        let mut mantissa: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()).take(significant) {
            mantissa = mantissa
                .checked_mul(10)?
                .checked_add(i128::from(digit - b'0'))?;
        }
        let exponent = power
            .checked_sub(i32::try_from(fraction.len()).ok()?)?
            .checked_add(i32::try_from(digits - significant).ok()?)?;
        if negative {
            mantissa = -mantissa;
        }
        let decimal = Self::normalised(mantissa, exponent)?;
        Some((decimal, rest))
    }

    /// Reads a text that is a number and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        match Self::parse_prefix(text)? {
            (decimal, "") => Some(decimal),
            _ => None,
        }
    }

    /// The number × `numerator` ÷ `denominator`.
    pub fn scaled(self, numerator: i128, denominator: i128) -> Scaled {
        let power = 10_i128.checked_pow(self.exponent.unsigned_abs());
        let (up, down) = match (power, self.exponent >= 0) {
            (Some(power), true) => (Some(power), Some(1)),
            (Some(power), false) => (Some(1), Some(power)),
            (None, _) => (None, None),
        };
        let dividend = up
            .and_then(|up| self.mantissa.checked_mul(up))
            .and_then(|value| value.checked_mul(numerator));
        let divisor = down.and_then(|down: i128| down.checked_mul(denominator));
        match (dividend, divisor) {
            (Some(dividend), Some(divisor)) if divisor > 0 => {
                let below = dividend.div_euclid(divisor);
                let remainder = dividend.rem_euclid(divisor);
                if remainder == 0 {
                    Scaled::Whole(below)
                } else if remainder >= divisor - remainder {
                    Scaled::Near(below + 1)
                } else {
                    Scaled::Near(below)
                }
            }
            _ => Scaled::Beyond,
        }
    }

    fn normalised(mut mantissa: i128, mut exponent: i32) -> Option<Self> {
        if mantissa == 0 {
            exponent = 0;
        }
        while mantissa != 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            exponent = exponent.checked_add(1)?;
        }
        (exponent.abs() <= EXPONENT_MAX).then_some(Self { mantissa, exponent })
    }
}

/// The canonical spelling: no exponent, no plus sign, no zeros that say nothing.
impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mantissa, exponent } = self;
        let sign = if *mantissa < 0 { "-" } else { "" };
        let digits = mantissa.unsigned_abs().to_string();
        let places = usize::try_from(exponent.unsigned_abs()).unwrap_or(0);
        if *exponent >= 0 {
            return write!(formatter, "{sign}{digits}{:0<places$}", "");
        }
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        write!(formatter, "{sign}{whole}.{fraction}")
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Reads `e3`, `E-3` or nothing; an `e` without digits belongs to whatever follows the number.
fn split_exponent(text: &str) -> (i32, &str) {
    let Some(after) = text.strip_prefix(['e', 'E']) else {
        return (0, text);
    };
    let (sign, unsigned) = match after.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, after.strip_prefix('+').unwrap_or(after)),
    };
    let (digits, rest) = split_digits(unsigned);
    if digits.is_empty() {
        return (0, text);
    }
    // An exponent too long to read is as far beyond the limit as one that is just beyond it.
    let power = digits.parse::<i32>().unwrap_or(i32::MAX / 2);
    (sign * power, rest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_number_has_one_spelling() {
        let spellings = [
            ("500", "500"),
            ("+500.0", "500"),
            ("0500", "500"),
            ("5e2", "500"),
            ("-0", "0"),
            ("-1", "-1"),
            (".5", "0.5"),
            ("0.10", "0.1"),
            ("1e-3", "0.001"),
            ("-12.50", "-12.5"),
            ("9007199254740993", "9007199254740993"),
        ];
        for (given, canonical) in spellings {
            assert_eq!(
                Decimal::parse(given).unwrap().to_string(),
                canonical,
                "{given}"
            );
        }
    }

    #[test]
    fn a_spelled_out_power_of_ten_is_read_as_the_same_number() {
        for given in ["16.e171", "-5e400", "1e-400", "1200e36"] {
            let number = Decimal::parse(given).unwrap();
            assert_eq!(Decimal::parse(&number.to_string()), Some(number), "{given}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_none() {
        for given in [
            "",
            "-",
            ".",
            "1.2.3",
            "0x10",
            "5 ",
            "e5",
            "1e999999999999",
            "1e401",
            "340282366920938463463374607431768211456",
        ] {
            assert_eq!(Decimal::parse(given), None, "{given}");
        }
    }

    #[test]
    fn the_rest_after_the_number_is_kept() {
        let (number, rest) = Decimal::parse_prefix("1e3s").unwrap();
        assert_eq!((number.to_string().as_str(), rest), ("1000", "s"));
        let (number, rest) = Decimal::parse_prefix("5em").unwrap();
        assert_eq!((number.to_string().as_str(), rest), ("5", "em"));
    }

    #[test]
    fn scaling_is_exact_or_says_the_nearest() {
        let scaled = |text: &str, numerator, denominator| {
            Decimal::parse(text).unwrap().scaled(numerator, denominator)
        };
        assert_eq!(scaled("1.5", 1000, 1), Scaled::Whole(1500));
        assert_eq!(scaled("1.5", 1, 1), Scaled::Near(2));
        assert_eq!(scaled("-1.4", 1, 1), Scaled::Near(-1));
        assert_eq!(scaled("12", 1, 8), Scaled::Near(2));
        assert_eq!(scaled("1e300", 1, 1), Scaled::Beyond);
        assert_eq!(scaled("1e-300", 1, 1), Scaled::Beyond);
    }
}
