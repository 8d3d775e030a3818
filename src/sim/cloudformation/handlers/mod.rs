//! What CloudFormation's resource handlers do: they call RDS as anybody does, look every 30 s, and decide by what they see.
//!
//! Source: the published source of the RDS resource handlers (aws-cloudformation-resource-providers-rds) and what was observed of
//! them; the texts as seen in public issues.

mod cluster;
mod group;
mod instance;
mod request;
mod subnets;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::types::{self, Nature};
use crate::sim::error::Error;
use crate::sim::groups::Kind;
use crate::sim::identifiers::stored;
use crate::sim::machine::Moment;
use crate::sim::place::Place;
use crate::sim::postgres::endpoint;
use crate::sim::random::Draws;
use crate::sim::world::Rules;

/// A handler waits no longer than this for a resource.
const LIMIT_SECONDS: f64 = 36.0 * 3600.0;

/// What a handler is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Create,
    Update,
    /// The resource is as it was, something that it refers to is not.
    Touch,
    Delete {
        snapshot: bool,
    },
}

/// One resource's part of an operation, as its handler sees it.
pub(crate) struct Job<'a> {
    pub(crate) stack_id: &'a str,
    pub(crate) stack: &'a str,
    pub(crate) logical: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) verb: Verb,
    pub(crate) previous: &'a Value,
    pub(crate) desired: &'a Value,
    /// The stack's own tags before and after.
    pub(crate) tags_before: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    /// Whether the call is part of a rollback.
    pub(crate) undoes: bool,
}

/// Where a handler is; saved with the world.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Memo {
    pub(crate) begun: Option<Timestamp>,
    /// The resource's physical id, as soon as it is chosen.
    pub(crate) physical: Option<String>,
    /// The resource has been made.
    pub(crate) made: bool,
    pub(crate) stage: Stage,
    /// Requests of a series that have been sent.
    pub(crate) sent: usize,
    /// Looks in a row that found everything as it shall be.
    pub(crate) good_looks: u32,
    /// Nothing is left to do but to tell so.
    #[serde(default)]
    pub(crate) finished: bool,
}

/// What a handler does next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    #[default]
    Call,
    /// Requests that follow the first.
    More,
    Settle,
    /// Whether a restart is needed.
    Restart,
    /// Everything must be in sync after it.
    InSync,
}

/// What a handler answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Turn {
    /// It goes on at once.
    Next,
    /// It looks again later.
    Probe,
    /// RDS has throttled it.
    Throttled,
    Done,
    /// The reason, as the event tells it.
    Failed(String),
}

impl Job<'_> {
    fn text(&self, name: &str) -> Option<String> {
        super::template::evaluate::text(self.desired.get(name)?)
    }

    /// Whether a property is wanted otherwise than before.
    fn differs(&self, name: &str) -> bool {
        match (self.previous.get(name), self.desired.get(name)) {
            (Some(before), Some(after)) => !super::template::evaluate::same(before, after),
            (None, Some(_)) => true,
            (_, None) => false,
        }
    }
}

/// A handler's next look at its resource.
pub(crate) fn turn(moment: &mut Moment<'_>, job: &Job<'_>, memo: &mut Memo) -> Turn {
    let since = memo.begun.unwrap_or(moment.at);
    if moment.at.duration_since(since).as_secs_f64() > LIMIT_SECONDS {
        return Turn::Failed(told(
            moment,
            job,
            "Exceeded attempts to wait",
            "NotStabilized",
        ));
    }
    let physical = memo.physical.clone().unwrap_or_default();
    let result = match types::nature(job.kind) {
        Nature::Cluster => cluster::turn(moment, job, memo, &physical),
        Nature::Instance => instance::turn(moment, job, memo, &physical),
        Nature::ClusterGroup => group::turn(moment, job, memo, (&physical, Kind::Cluster)),
        Nature::InstanceGroup => group::turn(moment, job, memo, (&physical, Kind::Instance)),
        Nature::SubnetGroup => subnets::turn(moment, job, memo, &physical),
        Nature::Passive => {
            memo.made = job.verb == Verb::Create;
            Ok(Turn::Done)
        }
    };
    result.unwrap_or_else(|error| {
        if throttled(&error) {
            return Turn::Throttled;
        }
        let (message, code) = refusal(moment, job, &error);
        Turn::Failed(told(moment, job, &message, code))
    })
}

/// Documented for the handlers: these are asked again, nothing else is.
fn throttled(error: &Error) -> bool {
    matches!(error.code.as_str(), "Throttling" | "ThrottlingException")
}

/// RDS's own words, as the SDK of the handlers hands them on, and the handler's code for them.
fn refusal(moment: &mut Moment<'_>, job: &Job<'_>, error: &Error) -> (String, &'static str) {
    let request = uuid(moment, job);
    let message = format!(
        "{} (Service: Rds, Status Code: {}, Request ID: {request})",
        error.message, error.status
    );
    let code = match error.code.as_str() {
        code if code.contains("AlreadyExists") => "AlreadyExists",
        code if code.contains("NotFound") => "NotFound",
        code if code.contains("QuotaExceeded") => "ServiceLimitExceeded",
        code if code.contains("State") => "ResourceConflict",
        code if code.contains("AccessDenied") => "AccessDenied",
        _ if error.status >= 500 => "ServiceInternalError",
        _ => "InvalidRequest",
    };
    (message, code)
}

/// The reason of a failed resource.
fn told(moment: &mut Moment<'_>, job: &Job<'_>, message: &str, code: &str) -> String {
    let token = uuid(moment, job);
    format!(
        "Resource handler returned message: \"{message}\" (RequestToken: {token}, HandlerErrorCode: {code})"
    )
}

fn uuid(moment: &mut Moment<'_>, job: &Job<'_>) -> String {
    let of = format!("{}/{}", job.stack_id, job.logical);
    super::names::uuid(moment.place, moment.rules, &of)
}

/// Whether a physical resource exists; passive ones do as long as their stack says so.
pub(crate) fn exists(place: &Place, kind: &str, physical: &str) -> bool {
    let name = stored(physical);
    match types::nature(kind) {
        Nature::Cluster => place.clusters.contains_key(&name),
        Nature::Instance => place.instances.contains_key(&name),
        Nature::ClusterGroup => place.cluster_groups.contains_key(&name),
        Nature::InstanceGroup => place.instance_groups.contains_key(&name),
        Nature::SubnetGroup => place.subnet_groups.contains_key(&name),
        Nature::Passive => true,
    }
}

/// The tags of a physical resource, if it exists and RDS keeps it.
pub(crate) fn tags<'a>(
    place: &'a mut Place,
    kind: &str,
    physical: &str,
) -> Option<&'a mut BTreeMap<String, String>> {
    let name = stored(physical);
    match types::nature(kind) {
        Nature::Cluster => Some(&mut place.clusters.get_mut(&name)?.tags),
        Nature::Instance => Some(&mut place.instances.get_mut(&name)?.tags),
        Nature::ClusterGroup => Some(&mut place.cluster_groups.get_mut(&name)?.tags),
        Nature::InstanceGroup => Some(&mut place.instance_groups.get_mut(&name)?.tags),
        Nature::SubnetGroup => Some(&mut place.subnet_groups.get_mut(&name)?.tags),
        Nature::Passive => None,
    }
}

/// Marks a resource as a stack's, as the service does: users cannot set these keys.
pub(crate) fn mark(
    place: &mut Place,
    (kind, physical): (&str, &str),
    (stack_id, stack, logical): (&str, &str, &str),
) {
    if let Some(tags) = tags(place, kind, physical) {
        for (key, value) in [
            ("stack-id", stack_id),
            ("stack-name", stack),
            ("logical-id", logical),
        ] {
            tags.insert(format!("aws:cloudformation:{key}"), value.to_owned());
        }
    }
}

/// An attribute of a resource, as `Fn::GetAtt` gives it.
pub(crate) fn attribute(
    place: &Place,
    rules: &Rules,
    kind: &str,
    physical: &str,
    name: &str,
) -> Option<String> {
    if !types::has_attribute(kind, name) {
        return None;
    }
    let key = stored(physical);
    match types::nature(kind) {
        Nature::Cluster => {
            let cluster = place.clusters.get(&key)?;
            let address = |kind| rules.endpoint(place, kind, &key, cluster.port);
            Some(match name {
                "DBClusterArn" => place.arn("cluster", &key),
                "DBClusterResourceId" => cluster.resource_id.clone(),
                "Endpoint.Address" => address(endpoint::Kind::Writer).0,
                "ReadEndpoint.Address" => address(endpoint::Kind::Reader).0,
                _ => address(endpoint::Kind::Writer).1.to_string(),
            })
        }
        Nature::Instance => {
            let instance = place.instances.get(&key)?;
            let port = place
                .clusters
                .get(&instance.cluster)
                .map_or(5432, |cluster| cluster.port);
            let (address, port) = rules.endpoint(place, endpoint::Kind::Member, &key, port);
            Some(match name {
                "DBInstanceArn" => place.arn("db", &key),
                "DbiResourceId" => instance.resource_id.clone(),
                "Endpoint.Address" => address,
                _ => port.to_string(),
            })
        }
        Nature::InstanceGroup => Some(key),
        Nature::ClusterGroup | Nature::SubnetGroup => None,
        Nature::Passive => Some(passive_attribute(place, kind, physical, name)),
    }
}

/// Attributes of what is not simulated: an ARN where one is asked for, else the physical id.
fn passive_attribute(place: &Place, kind: &str, physical: &str, name: &str) -> String {
    if name != "Arn" || physical.starts_with("arn:") {
        return physical.to_owned();
    }
    let service = kind
        .split("::")
        .nth(1)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let resource = kind
        .split("::")
        .nth(2)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let region = if service == "iam" { "" } else { &place.region };
    format!(
        "arn:aws:{service}:{region}:{}:{resource}/{physical}",
        place.account
    )
}

/// A text with its dynamic references resolved. There are no secrets here: a user name is `postgres`, and whatever else is asked
/// for is drawn, the same for the same reference. Source: CloudFormation User Guide, "Dynamic references".
fn dynamic(rules: &Rules, text: &str) -> String {
    let mut resolved = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{resolve:") {
        resolved.push_str(before);
        let Some((reference, after)) = after.split_once("}}") else {
            rest = after;
            break;
        };
        rest = after;
        if reference.contains(":username:") || reference.ends_with(":username") {
            resolved.push_str("postgres");
            continue;
        }
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        resolved.push_str(&Draws::default().name(
            rules.seed,
            "dynamic reference",
            reference,
            letters,
            30,
        ));
    }
    resolved.push_str(rest);
    resolved
}
