//! The engine versions of Aurora PostgreSQL that the service offers. In: a version. Out: its parameter group family and
//! the versions that it can be upgraded to.
//!
//! Sources: Aurora User Guide, "Getting a list of available versions in your AWS Region" (upgrade targets; the rule below
//! gives the documented rows of 16.6, 16.8, 16.9 and 17.5); release notes for Aurora PostgreSQL (which versions exist).

use std::sync::LazyLock;

/// The `Engine` of every version here.
pub const ENGINE: &str = "aurora-postgresql";

/// The versions that came out together, oldest round first. An upgrade never leads back to an older round: that is what
/// keeps a fixed bug fixed, and why 16.9 can become 17.5 but not 17.4.
const ROUNDS: [&[&str]; 12] = [
    &["13.9", "14.6"],
    &["13.10", "14.7", "15.2"],
    &["13.11", "14.8", "15.3"],
    &["13.12", "14.9", "15.4"],
    &["13.13", "14.10", "15.5", "16.1"],
    &["13.14", "14.11", "15.6", "16.2"],
    &["13.15", "14.12", "15.7", "16.3"],
    &["13.16", "14.13", "15.8", "16.4"],
    &["13.18", "14.15", "15.10", "16.6"],
    &["13.20", "14.17", "15.12", "16.8", "17.4"],
    &["13.21", "14.18", "15.13", "16.9", "17.5"],
    &["13.22", "14.19", "15.14", "16.10", "17.6"],
];

/// The round whose versions a major version alone stands for. Which minor version is the default changes over time and
/// by region; this one is assumed.
const DEFAULT_ROUND: usize = 9;

/// The first round whose versions can pause a Serverless v2 member (13.15, 14.12, 15.7, 16.3; Aurora User Guide, "Scaling
/// to Zero ACUs with automatic pause and resume").
const AUTO_PAUSE_ROUND: usize = 6;

/// One engine version (RDS API Reference, `DBEngineVersion`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineVersion {
    /// The version, such as `16.6`.
    pub version: &'static str,
    /// The parameter group family, such as `aurora-postgresql16`.
    pub family: &'static str,
    /// The major version: 16 of `16.6`.
    pub major: u32,
    /// The minor version: 6 of `16.6`.
    pub minor: u32,
    /// Whether it is what the major version alone stands for when something is created.
    pub is_default: bool,
    /// Whether a Serverless v2 cluster of it may have a minimum of 0 capacity units.
    pub supports_auto_pause: bool,
    /// The versions that it can be upgraded to, oldest first.
    pub valid_upgrade_targets: Vec<UpgradeTarget>,
}

impl EngineVersion {
    /// The API's `DBEngineVersionDescription`.
    pub fn description(&self) -> String {
        format!(
            "Aurora PostgreSQL (compatible with PostgreSQL {})",
            self.version
        )
    }
}

/// One version that another can be upgraded to (RDS API Reference, `UpgradeTarget`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpgradeTarget {
    /// The version to upgrade to.
    pub version: &'static str,
    /// Whether it is of another major version, for which `AllowMajorVersionUpgrade` is needed.
    pub is_major: bool,
    /// Whether automatic minor version upgrades lead to it.
    pub is_automatic: bool,
}

static VERSIONS: LazyLock<Vec<EngineVersion>> = LazyLock::new(|| {
    let mut released: Vec<Released> = ROUNDS
        .iter()
        .enumerate()
        .flat_map(|(round, versions)| {
            versions
                .iter()
                .filter_map(move |version| Released::read(version, round))
        })
        .collect();
    released.sort_unstable();
    released
        .iter()
        .filter_map(|this| {
            Some(EngineVersion {
                version: this.version,
                family: family(this.major)?,
                major: this.major,
                minor: this.minor,
                is_default: this.round == DEFAULT_ROUND,
                supports_auto_pause: this.round >= AUTO_PAUSE_ROUND,
                valid_upgrade_targets: released
                    .iter()
                    .filter_map(|other| this.upgrade_to(other))
                    .collect(),
            })
        })
        .collect()
});

/// All versions on offer, oldest first: by major version, then by minor version.
pub fn versions() -> &'static [EngineVersion] {
    &VERSIONS
}

/// The version of exactly this name.
pub fn version(version: &str) -> Option<&'static EngineVersion> {
    VERSIONS
        .iter()
        .find(|candidate| candidate.version == version)
}

/// The version that a request means: one of exactly this name, or the default of a major version (`16`).
pub fn resolve(requested: &str) -> Option<&'static EngineVersion> {
    version(requested).or_else(|| {
        let major: u32 = requested.parse().ok()?;
        VERSIONS
            .iter()
            .find(|candidate| candidate.major == major && candidate.is_default)
    })
}

fn family(major: u32) -> Option<&'static str> {
    match major {
        13 => Some("aurora-postgresql13"),
        14 => Some("aurora-postgresql14"),
        15 => Some("aurora-postgresql15"),
        16 => Some("aurora-postgresql16"),
        17 => Some("aurora-postgresql17"),
        _ => None,
    }
}

/// A version and the round in which it came out; ordered by number.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Released {
    major: u32,
    minor: u32,
    round: usize,
    version: &'static str,
}

impl Released {
    fn read(version: &'static str, round: usize) -> Option<Self> {
        let (major, minor) = version.split_once('.')?;
        Some(Self {
            major: major.parse().ok()?,
            minor: minor.parse().ok()?,
            round,
            version,
        })
    }

    fn upgrade_to(&self, other: &Self) -> Option<UpgradeTarget> {
        let newer_minor = other.major == self.major && other.minor > self.minor;
        let newer_major = other.major > self.major && other.round >= self.round;
        (newer_minor || newer_major).then_some(UpgradeTarget {
            version: other.version,
            is_major: newer_major,
            is_automatic: newer_minor && other.round == DEFAULT_ROUND,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn targets(from: &str) -> Vec<&'static str> {
        version(from)
            .unwrap()
            .valid_upgrade_targets
            .iter()
            .map(|target| target.version)
            .collect()
    }

    #[test]
    fn every_listed_version_is_offered_in_order_of_number() {
        let listed: usize = ROUNDS.iter().map(|round| round.len()).sum();
        assert_eq!(versions().len(), listed);
        let numbers: Vec<(u32, u32)> = versions()
            .iter()
            .map(|version| (version.major, version.minor))
            .collect();
        assert!(numbers.is_sorted());
        assert_eq!(numbers.first(), Some(&(13, 9)));
        assert_eq!(numbers.last(), Some(&(17, 6)));
    }

    #[test]
    fn upgrade_targets_are_the_documented_ones() {
        assert_eq!(
            targets("16.6"),
            ["16.8", "16.9", "16.10", "17.4", "17.5", "17.6"]
        );
        assert_eq!(targets("16.8"), ["16.9", "16.10", "17.4", "17.5", "17.6"]);
        assert_eq!(targets("16.9"), ["16.10", "17.5", "17.6"]);
        assert_eq!(targets("17.5"), ["17.6"]);
        assert_eq!(targets("17.6"), Vec::<&str>::new());
    }

    #[test]
    fn a_target_of_another_major_version_says_so() {
        let target = |to: &str| {
            let from = version("15.7").unwrap();
            from.valid_upgrade_targets
                .iter()
                .find(|target| target.version == to)
                .copied()
        };
        assert_eq!(
            target("15.12"),
            Some(UpgradeTarget {
                version: "15.12",
                is_major: false,
                is_automatic: true
            })
        );
        assert_eq!(
            target("16.4"),
            Some(UpgradeTarget {
                version: "16.4",
                is_major: true,
                is_automatic: false
            })
        );
        assert_eq!(target("16.2"), None);
        assert_eq!(target("15.6"), None);
    }

    #[test]
    fn a_major_version_alone_is_its_default() {
        assert_eq!(resolve("16").map(|version| version.version), Some("16.8"));
        assert_eq!(resolve("16.6").map(|version| version.version), Some("16.6"));
        assert_eq!(resolve("16.5"), None);
        assert_eq!(resolve("12"), None);
        for major in 13..=17 {
            let defaults = versions()
                .iter()
                .filter(|version| version.major == major && version.is_default);
            assert_eq!(defaults.count(), 1, "{major}");
        }
    }

    #[test]
    fn a_version_knows_its_family_and_description() {
        let version = version("16.6").unwrap();
        assert_eq!(version.family, "aurora-postgresql16");
        assert_eq!(
            version.description(),
            "Aurora PostgreSQL (compatible with PostgreSQL 16.6)"
        );
    }

    #[test]
    fn auto_pause_begins_with_its_documented_versions() {
        let first = |major: u32| {
            versions()
                .iter()
                .find(|version| version.major == major && version.supports_auto_pause)
                .map(|version| version.version)
        };
        assert_eq!(
            [13, 14, 15, 16].map(first),
            [Some("13.15"), Some("14.12"), Some("15.7"), Some("16.3")]
        );
    }
}
