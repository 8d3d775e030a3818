//! Endpoints: the names that clients connect to. In: a name, the world. Out: the member that it leads to at this instant.
//!
//! Sources: Aurora User Guide, "Amazon Aurora endpoint connections" (the cluster endpoint leads to the writer, the reader endpoint
//! takes the readers in turn and leads to the writer where there is none), "Fast failover with Amazon Aurora PostgreSQL" (names
//! have a time to live of 5 seconds). After a failover the cluster endpoint leads to the former writer for a while. "Custom
//! endpoints" of the same guide: one of type READER leads to members that are readers now, one of type ANY to all it may lead to.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sim::clusters::Cluster;
use crate::sim::instances::Instance;
use crate::sim::place::Place;
use crate::sim::world::{Rules, World};

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Endpoint {
    /// `ACCOUNT/REGION`.
    pub(crate) place: String,
    pub(crate) kind: Kind,
    /// The cluster's, the member's or the custom endpoint's identifier.
    pub(crate) identifier: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The cluster endpoint.
    Writer,
    Reader,
    /// One that a user has made.
    Custom,
    Member,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Writer => "writer",
            Self::Reader => "reader",
            Self::Custom => "custom",
            Self::Member => "member",
        }
    }
}

/// A cluster endpoint that still leads to the former writer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moving {
    pub(crate) former: String,
    pub(crate) until: Timestamp,
}

/// The part of the names that comes before the region, and the region.
fn suffix(place: &Place, rules: &Rules) -> String {
    format!(
        "{}.{}.rds.amazonaws.com",
        place.endpoint_suffix(rules),
        place.region
    )
}

impl Endpoint {
    pub(crate) fn new(place: &Place, kind: Kind, identifier: &str) -> Self {
        Self {
            place: format!("{}/{}", place.account, place.region),
            kind,
            identifier: identifier.to_owned(),
        }
    }

    /// The name as AWS forms it.
    pub(crate) fn name(&self, place: &Place, rules: &Rules) -> String {
        let (identifier, suffix) = (&self.identifier, suffix(place, rules));
        match self.kind {
            Kind::Writer => format!("{identifier}.cluster-{suffix}"),
            Kind::Reader => format!("{identifier}.cluster-ro-{suffix}"),
            Kind::Custom => format!("{identifier}.cluster-custom-{suffix}"),
            Kind::Member => format!("{identifier}.{suffix}"),
        }
    }

    /// The endpoint of a name, in any case; none when nothing in the world is called so.
    pub(crate) fn named(name: &str, world: &World) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let (identifier, rest) = name.split_once('.')?;
        world.places.values().find_map(|place| {
            let suffix = suffix(place, &world.rules);
            let kind = if rest == suffix {
                place
                    .instances
                    .contains_key(identifier)
                    .then_some(Kind::Member)
            } else {
                let kind = match rest.strip_prefix("cluster-")? {
                    rest if rest == suffix => Kind::Writer,
                    rest if rest.strip_prefix("ro-") == Some(suffix.as_str()) => Kind::Reader,
                    rest if rest.strip_prefix("custom-") == Some(suffix.as_str()) => Kind::Custom,
                    _ => return None,
                };
                let exists = match kind {
                    Kind::Custom => place.endpoints.contains_key(identifier),
                    _ => place.clusters.contains_key(identifier),
                };
                exists.then_some(kind)
            };
            Some(Self::new(place, kind?, identifier))
        })
    }

    /// The cluster it belongs to.
    pub(crate) fn cluster<'a>(&'a self, place: &'a Place) -> Option<&'a str> {
        match self.kind {
            Kind::Writer | Kind::Reader => Some(&self.identifier),
            Kind::Custom => {
                let custom = place.endpoints.get(&self.identifier)?;
                Some(&custom.cluster)
            }
            Kind::Member => {
                let member = place.instances.get(&self.identifier)?;
                Some(&member.cluster)
            }
        }
    }

    /// Every endpoint of a place.
    pub(crate) fn all(place: &Place) -> Vec<Self> {
        let clusters = place.clusters.keys().flat_map(|identifier| {
            [Kind::Writer, Kind::Reader].map(|kind| Self::new(place, kind, identifier))
        });
        let custom = place.endpoints.keys();
        let custom = custom.map(|identifier| Self::new(place, Kind::Custom, identifier));
        let members = place.instances.values();
        let members = members.filter(|member| member.status != "creating");
        let members = members.map(|member| Self::new(place, Kind::Member, &member.identifier));
        clusters.chain(custom).chain(members).collect()
    }

    /// The member that this leads to now; `turn` chooses among readers.
    pub(crate) fn leads_to<'a>(
        &self,
        place: &'a Place,
        now: Timestamp,
        turn: u64,
    ) -> Option<&'a Instance> {
        match self.kind {
            Kind::Member => place.instances.get(&self.identifier),
            Kind::Writer => writer(place, place.clusters.get(&self.identifier)?, now),
            Kind::Reader => {
                let cluster = place.clusters.get(&self.identifier)?;
                let readers = place.members(cluster).filter(|member| !member.writer);
                in_turn(readers, turn).or_else(|| writer(place, cluster, now))
            }
            Kind::Custom => {
                let custom = place.endpoints.get(&self.identifier)?;
                let cluster = place.clusters.get(&custom.cluster)?;
                let members = place.members(cluster);
                in_turn(members.filter(|member| custom.may_lead_to(member)), turn)
            }
        }
    }
}

/// The members that are up, one after the other.
fn in_turn<'a>(members: impl Iterator<Item = &'a Instance>, turn: u64) -> Option<&'a Instance> {
    let up: Vec<&Instance> = members
        .filter(|member| member.engine_up && member.status != "creating")
        .collect();
    let turn = usize::try_from(turn).unwrap_or_default();
    up.get(turn.checked_rem(up.len())?).copied()
}

fn writer<'a>(place: &'a Place, cluster: &'a Cluster, now: Timestamp) -> Option<&'a Instance> {
    let moving = cluster.endpoint_moving.as_ref();
    let former = moving
        .filter(|moving| now < moving.until)
        .and_then(|moving| place.instances.get(&moving.former));
    former.or_else(|| place.writer_of(cluster))
}
