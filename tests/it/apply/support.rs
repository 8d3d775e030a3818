//! A simulated world, a declaration, and a run of the plan between them, all on tokio's paused clock.

use auroractl::apply::{self, Commands, Context};
use auroractl::aws::{Client, Connection, Settings, observe, survey};
use auroractl::commands;
use auroractl::desired::window::Schedule;
use auroractl::desired::{
    Aws, Cluster, DatabaseInsights, Desired, EngineVersion, Parameter, Place, SnapshotPolicy,
    Value, Window,
};
use auroractl::event::{Event, Summary};
use auroractl::invariants::{self, Evidence};
use auroractl::journal::{Holder, Journal, Store};
use auroractl::names::{
    AccountId, ClusterId, InstanceClass, ParameterName, PartitionName, Region, RunId,
};
use auroractl::plan::{self, Options, Plan};
use auroractl::sim::{self, Simulator, log::Request};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;

/// A world, a store, and what is needed to run in them.
pub(super) struct Scene {
    pub(super) simulator: Simulator,
    pub(super) client: Client,
    pub(super) store: Store,
    pub(super) interrupt: watch::Sender<bool>,
    runs: std::cell::Cell<u32>,
    poll_interval: std::cell::Cell<Duration>,
    folder: tempfile::TempDir,
}

/// What a run left behind.
pub(super) struct Run {
    pub(super) summary: Summary,
    pub(super) events: Vec<Event>,
    pub(super) journal: Journal,
}

impl Scene {
    /// A world file's text, seen with the credentials of prod's account.
    pub(super) async fn new(world: &str) -> Self {
        Self::seen_by(world, "Admin-Alpha1").await
    }

    pub(super) async fn seen_by(world: &str, profile: &str) -> Self {
        let simulator =
            Simulator::from_scenario("world", world, sim::Options { speed: 1.0 }).unwrap();
        let credentials = simulator.credentials_for_profile(Some(profile));
        let settings = Settings {
            region: Region::new(credentials.region.clone()),
            profile: None,
            connection: Connection::InProcess {
                http_client: auroractl_http_client(&simulator),
                access_key_id: credentials.access_key_id,
                secret_access_key: credentials.secret_access_key,
                world: "test".to_owned(),
            },
        };
        let client = Client::connect(&settings).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self {
            simulator,
            client,
            store: Store::new(folder.path().join(".auroractl")),
            interrupt: watch::channel(false).0,
            runs: std::cell::Cell::new(0),
            poll_interval: std::cell::Cell::new(Duration::from_secs(5)),
            folder,
        }
    }

    /// The plan from live to declared, as the commands make it.
    pub(super) async fn plan(&self, desired: &Desired, options: Options) -> Plan {
        self.plan_besides(desired, options, None).await
    }

    /// The same, where a run's own snapshot is not in the way.
    pub(super) async fn plan_besides(
        &self,
        desired: &Desired,
        options: Options,
        own: Option<&RunId>,
    ) -> Plan {
        let caller = observe::caller(&self.client).await.unwrap();
        let cluster = &desired.cluster.identifier;
        let survey = survey::survey(&self.client, std::slice::from_ref(cluster))
            .await
            .unwrap();
        let mut observed = survey.observed(cluster, &caller, &self.client);
        let mut questions = plan::first_questions(desired);
        while !questions.is_empty() {
            for question in &questions {
                let answer = observe::answer(&self.client, question).await.unwrap();
                observed.learn(answer);
            }
            questions = plan::questions(desired, &observed, &options);
        }
        observed.ended_runs.extend(own.cloned());
        plan::plan(desired, &observed, options).unwrap()
    }

    /// Runs a plan and reads its journal back.
    pub(super) async fn run(&self, plan: &Plan) -> Run {
        self.run_heard_by(plan, &mut |_| {}).await
    }

    /// Runs a plan; `hears` gets every event as it happens.
    pub(super) async fn run_heard_by(&self, plan: &Plan, hears: &mut dyn FnMut(&Event)) -> Run {
        let mut events = Vec::new();
        let run = self.next_run(plan);
        let summary = apply::run(self.context(plan, run.clone()), &mut |event| {
            hears(event);
            events.push(event.clone());
        })
        .await
        .unwrap();
        let journal = self.store.run(&run).journal().unwrap();
        Run {
            summary,
            events,
            journal,
        }
    }

    /// The pause between two looks from now on, for runs that last for hours.
    pub(super) fn poll_every(&self, seconds: u64) {
        self.poll_interval.set(Duration::from_secs(seconds));
    }

    /// A run's id that is the same in every execution of the test.
    pub(super) fn next_run(&self, plan: &Plan) -> RunId {
        self.runs.set(self.runs.get() + 1);
        RunId::new(format!(
            "20260515-060500-{}-{:04x}",
            plan.partition,
            self.runs.get()
        ))
    }

    /// What a run is given here.
    pub(super) fn context<'a>(&'a self, plan: &'a Plan, run: RunId) -> Context<'a> {
        Context {
            plan,
            client: &self.client,
            approved: None,
            // Every simulated cluster here has the usual master user.
            witness: plan
                .proof()
                .map(|_| commands::witness::in_process(&self.simulator, &prod(), None)),
            store: &self.store,
            run,
            holder: holder("ada"),
            poll_interval: self.poll_interval.get(),
            probing: None,
            directory: ".".into(),
            commands: Commands {
                again: format!("auroractl apply {}", plan.partition),
                resume: "auroractl resume RUN".to_owned(),
                activate: format!("auroractl apply {} --activate", plan.partition),
            },
            interrupted: self.interrupt.subscribe(),
        }
    }

    /// The requests that can change something and that were accepted, in order.
    pub(super) fn changes(&self) -> Vec<Request> {
        self.simulator
            .requests()
            .into_iter()
            .filter(|request| request.mutating)
            .collect()
    }

    /// The changing requests in short, without what is random in them.
    pub(super) fn changes_in_short(&self) -> String {
        let mut text = String::new();
        for request in self.changes() {
            let object = [
                "DBInstanceIdentifier",
                "TargetDBInstanceIdentifier",
                "DBClusterParameterGroupName",
                "DBClusterIdentifier",
            ]
            .iter()
            .find_map(|name| request.parameters.get(*name))
            .map_or("", String::as_str);
            let outcome = match (&request.error_code, &request.fault) {
                (Some(code), _) => format!(" -> {code}"),
                (None, Some(fault)) => format!(" -> {fault}"),
                (None, None) => String::new(),
            };
            text.push_str(&format!("{} {object}{outcome}\n", request.action));
        }
        text
    }

    /// What a run left behind on AWS's side and on ours, as the invariants take it.
    pub(super) fn evidence(&self, plan: &Plan, run: &RunId) -> Evidence {
        let cluster = plan.target.cluster.as_str().to_lowercase();
        Evidence {
            runs: vec![invariants::Run {
                run: run.clone(),
                plan: plan.clone(),
                entries: self.store.run(run).journal().unwrap().entries,
                first_request: 1,
            }],
            requests: self.changes().iter().map(data).collect(),
            others: Vec::new(),
            members: self
                .simulator
                .timeline()
                .iter()
                .filter(|change| change.fault.is_none() && change.cluster == cluster)
                .map(data)
                .collect(),
            events: self
                .simulator
                .events()
                .into_iter()
                .map(|event| invariants::Event {
                    time: event.time,
                    id: event.id,
                    source: event.source,
                })
                .collect(),
            blind_seconds: 0,
        }
    }

    /// The root of the store.
    pub(super) fn root(&self) -> PathBuf {
        self.folder.path().join(".auroractl")
    }
}

/// The same data, as whoever reads it without our types sees it.
fn data<T: serde::de::DeserializeOwned>(value: &impl serde::Serialize) -> T {
    serde_json::from_value(serde_json::to_value(value).unwrap()).unwrap()
}

fn auroractl_http_client(
    simulator: &Simulator,
) -> aws_smithy_runtime_api::client::http::SharedHttpClient {
    aws_smithy_runtime_api::client::http::SharedHttpClient::new(simulator.connector())
}

impl Run {
    /// What was told of the actions, without what was waited for in between.
    pub(super) fn told(&self) -> String {
        let mut text = String::new();
        for event in &self.events {
            match event {
                Event::ActionFinished {
                    action,
                    seconds,
                    forecast,
                    proof,
                    ..
                } => text.push_str(&format!(
                    "{action}: {seconds} s of {}: {proof}\n",
                    forecast.seconds
                )),
                Event::ActionFailed {
                    action, because, ..
                } => text.push_str(&format!("{action} FAILED: {because}\n")),
                Event::Remark { text: remark, .. } => {
                    text.push_str(&format!("remark: {remark}\n"));
                }
                Event::RunStarted { .. }
                | Event::RunResumed { .. }
                | Event::ActionStarted { .. }
                | Event::Waiting { .. }
                | Event::GateReached { .. }
                | Event::Interruption { .. }
                | Event::RunFinished { .. } => {}
            }
        }
        text
    }

    /// What was seen while an action was waited for.
    pub(super) fn seen_of(&self, id: &str) -> Vec<String> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Waiting { action, seen, .. } if action.as_str() == id => Some(seen.clone()),
                _ => None,
            })
            .collect()
    }
}

/// A person at a machine.
pub(super) fn holder(user: &str) -> Holder {
    Holder {
        user: user.to_owned(),
        host: "desk".to_owned(),
        process: 42,
        numbered_by: None,
    }
}

/// The built-in world with further lines, such as faults.
pub(super) fn built_in_with(lines: &str) -> String {
    format!("{}\n{lines}\n", sim::built_in_world())
}

/// A declared value.
pub(super) fn parameter(value: Value) -> Parameter {
    Parameter {
        as_written: format!("{value:?}"),
        value,
        place: Place {
            file: PathBuf::from("environments/prod.toml"),
            line: 1,
            column: 1,
        },
    }
}

/// The parameters of the rollout; prod's `max_connections` beside them where `with_connections`.
pub(super) fn parameters(with_connections: bool) -> BTreeMap<ParameterName, Parameter> {
    let mut values = vec![
        (
            "shared_preload_libraries",
            Value::List(vec!["pg_stat_statements".to_owned()]),
        ),
        (
            "log_min_duration_statement",
            Value::Number("500".to_owned()),
        ),
        ("log_statement", Value::Text("ddl".to_owned())),
        ("log_lock_waits", Value::Boolean(true)),
        ("log_temp_files", Value::Number("0".to_owned())),
        ("pg_stat_statements.track", Value::Text("all".to_owned())),
    ];
    if with_connections {
        values.push(("max_connections", Value::Number("500".to_owned())));
    }
    values
        .into_iter()
        .map(|(name, value)| (ParameterName::new(name), parameter(value)))
        .collect()
}

/// prod as the rollout declares it: restarts inside the window only, a class change, one more static parameter.
pub(super) fn prod() -> Desired {
    Desired {
        partition: PartitionName::new("prod"),
        file: PathBuf::from("environments/prod.toml"),
        aws: Aws {
            account: AccountId::new("111111111111"),
            region: Region::new("us-east-1"),
            profile: None,
        },
        cluster: Cluster {
            identifier: ClusterId::new("Alpha001-prod-AuroraCluster"),
            identifier_as_written: "Alpha001-prod-AuroraCluster".to_owned(),
            engine: "aurora-postgresql".to_owned(),
            engine_version: EngineVersion::new("16"),
            instance_class: Some(InstanceClass::new("db.r7g.large")),
            instances: BTreeMap::new(),
            apply_immediately: false,
            parameter_group: None,
            database_insights: Some(DatabaseInsights::Standard),
            performance_insights_retention_days: Some(7),
        },
        parameters: parameters(true),
        window: Some(Window {
            schedule: Schedule::Weekly {
                weekday: 4,
                opens: "23:00".parse().unwrap(),
                length_minutes: 180,
            },
            time_zone: "America/Los_Angeles".to_owned(),
            as_written: "Thu 23:00-02:00".to_owned(),
        }),
        writer_interruption_seconds_max: Some(60),
        snapshot: SnapshotPolicy::UntilVerified,
        undoes: None,
        store: None,
        verify: Default::default(),
        steps: Vec::new(),
    }
}

/// demo as the rollout declares it: everything at once, no class change.
pub(super) fn demo() -> Desired {
    let prod = prod();
    Desired {
        partition: PartitionName::new("demo"),
        cluster: Cluster {
            identifier: ClusterId::new("Alpha001-demo-AuroraCluster"),
            identifier_as_written: "Alpha001-demo-AuroraCluster".to_owned(),
            instance_class: Some(InstanceClass::new("db.t3.medium")),
            apply_immediately: true,
            database_insights: None,
            performance_insights_retention_days: None,
            ..prod.cluster
        },
        parameters: parameters(false),
        window: None,
        ..prod
    }
}

/// A world with the cluster `orders` of two members in prod's account: `before` stands before the cluster's table,
/// `within` inside it.
pub(super) fn one_cluster(before: &str, within: &str) -> String {
    format!(
        r#"
clock = "2026-05-14T23:05:00-07:00"
{before}
[[account]]
id = "111111111111"
profiles = ["Admin-Alpha1"]
access_keys = ["AKIASIMULATEDALPHA001"]

[[cluster]]
identifier = "orders"
engine_version = "16.6"
maintenance_window = "sun:09:40-sun:10:10"
{within}

[[cluster.member]]
identifier = "orders-1"
class = "db.r6g.large"
writer = true

[[cluster.member]]
identifier = "orders-2"
class = "db.r6g.large"
"#
    )
}

/// The cluster `orders` with nothing declared but that it exists.
pub(super) fn orders() -> Desired {
    let demo = demo();
    Desired {
        partition: PartitionName::new("orders"),
        cluster: Cluster {
            identifier: ClusterId::new("orders"),
            identifier_as_written: "orders".to_owned(),
            instance_class: None,
            ..demo.cluster
        },
        parameters: BTreeMap::new(),
        ..demo
    }
}
