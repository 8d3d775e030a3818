//! Units of settings. In: a number in the setting's own unit, or a text with a unit of its own. Out: what SHOW prints, and the
//! number in the setting's unit.
//!
//! Source: PostgreSQL documentation, "Parameter Names and Values": memory in B, kB, MB, GB, TB (1024 each), time in us, ms, s,
//! min, h, d. SHOW prints the largest unit that leaves a whole number.

/// What one of a unit is: bytes or microseconds.
fn measure(unit: &str) -> Option<(Kind, i64)> {
    Some(match unit {
        "B" => (Kind::Memory, 1),
        "kB" => (Kind::Memory, 1 << 10),
        "8kB" => (Kind::Memory, 8 << 10),
        "MB" => (Kind::Memory, 1 << 20),
        "16MB" => (Kind::Memory, 16 << 20),
        "GB" => (Kind::Memory, 1 << 30),
        "TB" => (Kind::Memory, 1 << 40),
        "us" => (Kind::Time, 1),
        "ms" => (Kind::Time, 1_000),
        "s" => (Kind::Time, 1_000_000),
        "min" => (Kind::Time, 60_000_000),
        "h" => (Kind::Time, 3_600_000_000),
        "d" => (Kind::Time, 86_400_000_000),
        _ => return None,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Memory,
    Time,
}

impl Kind {
    /// The largest first.
    fn units(self) -> &'static [&'static str] {
        match self {
            Self::Memory => &["TB", "GB", "MB", "kB", "B"],
            Self::Time => &["d", "h", "min", "s", "ms", "us"],
        }
    }
}

/// What SHOW prints for a number in this unit. Zero and negative numbers mean something special and carry no unit.
pub(crate) fn shown(number: &str, unit: &str) -> String {
    let plain = || number.to_owned();
    let Some((kind, one)) = measure(unit) else {
        return plain();
    };
    let total = match number.parse::<i64>() {
        Ok(number) => number.checked_mul(one),
        Err(_) => number
            .parse::<f64>()
            .ok()
            .map(|number| number * one as f64)
            .filter(|total| total.fract() == 0.0 && total.abs() < 9.0e15)
            .map(|total| total as i64),
    };
    let Some(total) = total.filter(|total| *total > 0) else {
        return plain();
    };
    for unit in kind.units() {
        if let Some((_, size)) = measure(unit)
            && total % size == 0
        {
            return format!("{}{unit}", total / size);
        }
    }
    plain()
}

/// A text such as `500ms` as a number in this unit, to the nearest whole one; none when it is no number, or of another kind.
pub(crate) fn in_unit(text: &str, unit: Option<&str>) -> Option<f64> {
    let text = text.trim();
    let digits = text
        .find(|character: char| !(character.is_ascii_digit() || "+-.".contains(character)))
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at_checked(digits)?;
    let number: f64 = number.parse().ok()?;
    let suffix = suffix.trim();
    if suffix.is_empty() {
        return Some(number);
    }
    let (kind, one) = measure(unit?)?;
    let (given, size) = measure(suffix)?;
    (kind == given).then(|| number * size as f64 / one as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn show_prints_the_largest_unit_that_leaves_a_whole_number() {
        for (number, unit, expected) in [
            ("500", "ms", "500ms"),
            ("1000", "ms", "1s"),
            ("90000", "ms", "90s"),
            ("86400000", "ms", "1d"),
            ("0", "ms", "0"),
            ("-1", "ms", "-1"),
            ("16384", "8kB", "128MB"),
            ("1", "8kB", "8kB"),
            ("4096", "kB", "4MB"),
            ("2", "ms", "2ms"),
            ("0.5", "ms", "500us"),
            ("64", "MB", "64MB"),
            ("5", "min", "5min"),
        ] {
            assert_eq!(shown(number, unit), expected, "{number} {unit}");
        }
    }

    #[test]
    fn a_text_is_read_in_the_settings_unit() {
        assert_eq!(in_unit("500ms", Some("ms")), Some(500.0));
        assert_eq!(in_unit("1.5 s", Some("ms")), Some(1500.0));
        assert_eq!(in_unit("64MB", Some("kB")), Some(65_536.0));
        assert_eq!(in_unit("7", Some("kB")), Some(7.0));
        assert_eq!(in_unit("7MB", Some("ms")), None);
        assert_eq!(in_unit("7MB", None), None);
        assert_eq!(in_unit("many", Some("ms")), None);
    }
}
