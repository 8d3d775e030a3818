//! CopyDBClusterSnapshot, within one account and region. Sources: RDS API Reference, CopyDBClusterSnapshot; Aurora User Guide,
//! "DB cluster snapshot copying". How long a copy takes is assumed to be what a snapshot takes.

use std::collections::{BTreeMap, BTreeSet};

use super::call::{Call, Operation};
use super::clock::after;
use super::error::Error;
use super::identifiers::{Kind, checked, is_foreign};
use super::schedule::{Object, Step};
use super::snapshots::{self, Snapshot};
use super::tags;
use super::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[Operation::change(
    "CopyDBClusterSnapshot",
    &[
        "SourceDBClusterSnapshotIdentifier",
        "TargetDBClusterSnapshotIdentifier",
        "CopyTags",
        "Tags",
    ],
    copy,
)];

fn copy(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let given = parameters.required("SourceDBClusterSnapshotIdentifier")?;
    if is_foreign(given, &call.place.region, &call.place.account) {
        return Err(Error::invalid_value(format!(
            "The snapshot {given} belongs to another account or region; copying from there is not simulated."
        )));
    }
    let source = call.place.snapshot(given)?.clone();
    let identifier = checked(
        "TargetDBClusterSnapshotIdentifier",
        parameters.required("TargetDBClusterSnapshotIdentifier")?,
        Kind::Identifier,
    )?;
    snapshots::require_available(&source)?;
    snapshots::require_room(call.place, &identifier)?;
    let mut tags = tags::given(parameters)?;
    if parameters.boolean("CopyTags")?.unwrap_or(false) {
        let copied: BTreeMap<String, String> = source
            .tags
            .iter()
            .filter(|(key, _)| !key.starts_with("aws:"))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        tags = copied.into_iter().chain(tags).collect();
    }
    let snapshot = Snapshot {
        identifier: identifier.clone(),
        kind: "manual".to_owned(),
        status: "copying".to_owned(),
        created: after(call.now, 1.0),
        copied_from: Some(call.place.arn("cluster-snapshot", &source.identifier)),
        shared_with: BTreeSet::new(),
        tags,
        cluster: source.cluster,
    };
    call.place
        .snapshots
        .insert(identifier.clone(), snapshot.clone());
    let seconds = call.place.seconds(
        call.rules,
        "snapshot copy",
        &snapshot.cluster.identifier,
        call.rules.timings.snapshot,
    );
    call.place.later(
        call.now,
        seconds,
        Object::Snapshot(identifier.clone()),
        Step::SnapshotReady,
    );
    call.effect(format!(
        "copy {identifier} of snapshot {} begun",
        source.identifier
    ));
    Ok(vec![snapshots::element(call.place, &snapshot)])
}
