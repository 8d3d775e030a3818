//! A client of a simulated world, and short ways to look at it. Builds and reads; the tests judge.

use std::time::Duration;

use aws_sdk_rds::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_rds::types::{DbCluster, DbInstance};

use crate::sim::connector::Connector;
use crate::sim::{Options, Simulator};

/// A world with fixed timings, so that tests can name the second in which something happens.
pub(super) const STEADY: &str = r#"
seed = 1
clock = "2026-05-15T06:05:00Z"

[timings]
failover_accept = 10
failover_flip = 11
failover_settle = 12
failover_settle_slow_chance = 0
failover_restart = 8
reboot = 35
modify_accept = 20
class_change = 330
class_change_outage = 90
monitoring_settle = 60
insights_accept = 5
insights_settle = 112
cluster_modify_accept = 10
cluster_modify = 30
snapshot = 280
parameter_propagation = 20
cluster_create = 60
instance_create = 420
instance_delete = 240
cluster_delete_accept = 2
cluster_delete = 60
restore = 420
minor_upgrade = 360
major_upgrade = 1200
capacity_settle = 30
endpoint = 60
maintenance = 120
blue_green_create = 1000
blue_green_accept = 7
blue_green_switchover = 40
blue_green_delete = 180
cluster_stop = 300
cluster_start = 600

[[parameter_group]]
name = "tuned"
family = "aurora-postgresql16"
parameters = { max_connections = 500, log_min_duration_statement = 500, log_statement = "ddl" }

[[cluster]]
identifier = "orders"
engine_version = "16.6"
maintenance_window = "sun:07:00-sun:08:00"

[[cluster.member]]
identifier = "orders-1"
class = "db.t3.medium"
writer = true

[[cluster.member]]
identifier = "orders-2"
class = "db.t3.medium"
"#;

/// A simulator and a client that leads to it.
pub(super) struct World {
    pub(super) simulator: Simulator,
    pub(super) rds: aws_sdk_rds::Client,
}

impl World {
    pub(super) fn new(text: &str) -> Self {
        Self::of(Simulator::from_scenario("test.toml", text, Options { speed: 1.0 }).unwrap())
    }

    pub(super) fn steady() -> Self {
        Self::new(STEADY)
    }

    pub(super) fn of(simulator: Simulator) -> Self {
        let rds = client(&simulator, None);
        Self { simulator, rds }
    }

    /// Sends a form as any client would; `CODE STATUS` of a refusal, `200` of an answer.
    pub(super) async fn raw(&self, form: &str) -> String {
        self.raw_of("2014-10-31", form).await
    }

    /// The same to the service of this version.
    pub(super) async fn raw_of(&self, version: &str, form: &str) -> String {
        let incoming = crate::sim::respond::Incoming {
            query: None,
            authorization: None,
            body: format!("Version={version}&{form}").into_bytes(),
        };
        let reply = self.simulator.answer(incoming, None).await.unwrap();
        let code = reply
            .body
            .split_once("<Code>")
            .and_then(|(_, rest)| rest.split_once("</Code>"));
        match code {
            Some((code, _)) => format!("{code} {}", reply.status),
            None => reply.status.to_string(),
        }
    }

    pub(super) async fn cluster(&self, name: &str) -> DbCluster {
        let answer = self
            .rds
            .describe_db_clusters()
            .db_cluster_identifier(name)
            .send()
            .await
            .unwrap();
        answer.db_clusters()[0].clone()
    }

    pub(super) async fn instance(&self, name: &str) -> DbInstance {
        let answer = self
            .rds
            .describe_db_instances()
            .db_instance_identifier(name)
            .send()
            .await
            .unwrap();
        answer.db_instances()[0].clone()
    }

    /// `cluster status; member: role, status, class, group status; …`
    pub(super) async fn picture(&self, name: &str) -> String {
        let cluster = self.cluster(name).await;
        let mut parts = vec![format!(
            "{} {}",
            cluster.db_cluster_identifier().unwrap(),
            cluster.status().unwrap()
        )];
        for member in cluster.db_cluster_members() {
            let identifier = member.db_instance_identifier().unwrap();
            let instance = self.instance(identifier).await;
            let role = if member.is_cluster_writer().unwrap() {
                "writer"
            } else {
                "reader"
            };
            let pending = instance
                .pending_modified_values()
                .and_then(|pending| pending.db_instance_class());
            parts.push(format!(
                "{identifier} {role} {} {}{} {}",
                instance.db_instance_status().unwrap(),
                instance.db_instance_class().unwrap(),
                pending
                    .map(|class| format!(" -> {class}"))
                    .unwrap_or_default(),
                member.db_cluster_parameter_group_status().unwrap(),
            ));
        }
        parts.join("; ")
    }

    /// What is in force on a member beyond the family's defaults.
    pub(super) fn running(&self, instance: &str) -> Vec<String> {
        let mut state = self.simulator.state();
        let now = state.clock.now();
        state.world.advance_all(now);
        let found = state
            .world
            .places
            .values()
            .find_map(|place| place.instances.get(instance))
            .unwrap();
        found
            .running
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    /// The status of a cluster and its writer, read without a request: for loops over many seconds.
    pub(super) fn cluster_now(&self, name: &str) -> (String, String) {
        let mut state = self.simulator.state();
        let now = state.clock.now();
        state.world.advance_all(now);
        let place = state
            .world
            .places
            .values()
            .find(|place| place.clusters.contains_key(name))
            .unwrap();
        let cluster = &place.clusters[name];
        (
            cluster.status.clone(),
            place.writer_of(cluster).unwrap().identifier.clone(),
        )
    }

    /// The status of an instance, read without a request.
    pub(super) fn instance_now(&self, name: &str) -> String {
        let mut state = self.simulator.state();
        let now = state.clock.now();
        state.world.advance_all(now);
        state
            .world
            .places
            .values()
            .find_map(|place| place.instances.get(name))
            .unwrap()
            .status
            .clone()
    }

    /// The status of a snapshot, read without a request.
    pub(super) fn snapshot_now(&self, name: &str) -> String {
        let mut state = self.simulator.state();
        let now = state.clock.now();
        state.world.advance_all(now);
        state
            .world
            .places
            .values()
            .find_map(|place| place.snapshots.get(name))
            .unwrap()
            .status
            .clone()
    }

    /// Whether a member's engine accepts connections.
    pub(super) fn engine_up(&self, instance: &str) -> bool {
        let mut state = self.simulator.state();
        let now = state.clock.now();
        state.world.advance_all(now);
        state
            .world
            .places
            .values()
            .find_map(|place| place.instances.get(instance))
            .unwrap()
            .engine_up
    }

    /// Seconds since the world began, `source: message` of each event, the oldest first.
    pub(super) fn events(&self) -> Vec<String> {
        let mut state = self.simulator.state();
        let now = state.clock.now();
        state.world.advance_all(now);
        let start: jiff::Timestamp = "2026-05-15T06:05:00Z".parse().unwrap();
        let events = state.world.places.values().flat_map(|place| &place.events);
        events
            .map(|event| {
                let known = crate::sim::events::CATEGORIES
                    .iter()
                    .any(|(source, categories)| {
                        *source == event.source.name()
                            && categories.contains(&event.category.as_str())
                    });
                assert!(known, "DescribeEventCategories lacks that of {event:?}");
                let seconds = event.date.duration_since(start).as_secs();
                format!(
                    "{seconds:>4} {} {}: {}",
                    event.id, event.source_identifier, event.message
                )
            })
            .collect()
    }
}

/// A client in process; it retries nothing, so that each request is sent once.
pub(super) fn client(simulator: &Simulator, profile: Option<&str>) -> aws_sdk_rds::Client {
    client_through(simulator, profile, simulator.connector())
}

/// The same through a connector of the caller's.
pub(super) fn client_through(
    simulator: &Simulator,
    profile: Option<&str>,
    connector: Connector,
) -> aws_sdk_rds::Client {
    let credentials = simulator.credentials_for_profile(profile);
    let config = aws_sdk_rds::Config::builder()
        .behavior_version(aws_sdk_rds::config::BehaviorVersion::latest())
        .region(aws_sdk_rds::config::Region::new(credentials.region.clone()))
        .credentials_provider(aws_sdk_rds::config::Credentials::new(
            credentials.access_key_id,
            credentials.secret_access_key,
            None,
            None,
            "simulated",
        ))
        .retry_config(aws_sdk_rds::config::retry::RetryConfig::disabled())
        .http_client(connector)
        .build();
    aws_sdk_rds::Client::from_conf(config)
}

/// Lets simulated seconds pass.
pub(super) async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// `CODE HTTP: message` of a refusal.
pub(super) fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    result: Result<T, SdkError<E, aws_smithy_runtime_api::client::orchestrator::HttpResponse>>,
) -> String {
    let error = result.unwrap_err();
    let status = error.raw_response().unwrap().status().as_u16();
    format!(
        "{} {status}: {}",
        error.code().unwrap(),
        error.message().unwrap()
    )
}
