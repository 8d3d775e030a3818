//! What a request is about. In: its parameters. Out: the clusters and instances that it names, in lower case.
//!
//! What it names need not exist: whoever creates a cluster names it. An instance's cluster counts as named too, and so does the
//! cluster of a snapshot, of a custom endpoint, and of each side of a blue/green deployment; a parameter group concerns all that use it.

use super::filing::By;
use super::identifiers::stored;
use super::place::Place;
use super::query::Parameters;

/// What the value of a parameter names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Cluster,
    Instance,
    Resource,
    Snapshot,
    ClusterGroup,
    InstanceGroup,
    Endpoint,
    Deployment,
    /// Whatever there is of that name or ARN: the parameter takes several kinds.
    Anything,
}

/// The parameters that name something, and what.
const NAMING: [(&str, Names); 31] = [
    ("DBClusterIdentifier", Names::Cluster),
    ("NewDBClusterIdentifier", Names::Cluster),
    ("SourceDBClusterIdentifier", Names::Cluster),
    ("DbClusterResourceId", Names::Resource),
    ("SourceDbClusterResourceId", Names::Resource),
    ("DbiResourceId", Names::Resource),
    ("DBInstanceIdentifier", Names::Instance),
    ("NewDBInstanceIdentifier", Names::Instance),
    ("TargetDBInstanceIdentifier", Names::Instance),
    ("StaticMembers", Names::Instance),
    ("ExcludedMembers", Names::Instance),
    ("DBClusterSnapshotIdentifier", Names::Snapshot),
    ("SnapshotIdentifier", Names::Snapshot),
    ("SourceDBClusterSnapshotIdentifier", Names::Snapshot),
    ("TargetDBClusterSnapshotIdentifier", Names::Snapshot),
    ("DBClusterParameterGroupName", Names::ClusterGroup),
    (
        "SourceDBClusterParameterGroupIdentifier",
        Names::ClusterGroup,
    ),
    (
        "TargetDBClusterParameterGroupIdentifier",
        Names::ClusterGroup,
    ),
    ("TargetDBClusterParameterGroupName", Names::ClusterGroup),
    ("DBParameterGroupName", Names::InstanceGroup),
    ("DBInstanceParameterGroupName", Names::InstanceGroup),
    ("SourceDBParameterGroupIdentifier", Names::InstanceGroup),
    ("TargetDBParameterGroupIdentifier", Names::InstanceGroup),
    ("TargetDBParameterGroupName", Names::InstanceGroup),
    ("DBClusterEndpointIdentifier", Names::Endpoint),
    ("BlueGreenDeploymentIdentifier", Names::Deployment),
    ("BlueGreenDeploymentName", Names::Deployment),
    ("ResourceName", Names::Anything),
    ("ResourceIdentifier", Names::Anything),
    ("SourceIdentifier", Names::Anything),
    ("Source", Names::Anything),
];

/// What was found so far.
struct Named<'a> {
    place: &'a Place,
    clusters: Vec<String>,
    instances: Vec<String>,
}

/// Clusters, then instances.
pub(crate) fn named(place: Option<&Place>, parameters: &Parameters) -> (Vec<String>, Vec<String>) {
    let nowhere = Place::default();
    let mut named = Named {
        place: place.unwrap_or(&nowhere),
        clusters: Vec::new(),
        instances: Vec::new(),
    };
    for (parameter, names) in NAMING {
        let listed = parameters.list(parameter).unwrap_or_default();
        let given = parameters.text(parameter).map(str::to_owned);
        for name in given.into_iter().chain(listed) {
            named.add(names, &name);
        }
    }
    for filter in parameters.entries("Filters") {
        let values = filter.list("Values").unwrap_or_default();
        for value in values {
            named.add(Names::Anything, &value);
        }
    }
    (named.clusters, named.instances)
}

impl Named<'_> {
    fn add(&mut self, names: Names, given: &str) {
        let name = stored(given);
        match names {
            Names::Cluster => self.clusters.push(name),
            // These keep their case.
            Names::Resource => self.resource(given),
            Names::Instance => {
                self.instance(&name);
                self.instances.push(name);
            }
            Names::Snapshot => self.snapshot(&name),
            Names::ClusterGroup => self.clusters.extend(self.place.clusters_with_group(&name)),
            Names::InstanceGroup => {
                for instance in self.place.instances_with_group(&name) {
                    self.instance(&instance);
                    self.instances.push(instance);
                }
            }
            Names::Endpoint => self.endpoint(&name),
            Names::Deployment => self.deployment(given),
            Names::Anything => {
                self.resource(given);
                if self.place.clusters.contains_key(&name) {
                    self.clusters.push(name.clone());
                }
                if self.place.instances.contains_key(&name) {
                    self.instance(&name);
                    self.instances.push(name.clone());
                }
                self.snapshot(&name);
                self.endpoint(&name);
                self.deployment(given);
                self.clusters.extend(self.place.clusters_with_group(&name));
            }
        }
    }

    /// The cluster of an instance.
    fn instance(&mut self, name: &str) {
        let found = self.place.instances.get(name);
        self.clusters
            .extend(found.map(|instance| instance.cluster.clone()));
    }

    fn snapshot(&mut self, name: &str) {
        let found = self.place.snapshots.get(name);
        self.clusters
            .extend(found.map(|snapshot| snapshot.cluster.identifier.clone()));
    }

    fn endpoint(&mut self, name: &str) {
        let found = self.place.endpoints.get(name);
        self.clusters
            .extend(found.map(|endpoint| endpoint.cluster.clone()));
    }

    /// Both sides, by the deployment's identifier or name.
    fn deployment(&mut self, given: &str) {
        let deployments = self.place.deployments.values();
        let found = deployments
            .filter(|deployment| deployment.identifier == given || deployment.name == given);
        for deployment in found {
            let (blue, green) = deployment.clusters();
            for cluster in [Some(blue), green].into_iter().flatten() {
                self.instances
                    .extend(self.place.member_identifiers(&cluster));
                self.clusters.push(cluster);
            }
        }
    }

    /// What has this resource id, or none.
    fn resource(&mut self, id: &str) {
        let found = self.place.clusters.with(By::Resource, id);
        self.clusters
            .extend(found.map(|cluster| cluster.identifier.clone()));
        for instance in self.place.instances.with(By::Resource, id) {
            self.clusters.push(instance.cluster.clone());
            self.instances.push(instance.identifier.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sim::respond::operations;

    /// Parameters that look as if they named a cluster or instance, and do not.
    const NOT_NAMING: [&str; 12] = [
        "CACertificateIdentifier",
        "CertificateIdentifier",
        "DBSnapshotIdentifier",
        "FinalDBSnapshotIdentifier",
        "GlobalClusterIdentifier",
        "DBSubnetGroupName",
        "DatabaseName",
        "DBName",
        "FeatureName",
        "AttributeName",
        "MasterUsername",
        "OptionGroupName",
    ];

    #[test]
    fn every_parameter_that_names_something_is_known() {
        let known: BTreeSet<&str> = NAMING
            .iter()
            .map(|(name, _)| *name)
            .chain(NOT_NAMING)
            .collect();
        let looks_like_a_name = |name: &str| {
            [
                "Identifier",
                "Identifiers",
                "Name",
                "Members",
                "ResourceId",
                "Id",
                "Source",
            ]
            .iter()
            .any(|end| name.ends_with(end))
        };
        let missing: BTreeSet<&str> = operations()
            .flat_map(|(_, accepts)| accepts)
            .copied()
            .filter(|name| looks_like_a_name(name) && !known.contains(name))
            .collect();
        assert_eq!(missing, BTreeSet::new());
    }
}
