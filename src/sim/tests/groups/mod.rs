//! Parameter groups. Here: requests that change and attach them.

mod changes;
mod listing;
mod refusals;

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
