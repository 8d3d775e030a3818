//! Advice that stands beside its cause: the `Hint` trait, and the nearest valid name for a mistyped one.
//!
//! Goes in: an error or a misspelt name. Comes out: steps that the reader can type.

/// An error that knows what its reader can do next.
pub trait Hint {
    /// The steps, most useful first; empty where there is nothing to add.
    fn hints(&self) -> Vec<String>;
}

/// The candidate nearest to `given`, if one is near enough to be what was meant.
pub fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lowered = given.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let likeness = strsim::jaro_winkler(&lowered, &candidate.to_lowercase());
            (likeness, candidate)
        })
        // Below this the suggestion is noise: `x` for `max_connections` helps nobody.
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_finds_its_neighbour() {
        let names = ["instance_class", "engine_version", "identifier"];
        assert_eq!(nearest("instance_clas", names), Some("instance_class"));
        assert_eq!(nearest("zzz", names), None);
    }
}
