//! Parameter groups as objects: create, copy, describe, delete, for both kinds.
//!
//! Sources: RDS API Reference, CreateDBClusterParameterGroup, CopyDBClusterParameterGroup, DeleteDBClusterParameterGroup and
//! their DBParameterGroup counterparts. The cluster operations throw the instance kind's not-found code.

use std::collections::BTreeMap;

use super::{Group, Kind, catalogue, families};
use crate::sim::call::{Call, Operation};
use crate::sim::clock::after;
use crate::sim::error::Error;
use crate::sim::identifiers::{self, checked, stored};
use crate::sim::page::{Page, filters};
use crate::sim::place::Place;
use crate::sim::tags;
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::change(
        "CreateDBClusterParameterGroup",
        &[
            "DBClusterParameterGroupName",
            "DBParameterGroupFamily",
            "Description",
            "Tags",
        ],
        |call| create(call, Kind::Cluster),
    ),
    Operation::change(
        "CreateDBParameterGroup",
        &[
            "DBParameterGroupName",
            "DBParameterGroupFamily",
            "Description",
            "Tags",
        ],
        |call| create(call, Kind::Instance),
    ),
    Operation::change(
        "CopyDBClusterParameterGroup",
        &[
            "SourceDBClusterParameterGroupIdentifier",
            "TargetDBClusterParameterGroupIdentifier",
            "TargetDBClusterParameterGroupDescription",
            "Tags",
        ],
        |call| copy(call, Kind::Cluster),
    ),
    Operation::change(
        "CopyDBParameterGroup",
        &[
            "SourceDBParameterGroupIdentifier",
            "TargetDBParameterGroupIdentifier",
            "TargetDBParameterGroupDescription",
            "Tags",
        ],
        |call| copy(call, Kind::Instance),
    ),
    Operation::read(
        "DescribeDBClusterParameterGroups",
        &[
            "DBClusterParameterGroupName",
            "Filters",
            "MaxRecords",
            "Marker",
        ],
        |call| describe(call, Kind::Cluster),
    ),
    Operation::read(
        "DescribeDBParameterGroups",
        &["DBParameterGroupName", "Filters", "MaxRecords", "Marker"],
        |call| describe(call, Kind::Instance),
    ),
    Operation::silent(
        "DeleteDBClusterParameterGroup",
        &["DBClusterParameterGroupName"],
        |call| delete(call, Kind::Cluster),
    ),
    Operation::silent(
        "DeleteDBParameterGroup",
        &["DBParameterGroupName"],
        |call| delete(call, Kind::Instance),
    ),
];

/// Quota of each kind in an account and region, default groups not counted.
pub(crate) const QUOTA: usize = 50;
/// How long a group may still count as in use after its last cluster let go of it.
const LINGERS_SECONDS: f64 = 180.0;

impl Kind {
    /// The request parameter and answer element that hold a group's name.
    pub(crate) fn name_parameter(self) -> &'static str {
        match self {
            Self::Cluster => "DBClusterParameterGroupName",
            Self::Instance => "DBParameterGroupName",
        }
    }

    fn element_name(self) -> &'static str {
        match self {
            Self::Cluster => "DBClusterParameterGroup",
            Self::Instance => "DBParameterGroup",
        }
    }

    pub(crate) fn not_found(self, name: &str) -> Error {
        match self {
            Self::Cluster => Error::group_not_found(name),
            Self::Instance => Error::instance_group_not_found(name),
        }
    }

    fn arn(self, place: &Place, name: &str) -> String {
        place.arn(
            if self == Self::Cluster {
                "cluster-pg"
            } else {
                "pg"
            },
            name,
        )
    }
}

fn create(call: &mut Call<'_>, kind: Kind) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let name = checked(
        kind.name_parameter(),
        parameters.required(kind.name_parameter())?,
        identifiers::Kind::GroupName,
    )?;
    let family = parameters.required("DBParameterGroupFamily")?.to_owned();
    let description = parameters.required("Description")?.to_owned();
    if catalogue(&family).is_none() {
        return Err(Error::invalid_value(format!(
            "ParameterGroupFamily {family} is not a valid parameter group family"
        )));
    }
    let tags = tags::given(parameters)?;
    insert(
        call,
        kind,
        Group {
            name,
            family,
            description,
            values: BTreeMap::new(),
            tags,
            detached: None,
        },
    )
}

fn copy(call: &mut Call<'_>, kind: Kind) -> Result<Vec<Element>, Error> {
    let (source, target) = match kind {
        Kind::Cluster => (
            "SourceDBClusterParameterGroupIdentifier",
            "TargetDBClusterParameterGroupIdentifier",
        ),
        Kind::Instance => (
            "SourceDBParameterGroupIdentifier",
            "TargetDBParameterGroupIdentifier",
        ),
    };
    let description = target.replace("Identifier", "Description");
    let source_name = stored(call.parameters.required(source)?);
    let name = checked(
        target,
        call.parameters.required(target)?,
        identifiers::Kind::GroupName,
    )?;
    let description = call.parameters.required(&description)?.to_owned();
    let tags = tags::given(call.parameters)?;
    if source_name.starts_with("default.") {
        return Err(Error::invalid_value(format!(
            "The default parameter group {source_name} cannot be copied."
        )));
    }
    let group = call
        .place
        .groups(kind)
        .get(&source_name)
        .ok_or_else(|| kind.not_found(&source_name))?
        .clone();
    insert(
        call,
        kind,
        Group {
            name,
            description,
            tags,
            detached: None,
            ..group
        },
    )
}

fn insert(call: &mut Call<'_>, kind: Kind, group: Group) -> Result<Vec<Element>, Error> {
    let groups = call.place.groups(kind);
    let name = group.name.clone();
    if groups.contains_key(&name) {
        return Err(Error::new(
            "DBParameterGroupAlreadyExists",
            400,
            format!("Parameter group {name} already exists"),
        ));
    }
    if groups.len() >= QUOTA {
        return Err(Error::new(
            "DBParameterGroupQuotaExceeded",
            400,
            format!("Cannot create more than {QUOTA} parameter groups"),
        ));
    }
    let answer = vec![element(call.place, kind, &group)];
    call.place.groups_mut(kind).insert(name.clone(), group);
    call.effect(format!("parameter group {name} created"));
    Ok(answer)
}

fn describe(call: &mut Call<'_>, kind: Kind) -> Result<Vec<Element>, Error> {
    filters(call.parameters, &[])?;
    let page = Page::of(call.parameters)?;
    let place = &*call.place;
    let list = format!("{}s", kind.element_name());
    if let Some(name) = call.parameters.text(kind.name_parameter()) {
        let name = stored(name);
        let group = place
            .group(kind, &name)
            .ok_or_else(|| kind.not_found(&name))?;
        return Ok(page.cut(list, std::iter::once((name, group)), |group| {
            element(place, kind, &group)
        }));
    }
    let defaults: BTreeMap<String, Group> = families()
        .into_iter()
        .filter_map(|family| kind.default_group(&format!("default.{family}")))
        .map(|group| (group.name.clone(), group))
        .collect();
    // One more than fits, so that it shows whether there is more.
    let stored = place.groups(kind).range(page.start());
    let all: BTreeMap<&String, &Group> = defaults
        .iter()
        .chain(stored.take(page.size() + 1))
        .collect();
    let keyed = all.into_iter().map(|(name, group)| (name.clone(), group));
    Ok(page.cut(list, keyed, |group| element(place, kind, group)))
}

fn delete(call: &mut Call<'_>, kind: Kind) -> Result<Vec<Element>, Error> {
    let name = stored(call.parameters.required(kind.name_parameter())?);
    if name.starts_with("default.") {
        return Err(Error::group_state(format!(
            "Default {} cannot be deleted: {name}",
            kind.element_name()
        )));
    }
    let group = call
        .place
        .groups(kind)
        .get(&name)
        .ok_or_else(|| kind.not_found(&name))?;
    let lingers = call.rules.policies.detached_group_stays_in_use
        && group
            .detached
            .is_some_and(|detached| after(detached, LINGERS_SECONDS) > call.now);
    let users = match kind {
        Kind::Cluster => call.place.clusters_with_group(&name),
        Kind::Instance => call.place.instances_with_group(&name),
    };
    if lingers || !users.is_empty() {
        return Err(Error::group_state(format!(
            "One or more database instances are still members of this parameter group {name}, so the group cannot be deleted"
        )));
    }
    call.place.groups_mut(kind).remove(&name);
    call.effect(format!("parameter group {name} deleted"));
    Ok(Vec::new())
}

fn element(place: &Place, kind: Kind, group: &Group) -> Element {
    Element::node(
        kind.element_name(),
        vec![
            Element::text(kind.name_parameter(), &group.name),
            Element::text("DBParameterGroupFamily", &group.family),
            Element::text("Description", &group.description),
            Element::text(
                format!("{}Arn", kind.element_name()),
                kind.arn(place, &group.name),
            ),
        ],
    )
}
