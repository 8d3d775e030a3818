//! The instance classes of Aurora PostgreSQL. In: a class's name, or an engine version. Out: memory, vCPU and size of the
//! class, or the classes that can be ordered for the version.
//!
//! Sources: Aurora User Guide, "Hardware specifications for DB instance classes for Aurora" (memory, vCPU), "Supported DB
//! engines for DB instance classes" (versions), "Maximum connections to an Aurora PostgreSQL DB instance" and "Maximum
//! connections for Aurora Serverless v2" (memory left for the engine).

use std::sync::LazyLock;

use super::engine_versions::{self, EngineVersion};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The divisor of the default `max_connections`, in bytes: the only view that AWS gives of the engine's memory.
const BYTES_PER_CONNECTION: u64 = 9_531_392;

/// The class name of Serverless v2 members.
pub const SERVERLESS: &str = "db.serverless";

/// The smallest and largest maximum of a Serverless v2 cluster, in halves of a capacity unit (ServerlessV2ScalingConfiguration).
const SERVERLESS_MAXIMUM_HALVES: (u64, u64) = (2, 512);

/// An instance class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Its name, such as `db.r7g.large`.
    pub name: String,
    /// The memory of the hardware.
    pub memory_bytes: u64,
    /// `DBInstanceClassMemory`: what the operating system and the service leave to the engine. Not published; the
    /// middle of the range that yields the documented or observed `max_connections`.
    pub engine_memory_bytes: u64,
    /// `DBInstanceVCPU`.
    pub vcpu: u32,
    /// Size order: of two classes the larger rank is the larger class, equal ranks are equal in size (memory in MiB).
    pub rank: u32,
}

impl Class {
    fn new(name: String, memory_bytes: u64, engine_memory_bytes: u64, vcpu: u32) -> Self {
        let rank = u32::try_from(memory_bytes / MIB).unwrap_or(u32::MAX);
        Self {
            name,
            memory_bytes,
            engine_memory_bytes,
            vcpu,
            rank,
        }
    }
}

/// The class of a name, also of those that can no longer be ordered (`db.r4`). `db.serverless` is taken at the smallest
/// maximum, one capacity unit; [`serverless`] knows the others.
pub fn class(name: &str) -> Option<&'static Class> {
    ENTRIES
        .iter()
        .map(|entry| &entry.class)
        .find(|class| class.name == name)
}

/// The classes that can be ordered for an exact engine version, family by family, sizes ascending. None for a version
/// that the service does not offer.
pub fn orderable(engine_version: &str) -> Vec<&'static Class> {
    let Some(version) = engine_versions::version(engine_version) else {
        return Vec::new();
    };
    ENTRIES
        .iter()
        .filter(|entry| entry.since.covers(version))
        .map(|entry| &entry.class)
        .collect()
}

/// `db.serverless` with a maximum capacity in capacity units (ACU), to which its static formulas refer. Values outside
/// 1 to 256 are taken as the nearest bound.
///
/// One unit is about 2 GiB. The engine's share is fitted to the documented `max_connections` of 1, 4, 8 and 16 units
/// (189, 823, 1669, 3360); the cap of 2000 connections for a minimum of 0 or 0.5 is not a matter of memory and is left
/// to the caller. The vCPU, a quarter of a unit each, is assumed.
pub fn serverless(maximum_capacity: f64) -> Class {
    let (lowest, highest) = SERVERLESS_MAXIMUM_HALVES;
    let halves = ((maximum_capacity * 2.0).round() as u64).clamp(lowest, highest);
    let engine_memory_bytes = halves * 1_007_650_000 - 213_500_000;
    let vcpu = u32::try_from(halves.div_ceil(8)).unwrap_or(u32::MAX);
    Class::new(
        SERVERLESS.to_owned(),
        halves * GIB,
        engine_memory_bytes,
        vcpu,
    )
}

struct Entry {
    class: Class,
    since: Since,
}

/// The engine versions for which a class can be ordered.
#[derive(Clone, Copy)]
enum Since {
    /// Every version on offer.
    Always,
    /// No longer.
    Never,
    /// From these minor versions of 13, 14, 15, 16 and 17 on.
    Minors([u32; 5]),
}

impl Since {
    fn covers(self, version: &EngineVersion) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Minors(minors) => (13..)
                .zip(minors)
                .any(|(major, minor)| major == version.major && minor <= version.minor),
        }
    }
}

/// A family of memory-optimized classes, whose memory and vCPU double together.
struct Family {
    name: &'static str,
    /// Memory of the size `large`, which has two vCPU.
    large_mib: u64,
    sizes: &'static [Size],
    /// Default `max_connections` of the first sizes: below the cap of 5000 they tell the engine's memory.
    connections: &'static [u64],
    /// The engine's part of the memory of the other sizes, in thousandths. They are all beyond the cap; the part is that of
    /// the largest size that is known.
    engine_share: u64,
    since: Since,
}

/// A size's name and vCPU.
type Size = (&'static str, u32);

const SIZES: &[Size] = &[
    ("large", 2),
    ("xlarge", 4),
    ("2xlarge", 8),
    ("4xlarge", 16),
    ("8xlarge", 32),
    ("12xlarge", 48),
    ("16xlarge", 64),
];
const SIZES_TO_24: &[Size] = &[
    ("large", 2),
    ("xlarge", 4),
    ("2xlarge", 8),
    ("4xlarge", 16),
    ("8xlarge", 32),
    ("12xlarge", 48),
    ("16xlarge", 64),
    ("24xlarge", 96),
];
const SIZES_TO_32: &[Size] = &[
    ("large", 2),
    ("xlarge", 4),
    ("2xlarge", 8),
    ("4xlarge", 16),
    ("8xlarge", 32),
    ("12xlarge", 48),
    ("16xlarge", 64),
    ("24xlarge", 96),
    ("32xlarge", 128),
];
const SIZES_TO_48: &[Size] = &[
    ("large", 2),
    ("xlarge", 4),
    ("2xlarge", 8),
    ("4xlarge", 16),
    ("8xlarge", 32),
    ("12xlarge", 48),
    ("16xlarge", 64),
    ("24xlarge", 96),
    ("48xlarge", 192),
];
const R4_SIZES: &[Size] = &[
    ("large", 2),
    ("xlarge", 4),
    ("2xlarge", 8),
    ("4xlarge", 16),
    ("8xlarge", 32),
    ("16xlarge", 64),
];

// The connections of r6i and r7i are assumed to be those of r5, the ones of r7g and r8g those of r6g; the first
// versions of r7i and r8g are assumed.
const FAMILIES: &[Family] = &[
    Family {
        name: "r4",
        large_mib: 15_616,
        sizes: R4_SIZES,
        connections: &[1600, 3200],
        engine_share: 931,
        since: Since::Never,
    },
    Family {
        name: "r5",
        large_mib: 16_384,
        sizes: SIZES_TO_24,
        connections: &[1600, 3300],
        engine_share: 915,
        since: Since::Always,
    },
    Family {
        name: "r6g",
        large_mib: 16_384,
        sizes: SIZES,
        connections: &[1722, 3479],
        engine_share: 965,
        since: Since::Minors([3, 3, 2, 1, 4]),
    },
    Family {
        name: "r6i",
        large_mib: 16_384,
        sizes: SIZES_TO_32,
        connections: &[1600, 3300],
        engine_share: 915,
        since: Since::Minors([5, 3, 2, 1, 4]),
    },
    Family {
        name: "r7g",
        large_mib: 16_384,
        sizes: SIZES,
        connections: &[1722, 3479],
        engine_share: 965,
        since: Since::Minors([10, 7, 2, 1, 4]),
    },
    Family {
        name: "r7i",
        large_mib: 16_384,
        sizes: SIZES_TO_48,
        connections: &[1600, 3300],
        engine_share: 915,
        since: Since::Minors([12, 9, 4, 1, 4]),
    },
    Family {
        name: "r8g",
        large_mib: 16_384,
        sizes: SIZES_TO_48,
        connections: &[1722, 3479],
        engine_share: 965,
        since: Since::Minors([15, 12, 7, 3, 4]),
    },
    Family {
        name: "x2g",
        large_mib: 32_768,
        sizes: SIZES,
        connections: &[3479],
        engine_share: 965,
        since: Since::Minors([3, 3, 2, 1, 4]),
    },
];

/// The burstable classes that Aurora PostgreSQL takes: name, GiB, default `max_connections`; two vCPU each.
/// `db.t3.medium` is as observed on Aurora PostgreSQL 16.6 in us-east-1; the guide said 420 in 2023.
const BURSTABLE: &[(&str, u64, u64)] = &[
    ("db.t3.medium", 4, 401),
    ("db.t3.large", 8, 844),
    ("db.t4g.medium", 4, 405),
    ("db.t4g.large", 8, 844),
];

const BURSTABLE_SINCE: Since = Since::Minors([3, 3, 2, 1, 4]);
const SERVERLESS_SINCE: Since = Since::Minors([6, 3, 2, 1, 4]);

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut entries = vec![Entry {
        class: serverless(1.0),
        since: SERVERLESS_SINCE,
    }];
    entries.extend(BURSTABLE.iter().map(|&(name, gib, connections)| Entry {
        class: Class::new(name.to_owned(), gib * GIB, memory_for(connections), 2),
        since: BURSTABLE_SINCE,
    }));
    for family in FAMILIES {
        entries.extend(
            family
                .sizes
                .iter()
                .enumerate()
                .map(|(index, &(size, vcpu))| {
                    let memory_bytes = family.large_mib * MIB * u64::from(vcpu) / 2;
                    let engine_memory_bytes = family.connections.get(index).map_or_else(
                        || memory_bytes / 1000 * family.engine_share,
                        |&connections| memory_for(connections),
                    );
                    let name = format!("db.{}.{size}", family.name);
                    Entry {
                        class: Class::new(name, memory_bytes, engine_memory_bytes, vcpu),
                        since: family.since,
                    }
                }),
        );
    }
    entries
});

/// The middle of the memory range that yields a default `max_connections`.
fn memory_for(connections: u64) -> u64 {
    connections * BYTES_PER_CONNECTION + BYTES_PER_CONNECTION / 2
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const GIB_F: f64 = 1_073_741_824.0;

    fn names(engine_version: &str) -> Vec<&'static str> {
        orderable(engine_version)
            .into_iter()
            .map(|class| class.name.as_str())
            .collect()
    }

    #[test]
    fn a_class_has_the_memory_and_vcpu_of_the_guide() {
        let table = [
            ("db.t3.medium", 4.0, 2),
            ("db.t4g.large", 8.0, 2),
            ("db.r4.large", 15.25, 2),
            ("db.r4.xlarge", 30.5, 4),
            ("db.r5.large", 16.0, 2),
            ("db.r5.24xlarge", 768.0, 96),
            ("db.r6i.32xlarge", 1024.0, 128),
            ("db.r7g.large", 16.0, 2),
            ("db.r8g.48xlarge", 1536.0, 192),
            ("db.x2g.large", 32.0, 2),
            ("db.x2g.16xlarge", 1024.0, 64),
        ];
        for (name, gib, vcpu) in table {
            let class = class(name).unwrap();
            assert_eq!(
                (class.memory_bytes as f64 / GIB_F, class.vcpu),
                (gib, vcpu),
                "{name}"
            );
        }
    }

    #[test]
    fn the_engine_is_left_less_than_the_whole_memory() {
        for entry in ENTRIES.iter() {
            let Class {
                name,
                memory_bytes,
                engine_memory_bytes,
                ..
            } = &entry.class;
            let share = *engine_memory_bytes as f64 / *memory_bytes as f64;
            assert!((0.83..0.97).contains(&share), "{name} {share}");
        }
    }

    #[test]
    fn rank_follows_size_and_equal_sizes_are_equal() {
        let rank = |name: &str| class(name).unwrap().rank;
        assert!(rank("db.t3.medium") < rank("db.t3.large"));
        assert!(rank("db.t3.large") < rank("db.r7g.large"));
        assert!(rank("db.r7g.large") < rank("db.r7g.xlarge"));
        assert!(rank("db.r7g.8xlarge") < rank("db.r7g.12xlarge"));
        assert_eq!(rank("db.r5.large"), rank("db.r7g.large"));
        assert!(serverless(16.0).rank > rank("db.r7g.large"));
    }

    #[test]
    fn a_serverless_member_has_the_documented_connections_of_its_maximum() {
        let connections = |maximum: f64| {
            (serverless(maximum).engine_memory_bytes / BYTES_PER_CONNECTION).min(5000)
        };
        let table = [
            (1.0, 189),
            (4.0, 823),
            (8.0, 1669),
            (16.0, 3360),
            (32.0, 5000),
            (128.0, 5000),
        ];
        for (maximum, expected) in table {
            assert_eq!(connections(maximum), expected, "{maximum}");
        }
        assert_eq!(serverless(f64::NAN), serverless(1.0));
        assert_eq!(serverless(-3.0), serverless(1.0));
        assert_eq!(serverless(f64::INFINITY), serverless(256.0));
        assert_eq!(class(SERVERLESS), Some(&serverless(1.0)));
    }

    #[test]
    fn newer_families_need_newer_versions() {
        assert!(names("13.9").contains(&"db.r6g.large"));
        assert!(!names("13.9").contains(&"db.r7g.large"));
        assert!(names("13.10").contains(&"db.r7g.large"));
        assert!(!names("15.6").contains(&"db.r8g.large"));
        assert!(names("15.7").contains(&"db.r8g.large"));
        assert!(names("16.6").contains(&"db.serverless"));
        assert!(names("13.9").contains(&"db.r5.large"));
        assert!(!names("16.6").contains(&"db.r4.large"));
        assert_eq!(names("16.99"), Vec::<&str>::new());
        assert_eq!(names("16"), Vec::<&str>::new());
    }

    #[test]
    fn every_class_name_is_there_once() {
        let mut names: Vec<&str> = ENTRIES
            .iter()
            .map(|entry| entry.class.name.as_str())
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert_eq!(class("db.r7g.micro"), None);
        assert_eq!(class("DB.R7G.LARGE"), None);
    }
}
