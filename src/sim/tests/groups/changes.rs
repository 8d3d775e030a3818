//! Changed, reset and attached groups, and when their values are in force.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_refused_request_changes_nothing() {
    let world = World::steady();
    modify(
        &world,
        "tuned",
        &[
            ("log_statement", "all", "immediate"),
            ("max_connections", "5", "pending-reboot"),
        ],
    )
    .await;
    let values = world
        .rds
        .describe_db_cluster_parameters()
        .db_cluster_parameter_group_name("tuned")
        .source("user")
        .send()
        .await
        .unwrap();
    let values: Vec<&str> = values
        .parameters()
        .iter()
        .filter_map(|parameter| parameter.parameter_value())
        .collect();
    assert_eq!(values, ["500", "ddl", "500"]);
    assert!(world.simulator.requests()[0].effects.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_immediate_change_of_an_attached_group_goes_live_without_a_restart() {
    let world = World::steady();
    attach(&world, "tuned").await;
    modify(
        &world,
        "tuned",
        &[("log_min_duration_statement", "250", "immediate")],
    )
    .await;
    let mut seen = vec![
        world.picture("orders").await,
        world.running("orders-1").join(" "),
    ];
    pass(20).await;
    seen.extend([
        world.picture("orders").await,
        world.running("orders-1").join(" "),
    ]);
    insta::assert_snapshot!(seen.join("\n"), @"
    orders available; orders-1 writer available db.t3.medium applying; orders-2 reader available db.t3.medium applying
    log_min_duration_statement=500 log_statement=ddl max_connections=500
    orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync
    log_min_duration_statement=250 log_statement=ddl max_connections=500
    ");
}

#[tokio::test(start_paused = true)]
async fn a_pending_reboot_change_waits_for_each_members_restart() {
    let world = World::steady();
    attach(&world, "tuned").await;
    modify(
        &world,
        "tuned",
        &[
            ("max_connections", "700", "pending-reboot"),
            ("log_statement", "all", "pending-reboot"),
        ],
    )
    .await;
    pass(60).await;
    let mut seen = vec![
        world.picture("orders").await,
        world.running("orders-2").join(" "),
    ];
    world
        .rds
        .reboot_db_instance()
        .db_instance_identifier("orders-2")
        .send()
        .await
        .unwrap();
    pass(35).await;
    seen.extend([
        world.picture("orders").await,
        world.running("orders-2").join(" "),
        world.running("orders-1").join(" "),
    ]);
    insta::assert_snapshot!(seen.join("\n"), @"
    orders available; orders-1 writer available db.t3.medium pending-reboot; orders-2 reader available db.t3.medium pending-reboot
    log_min_duration_statement=500 log_statement=ddl max_connections=500
    orders available; orders-1 writer available db.t3.medium pending-reboot; orders-2 reader available db.t3.medium in-sync
    log_min_duration_statement=500 log_statement=all max_connections=700
    log_min_duration_statement=500 log_statement=ddl max_connections=500
    ");
}

#[tokio::test(start_paused = true)]
async fn a_reset_makes_dynamic_defaults_live_and_leaves_static_ones_pending() {
    let world = World::steady();
    attach(&world, "tuned").await;
    let reset = || {
        world
            .rds
            .reset_db_cluster_parameter_group()
            .db_cluster_parameter_group_name("tuned")
    };
    assert_eq!(
        refusal(reset().send().await),
        "InvalidParameterCombination 400: Either ResetAllParameters or Parameters must be specified."
    );
    assert_eq!(
        refusal(
            reset()
                .parameters(parameter("max_connections", "", "immediate"))
                .send()
                .await
        ),
        "InvalidParameterCombination 400: cannot use immediate apply method for static parameter"
    );
    reset()
        .parameters(parameter("log_statement", "", "immediate"))
        .send()
        .await
        .unwrap();
    pass(20).await;
    let mut seen = vec![
        world.picture("orders").await,
        world.running("orders-1").join(" "),
    ];
    reset().reset_all_parameters(true).send().await.unwrap();
    pass(20).await;
    seen.extend([
        world.picture("orders").await,
        world.running("orders-1").join(" "),
    ]);
    insta::assert_snapshot!(seen.join("\n"), @"
    orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync
    log_min_duration_statement=500 max_connections=500
    orders available; orders-1 writer available db.t3.medium pending-reboot; orders-2 reader available db.t3.medium pending-reboot
    max_connections=500
    ");
}

#[tokio::test(start_paused = true)]
async fn an_instances_own_group_takes_effect_only_after_its_reboot_and_wins_over_the_clusters() {
    let own = "[[parameter_group]]\nname = \"own\"\nkind = \"instance\"\nfamily = \"aurora-postgresql16\"\nparameters = { log_statement = \"all\" }\n[[parameter_group]]\nname = \"tuned\"";
    let world = World::new(&STEADY.replace("[[parameter_group]]\nname = \"tuned\"", own));
    attach(&world, "tuned").await;
    let answer = world
        .rds
        .modify_db_instance()
        .db_instance_identifier("orders-2")
        .db_parameter_group_name("own")
        .send()
        .await
        .unwrap();
    let status = |instance: &aws_sdk_rds::types::DbInstance| {
        instance.db_parameter_groups()[0]
            .parameter_apply_status()
            .unwrap()
            .to_owned()
    };
    let mut seen = vec![status(answer.db_instance().unwrap())];
    pass(30).await;
    seen.extend([
        status(&world.instance("orders-2").await),
        world.running("orders-2").join(" "),
    ]);
    world
        .rds
        .reboot_db_instance()
        .db_instance_identifier("orders-2")
        .send()
        .await
        .unwrap();
    pass(40).await;
    seen.extend([
        status(&world.instance("orders-2").await),
        world.running("orders-2").join(" "),
    ]);
    insta::assert_snapshot!(seen.join("\n"), @"
    applying
    pending-reboot
    log_min_duration_statement=500 log_statement=ddl max_connections=500
    in-sync
    log_min_duration_statement=500 log_statement=all max_connections=500
    ");
}
