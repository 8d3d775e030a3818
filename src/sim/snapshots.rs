//! Manual cluster snapshots. Sources: RDS API Reference, CreateDBClusterSnapshot and DeleteDBClusterSnapshot; durations and
//! the immediate deletion as observed on Aurora PostgreSQL 16.6, us-east-1.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::call::{Call, Operation};
use super::clock::iso;
use super::clusters::{Cluster, ENGINE};
use super::error::Error;
use super::events::Source;
use super::faults::{Aim, Kind as FaultKind};
use super::identifiers::{Kind, checked, stored};
use super::machine::Moment;
use super::page::{Page, filters};
use super::place::Place;
use super::schedule::{Object, Step};
use super::tags;
use super::xml::{Element, optional};

/// Quota of manual cluster snapshots in an account and region.
const QUOTA: usize = 100;

/// A cluster snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) identifier: String,
    /// `manual` or `automated`.
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) created: Timestamp,
    /// What a restore needs: the cluster as it was, without its members.
    pub(crate) cluster: Cluster,
    pub(crate) tags: BTreeMap<String, String>,
}

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::change(
        "CreateDBClusterSnapshot",
        &["DBClusterIdentifier", "DBClusterSnapshotIdentifier", "Tags"],
        create,
    ),
    Operation::change(
        "DeleteDBClusterSnapshot",
        &["DBClusterSnapshotIdentifier"],
        delete,
    ),
    Operation::read(
        "DescribeDBClusterSnapshots",
        &[
            "DBClusterIdentifier",
            "DBClusterSnapshotIdentifier",
            "SnapshotType",
            "Filters",
            "MaxRecords",
            "Marker",
            "IncludeShared",
            "IncludePublic",
            "DbClusterResourceId",
        ],
        describe,
    ),
];

impl Place {
    /// The snapshot by identifier or ARN, in any case.
    pub(crate) fn snapshot(&self, name: &str) -> Result<&Snapshot, Error> {
        self.snapshots
            .get(&stored(name))
            .ok_or_else(|| not_found(name))
    }

    pub(crate) fn snapshot_mut(&mut self, name: &str) -> Result<&mut Snapshot, Error> {
        self.snapshots
            .get_mut(&stored(name))
            .ok_or_else(|| not_found(name))
    }
}

fn not_found(name: &str) -> Error {
    Error::new(
        "DBClusterSnapshotNotFoundFault",
        404,
        format!("DBClusterSnapshot {name} not found."),
    )
}

fn create(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let identifier = checked(
        "DBClusterSnapshotIdentifier",
        call.parameters.required("DBClusterSnapshotIdentifier")?,
        Kind::Identifier,
    )?;
    let cluster = call
        .place
        .cluster(call.parameters.required("DBClusterIdentifier")?)?;
    if cluster.status != "available" {
        return Err(Error::cluster_state(format!(
            "Cluster {} is not in available state, but in {}.",
            cluster.identifier, cluster.status
        )));
    }
    let cluster = cluster.identifier.clone();
    let tags = tags::given(call.parameters)?;
    let snapshot = begin(call, &identifier, &cluster, tags)?;
    Ok(vec![element(call.place, &snapshot)])
}

/// Starts a manual snapshot; also the final one of a deleted cluster.
pub(crate) fn begin(
    call: &mut Call<'_>,
    identifier: &str,
    cluster: &str,
    mut tags: BTreeMap<String, String>,
) -> Result<Snapshot, Error> {
    if call.place.snapshots.contains_key(identifier) {
        return Err(Error::new(
            "DBClusterSnapshotAlreadyExistsFault",
            400,
            format!(
                "Cannot create the snapshot because a snapshot with the identifier {identifier} already exists."
            ),
        ));
    }
    if call
        .place
        .snapshots
        .values()
        .filter(|snapshot| snapshot.kind == "manual")
        .count()
        >= QUOTA
    {
        return Err(Error::new(
            "SnapshotQuotaExceeded",
            400,
            format!("Cannot create more than {QUOTA} manual snapshots"),
        ));
    }
    let source = call.place.cluster(cluster)?.clone();
    if source.copy_tags_to_snapshot {
        let copied = source
            .tags
            .iter()
            .filter(|(key, _)| !key.starts_with("aws:"));
        let copied: BTreeMap<String, String> = copied
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        tags = copied.into_iter().chain(tags).collect();
    }
    let snapshot = Snapshot {
        identifier: identifier.to_owned(),
        kind: "manual".to_owned(),
        status: "creating".to_owned(),
        // Observed: about a second after the request.
        created: super::clock::after(call.now, 1.0),
        cluster: Cluster {
            members: Vec::new(),
            ..source
        },
        tags,
    };
    call.place
        .snapshots
        .insert(identifier.to_owned(), snapshot.clone());
    call.place.event(
        call.now,
        Source::ClusterSnapshot,
        identifier,
        "0074",
        "backup",
        "Creating manual cluster snapshot",
    );
    let spread = call.rules.timings.snapshot;
    // Drawn for the cluster: a snapshot's name may be random, and what is random must not decide how long it takes.
    let mut seconds =
        call.place
            .seconds(call.rules, "snapshot", &snapshot.cluster.identifier, spread);
    let aim = Aim {
        cluster,
        instance: None,
    };
    if let Some(strike) = call.strike(FaultKind::SlowSnapshot, aim) {
        seconds *= strike.declaration.factor.unwrap_or(10.0);
        let did = format!("snapshot {identifier} takes {seconds:.0} s");
        call.moment().tell(strike.id, cluster, None, &did);
    }
    let mut step = Step::SnapshotReady;
    if let Some(strike) = call.strike(FaultKind::FailedSnapshot, aim) {
        seconds = strike.declaration.seconds.unwrap_or(seconds);
        step = Step::SnapshotFails { fault: strike.id };
    }
    call.place.later(
        call.now,
        seconds,
        Object::Snapshot(identifier.to_owned()),
        step,
    );
    call.effect(format!("snapshot {identifier} of {cluster} begun"));
    Ok(snapshot)
}

/// The snapshot is complete.
pub(crate) fn ready(moment: &mut Moment<'_>, identifier: &str) {
    let Some(snapshot) = moment.place.snapshots.get_mut(identifier) else {
        return;
    };
    "available".clone_into(&mut snapshot.status);
    moment.place.event(
        moment.at,
        Source::ClusterSnapshot,
        identifier,
        "0075",
        "backup",
        "Manual cluster snapshot created",
    );
}

/// The snapshot has failed. No event is documented for it; what the service's operators send is an RDS-EVENT-0044.
pub(crate) fn fails(moment: &mut Moment<'_>, identifier: &str, fault: u64) {
    let Some(snapshot) = moment.place.snapshots.get_mut(identifier) else {
        return;
    };
    "failed".clone_into(&mut snapshot.status);
    let cluster = snapshot.cluster.identifier.clone();
    moment.place.event(
        moment.at,
        Source::ClusterSnapshot,
        identifier,
        "0044",
        "notification",
        "The manual cluster snapshot failed.",
    );
    let did = format!("snapshot {identifier} failed");
    moment.tell(fault, &cluster, None, &did);
}

fn delete(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let name = call.parameters.required("DBClusterSnapshotIdentifier")?;
    let snapshot = call.place.snapshot(name)?.clone();
    if snapshot.kind != "manual" {
        return Err(Error::new(
            "InvalidDBClusterSnapshotStateFault",
            400,
            "Only manual snapshots may be deleted.".to_owned(),
        ));
    }
    if snapshot.status != "available" && snapshot.status != "failed" {
        return Err(Error::new(
            "InvalidDBClusterSnapshotStateFault",
            400,
            format!(
                "Cannot delete the snapshot {} because it is not in available state, but in {}.",
                snapshot.identifier, snapshot.status
            ),
        ));
    }
    call.place
        .schedule
        .forget(&Object::Snapshot(snapshot.identifier.clone()), None);
    call.place.snapshots.remove(&snapshot.identifier);
    call.effect(format!("snapshot {} deleted", snapshot.identifier));
    // The answer still shows the last status; the next describe finds nothing.
    Ok(vec![element(call.place, &snapshot)])
}

fn describe(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let filters = filters(
        parameters,
        &[
            "db-cluster-id",
            "db-cluster-snapshot-id",
            "snapshot-type",
            "engine",
            "db-cluster-resource-id",
        ],
    )?;
    let (cluster, identifier) = (
        parameters.text("DBClusterIdentifier"),
        parameters.text("DBClusterSnapshotIdentifier"),
    );
    if cluster.is_some() && identifier.is_some() {
        return Err(Error::invalid_combination(
            "DBClusterIdentifier and DBClusterSnapshotIdentifier cannot be used together.",
        ));
    }
    let kind = parameters.text("SnapshotType");
    if let Some(kind) =
        kind.filter(|kind| !["automated", "manual", "shared", "public", "awsbackup"].contains(kind))
    {
        return Err(Error::invalid_value(format!(
            "Invalid snapshot type: {kind}"
        )));
    }
    parameters.boolean("IncludeShared")?;
    parameters.boolean("IncludePublic")?;
    let page = Page::of(parameters)?;
    if let Some(identifier) = identifier {
        call.place.snapshot(identifier)?;
    }
    let (cluster, identifier) = (cluster.map(stored), identifier.map(stored));
    let resource = parameters.text("DbClusterResourceId");
    let among = |name: &str, actual: &str| {
        filters
            .get(name)
            .is_none_or(|values| values.iter().any(|value| stored(value) == actual))
    };
    let place = &*call.place;
    let start = if let Some(identifier) = &identifier {
        place
            .snapshots
            .range(identifier.clone()..=identifier.clone())
    } else {
        place.snapshots.range(page.start())
    };
    let chosen = start.filter(|(_, snapshot)| {
        cluster
            .as_ref()
            .is_none_or(|cluster| snapshot.cluster.identifier == *cluster)
            && kind.is_none_or(|kind| snapshot.kind == kind)
            && resource.is_none_or(|resource| snapshot.cluster.resource_id == resource)
            && among("db-cluster-id", &snapshot.cluster.identifier)
            && among("db-cluster-snapshot-id", &snapshot.identifier)
            && among("snapshot-type", &snapshot.kind)
            && among("engine", ENGINE)
            && filters
                .get("db-cluster-resource-id")
                .is_none_or(|ids| ids.contains(&snapshot.cluster.resource_id))
    });
    Ok(page.cut(
        "DBClusterSnapshots",
        chosen.map(|(key, snapshot)| (key.clone(), snapshot)),
        |snapshot| element(place, snapshot),
    ))
}

fn element(place: &Place, snapshot: &Snapshot) -> Element {
    let Snapshot {
        identifier,
        kind,
        status,
        created,
        cluster,
        tags,
    } = snapshot;
    let complete = status == "available";
    let mut children = vec![
        Element::texts(
            "AvailabilityZones",
            "AvailabilityZone",
            &cluster.availability_zones,
        ),
        Element::text("DBClusterSnapshotIdentifier", identifier),
        Element::text("DBClusterIdentifier", &cluster.identifier),
        Element::text("SnapshotCreateTime", iso(*created)),
        Element::text("Engine", ENGINE),
        Element::text("EngineMode", "provisioned"),
        Element::text("AllocatedStorage", if complete { 1 } else { 0 }),
        Element::text("Status", status),
        Element::text("Port", if complete { cluster.port } else { 0 }),
        Element::text("VpcId", "vpc-00000000000000001"),
        Element::text("ClusterCreateTime", iso(cluster.created)),
        Element::text("MasterUsername", &cluster.master_username),
        Element::text("EngineVersion", &cluster.engine_version),
        Element::text("LicenseModel", "postgresql-license"),
        Element::text("SnapshotType", kind),
        Element::text("PercentProgress", if complete { 100 } else { 0 }),
        Element::text("StorageEncrypted", cluster.storage_encrypted),
        Element::text(
            "DBClusterSnapshotArn",
            place.arn("cluster-snapshot", identifier),
        ),
        Element::text(
            "IAMDatabaseAuthenticationEnabled",
            cluster.iam_authentication,
        ),
        tags::element(tags),
        Element::text("DbClusterResourceId", &cluster.resource_id),
    ];
    optional(&mut children, "StorageType", cluster.storage_type.as_ref());
    Element::node("DBClusterSnapshot", children)
}
