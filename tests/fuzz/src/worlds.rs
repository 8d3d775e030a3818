//! World files and saved worlds: what can be read behaves, whatever time passes in it.
//!
//! The input is a world file (TOML) or a saved world (JSON). A line `=== requests` ends it; what follows is for the target
//! `requests`.

use super::requests;
use super::scene;
use auroractl::sim::{self, Simulator};
use std::time::Duration;

/// What fuzzing begins with: the built-in world, smaller ones, and saved ones.
pub fn seeds() -> Vec<Vec<u8>> {
    let files = [
        sim::built_in_world(),
        "seed = 7\nclock = \"2026-05-14T23:05:00-07:00\"\n[timings]\nreboot = [15, 35, 60]\nfailover_settle_slow_chance = 1.0\nsnapshot = 5\n[policies]\nreboot_flushes_queue = true\n[[account]]\nid = \"111111111111\"\nregion = \"us-east-1\"\nprofiles = [\"a\"]\naccess_keys = [\"AKID\"]\n[[parameter_group]]\nname = \"g\"\nfamily = \"aurora-postgresql16\"\nparameters = { max_connections = 500, log_lock_waits = true }\n[[cluster]]\nidentifier = \"c\"\nengine_version = \"16.6\"\nparameter_group = \"g\"\ndatabase_insights = \"advanced\"\nperformance_insights = true\nperformance_insights_retention_days = 465\nmaintenance_window = \"fri:06:30-fri:07:00\"\npending_engine_version = \"16.8\"\nserverless_capacity = [0.5, 8]\n[[cluster.member]]\nidentifier = \"w\"\nclass = \"db.serverless\"\n[[cluster.member]]\nidentifier = \"r\"\nclass = \"db.t3.medium\"\npending_class = \"db.r7g.large\"\nparameter_group_status = \"pending-reboot\"\nrunning = { max_connections = \"401\" }\n[[snapshot]]\nidentifier = \"s\"\ncluster = \"c\"\nstatus = \"creating\"\n=== requests\n+86400\nAction=DescribeDBInstances\nAction=FailoverDBCluster&DBClusterIdentifier=c\n+60",
        "[[fault]]\nkind = \"hold\"\naction = \"DescribeDBClusters\"\nskip = 1\n[[fault]]\nkind = \"lost-reply\"\nmutating = true\ncount = 2\n=== requests\nAction=DescribeDBClusters\nAction=DescribeDBClusters",
        "clock = \"9999-12-30T00:00:00Z\"\n[[cluster]]\nidentifier = \"c\"\nengine_version = \"16.6\"\n[[cluster.member]]\nidentifier = \"w\"\nclass = \"db.t3.medium\"\npending_class = \"db.r7g.large\"\n=== requests\n+86400\nAction=RebootDBInstance&DBInstanceIdentifier=w\n+999999",
    ];
    let mut seeds: Vec<Vec<u8>> = files.map(Vec::from).to_vec();
    let small = files[1].split("=== ").next().unwrap_or_default();
    let world = Simulator::from_scenario("seed", small, scene::OPTIONS);
    seeds.push(world.expect("a seed is a world").save().into_bytes());
    seeds
}

/// Reads the world, lets time pass in it, and sends requests.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (world, asked) = text
        .split_once("=== requests\n")
        .unwrap_or((&text, "Action=DescribeDBClusters\n+3600\n"));
    scene::runtime().block_on(async {
        let as_file = Simulator::from_scenario("fuzzed", world, scene::OPTIONS);
        let is_file = as_file.is_ok();
        let read = as_file.or_else(|error| {
            drop(error.to_string());
            Simulator::from_saved(world, scene::OPTIONS)
        });
        let simulator = match read {
            Ok(simulator) => simulator,
            Err(error) => return drop(error.to_string()),
        };
        requests::send_all(&simulator, asked.as_bytes()).await;
        tokio::time::advance(Duration::from_secs(14 * 24 * 60 * 60)).await;
        let saved = simulator.save();
        // What was saved and then edited need not hold together; what a world file describes must.
        if is_file {
            requests::holds(&simulator).await;
        } else {
            let again = Simulator::from_saved(&saved, scene::OPTIONS);
            assert_eq!(
                again.map(|again| again.save()).ok(),
                Some(saved),
                "a world changes when it is saved"
            );
        }
    });
}
