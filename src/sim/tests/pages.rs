//! Listings in pages: whatever the size of a page, all of them together are the whole, in one order.

use super::support::{World, pass};

/// A listing in pages of a size, as one text.
macro_rules! listed {
    ($request:expr, $size:expr, $name:ident) => {{
        let pages = $request.into_paginator().page_size($size).items().send();
        let items = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
        let names = items.iter().map(|item| format!("{:?}", item.$name()));
        names.collect::<Vec<String>>()
    }};
}

/// Clusters with a group each; some names begin with other names, or sort beside the default groups.
fn many() -> World {
    let mut text = String::from(
        "clock = \"2026-05-14T23:05:00-07:00\"\n\n[[account]]\nid = \"123456789012\"\n",
    );
    for number in 0..30 {
        let name = match number % 3 {
            0 => format!("a{}", "-b".repeat(number / 3 + 1)),
            1 => format!("default-{number}"),
            _ => format!("orders{number}"),
        };
        text.push_str(&format!(
            "\n[[parameter_group]]\nname = \"{name}\"\nfamily = \"aurora-postgresql16\"\n\n[[cluster]]\nidentifier = \"{name}\"\n\
             engine_version = \"16.6\"\nparameter_group = \"{name}\"\n\n[[cluster.member]]\nidentifier = \"{name}-1\"\nclass = \"db.t3.medium\"\n"
        ));
    }
    World::new(&text)
}

#[tokio::test(start_paused = true)]
async fn pages_of_any_size_are_the_same_whole() {
    let world = many();
    let rds = &world.rds;
    let clusters = listed!(rds.describe_db_clusters(), 100, db_cluster_identifier);
    assert_eq!(clusters.len(), 30);
    for (number, cluster) in clusters.iter().enumerate() {
        let cluster = cluster
            .trim_start_matches("Some(\"")
            .trim_end_matches("\")");
        for name in ["x", "y"] {
            let create = rds
                .create_db_cluster_endpoint()
                .db_cluster_identifier(cluster)
                .db_cluster_endpoint_identifier(format!("{name}{number}"))
                .endpoint_type("ANY");
            create.send().await.unwrap();
        }
        let reboot = rds.reboot_db_instance();
        let reboot = reboot.db_instance_identifier(format!("{cluster}-1"));
        reboot.send().await.unwrap();
    }
    pass(600).await;
    let mut lengths = Vec::new();
    for size in [20, 33, 100] {
        let clusters = listed!(rds.describe_db_clusters(), size, db_cluster_identifier);
        let instances = listed!(rds.describe_db_instances(), size, db_instance_identifier);
        let groups = listed!(
            rds.describe_db_cluster_parameter_groups(),
            size,
            db_cluster_parameter_group_name
        );
        let endpoints = listed!(rds.describe_db_cluster_endpoints(), size, endpoint);
        let backups = listed!(
            rds.describe_db_cluster_automated_backups(),
            size,
            db_cluster_identifier
        );
        let events = listed!(rds.describe_events().duration(60), size, message);
        let all = [clusters, instances, groups, endpoints, backups, events];
        let mut sorted = all[2].clone();
        sorted.sort();
        assert_eq!(all[2], sorted);
        lengths.push(all);
    }
    // Two endpoints of the cluster's own and two custom ones each; one group of each family on offer.
    let counts: Vec<usize> = lengths[0].iter().map(Vec::len).collect();
    assert_eq!(counts[..5], [30, 30, 35, 120, 30]);
    assert!(counts[5] >= 60, "{counts:?}");
    assert_eq!(lengths[0], lengths[2]);
    assert_eq!(lengths[1], lengths[2]);
}
