//! Cluster parameter groups: what is refused, what goes live when.

use aws_sdk_rds::types::{ApplyMethod, Filter, Parameter};

use super::support::{STEADY, World, pass, refusal};

fn parameter(name: &str, value: &str, method: &str) -> Parameter {
    Parameter::builder()
        .parameter_name(name)
        .parameter_value(value)
        .apply_method(ApplyMethod::from(method))
        .build()
}

async fn modify(world: &World, group: &str, parameters: &[(&str, &str, &str)]) -> String {
    let list = parameters
        .iter()
        .map(|(name, value, method)| parameter(name, value, method))
        .collect();
    let request = world
        .rds
        .modify_db_cluster_parameter_group()
        .db_cluster_parameter_group_name(group);
    match request.set_parameters(Some(list)).send().await {
        Ok(answer) => format!(
            "{}: done",
            answer.db_cluster_parameter_group_name().unwrap()
        ),
        error => refusal(error),
    }
}

async fn attach(world: &World, group: &str) {
    world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name(group)
        .send()
        .await
        .unwrap();
    pass(60).await;
    for member in ["orders-1", "orders-2"] {
        world
            .rds
            .reboot_db_instance()
            .db_instance_identifier(member)
            .send()
            .await
            .unwrap();
    }
    pass(60).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_service_refuses_of_a_modified_group() {
    let world = World::steady();
    let names: Vec<String> = (0..21).map(|number| format!("p{number}")).collect();
    let many: Vec<(&str, &str, &str)> = names
        .iter()
        .map(|name| (name.as_str(), "1", "immediate"))
        .collect();
    let seen = [
        modify(&world, "tuned", &many).await,
        modify(&world, "tuned", &[("max_connections", "600", "immediate")]).await,
        modify(
            &world,
            "tuned",
            &[
                ("log_statement", "ddl", "immediate"),
                ("max_connections", "600", "immediate"),
            ],
        )
        .await,
        modify(
            &world,
            "tuned",
            &[("max_conections", "600", "pending-reboot")],
        )
        .await,
        modify(
            &world,
            "tuned",
            &[("max_connections", "5", "pending-reboot")],
        )
        .await,
        modify(&world, "tuned", &[("port", "5433", "pending-reboot")]).await,
        modify(&world, "tuned", &[]).await,
        modify(&world, "absent", &[("log_statement", "ddl", "immediate")]).await,
        modify(
            &world,
            "default.aurora-postgresql16",
            &[("log_statement", "ddl", "immediate")],
        )
        .await,
        modify(
            &world,
            "tuned",
            &[
                ("rds.accepted_password_auth_method", "scram", "immediate"),
                ("password_encryption", "md5", "immediate"),
            ],
        )
        .await,
        modify(&world, "TUNED", &[("log_statement", "all", "immediate")]).await,
    ];
    insta::assert_snapshot!(seen.join("\n"), @"
    InvalidParameterCombination 400: Cannot modify more than 20 parameters in a single request
    InvalidParameterCombination 400: cannot use immediate apply method for static parameter
    InvalidParameterCombination 400: cannot use immediate apply method for static parameter
    InvalidParameterValue 400: Could not find parameter with name: max_conections
    InvalidParameterValue 400: Invalid parameter value: 5 for: max_connections allowed values are: 6-262143
    InvalidParameterValue 400: The parameter port cannot be modified.
    MissingParameter 400: The parameter Parameters must be provided and must not be blank.
    DBParameterGroupNotFound 404: DBClusterParameterGroup not found: absent
    InvalidParameterValue 400: Cannot modify a default parameter group.
    InvalidParameterCombination 400: password_encryption md5 cannot be used while rds.accepted_password_auth_method is scram: change both in one request.
    tuned: done
    ");
}

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
async fn apply_method_in_a_listing_is_the_policy_and_not_a_pending_state() {
    let world = World::steady();
    attach(&world, "tuned").await;
    let listing = world
        .rds
        .describe_db_cluster_parameters()
        .db_cluster_parameter_group_name("tuned");
    let names = ["max_connections", "log_statement", "work_mem"]
        .map(str::to_owned)
        .to_vec();
    let filter = Filter::builder()
        .name("parameter-name")
        .set_values(Some(names))
        .build();
    let answer = listing.filters(filter).send().await.unwrap();
    let seen: Vec<String> = answer
        .parameters()
        .iter()
        .map(|parameter| {
            let text = |text: Option<&str>| text.unwrap_or("-").to_owned();
            format!(
                "{} = {}: {}, {}, {}",
                text(parameter.parameter_name()),
                text(parameter.parameter_value()),
                text(parameter.source()),
                text(parameter.apply_type()),
                parameter.apply_method().unwrap().as_str()
            )
        })
        .collect();
    assert!(world.picture("orders").await.ends_with("in-sync"));
    insta::assert_snapshot!(seen.join("\n"), @"
    log_statement = ddl: user, dynamic, immediate
    max_connections = 500: user, static, pending-reboot
    work_mem = -: engine-default, dynamic, pending-reboot
    ");
}

#[tokio::test(start_paused = true)]
async fn a_family_is_listed_in_pages_and_its_defaults_nest_their_marker() {
    let world = World::steady();
    let mut names = Vec::new();
    let mut marker = None;
    let mut pages = 0;
    loop {
        let request = world
            .rds
            .describe_engine_default_cluster_parameters()
            .db_parameter_group_family("aurora-postgresql16");
        let answer = request.set_marker(marker).send().await.unwrap();
        let defaults = answer.engine_defaults().unwrap();
        names.extend(
            defaults
                .parameters()
                .iter()
                .map(|parameter| parameter.parameter_name().unwrap().to_owned()),
        );
        pages += 1;
        marker = defaults.marker().map(str::to_owned);
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(
        (pages, names.len()),
        (
            4,
            crate::sim::parameters::catalogue("aurora-postgresql16")
                .unwrap()
                .len()
        )
    );
    let mut sorted = names.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(names, sorted);
}

#[tokio::test(start_paused = true)]
async fn default_groups_exist_and_cannot_be_deleted_copied_or_tagged() {
    let world = World::steady();
    let all = world
        .rds
        .describe_db_cluster_parameter_groups()
        .send()
        .await
        .unwrap();
    let names: Vec<&str> = all
        .db_cluster_parameter_groups()
        .iter()
        .filter_map(|group| group.db_cluster_parameter_group_name())
        .collect();
    let delete = world
        .rds
        .delete_db_cluster_parameter_group()
        .db_cluster_parameter_group_name("default.aurora-postgresql16");
    let copy = world
        .rds
        .copy_db_cluster_parameter_group()
        .source_db_cluster_parameter_group_identifier("default.aurora-postgresql16");
    let copy = copy
        .target_db_cluster_parameter_group_identifier("mine")
        .target_db_cluster_parameter_group_description("d");
    let tag = world
        .rds
        .add_tags_to_resource()
        .resource_name("arn:aws:rds:us-east-1:123456789012:cluster-pg:default.aurora-postgresql16");
    let tag = tag.tags(
        aws_sdk_rds::types::Tag::builder()
            .key("a")
            .value("b")
            .build(),
    );
    let seen = [
        names.join(" "),
        refusal(delete.send().await),
        refusal(copy.send().await),
        refusal(tag.send().await),
    ];
    insta::assert_snapshot!(seen.join("\n"), @"
    default.aurora-postgresql13 default.aurora-postgresql14 default.aurora-postgresql15 default.aurora-postgresql16 default.aurora-postgresql17 tuned
    InvalidDBParameterGroupState 400: Default DBClusterParameterGroup cannot be deleted: default.aurora-postgresql16
    InvalidParameterValue 400: The default parameter group default.aurora-postgresql16 cannot be copied.
    InvalidParameterValue 400: Tags are not supported for the default parameter group default.aurora-postgresql16.
    ");
}

#[tokio::test(start_paused = true)]
async fn a_missing_group_has_three_spellings() {
    let world = World::steady();
    let describe = world
        .rds
        .describe_db_cluster_parameter_groups()
        .db_cluster_parameter_group_name("absent")
        .send()
        .await;
    let attach = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("absent")
        .send()
        .await;
    let own = world
        .rds
        .modify_db_instance()
        .db_instance_identifier("orders-1")
        .db_parameter_group_name("absent")
        .send()
        .await;
    insta::assert_snapshot!([refusal(describe), refusal(attach), refusal(own)].join("\n"), @"
    DBParameterGroupNotFound 404: DBClusterParameterGroup not found: absent
    DBClusterParameterGroupNotFound 404: DBClusterParameterGroup not found: absent
    DBParameterGroupNotFound 404: DBParameterGroup not found: absent
    ");
}

#[tokio::test(start_paused = true)]
async fn a_group_in_use_cannot_be_deleted_and_one_of_another_family_not_attached() {
    let other = "[[parameter_group]]\nname = \"older\"\nfamily = \"aurora-postgresql15\"\n[[parameter_group]]\nname = \"tuned\"";
    let world = World::new(&STEADY.replace("[[parameter_group]]\nname = \"tuned\"", other));
    let wrong = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("older")
        .send()
        .await;
    attach(&world, "tuned").await;
    let delete = || {
        world
            .rds
            .delete_db_cluster_parameter_group()
            .db_cluster_parameter_group_name("Tuned")
    };
    let seen = [refusal(wrong), refusal(delete().send().await)];
    insta::assert_snapshot!(seen.join("\n"), @"
    InvalidParameterCombination 400: The parameter group older with DBParameterGroupFamily aurora-postgresql15 can't be used for this instance. Use a parameter group with DBParameterGroupFamily aurora-postgresql16.
    InvalidDBParameterGroupState 400: One or more database instances are still members of this parameter group tuned, so the group cannot be deleted
    ");
    attach(&world, "default.aurora-postgresql16").await;
    delete().send().await.unwrap();
    assert_eq!(
        refusal(delete().send().await),
        "DBParameterGroupNotFound 404: DBClusterParameterGroup not found: tuned"
    );
}

#[tokio::test(start_paused = true)]
async fn under_the_policies_a_detached_group_lingers_and_the_same_group_marks_members() {
    let policies = "[policies]\ndetached_group_stays_in_use = true\nsame_group_marks_pending_reboot = true\n[timings]";
    let world = World::new(&STEADY.replace("[timings]", policies));
    attach(&world, "tuned").await;
    let again = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("tuned");
    again.send().await.unwrap();
    pass(30).await;
    assert_eq!(
        world
            .picture("orders")
            .await
            .matches("pending-reboot")
            .count(),
        2
    );
    attach(&world, "default.aurora-postgresql16").await;
    let delete = || {
        world
            .rds
            .delete_db_cluster_parameter_group()
            .db_cluster_parameter_group_name("tuned")
    };
    assert!(refusal(delete().send().await).starts_with("InvalidDBParameterGroupState 400"));
    pass(90).await;
    delete().send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_reset_may_be_refused_while_an_earlier_change_propagates() {
    let world = World::new(&STEADY.replace(
        "[timings]",
        "[policies]\nreset_refused_while_propagating = true\n[timings]",
    ));
    attach(&world, "tuned").await;
    modify(&world, "tuned", &[("log_statement", "all", "immediate")]).await;
    let reset = || {
        world
            .rds
            .reset_db_cluster_parameter_group()
            .db_cluster_parameter_group_name("tuned")
            .reset_all_parameters(true)
    };
    assert_eq!(
        refusal(reset().send().await),
        "InvalidDBParameterGroupState 400: The parameter group tuned has pending changes."
    );
    pass(20).await;
    reset().send().await.unwrap();
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
