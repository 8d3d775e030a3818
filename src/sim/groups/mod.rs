//! Parameter groups of both kinds: their data, the default groups, and what values they give a member.

pub(crate) mod instance_groups;
pub(crate) mod listing;
pub(crate) mod manage;
pub(crate) mod propagation;
pub(crate) mod values;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::filing::By;
use super::instances::Instance;
use super::parameters::{self, Definition};
use super::place::Place;

/// The parameters of a family. Family 13 is on offer but not catalogued: family 14 stands for it (assumed).
pub(crate) fn catalogue(family: &str) -> Option<&'static BTreeMap<String, Definition>> {
    parameters::catalogue(if family == "aurora-postgresql13" {
        "aurora-postgresql14"
    } else {
        family
    })
}

/// Every family on offer, the oldest first.
pub(crate) fn families() -> Vec<&'static str> {
    std::iter::once("aurora-postgresql13")
        .chain(parameters::families().iter().copied())
        .collect()
}

/// A cluster parameter group or an instance parameter group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) family: String,
    pub(crate) description: String,
    /// The values that a user has set.
    pub(crate) values: BTreeMap<String, Value>,
    pub(crate) tags: BTreeMap<String, String>,
    /// When the last cluster let go of it.
    pub(crate) detached: Option<Timestamp>,
}

/// A value that a user has set, and the method it was sent with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Value {
    pub(crate) value: String,
    pub(crate) method: String,
}

/// Whether a group belongs to clusters or to instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Cluster,
    Instance,
}

impl Kind {
    /// The default group of a family, which belongs to the service and exists without being stored.
    pub(crate) fn default_group(self, name: &str) -> Option<Group> {
        let family = name
            .strip_prefix("default.")
            .filter(|family| catalogue(family).is_some())?;
        let description = match self {
            Self::Cluster => format!("Default cluster parameter group for {family}"),
            Self::Instance => format!("Default parameter group for {family}"),
        };
        Some(Group {
            name: name.to_owned(),
            family: family.to_owned(),
            description,
            values: BTreeMap::new(),
            tags: BTreeMap::new(),
            detached: None,
        })
    }
}

impl Place {
    /// The groups of a kind, without the default ones.
    pub(crate) fn groups(&self, kind: Kind) -> &BTreeMap<String, Group> {
        match kind {
            Kind::Cluster => &self.cluster_groups,
            Kind::Instance => &self.instance_groups,
        }
    }

    pub(crate) fn groups_mut(&mut self, kind: Kind) -> &mut BTreeMap<String, Group> {
        match kind {
            Kind::Cluster => &mut self.cluster_groups,
            Kind::Instance => &mut self.instance_groups,
        }
    }

    /// A group by its stored name, default ones included.
    pub(crate) fn group(&self, kind: Kind, name: &str) -> Option<Group> {
        self.groups(kind)
            .get(name)
            .cloned()
            .or_else(|| kind.default_group(name))
    }

    /// What a user has set for a member: its own group's values over its cluster's.
    pub(crate) fn stored_values(&self, instance: &Instance) -> BTreeMap<String, String> {
        let cluster_group = self
            .clusters
            .get(&instance.cluster)
            .map(|cluster| cluster.parameter_group.as_str());
        let of_cluster = cluster_group.and_then(|name| self.cluster_groups.get(name));
        let of_instance = self.instance_groups.get(&instance.parameter_group);
        of_cluster
            .into_iter()
            .chain(of_instance)
            .flat_map(|group| {
                group
                    .values
                    .iter()
                    .map(|(name, value)| (name.clone(), value.value.clone()))
            })
            .collect()
    }

    /// The clusters that use a cluster parameter group.
    pub(crate) fn clusters_with_group(&self, name: &str) -> Vec<String> {
        let using = self.clusters.with(By::Group, name);
        using.map(|cluster| cluster.identifier.clone()).collect()
    }

    /// The instances that use an instance parameter group.
    pub(crate) fn instances_with_group(&self, name: &str) -> Vec<String> {
        let using = self.instances.with(By::Group, name);
        using.map(|instance| instance.identifier.clone()).collect()
    }
}
