//! The unit of each parameter, and how a declared quantity (`500ms`) becomes the number that AWS stores.

/// temporary
pub fn number(_name: &str, text: &str) -> Option<f64> {
    text.trim_end_matches("ms").parse().ok()
}
/// temporary
pub fn known_names() -> impl Iterator<Item = &'static str> {
    ["max_connections"].into_iter()
}
