//! What is planned: declarations of any number of partitions, and the simulated world in which nothing differs from them.
//!
//! Each partition is a cluster of two members with a parameter group of its own that holds exactly what is declared.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// Which parameters each group holds: what is declared, and how AWS spells it.
const PARAMETERS: [(&str, &str, &str); 7] = [
    (
        "shared_preload_libraries",
        r#"["pg_stat_statements"]"#,
        "pg_stat_statements",
    ),
    ("log_min_duration_statement", r#""500ms""#, "500"),
    ("log_statement", r#""ddl""#, "ddl"),
    ("log_lock_waits", "true", "1"),
    ("log_temp_files", "0", "0"),
    ("pg_stat_statements.track", r#""all""#, "ALL"),
    ("max_connections", "500", "500"),
];
const ACCOUNT: &str = "111111111111";
/// The access key that belongs to the account.
pub(crate) const ACCESS_KEY: &str = "AKIABENCHMARK";
/// The region of all partitions.
pub(crate) const REGION: &str = "us-east-1";
/// Parameters of source `user` in each group.
pub(crate) const PARAMETERS_PER_PARTITION: usize = PARAMETERS.len();
/// Members of each cluster.
pub(crate) const MEMBERS_PER_PARTITION: usize = 2;

/// A partition's name; its cluster and members are named after it.
pub(crate) fn partition(number: usize) -> String {
    format!("partition-{number:03}")
}

/// The group that auroractl derives from cluster and family.
pub(crate) fn group(number: usize) -> String {
    format!("{}-aurora-postgresql16", partition(number))
}

/// Writes one file for each partition, and the one that all of them extend.
pub(crate) fn declare(folder: &Path, partitions: usize) -> io::Result<()> {
    let mut shared = String::from(
        "[cluster]\nengine = \"aurora-postgresql\"\nengine_version = \"16\"\ninstance_class = \"db.r7g.large\"\n\
         apply_immediately = true\n\n[parameters]\n",
    );
    for (name, declared, _) in PARAMETERS {
        // Text in memory takes all that is written.
        let _ = writeln!(shared, "\"{name}\" = {declared}");
    }
    fs::write(folder.join("shared.toml"), shared)?;
    for number in 1..=partitions {
        let name = partition(number);
        fs::write(
            folder.join(format!("{name}.toml")),
            format!(
                "extends = \"shared.toml\"\n\n[partition]\nname = \"{name}\"\n\n\
                 [aws]\naccount = \"{ACCOUNT}\"\nregion = \"{REGION}\"\n\n\
                 [cluster]\nidentifier = \"{name}\"\n"
            ),
        )?;
    }
    Ok(())
}

/// The world as a file of the simulator.
pub(crate) fn world(partitions: usize) -> String {
    let mut world = format!(
        "clock = \"2026-05-14T23:05:00-07:00\"\n\n[[account]]\nid = \"{ACCOUNT}\"\naccess_keys = [\"{ACCESS_KEY}\"]\n"
    );
    for number in 1..=partitions {
        let (name, group) = (partition(number), group(number));
        let _ = writeln!(
            world,
            "\n[[parameter_group]]\nname = \"{group}\"\nfamily = \"aurora-postgresql16\"\n\n[parameter_group.parameters]"
        );
        for (parameter, _, stored) in PARAMETERS {
            let _ = writeln!(world, "\"{parameter}\" = \"{stored}\"");
        }
        let _ = writeln!(
            world,
            "\n[[cluster]]\nidentifier = \"{name}\"\nengine_version = \"16.6\"\nparameter_group = \"{group}\""
        );
        for member in 1..=MEMBERS_PER_PARTITION {
            let _ = writeln!(
                world,
                "\n[[cluster.member]]\nidentifier = \"{name}-{member}\"\nclass = \"db.r7g.large\""
            );
        }
    }
    world
}
