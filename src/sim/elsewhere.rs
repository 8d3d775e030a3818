//! Operations that exist for other kinds of databases. Clients call them on Aurora clusters too: some by mistake, some to
//! find out that there is nothing. Sources: RDS API Reference, CreateDBSnapshot, RebootDBCluster ("only for Multi-AZ DB
//! clusters"), DescribeDBSnapshots, DescribeGlobalClusters; the text of CreateDBSnapshot as seen in public issues.

use super::call::{Call, Operation};
use super::error::Error;
use super::page::Page;
use super::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::change(
        "CreateDBSnapshot",
        &["DBSnapshotIdentifier", "DBInstanceIdentifier", "Tags"],
        create_snapshot,
    ),
    Operation::read(
        "DescribeDBSnapshots",
        &[
            "DBInstanceIdentifier",
            "DBSnapshotIdentifier",
            "DbiResourceId",
            "SnapshotType",
            "IncludeShared",
            "IncludePublic",
            "Filters",
            "MaxRecords",
            "Marker",
        ],
        snapshots,
    ),
    Operation::change("RebootDBCluster", &["DBClusterIdentifier"], reboot),
    Operation::read(
        "DescribeGlobalClusters",
        &["GlobalClusterIdentifier", "Filters", "MaxRecords", "Marker"],
        global_clusters,
    ),
];

fn create_snapshot(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    call.parameters.required("DBSnapshotIdentifier")?;
    call.place
        .instance(call.parameters.required("DBInstanceIdentifier")?)?;
    Err(Error::invalid_value(
        "The specified instance is a member of a cluster and a snapshot cannot be created directly. Please use the \
         CreateDBClusterSnapshot API instead.",
    ))
}

/// Members of clusters have no snapshots of their own.
fn snapshots(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    if let Some(name) = call.parameters.text("DBSnapshotIdentifier") {
        return Err(Error::new(
            "DBSnapshotNotFound",
            404,
            format!("DBSnapshot {name} not found."),
        ));
    }
    Page::of(call.parameters)?;
    Ok(vec![Element::node("DBSnapshots", vec![])])
}

fn reboot(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let cluster = call
        .place
        .cluster(call.parameters.required("DBClusterIdentifier")?)?;
    // The service's text is not on record; the code is the modelled one for a cluster.
    Err(Error::cluster_state(format!(
        "The DB cluster {} is an Aurora DB cluster. Reboot its DB instances instead.",
        cluster.identifier
    )))
}

/// No cluster of this world belongs to a global database; Terraform asks each time.
fn global_clusters(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    if let Some(name) = call.parameters.text("GlobalClusterIdentifier") {
        return Err(Error::new(
            "GlobalClusterNotFoundFault",
            404,
            format!("Global cluster {name} not found"),
        ));
    }
    Page::of(call.parameters)?;
    Ok(vec![Element::node("GlobalClusters", vec![])])
}
