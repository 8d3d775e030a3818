//! What a request is about. In: its parameters. Out: the clusters and instances that it names, in lower case.

use super::identifiers::stored;
use super::place::Place;
use super::query::Parameters;

/// Clusters, then instances. An instance's cluster counts as named too, and so does a snapshot's.
pub(crate) fn named(place: Option<&Place>, parameters: &Parameters) -> (Vec<String>, Vec<String>) {
    let mut clusters = Vec::new();
    let mut instances = Vec::new();
    let mut add = |name: &str| {
        let name = stored(name);
        let Some(place) = place else {
            return;
        };
        if place.clusters.contains_key(&name) {
            clusters.push(name.clone());
        }
        if let Some(snapshot) = place.snapshots.get(&name) {
            clusters.push(snapshot.cluster.identifier.clone());
        }
        if let Some(instance) = place.instances.get(&name) {
            clusters.push(instance.cluster.clone());
            instances.push(name);
        }
    };
    for parameter in [
        "DBClusterIdentifier",
        "DBInstanceIdentifier",
        "TargetDBInstanceIdentifier",
        "DBClusterSnapshotIdentifier",
        "SnapshotIdentifier",
        "SourceIdentifier",
        "ResourceName",
    ] {
        if let Some(name) = parameters.text(parameter) {
            add(name);
        }
    }
    for filter in parameters.entries("Filters") {
        let values = filter.list("Values").unwrap_or_default();
        values.iter().for_each(|value| add(value));
    }
    // A parameter group concerns every cluster that uses it.
    if let (Some(place), Some(group)) = (place, parameters.text("DBClusterParameterGroupName")) {
        clusters.extend(place.clusters_with_group(&stored(group)));
    }
    (clusters, instances)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::sim::clusters::Cluster;
    use crate::sim::instances::Instance;

    #[test]
    fn an_instance_names_its_cluster_and_so_does_a_filter_and_a_group() {
        let now = Timestamp::UNIX_EPOCH;
        let mut place = Place::new("123456789012", "us-east-1");
        let mut cluster = Cluster::new("orders", "cluster-A".to_owned(), "16.6", "us-east-1", now);
        "tuned".clone_into(&mut cluster.parameter_group);
        place.clusters.insert("orders".to_owned(), cluster);
        let instance = Instance::new(
            "orders-1",
            "db-A".to_owned(),
            "orders",
            "db.t3.medium",
            "16.6",
            now,
        );
        place.instances.insert("orders-1".to_owned(), instance);
        let mut seen = Vec::new();
        for query in [
            "DBInstanceIdentifier=Orders-1",
            "Filters.Filter.1.Name=db-cluster-id&Filters.Filter.1.Values.Value.1=orders",
            "ResourceName=arn:aws:rds:us-east-1:123456789012:cluster:orders",
            "DBClusterParameterGroupName=tuned",
            "DBClusterIdentifier=payments",
        ] {
            let (clusters, instances) = named(Some(&place), &Parameters::parse(query));
            seen.push(format!("{} / {}", clusters.join(" "), instances.join(" ")));
        }
        assert_eq!(
            seen,
            [
                "orders / orders-1",
                "orders / ",
                "orders / ",
                "orders / ",
                " / "
            ]
        );
    }
}
