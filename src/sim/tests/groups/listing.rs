//! Groups and parameters as they are listed.

use super::*;

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
