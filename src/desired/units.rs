//! The unit of each parameter, and how a declared quantity (`500ms`) becomes the number that AWS stores.

/// temporary
pub fn number(_name: &str, text: &str) -> Option<f64> {
    if let Some(n) = text.strip_suffix("ms") {
        n.parse().ok()
    } else if let Some(n) = text.strip_suffix("s") {
        n.parse::<f64>().ok().map(|n| n * 1000.0)
    } else {
        text.parse().ok()
    }
}
/// temporary
pub fn known_names() -> impl Iterator<Item = &'static str> {
    ["max_connections"].into_iter()
}
