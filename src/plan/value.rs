//! Stored values as people read them: a formula with the number that a class gives it.

use super::formula;
use crate::names::InstanceClass;

/// `401` for a formula that the class gives a value, the stored text otherwise, `(none)` where nothing is stored.
pub fn on_class(stored: Option<&str>, class: &InstanceClass) -> String {
    match stored {
        None => "(none)".to_owned(),
        Some(text) => match formula::evaluate(text, class) {
            Some(number) => number.to_string(),
            None => text.to_owned(),
        },
    }
}

/// The stored text, and behind a formula the numbers that the classes give it: `LEAST(…) = 401 on db.t3.medium`.
pub fn with_classes<'a>(
    stored: &str,
    classes: impl IntoIterator<Item = &'a InstanceClass>,
) -> String {
    if !formula::is_formula(stored) {
        return stored.to_owned();
    }
    let mut seen = std::collections::BTreeSet::new();
    let numbers: Vec<String> = classes
        .into_iter()
        .filter(|class| seen.insert(*class))
        .filter_map(|class| {
            formula::evaluate(stored, class).map(|number| format!("{number} on {class}"))
        })
        .collect();
    if numbers.is_empty() {
        stored.to_owned()
    } else {
        format!("{stored} = {}", numbers.join(", "))
    }
}
