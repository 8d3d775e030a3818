//! With whom a manual cluster snapshot is shared. Source: RDS API Reference, ModifyDBClusterSnapshotAttribute and
//! DescribeDBClusterSnapshotAttributes. The other account does not see the snapshot here: each account is a world of its own.

use super::call::{Call, Operation};
use super::error::Error;
use super::snapshots::{self, Snapshot};
use super::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::change(
        "ModifyDBClusterSnapshotAttribute",
        &[
            "DBClusterSnapshotIdentifier",
            "AttributeName",
            "ValuesToAdd",
            "ValuesToRemove",
        ],
        modify,
    ),
    Operation::read(
        "DescribeDBClusterSnapshotAttributes",
        &["DBClusterSnapshotIdentifier"],
        describe,
    ),
];

/// A manual snapshot can be shared with at most this many accounts.
const ACCOUNTS_MOST: usize = 20;

fn modify(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let snapshot = call
        .place
        .snapshot(parameters.required("DBClusterSnapshotIdentifier")?)?
        .clone();
    let attribute = parameters.required("AttributeName")?;
    if attribute != "restore" {
        return Err(Error::invalid_value(format!(
            "Invalid attribute name: {attribute}. Valid values: restore"
        )));
    }
    if snapshot.kind != "manual" {
        return Err(snapshots::state(
            "Only manual snapshots can be shared.".to_owned(),
        ));
    }
    snapshots::require_available(&snapshot)?;
    let added = parameters.list("ValuesToAdd").unwrap_or_default();
    let removed = parameters.list("ValuesToRemove").unwrap_or_default();
    if added.is_empty() && removed.is_empty() {
        return Err(Error::invalid_combination(
            "Either ValuesToAdd or ValuesToRemove must be specified.",
        ));
    }
    let mut shared_with = snapshot.shared_with.clone();
    for account in &removed {
        shared_with.remove(account);
    }
    for account in added {
        let twelve_digits = account.len() == 12 && account.bytes().all(|c| c.is_ascii_digit());
        if account != "all" && !twelve_digits {
            return Err(Error::invalid_value(format!(
                "Invalid value for the attribute restore: {account}. Valid values: all, or an account id"
            )));
        }
        shared_with.insert(account);
    }
    if shared_with.len() > ACCOUNTS_MOST {
        return Err(Error::new(
            "SharedSnapshotQuotaExceeded",
            400,
            format!("A manual snapshot can be shared with at most {ACCOUNTS_MOST} accounts"),
        ));
    }
    let changed = call.place.snapshot_mut(&snapshot.identifier)?;
    changed.shared_with = shared_with;
    let answer = vec![element(changed)];
    call.effect(format!("sharing of {} changed", snapshot.identifier));
    Ok(answer)
}

fn describe(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let name = call.parameters.required("DBClusterSnapshotIdentifier")?;
    Ok(vec![element(call.place.snapshot(name)?)])
}

fn element(snapshot: &Snapshot) -> Element {
    Element::node(
        "DBClusterSnapshotAttributesResult",
        vec![
            Element::text("DBClusterSnapshotIdentifier", &snapshot.identifier),
            Element::node(
                "DBClusterSnapshotAttributes",
                vec![Element::node(
                    "DBClusterSnapshotAttribute",
                    vec![
                        Element::text("AttributeName", "restore"),
                        Element::texts("AttributeValues", "AttributeValue", &snapshot.shared_with),
                    ],
                )],
            ),
        ],
    )
}
