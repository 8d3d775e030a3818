//! Durations in words: seconds go in, `4 min 40 s` comes out.

/// The duration in the two largest units that say something: `45 s`, `4 min 40 s`, `1 h 5 min`.
pub fn words(seconds: u32) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, rest) => format!("{rest} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, rest) => format!("{minutes} min {rest} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// A count with its noun: `1 restart`, `2 restarts`, `no restarts`.
pub fn count(number: u32, singular: &str) -> String {
    match number {
        0 => format!("no {singular}s"),
        1 => format!("1 {singular}"),
        number => format!("{number} {singular}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_in_its_two_largest_units() {
        let told: Vec<String> = [0, 45, 60, 280, 3600, 3900, 7265]
            .into_iter()
            .map(words)
            .collect();
        assert_eq!(
            told,
            [
                "0 s",
                "45 s",
                "1 min",
                "4 min 40 s",
                "1 h",
                "1 h 5 min",
                "2 h 1 min"
            ]
        );
    }

    #[test]
    fn a_count_agrees_with_its_noun() {
        let told: Vec<String> = [0, 1, 2].into_iter().map(|n| count(n, "restart")).collect();
        assert_eq!(told, ["no restarts", "1 restart", "2 restarts"]);
    }
}
