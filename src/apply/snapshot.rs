//! The safeguard snapshot's identifier and tags: derived from the run, so that its existence proves what it is.

use crate::names::{PartitionName, RunId, SnapshotId};
use crate::observed::{OWNER_TAG, RUN_TAG};
use std::collections::BTreeMap;

/// The longest identifier of a cluster snapshot (RDS API Reference, CreateDBClusterSnapshot).
const LENGTH_MAX: usize = 63;

/// The identifier of a run's snapshot: `auroractl-` and the run's id, as RDS allows it: lower-case letters, digits and
/// single hyphens, none at the end, at most 63 characters. A long partition name is shortened, never the time and the
/// random digits.
pub fn snapshot_id(run: &RunId) -> SnapshotId {
    let text = single_hyphens(&format!("auroractl-{run}"));
    if text.len() <= LENGTH_MAX {
        return SnapshotId::new(text);
    }
    let (head, tail) = text.rsplit_once('-').unwrap_or((&text, ""));
    let room = LENGTH_MAX.saturating_sub(tail.len().saturating_add(1));
    let head: String = head.chars().take(room).collect();
    SnapshotId::new(single_hyphens(&format!("{head}-{tail}")))
}

/// The tags of a run's snapshot.
pub(super) fn snapshot_tags(run: &RunId, partition: &PartitionName) -> BTreeMap<String, String> {
    BTreeMap::from([
        (OWNER_TAG.to_owned(), partition.to_string()),
        (RUN_TAG.to_owned(), run.to_string()),
    ])
}

/// The tags of what a restoration makes: those of the old one, and the run's.
pub(super) fn restored_tags(
    run: &RunId,
    tags: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut tags = tags.clone();
    tags.insert(RUN_TAG.to_owned(), run.to_string());
    tags
}

fn single_hyphens(text: &str) -> String {
    let mut result = String::new();
    for character in text.to_ascii_lowercase().chars() {
        let character = if character.is_ascii_alphanumeric() {
            character
        } else {
            '-'
        };
        if character != '-' || !result.ends_with('-') {
            result.push(character);
        }
    }
    result.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_named_after_its_run() {
        let run = RunId::new("20260515-060500-prod-4f1c");
        assert_eq!(
            snapshot_id(&run).as_str(),
            "auroractl-20260515-060500-prod-4f1c"
        );
    }

    #[test]
    fn a_name_that_rds_would_refuse_is_made_acceptable() {
        let run = RunId::new("20260515-060500-Prod__EU.-4f1c");
        assert_eq!(
            snapshot_id(&run).as_str(),
            "auroractl-20260515-060500-prod-eu-4f1c"
        );
    }

    #[test]
    fn a_long_partition_name_is_shortened_and_the_random_digits_are_kept() {
        let run = RunId::new(format!("20260515-060500-{}-4f1c", "a".repeat(60)));
        let id = snapshot_id(&run);
        assert_eq!(id.as_str().len(), 63);
        assert!(id.as_str().starts_with("auroractl-20260515-060500-aaa"));
        assert!(id.as_str().ends_with("a-4f1c"));
    }
}
