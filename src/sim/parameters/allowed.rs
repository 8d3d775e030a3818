//! Is a value inside `AllowedValues`? In: the text that the API lists and a submitted value. Out: yes or no.
//!
//! The listing writes a range as `LOW-HIGH`, where both bounds may be negative or have an exponent (`-1-2147483647`,
//! `0-1.79769e+308`), and an enumeration as values separated by commas, sometimes with spaces after them.

use std::str::FromStr;

/// A whole number inside the range, or one of the listed numbers.
pub(super) fn integer(allowed_values: &str, value: &str) -> bool {
    match bounds::<i64>(allowed_values) {
        Some((low, high)) => {
            plain_integer(value).is_some_and(|number| (low..=high).contains(&number))
        }
        None => one_of(allowed_values, value),
    }
}

/// A number inside the range, or one of the listed numbers.
pub(super) fn float(allowed_values: &str, value: &str) -> bool {
    match bounds::<f64>(allowed_values) {
        Some((low, high)) => {
            plain_float(value).is_some_and(|number| (low..=high).contains(&number))
        }
        None => one_of(allowed_values, value),
    }
}

/// Exactly one of the listed values.
pub(super) fn one_of(allowed_values: &str, value: &str) -> bool {
    allowed_values
        .split(',')
        .any(|allowed| allowed.trim() == value)
}

/// Values separated by commas, each of them listed. Nothing at all is no value.
pub(super) fn each_of(allowed_values: &str, value: &str) -> bool {
    value
        .split(',')
        .all(|element| one_of(allowed_values, element.trim()))
}

/// A whole number without a plus sign or spaces.
pub(super) fn plain_integer(value: &str) -> Option<i64> {
    if value.starts_with('+') {
        return None;
    }
    value.parse().ok()
}

fn plain_float(value: &str) -> Option<f64> {
    // Rust also reads "inf", "nan" and a leading plus sign, the service does not.
    let spelt_as_number = value
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if value.starts_with('+') || !spelt_as_number {
        return None;
    }
    value.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The bounds of a range: cut at the first hyphen that leaves a number on both sides.
fn bounds<Number: FromStr>(allowed_values: &str) -> Option<(Number, Number)> {
    allowed_values
        .match_indices('-')
        .find_map(|(position, hyphen)| {
            let low = allowed_values.get(..position)?.parse().ok()?;
            let high = allowed_values
                .get(position + hyphen.len()..)?
                .parse()
                .ok()?;
            Some((low, high))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_may_have_negative_bounds_and_exponents() {
        assert_eq!(bounds("6-262143"), Some((6, 262_143)));
        assert_eq!(bounds("-1-2147483647"), Some((-1, 2_147_483_647)));
        assert_eq!(
            bounds("-2147483648-2147483647"),
            Some((-2_147_483_648, 2_147_483_647))
        );
        assert_eq!(bounds("-15-3"), Some((-15, 3)));
        assert_eq!(bounds("0-1.79769e+308"), Some((0.0, 1.79769e308)));
        assert_eq!(bounds("0.0-1.0"), Some((0.0, 1.0)));
        assert_eq!(bounds::<i64>("0,1"), None);
        assert_eq!(bounds::<i64>("single-db,multi-db"), None);
    }

    #[test]
    fn an_integer_stays_inside_its_range() {
        for value in ["6", "500", "262143"] {
            assert!(integer("6-262143", value), "{value}");
        }
        for value in [
            "5",
            "262144",
            "-6",
            "",
            " 6",
            "+6",
            "6.0",
            "6e1",
            "500ms",
            "99999999999999999999",
        ] {
            assert!(!integer("6-262143", value), "{value}");
        }
        assert!(integer("-1-2147483647", "-1"));
        assert!(!integer("-1-2147483647", "-2"));
    }

    #[test]
    fn a_float_stays_inside_its_range_and_is_a_number() {
        for value in ["0", "1.1", "1e-3", "1.79769e+308"] {
            assert!(float("0-1.79769e+308", value), "{value}");
        }
        for value in ["-0.1", "1.8e308", "inf", "nan", "", "+1", "1,1", "0x10"] {
            assert!(!float("0-1.79769e+308", value), "{value}");
        }
    }

    #[test]
    fn an_enumeration_counts_case_and_a_list_checks_each_element() {
        assert!(one_of("NONE,TOP,ALL", "ALL"));
        assert!(!one_of("NONE,TOP,ALL", "all"));
        assert!(!one_of("NONE,TOP,ALL", "ALL,TOP"));
        assert!(one_of("TDSv7.0, TDSv7.1, DEFAULT", "TDSv7.1"));
        assert!(each_of("pgaudit,pg_cron,pg_tle", "pg_cron,pgaudit"));
        assert!(each_of("pgaudit,pg_cron,pg_tle", "pg_cron, pgaudit"));
        assert!(!each_of("pgaudit,pg_cron,pg_tle", "pg_cron,timescaledb"));
        assert!(!each_of("pgaudit,pg_cron,pg_tle", "pg_cron,"));
        assert!(!each_of("pgaudit,pg_cron,pg_tle", ""));
    }
}
