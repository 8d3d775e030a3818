//! Names of parameters, to find the one that was meant when a declared name is not known.

/// Every known cluster parameter of Aurora PostgreSQL 14 to 17, by name.
pub fn known() -> impl Iterator<Item = &'static str> {
    include_str!("parameter_names.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_order_and_once() {
        let names: Vec<&str> = known().collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
        assert!(names.contains(&"max_connections"));
    }
}
