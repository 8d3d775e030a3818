//! Custom endpoints of clusters: their data, what keeps them in step with members, and how they look on the wire.
//!
//! Sources: RDS API Reference, DBClusterEndpoint; Aurora User Guide, "Custom endpoints for Amazon Aurora". How long a change
//! takes is general knowledge.

pub(crate) mod change;
pub(crate) mod describe;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::filing::{By, Filed};
use super::identifiers::stored;
use super::instances::Instance;
use super::machine::Moment;
use super::place::Place;
use super::postgres::Kind;
use super::schedule::{Object, Step};
use super::world::Rules;
use super::xml::Element;

/// A custom endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    pub(crate) identifier: String,
    pub(crate) resource_id: String,
    pub(crate) cluster: String,
    pub(crate) status: String,
    /// `READER`, `WRITER` or `ANY`.
    pub(crate) kind: String,
    /// The members it leads to, when it names them; else all members but the excluded ones.
    pub(crate) static_members: Vec<String>,
    pub(crate) excluded_members: Vec<String>,
    /// It named members, and none of them is left.
    #[serde(default)]
    pub(crate) emptied: bool,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Filed for Endpoint {
    fn names(&self) -> impl Iterator<Item = (By, &str)> {
        let members = self.static_members.iter().chain(&self.excluded_members);
        std::iter::once((By::Cluster, self.cluster.as_str()))
            .chain(members.map(|member| (By::Member, member.as_str())))
    }
}

impl Endpoint {
    /// Whether a connection may be led to a member of its cluster, in the role that it has now. Of an endpoint that is being made
    /// nobody knows yet. A WRITER endpoint is for clusters of other kinds; here it leads to the writer, if that is among its members.
    pub(crate) fn may_lead_to(&self, member: &Instance) -> bool {
        let fits = match self.kind.as_str() {
            "READER" => !member.writer,
            "WRITER" => member.writer,
            _ => true,
        };
        let identifier = &member.identifier;
        fits && self.status != "creating"
            && !self.emptied
            && (self.static_members.is_empty() || self.static_members.contains(identifier))
            && !self.excluded_members.contains(identifier)
    }
}

impl Place {
    /// The endpoint by identifier or ARN, in any case.
    pub(crate) fn endpoint(&self, name: &str) -> Result<&Endpoint, Error> {
        self.endpoints
            .get(&stored(name))
            .ok_or_else(|| not_found(name))
    }

    pub(crate) fn endpoint_mut(&mut self, name: &str) -> Result<&mut Endpoint, Error> {
        self.endpoints
            .get_mut(&stored(name))
            .ok_or_else(|| not_found(name))
    }

    /// The custom endpoints of a cluster, by name.
    pub(crate) fn endpoints_of<'a>(
        &'a self,
        cluster: &'a str,
    ) -> impl Iterator<Item = &'a Endpoint> {
        self.endpoints.with(By::Cluster, cluster)
    }

    /// A member has another name, or none any more.
    pub(crate) fn follow_member(&mut self, from: &str, to: Option<&str>) {
        for name in self.endpoint_names(By::Member, from) {
            let Some(endpoint) = self.endpoints.get_mut(&name) else {
                continue;
            };
            let named = !endpoint.static_members.is_empty();
            for list in [&mut endpoint.static_members, &mut endpoint.excluded_members] {
                match to {
                    Some(to) => list
                        .iter_mut()
                        .filter(|member| *member == from)
                        .for_each(|member| to.clone_into(member)),
                    None => list.retain(|member| member != from),
                }
            }
            // A list that named members does not become one of all of them. Inferred: members that join later are not added to
            // an endpoint that has a static list (Aurora User Guide, "Membership rules for custom endpoints").
            endpoint.emptied |= named && endpoint.static_members.is_empty();
        }
    }

    /// A cluster has another name.
    pub(crate) fn follow_cluster(&mut self, from: &str, to: &str) {
        for name in self.endpoint_names(By::Cluster, from) {
            if let Some(endpoint) = self.endpoints.get_mut(&name) {
                to.clone_into(&mut endpoint.cluster);
            }
        }
    }

    /// The identifiers of the endpoints that are filed under a name.
    fn endpoint_names(&self, by: By, name: &str) -> Vec<String> {
        let found = self.endpoints.with(by, name);
        found.map(|endpoint| endpoint.identifier.clone()).collect()
    }

    /// An endpoint has another name.
    pub(crate) fn rename_endpoint(&mut self, from: &str, to: &str) {
        if let Some(mut endpoint) = self.endpoints.remove(from) {
            to.clone_into(&mut endpoint.identifier);
            self.endpoints.insert(to.to_owned(), endpoint);
        }
    }

    /// A cluster has disappeared, and its endpoints with it.
    pub(crate) fn drop_endpoints(&mut self, cluster: &str) {
        for name in self.endpoint_names(By::Cluster, cluster) {
            self.endpoints.remove(&name);
            self.schedule.forget(&Object::Endpoint(name), None);
        }
    }
}

/// Other things that are not found answer with status 404; this one has 400.
fn not_found(name: &str) -> Error {
    Error::new(
        "DBClusterEndpointNotFoundFault",
        400,
        format!("DBClusterEndpoint {name} not found."),
    )
}

/// What happens to an endpoint.
pub(crate) fn step(moment: &mut Moment<'_>, identifier: &str, step: &Step) {
    match step {
        Step::StatusBegins { status } => {
            if let Some(endpoint) = moment.place.endpoints.get_mut(identifier) {
                endpoint.status.clone_from(status);
            }
        }
        Step::Gone => {
            moment.place.endpoints.remove(identifier);
        }
        _ => {}
    }
}

/// The address that clients connect to.
pub(crate) fn address(place: &Place, rules: &Rules, identifier: &str) -> String {
    // Nobody is told a port here.
    let (address, _) = rules.endpoint(place, Kind::Custom, identifier, 0);
    address
}

/// The members of an endpoint's structure; the answers to changes have them without a structure around.
pub(crate) fn fields(place: &Place, rules: &Rules, endpoint: &Endpoint) -> Vec<Element> {
    let Endpoint {
        identifier,
        resource_id,
        cluster,
        status,
        kind,
        static_members,
        excluded_members,
        emptied: _,
        tags: _,
    } = endpoint;
    vec![
        Element::text("DBClusterEndpointIdentifier", identifier),
        Element::text("DBClusterIdentifier", cluster),
        Element::text("DBClusterEndpointResourceIdentifier", resource_id),
        Element::text("Endpoint", address(place, rules, identifier)),
        Element::text("Status", status),
        Element::text("EndpointType", "CUSTOM"),
        Element::text("CustomEndpointType", kind),
        Element::texts("StaticMembers", "member", static_members),
        Element::texts("ExcludedMembers", "member", excluded_members),
        Element::text(
            "DBClusterEndpointArn",
            place.arn("cluster-endpoint", identifier),
        ),
    ]
}
