//! Lists that AWS hands out in pages.

use super::error::Error;

/// No list of an account and region is longer: pages hold up to 100 items, and AWS's quotas stay far below this.
const PAGES_MAX: usize = 1000;

/// Asks for page after page until AWS names no next one. `page` takes the marker of the page to ask for, and gives its
/// items and the marker of the next.
pub(super) async fn all<T>(
    operation: &'static str,
    resource: &str,
    mut page: impl AsyncFnMut(Option<String>) -> Result<(Vec<T>, Option<String>), Error>,
) -> Result<Vec<T>, Error> {
    let mut items = Vec::new();
    let mut marker: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let (more, next) = page(marker.clone()).await?;
        items.extend(more);
        match next.filter(|next| !next.is_empty()) {
            None => return Ok(items),
            // A list that leads back to itself would be read for ever.
            Some(next) if marker.as_ref() == Some(&next) => {
                return Err(Error::unreadable(
                    operation,
                    resource,
                    "the list names the same next page twice",
                ));
            }
            next => marker = next,
        }
    }
    // So would one that leads back over several pages, or always further.
    Err(Error::unreadable(
        operation,
        resource,
        format!("the list goes on after {PAGES_MAX} pages"),
    ))
}
