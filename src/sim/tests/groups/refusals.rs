//! What the service refuses, always or under a policy.

use super::*;

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
