//! Blue/green deployments of clusters: their data, and how they look on the wire.
//!
//! Sources: RDS API Reference, BlueGreenDeployment; Aurora User Guide, "Using Amazon Aurora Blue/Green Deployments for database
//! updates"; the example outputs of the AWS CLI for the order of tasks and members. A deployment copies a cluster, upgrades
//! the copy (green) and lets it take the names of the original (blue).

mod create;
mod delete;
mod preconditions;
mod provision;
pub(crate) mod requests;
mod switchover;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clock::iso;
use super::error::Error;
use super::events::Source;
use super::machine::Moment;
use super::place::Place;
use super::schedule::Step;
use super::tags;
use super::xml::{Element, optional};

/// A blue/green deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Deployment {
    /// `bgd-` and sixteen letters and digits.
    pub(crate) identifier: String,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) details: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) deleted: Option<Timestamp>,
    /// Whether deleting it takes the green environment along.
    pub(crate) delete_target: bool,
    /// What green runs in the end.
    pub(crate) engine_version: String,
    pub(crate) group: String,
    pub(crate) instance_group: Option<String>,
    pub(crate) tasks: Vec<Task>,
    /// The cluster first, then its members, then its custom endpoints.
    pub(crate) pairs: Vec<Pair>,
    pub(crate) tags: BTreeMap<String, String>,
}

/// One step of the provisioning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) name: String,
    pub(crate) status: String,
}

/// What a pair consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    Cluster,
    Instance,
    Endpoint,
}

/// Something blue and its green counterpart, by identifier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pair {
    pub(crate) what: What,
    pub(crate) source: String,
    pub(crate) target: Option<String>,
    pub(crate) status: String,
}

const REPLICA: &str = "CREATING_READ_REPLICA_OF_SOURCE";
const UPGRADE: &str = "DB_ENGINE_VERSION_UPGRADE";
const INSTANCES: &str = "CREATE_DB_INSTANCES_FOR_CLUSTER";
const ENDPOINTS: &str = "CREATE_CUSTOM_ENDPOINTS";

impl What {
    fn arn(self, place: &Place, name: &str) -> String {
        let kind = match self {
            Self::Cluster => "cluster",
            Self::Instance => "db",
            Self::Endpoint => "cluster-endpoint",
        };
        place.arn(kind, name)
    }

    fn exists(self, place: &Place, name: &str) -> bool {
        match self {
            Self::Cluster => place.clusters.contains_key(name),
            Self::Instance => place.instances.contains_key(name),
            Self::Endpoint => place.endpoints.contains_key(name),
        }
    }
}

impl Deployment {
    /// The cluster of each side: blue, and green once it exists.
    pub(crate) fn clusters(&self) -> (String, Option<String>) {
        self.pairs
            .first()
            .map(|pair| (pair.source.clone(), pair.target.clone()))
            .unwrap_or_default()
    }

    fn set_pairs(&mut self, status: &str) {
        for pair in &mut self.pairs {
            status.clone_into(&mut pair.status);
        }
    }

    fn set_task(&mut self, name: &str, status: &str) {
        for task in self.tasks.iter_mut().filter(|task| task.name == name) {
            status.clone_into(&mut task.status);
        }
    }

    /// Whether it still ties its two clusters together.
    fn is_active(&self) -> bool {
        self.status != "SWITCHOVER_COMPLETED"
    }
}

impl Place {
    /// The deployment by identifier.
    pub(crate) fn deployment(&self, identifier: &str) -> Result<&Deployment, Error> {
        self.deployments
            .get(identifier)
            .ok_or_else(|| not_found(identifier))
    }

    pub(crate) fn deployment_mut(&mut self, identifier: &str) -> Result<&mut Deployment, Error> {
        self.deployments
            .get_mut(identifier)
            .ok_or_else(|| not_found(identifier))
    }

    /// Whether a cluster is the blue or the green side of a deployment that is not over.
    pub(crate) fn in_deployment(&self, cluster: &str) -> bool {
        self.deployments.values().any(|deployment| {
            let (blue, green) = deployment.clusters();
            deployment.is_active() && (blue == cluster || green.as_deref() == Some(cluster))
        })
    }
}

fn not_found(identifier: &str) -> Error {
    Error::new(
        "BlueGreenDeploymentNotFoundFault",
        404,
        format!("Blue Green Deployment {identifier} not found."),
    )
}

fn state(message: impl Into<String>) -> Error {
    Error::new("InvalidBlueGreenDeploymentStateFault", 400, message)
}

fn event(moment: &mut Moment<'_>, identifier: &str, id: &str, category: &str, message: &str) {
    let source = Source::BlueGreenDeployment;
    moment
        .place
        .event(moment.at, source, identifier, id, category, message);
}

/// What happens to a deployment.
pub(crate) fn step(moment: &mut Moment<'_>, identifier: &str, step: &Step) {
    match step {
        Step::TaskBegins { task } => provision::begins(moment, identifier, task),
        Step::TaskEnds { task } => provision::ends(moment, identifier, task),
        Step::SwitchoverBegins { timeout_seconds } => {
            switchover::begins(moment, identifier, *timeout_seconds);
        }
        Step::SwitchoverCancelled => switchover::cancelled(moment, identifier),
        Step::SwitchoverEnds => switchover::ends(moment, identifier),
        Step::Gone => delete::gone(moment, identifier),
        _ => {}
    }
}

/// `<BlueGreenDeployment>`, or a list's `<member>`.
fn element(place: &Place, deployment: &Deployment, name: &'static str) -> Element {
    let (source, target) = deployment.clusters();
    let mut children = vec![
        Element::text("BlueGreenDeploymentIdentifier", &deployment.identifier),
        Element::text("BlueGreenDeploymentName", &deployment.name),
        Element::text("Source", What::Cluster.arn(place, &source)),
    ];
    optional(
        &mut children,
        "Target",
        target.map(|target| What::Cluster.arn(place, &target)),
    );
    let pairs = deployment.pairs.iter().map(|pair| {
        let mut children = vec![Element::text(
            "SourceMember",
            pair.what.arn(place, &pair.source),
        )];
        let target = pair.target.as_ref();
        optional(
            &mut children,
            "TargetMember",
            target.map(|target| pair.what.arn(place, target)),
        );
        children.push(Element::text("Status", pair_status(place, pair)));
        Element::node("member", children)
    });
    let tasks = deployment.tasks.iter().map(|task| {
        Element::node(
            "member",
            vec![
                Element::text("Name", &task.name),
                Element::text("Status", &task.status),
            ],
        )
    });
    children.push(Element::node("SwitchoverDetails", pairs.collect()));
    children.push(Element::node("Tasks", tasks.collect()));
    children.push(Element::text("Status", &deployment.status));
    optional(&mut children, "StatusDetails", deployment.details.as_ref());
    children.push(Element::text("CreateTime", iso(deployment.created)));
    optional(&mut children, "DeleteTime", deployment.deleted.map(iso));
    children.push(tags::element(&deployment.tags));
    Element::node(name, children)
}

/// The status of a pair; one that waits for the switchover shows when a side has been taken away.
fn pair_status(place: &Place, pair: &Pair) -> String {
    let missing = |name: &str| !pair.what.exists(place, name);
    if pair.status == "AVAILABLE" && missing(&pair.source) {
        return "MISSING_SOURCE".to_owned();
    }
    if pair.status == "AVAILABLE" && pair.target.as_deref().is_some_and(missing) {
        return "MISSING_TARGET".to_owned();
    }
    pair.status.clone()
}
