//! Random requests: random actions, parameters, values and times. Nothing panics, every answer has a shape, and the world
//! stays whole. `SIMULATOR_FUZZ_SEEDS=1000` tries more seeds than usual.

#![allow(clippy::print_stdout)]

use crate::sim::random::Draws;
use crate::sim::respond::operations;
use crate::sim::{Options, Simulator};

use super::support::{STEADY, World, pass};

const REQUESTS: usize = 400;
const SEEDS: u64 = 8;

/// Values that fit nowhere, or only by chance.
const STRANGE: [&str; 16] = [
    "",
    " ",
    "-1",
    "0",
    "1",
    "100",
    "99999999999999999999",
    "NaN",
    "true",
    "maybe",
    "nobody",
    "a--b",
    "ä%00\u{1}<&>\"",
    "arn:aws:rds:us-east-1:123456789012:cluster:orders",
    "arn:::::",
    "2026-05-15T06:00:00Z",
];

/// What stands below a list's or structure's name.
const WITHIN: [&str; 6] = [
    ".member.1",
    ".Parameter.1.ParameterName",
    ".Parameter.1.ParameterValue",
    ".Parameter.1.ApplyMethod",
    ".MinCapacity",
    ".MaxCapacity",
];

/// Values that fit a parameter, by a part of its name; the first that is found counts.
const FITTING: [(&str, &[&str]); 40] = [
    ("BlueGreenDeploymentIdentifier", &["bgd-none"]),
    ("DeploymentName", &["seventeen"]),
    ("Port", &["5432", "5433"]),
    (
        "Window",
        &["sun:07:00-sun:08:00", "fri:06:00-fri:08:00", "05:00-05:30"],
    ),
    ("Capacity", &["1"]),
    ("StorageType", &["aurora", "aurora-iopt1"]),
    ("NewDBClusterIdentifier", &["renamed", "b", "orders"]),
    ("NewDBInstanceIdentifier", &["orders-9", "orders-1"]),
    (
        "SourceDBClusterParameterGroupIdentifier",
        &["tuned", "blue"],
    ),
    ("ParameterGroupIdentifier", &["copied", "blue"]),
    ("TargetDBClusterSnapshot", &["copy", "s"]),
    ("Snapshot", &["s", "copy", "last"]),
    ("EndpointIdentifier", &["e", "f"]),
    (
        "InstanceIdentifier",
        &["orders-1", "orders-2", "new-1", "Orders-2"],
    ),
    (
        "ClusterIdentifier",
        &["orders", "orders", "b", "Orders", "renamed"],
    ),
    (
        "ClusterParameterGroupName",
        &["tuned", "blue", "default.aurora-postgresql16", "green"],
    ),
    (
        "ParameterGroupName",
        &["own", "default.aurora-postgresql16"],
    ),
    ("Family", &["aurora-postgresql16", "aurora-postgresql17"]),
    ("SubnetGroupName", &["net", "default"]),
    ("EngineVersion", &["16.6", "16.8", "17.4"]),
    ("EngineMode", &["provisioned"]),
    ("Engine", &["aurora-postgresql"]),
    (
        "InstanceClass",
        &["db.t3.medium", "db.r6g.large", "db.serverless"],
    ),
    ("MasterUsername", &["owner"]),
    ("Password", &["secret-word"]),
    ("EndpointType", &["READER", "ANY"]),
    ("RoleArn", &["arn:aws:iam::1:role/r"]),
    ("FeatureName", &["s3Export", "Lambda"]),
    ("InsightsMode", &["standard", "advanced"]),
    ("RetentionPeriod", &["7", "31", "465"]),
    ("AttributeName", &["restore"]),
    ("RestoreType", &["copy-on-write", "full-copy"]),
    (
        "ResourceIdentifier",
        &[
            "arn:aws:rds:us-east-1:123456789012:cluster:orders",
            "arn:aws:rds:us-east-1:123456789012:db:orders-2",
        ],
    ),
    (
        "ResourceName",
        &["arn:aws:rds:us-east-1:123456789012:cluster:orders"],
    ),
    (
        "Source",
        &["arn:aws:rds:us-east-1:123456789012:cluster:orders", "user"],
    ),
    ("ApplyAction", &["system-update", "os-upgrade"]),
    (
        "OptInType",
        &["immediate", "next-maintenance", "undo-opt-in"],
    ),
    ("Interval", &["0", "60"]),
    ("Name", &["green-1"]),
    ("Description", &["d"]),
];

/// Parameters that whatever creates something asks for.
const NEEDED: [&str; 17] = [
    "Identifier",
    "GroupName",
    "DeploymentName",
    "Engine",
    "MasterUser",
    "InstanceClass",
    "Family",
    "Description",
    "EndpointType",
    "RoleArn",
    "FeatureName",
    "ApplyAction",
    "OptInType",
    "Source",
    "UseLatest",
    "Parameters",
    "SubnetIds",
];

/// Whole entries of lists, and structures.
#[allow(clippy::type_complexity)]
const LISTS: [(&str, &[&[(&str, &str)]]); 6] = [
    (
        "Parameters",
        &[
            &[
                ("Parameter.1.ParameterName", "work_mem"),
                ("Parameter.1.ParameterValue", "8192"),
                ("Parameter.1.ApplyMethod", "immediate"),
            ],
            &[
                ("Parameter.1.ParameterName", "max_connections"),
                ("Parameter.1.ParameterValue", "600"),
                ("Parameter.1.ApplyMethod", "pending-reboot"),
            ],
            &[
                ("Parameter.1.ParameterName", "port"),
                ("Parameter.1.ParameterValue", "1"),
                ("Parameter.1.ApplyMethod", "immediate"),
            ],
        ],
    ),
    (
        "Tags",
        &[
            &[("Tag.1.Key", "k"), ("Tag.1.Value", "v")],
            &[("Tag.1.Key", "aws:k")],
        ],
    ),
    ("SubnetIds", &[&[("member.1", "a"), ("member.2", "b")]]),
    (
        "StaticMembers",
        &[&[("member.1", "orders-2")], &[("member.1", "")]],
    ),
    (
        "ServerlessV2ScalingConfiguration",
        &[
            &[("MinCapacity", "0.5"), ("MaxCapacity", "8")],
            &[("MinCapacity", "9"), ("MaxCapacity", "8")],
        ],
    ),
    (
        "ValuesToAdd",
        &[&[("member.1", "111111111111")], &[("member.1", "all")]],
    ),
];

/// Parameters that are left out more often than not.
const SELDOM: [&str; 8] = [
    "Filters",
    "MaxRecords",
    "Marker",
    "Members",
    "Tags",
    "EngineMode",
    "ForceFailover",
    "AvailabilityZone",
];

/// Groups for deployments, and maintenance, beside the usual world.
const MORE: &str = r#"
[[parameter_group]]
name = "blue"
family = "aurora-postgresql16"
parameters = { "rds.logical_replication" = 1 }

[[parameter_group]]
name = "green"
family = "aurora-postgresql17"
parameters = { "rds.logical_replication" = 1 }

[[parameter_group]]
name = "own"
kind = "instance"
family = "aurora-postgresql16"

[[maintenance]]
cluster = "orders"
action = "system-update"

[[maintenance]]
instance = "orders-2"
action = "os-upgrade"
auto_applied_after = "2026-05-16T00:00:00Z"
"#;

struct Dice {
    draws: Draws,
    seed: u64,
}

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        (self.draws.unit(self.seed, "fuzz", "requests") * count as f64) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A request with about as many parameters as usual, most of which the action knows.
    fn request(&mut self) -> String {
        let known: Vec<(&str, &[&str])> = operations().collect();
        let (action, accepts) = self.pick(&known);
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", action);
        let creates = !action.starts_with("Modify");
        for name in accepts {
            let fitting = FITTING.iter().find(|(part, _)| name.contains(part));
            let needed = accepts.first() == Some(name)
                || (creates && NEEDED.iter().any(|part| name.contains(part)));
            let given = if needed {
                self.below(20) > 0
            } else if SELDOM.iter().any(|part| name.contains(part)) {
                self.below(12) == 0
            } else {
                self.below(accepts.len().min(6)) == 0
            };
            if !given {
                continue;
            }
            if let Some((_, entries)) = LISTS.iter().find(|(list, _)| list == name) {
                for (within, value) in self.pick(entries) {
                    form.append_pair(&format!("{name}.{within}"), value);
                }
                continue;
            }
            let strange = self.below(30) == 0;
            let value = match fitting {
                Some((_, values)) if !strange => self.pick(values),
                None if !strange => self.pick(&["true", "false"]),
                _ => self.pick(&STRANGE),
            };
            let within = if strange { self.pick(&WITHIN) } else { "" };
            form.append_pair(&format!("{name}{within}"), value);
        }
        if self.below(20) == 0 {
            form.append_pair(self.pick(&STRANGE), self.pick(&STRANGE));
        }
        form.finish()
    }
}

/// What must hold of every world.
fn whole(world: &World, what: &str) {
    let state = world.simulator.state();
    for place in state.world.places.values() {
        for (key, cluster) in place.clusters.iter() {
            assert_eq!(*key, cluster.identifier, "{what}");
            assert_eq!(*key, key.to_ascii_lowercase(), "{what}");
            let members: Vec<_> = place.members(cluster).collect();
            assert_eq!(
                members.len(),
                cluster.members.len(),
                "{what}: a member of {key} is missing"
            );
            let writers = members.iter().filter(|member| member.writer).count();
            assert!(writers <= 1, "{what}: {key} has {writers} writers");
            let group = place.group(crate::sim::groups::Kind::Cluster, &cluster.parameter_group);
            assert!(group.is_some(), "{what}: the group of {key} is gone");
            let with_group = place.clusters_with_group(&cluster.parameter_group);
            assert!(with_group.contains(key), "{what}: {key} is not found");
        }
        for (key, instance) in place.instances.iter() {
            assert_eq!(*key, instance.identifier, "{what}");
            let owner = &place.clusters[&instance.cluster];
            assert!(owner.members.contains(key), "{what}: {key} is no member");
        }
        for endpoint in place.endpoints.values() {
            assert!(place.clusters.contains_key(&endpoint.cluster), "{what}");
            let mut found = place.endpoints_of(&endpoint.cluster);
            assert!(found.any(|found| found == endpoint), "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn random_requests_never_panic_or_break_the_world() {
    let replicating = STEADY.replace(
        "identifier = \"orders\"\n",
        "identifier = \"orders\"\nparameter_group = \"blue\"\n",
    );
    let text = format!("{replicating}{MORE}");
    let seeds = std::env::var("SIMULATOR_FUZZ_SEEDS").ok();
    let seeds = seeds.and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    let mut accepted = std::collections::BTreeMap::new();
    for seed in 1..=seeds {
        println!("seed {seed}");
        let mut world = World::new(&text);
        let mut dice = Dice {
            draws: Draws::default(),
            seed,
        };
        for number in 0..REQUESTS {
            let deployment = {
                let state = world.simulator.state();
                let mut places = state.world.places.values();
                places.find_map(|place| place.deployments.keys().next().cloned())
            };
            let request = dice.request();
            let request = request.replace("bgd-none", deployment.as_deref().unwrap_or("bgd-none"));
            let answer = world.raw(&request).await;
            let status = answer.rsplit(' ').next().unwrap();
            assert!(
                ["200", "400", "403", "404"].contains(&status),
                "{request}: {answer}"
            );
            if status == "200" {
                let action = request.split(['=', '&']).nth(1).unwrap().to_owned();
                *accepted.entry(action).or_insert(0_usize) += 1;
            }
            if dice.below(4) == 0 {
                pass([1, 20, 60, 400, 4000][dice.below(5)]).await;
            }
            whole(&world, &format!("seed {seed}, request {number}: {request}"));
            if number % 100 == 99 {
                let saved = world.simulator.save();
                let again = Simulator::from_saved(&saved, Options { speed: 1.0 }).unwrap();
                assert_eq!(again.save(), saved, "seed {seed}, request {number}");
                world = World::of(again);
            }
        }
    }
    // If nearly all were refused, nothing would have been tried.
    println!("accepted: {accepted:?}");
    let all: usize = accepted.values().sum();
    assert!(
        accepted.len() > 50 && all > 600,
        "{all} accepted: {accepted:?}"
    );
}

/// A body that may be no form at all: any bytes, any sizes, anything twice.
fn body(dice: &mut Dice) -> Vec<u8> {
    let bytes = |dice: &mut Dice, most: usize| -> Vec<u8> {
        let length = dice.below(most + 1);
        (0..length).map(|_| dice.below(256) as u8).collect()
    };
    let mut body = match dice.below(10) {
        0 => Vec::new(),
        1 => format!("Version={}&", dice.pick(&STRANGE)).into_bytes(),
        2 => b"Version=2011-06-15&".to_vec(),
        _ => b"Version=2014-10-31&".to_vec(),
    };
    match dice.below(7) {
        0 => body.extend(bytes(dice, 400)),
        1 => body.extend(format!("{}&{}", dice.request(), dice.request()).bytes()),
        2 => {
            // A valid request with a few bytes of it changed.
            let mut request = dice.request().into_bytes();
            for _ in 0..=dice.below(6) {
                let position = dice.below(request.len());
                request[position] = dice.below(256) as u8;
            }
            body.extend(request);
        }
        3 => {
            let action = dice.request();
            let name = dice.pick(&["Tags", "Filters", "Parameters", "StaticMembers", "x"]);
            let number = dice.pick(&["0", "-1", "00", "18446744073709551616", "1.1", ""]);
            let inner = dice.pick(&[
                "",
                ".Key",
                ".Name",
                ".ParameterName",
                ".Values.Value.1",
                ".",
            ]);
            body.extend(
                format!(
                    "{action}&{name}.member.{number}{inner}={}",
                    dice.pick(&STRANGE)
                )
                .bytes(),
            );
        }
        4 => {
            let long = "a".repeat(1 << dice.below(17));
            body.extend(format!("{}&Description={long}&{long}=1", dice.request()).bytes());
        }
        5 => {
            let request = dice.request();
            let entries =
                (0..dice.below(2_000)).map(|number| format!("&Tags.Tag.{number}.Key=k{number}"));
            body.extend(request.bytes());
            body.extend(entries.collect::<String>().bytes());
        }
        _ => body.extend(b"Action=%00%%%ff%C3%28&=&&&==%&Action="),
    }
    body
}

#[tokio::test(start_paused = true)]
async fn any_bytes_in_a_body_a_query_or_a_header_get_an_answer() {
    let seeds = std::env::var("SIMULATOR_FUZZ_SEEDS").ok();
    let seeds = seeds.and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    let mut codes = std::collections::BTreeMap::new();
    for seed in 1..=seeds {
        println!("seed {seed}");
        let world = World::new(STEADY);
        let mut dice = Dice {
            draws: Draws::default(),
            seed,
        };
        for number in 0..REQUESTS / 4 {
            let text = |dice: &mut Dice| String::from_utf8_lossy(&body(dice)).into_owned();
            let incoming = crate::sim::respond::Incoming {
                query: (dice.below(8) == 0).then(|| text(&mut dice)),
                authorization: (dice.below(3) == 0)
                    .then(|| format!("AWS4-HMAC-SHA256 Credential={}", text(&mut dice))),
                body: body(&mut dice),
            };
            let what = format!("seed {seed}, request {number}: {incoming:?}");
            let answer = world.simulator.answer(incoming, None);
            let reply = tokio::time::timeout(std::time::Duration::from_secs(3600), answer)
                .await
                .unwrap_or_else(|_| panic!("{what} hangs"))
                .unwrap();
            assert!([200, 400, 403, 404].contains(&reply.status), "{what}");
            let mut reader = quick_xml::Reader::from_str(&reply.body);
            while reader
                .read_event()
                .unwrap_or_else(|error| panic!("{what}: {error}"))
                != quick_xml::events::Event::Eof
            {}
            *codes.entry(reply.status).or_insert(0_usize) += 1;
            whole(&world, &what);
        }
    }
    println!("{codes:?}");
    assert!(codes.len() > 2, "{codes:?}");
}
