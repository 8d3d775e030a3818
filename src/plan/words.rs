//! What a change is said to be: declared, or as it was before the run that a rollback takes back.

use super::rules::Facts;

impl Facts<'_> {
    /// `declared`, or `before` in a rollback.
    pub(super) fn said<'t>(&self, declared: &'t str, before: &'t str) -> &'t str {
        if self.desired.undoes.is_some() {
            before
        } else {
            declared
        }
    }
}
