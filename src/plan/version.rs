//! Engine versions: which live version is only a minor upgrade ahead of the declared one.

/// Whether `live` is a later minor version of the same major as `declared`: what AWS does on its own when automatic
/// minor upgrades are on (Amazon Aurora User Guide, "Automatic minor version upgrades").
pub fn is_minor_upgrade(declared: &str, live: &str) -> bool {
    let parts = |version: &str| -> Option<Vec<u32>> {
        version.split('.').map(|part| part.parse().ok()).collect()
    };
    match (parts(declared), parts(live)) {
        (Some(declared), Some(live)) => declared.first() == live.first() && live > declared,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_later_minor_version_counts() {
        assert!(is_minor_upgrade("16.6", "16.8"));
        assert!(is_minor_upgrade("16.6", "16.10"));
        assert!(!is_minor_upgrade("16.6", "16.4"));
        assert!(!is_minor_upgrade("16.6", "17.1"));
    }
}
