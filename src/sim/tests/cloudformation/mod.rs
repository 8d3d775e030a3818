//! CloudFormation as the SDK's client sees it, on tokio's paused clock.

mod change_sets;
mod drift;
mod errors;
mod failing;
mod fuzz;
mod fuzz_requests;
mod life;
mod surprises;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{Parameter, StackEvent};

use super::support::{STEADY, World, pass};
use crate::sim::{Options, Simulator};

/// The usual cluster, in a stack that restarts its members by itself.
const STACK: &str = r#"
[timings]
TIMINGS
stack_step = 2
stack_probe = 30
change_set = 5
drift_detection = 10

CLUSTERS
[[stack]]
name = "orders-stack"
template = """
Parameters:
  Class: {Type: String, Default: db.t3.medium}
  AtOnce: {Type: String, Default: 'true'}
Resources:
  Cluster:
    Type: AWS::RDS::DBCluster
    Properties: {DBClusterIdentifier: Orders, DBClusterParameterGroupName: default.aurora-postgresql16, Engine: aurora-postgresql, EngineVersion: '16.6'}
  Writer:
    Type: AWS::RDS::DBInstance
    Properties:
      DBClusterIdentifier: !Ref Cluster
      DBInstanceIdentifier: orders-1
      DBInstanceClass: !Ref Class
      Engine: aurora-postgresql
      ApplyImmediately: !Ref AtOnce
  Reader:
    Type: AWS::RDS::DBInstance
    DependsOn: Writer
    Properties:
      DBClusterIdentifier: !Ref Cluster
      DBInstanceIdentifier: orders-2
      DBInstanceClass: !Ref Class
      Engine: aurora-postgresql
      ApplyImmediately: !Ref AtOnce
"""
"#;

const NAME: &str = "orders-stack";

/// A simulated world and a client of CloudFormation.
struct Stacks {
    world: World,
    client: Client,
}

impl Stacks {
    /// The usual cluster, in the usual stack.
    fn steady() -> Self {
        Self::with("")
    }

    /// The same with more keys of the cluster's own.
    fn with(more: &str) -> Self {
        let (before, rest) = STEADY.split_once("[timings]").unwrap();
        let (timings, clusters) = rest.split_once("\n\n").unwrap();
        let identifier = "identifier = \"orders\"\n";
        let text = format!("{before}{STACK}")
            .replace("TIMINGS", timings.trim())
            .replace("CLUSTERS", clusters)
            .replace(identifier, &format!("{identifier}{more}"));
        Self::new("test.toml", &text, None)
    }

    /// One of the example worlds.
    fn example(name: &str, profile: &str) -> Self {
        let path = format!("examples/worlds/{name}.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        Self::new(&path, &text, Some(profile))
    }

    fn new(name: &str, text: &str, profile: Option<&str>) -> Self {
        let simulator = Simulator::from_scenario(name, text, Options { speed: 1.0 }).unwrap();
        Self::of(simulator, profile)
    }

    fn of(simulator: Simulator, profile: Option<&str>) -> Self {
        let credentials = simulator.credentials_for_profile(profile);
        let config = aws_sdk_cloudformation::Config::builder()
            .behavior_version(aws_sdk_cloudformation::config::BehaviorVersion::latest())
            .region(aws_sdk_cloudformation::config::Region::new(
                credentials.region.clone(),
            ))
            .credentials_provider(aws_sdk_cloudformation::config::Credentials::new(
                credentials.access_key_id,
                credentials.secret_access_key,
                None,
                None,
                "simulated",
            ))
            .retry_config(aws_sdk_cloudformation::config::retry::RetryConfig::disabled())
            .http_client(simulator.connector())
            .build();
        let mut world = World::of(simulator.clone());
        world.rds = super::support::client(&simulator, profile);
        Self {
            world,
            client: Client::from_conf(config),
        }
    }

    /// Sends a form to CloudFormation; `CODE STATUS` of a refusal, `200` of an answer.
    async fn raw(&self, form: &str) -> String {
        self.world.raw_of("2010-05-15", form).await
    }

    async fn status(&self, name: &str) -> String {
        let answer = self.client.describe_stacks().stack_name(name).send().await;
        let answer = answer.unwrap();
        answer.stacks()[0]
            .stack_status()
            .unwrap()
            .as_str()
            .to_owned()
    }

    /// The stack's template, changed.
    async fn template(&self, name: &str) -> String {
        let answer = self.client.get_template().stack_name(name).send().await;
        answer.unwrap().template_body().unwrap().to_owned()
    }

    /// Begins an update with another template, all parameters but the given ones as they were.
    async fn update(&self, name: &str, template: &str, given: &[(&str, &str)]) {
        let known = self.client.describe_stacks().stack_name(name).send().await;
        let known = known.unwrap();
        let mut request = self
            .client
            .update_stack()
            .stack_name(name)
            .template_body(template);
        for parameter in known.stacks()[0].parameters() {
            let key = parameter.parameter_key().unwrap();
            let value = given.iter().find(|(name, _)| *name == key);
            let wanted = Parameter::builder().parameter_key(key);
            request = request.parameters(match value {
                Some((_, value)) => wanted.parameter_value(*value).build(),
                None => wanted.use_previous_value(true).build(),
            });
        }
        request.send().await.unwrap();
    }

    /// Lets time pass until nothing goes on in the stack; returns its status.
    async fn rest(&self, name: &str) -> String {
        for _ in 0..2_000 {
            let status = self.status(name).await;
            if !status.ends_with("_IN_PROGRESS") {
                return status;
            }
            pass(5).await;
        }
        panic!("{name} does not come to rest");
    }

    /// Every event of a stack, the oldest first: seconds since `from`, what, status, reason.
    async fn events(&self, name: &str, from: jiff::Timestamp) -> Vec<String> {
        let mut events: Vec<StackEvent> = Vec::new();
        let mut pages = self
            .client
            .describe_stack_events()
            .stack_name(name)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            events.extend(page.unwrap().stack_events().iter().cloned());
        }
        events.reverse();
        events
            .iter()
            .map(|event| {
                let time = event.timestamp().unwrap().as_secs_f64();
                let reason = event.resource_status_reason().unwrap_or_default();
                (
                    (time - from.as_second() as f64).round() as i64,
                    format!(
                        "{} {} {reason}",
                        event.logical_resource_id().unwrap(),
                        event.resource_status().unwrap().as_str()
                    ),
                )
            })
            .filter(|(seconds, _)| *seconds >= 0)
            .map(|(seconds, text)| format!("{seconds:>4} {}", text.trim_end()))
            .collect()
    }

    fn now(&self) -> jiff::Timestamp {
        self.world.simulator.now()
    }

    /// The requests that CloudFormation has sent to RDS, in order.
    fn handlers_sent(&self) -> Vec<String> {
        let requests = self.world.simulator.requests().into_iter();
        requests
            .filter(|request| request.sender.as_deref() == Some("cloudformation"))
            .map(|request| {
                let named = [
                    "DBInstanceIdentifier",
                    "DBClusterIdentifier",
                    "DBClusterParameterGroupName",
                ];
                let target = named
                    .iter()
                    .find_map(|name| request.parameters.get(*name))
                    .cloned()
                    .unwrap_or_default();
                let code = request.error_code.map(|code| format!(": {code}"));
                format!("{} {target}{}", request.action, code.unwrap_or_default())
            })
            .collect()
    }

    /// The stack's drift status, and each difference that was found.
    async fn drift(&self, name: &str) -> (String, Vec<String>) {
        let detection = self
            .client
            .detect_stack_drift()
            .stack_name(name)
            .send()
            .await;
        let id = detection
            .unwrap()
            .stack_drift_detection_id()
            .unwrap()
            .to_owned();
        pass(30).await;
        let status = self
            .client
            .describe_stack_drift_detection_status()
            .stack_drift_detection_id(&id)
            .send()
            .await
            .unwrap();
        let drifts = self
            .client
            .describe_stack_resource_drifts()
            .stack_name(name)
            .send()
            .await
            .unwrap();
        let mut found = Vec::new();
        for drift in drifts.stack_resource_drifts() {
            for difference in drift.property_differences() {
                found.push(format!(
                    "{} {} {}: {} -> {}",
                    drift.logical_resource_id().unwrap(),
                    difference.difference_type().unwrap().as_str(),
                    difference.property_path().unwrap(),
                    difference.expected_value().unwrap(),
                    difference.actual_value().unwrap()
                ));
            }
        }
        let status = status.stack_drift_status().unwrap().as_str().to_owned();
        (status, found)
    }
}

/// The template with a parameter group of its own, attached.
fn with_group(template: &str, parameters: &str) -> String {
    format!(
        "{}  Group:\n    Type: AWS::RDS::DBClusterParameterGroup\n    Properties:\n      Family: aurora-postgresql16\n      \
         Description: slow queries\n      Parameters: {{{parameters}}}\n",
        template.replace(
            "DBClusterParameterGroupName: default.aurora-postgresql16",
            "DBClusterParameterGroupName: !Ref Group"
        )
    )
}
