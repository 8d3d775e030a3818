//! Worlds that nobody thought of: any number of members, any classes and tiers, any state that an earlier hand left, under
//! any of the declarations of `environments/`.
//!
//! Goes in: a seed. Comes out: a world file, the declaration, and what is allowed. Used by the tests and by
//! `examples/schedules`.

use auroractl::desired::Desired;
use auroractl::names::PartitionName;
use auroractl::plan::Options;
use fastrand::Rng;
use std::fmt::Write as _;
use std::path::Path;

/// Classes that Aurora PostgreSQL 16 offers, of several families and sizes.
const CLASSES: [&str; 10] = [
    "db.t3.medium",
    "db.t3.large",
    "db.t4g.medium",
    "db.t4g.large",
    "db.r5.large",
    "db.r6g.large",
    "db.r6g.xlarge",
    "db.r7g.large",
    "db.r7g.2xlarge",
    "db.serverless",
];

/// A world, and what is to be done in it.
pub(crate) struct RandomWorld {
    /// The text of a world file.
    pub(crate) world: String,
    /// The declaration.
    pub(crate) desired: Desired,
    /// What is allowed.
    pub(crate) options: Options,
}

/// The world of a seed.
pub(crate) fn random_world(seed: u64) -> RandomWorld {
    let mut rng = Rng::with_seed(seed);
    let name = rng.choice(["dev", "stage", "demo", "prod"]).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("environments");
    let mut desired = auroractl::config::load(&folder, &[PartitionName::new(name)])
        .unwrap_or_else(|_| panic!("{name} is not declared"))
        .pop()
        .unwrap();
    // A cluster that has nobody to take over is away for longer than prod's budget allows.
    desired.writer_interruption_seconds_max = None;
    let world = world(&mut rng, &desired);
    let options = Options {
        activate: rng.u32(0..4) == 0,
        allow_downtime: true,
        adopt: true,
        take_ownership: true,
        accept_maintenance_flush: true,
        allow_smaller_writer: true,
    };
    RandomWorld {
        world,
        desired,
        options,
    }
}

fn world(rng: &mut Rng, desired: &Desired) -> String {
    let cluster = desired.cluster.identifier.as_str();
    let account = &desired.aws.account;
    let clock = rng
        .choice([
            "2026-05-14T23:05:00-07:00",
            "2026-05-15T01:10:00-07:00",
            "2026-05-12T10:00:00-07:00",
            "2026-05-16T20:30:00-07:00",
        ])
        .unwrap();
    let mut text = format!(
        "seed = {}\nclock = \"{clock}\"\n\n[[account]]\nid = \"{account}\"\n\n",
        rng.u32(..)
    );
    let group = group(rng, desired, &mut text);
    let own_group = rng.u32(0..4) == 0;
    if own_group {
        text.push_str(
            "[[parameter_group]]\nname = \"instances-own\"\nfamily = \"aurora-postgresql16\"\nkind = \"instance\"\n\n",
        );
    }
    let _ = write!(
        text,
        "[[cluster]]\nidentifier = \"{cluster}\"\nengine_version = \"16.{}\"\nserverless_capacity = [0.5, {}]\n",
        rng.choice([4, 6, 8]).unwrap(),
        rng.choice([2, 16, 64]).unwrap()
    );
    if let Some(group) = &group {
        let _ = writeln!(text, "parameter_group = \"{group}\"");
    }
    let window = rng
        .choice([
            "sun:09:40-sun:10:10",
            "fri:06:00-fri:06:30",
            "wed:11:00-wed:11:30",
        ])
        .unwrap();
    let _ = writeln!(text, "maintenance_window = \"{window}\"");
    match rng.u32(0..3) {
        0 => {}
        1 => text.push_str("performance_insights = true\nperformance_insights_retention_days = 31\n"),
        _ => text.push_str(
            "database_insights = \"advanced\"\nperformance_insights = true\nperformance_insights_retention_days = 465\n",
        ),
    }
    if rng.u32(0..5) == 0 {
        text.push_str("tags = { \"aws:cloudformation:stack-name\" = \"a-stack\" }\n");
    }
    let members = rng.usize(1..=6);
    let writer = rng.usize(0..members);
    let usual = rng.choice(CLASSES).unwrap();
    for index in 0..members {
        let class = if rng.bool() {
            usual
        } else {
            rng.choice(CLASSES).unwrap()
        };
        let _ = write!(
            text,
            "\n[[cluster.member]]\nidentifier = \"{}\"\nclass = \"{class}\"\nwriter = {}\npromotion_tier = {}\n",
            member_name(rng, index),
            index == writer,
            rng.u32(0..=15)
        );
        let inherited = desired.cluster.instance_class.as_ref();
        if let Some(declared) = inherited
            && rng.u32(0..3) == 0
            && declared.as_str() != class
        {
            let _ = writeln!(text, "pending_class = \"{declared}\"");
        }
        // Somebody stored values and never restarted the member.
        if group.is_some() && rng.u32(0..3) == 0 {
            text.push_str("parameter_group_status = \"pending-reboot\"\n");
        }
        if own_group && rng.bool() {
            text.push_str("parameter_group = \"instances-own\"\n");
        }
    }
    text
}

/// Names say nothing of roles: some say the opposite.
fn member_name(rng: &mut Rng, index: usize) -> String {
    let word = rng.choice(["writer", "reader", "node", "a", "z"]).unwrap();
    format!("{word}-{index}")
}

/// The group that is attached, written before the cluster; none for the default one.
fn group(rng: &mut Rng, desired: &Desired, text: &mut String) -> Option<String> {
    let derived = desired.cluster.group();
    let (name, tagged) = match rng.u32(0..4) {
        0 | 1 => return None,
        2 => (derived.to_string(), true),
        _ => ("somebody-elses".to_owned(), false),
    };
    let _ = write!(
        text,
        "[[parameter_group]]\nname = \"{name}\"\nfamily = \"aurora-postgresql16\"\n"
    );
    if tagged {
        let _ = writeln!(
            text,
            "tags = {{ \"auroractl:partition\" = \"{}\" }}",
            desired.partition
        );
    }
    text.push_str("\n[parameter_group.parameters]\n");
    for (parameter, values) in [
        ("log_statement", ["ddl", "all"]),
        (
            "shared_preload_libraries",
            ["pg_stat_statements", "pg_cron"],
        ),
        ("log_min_duration_statement", ["500", "1000"]),
        ("max_connections", ["500", "300"]),
        ("work_mem", ["8192", "16384"]),
    ] {
        if rng.bool() {
            let _ = writeln!(text, "{parameter} = \"{}\"", rng.choice(values).unwrap());
        }
    }
    text.push('\n');
    Some(name)
}
