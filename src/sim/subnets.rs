//! DB subnet groups, as far as clients need them to create clusters. Networks themselves are not simulated.
//!
//! Source: RDS API Reference, CreateDBSubnetGroup. Subnets get the region's zones in turn.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::call::{Call, Operation};
use super::error::Error;
use super::identifiers::{Kind, checked, stored};
use super::page::Page;
use super::place::Place;
use super::tags;
use super::xml::Element;

/// A DB subnet group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SubnetGroup {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) subnets: Vec<String>,
    pub(crate) tags: BTreeMap<String, String>,
}

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::change(
        "CreateDBSubnetGroup",
        &[
            "DBSubnetGroupName",
            "DBSubnetGroupDescription",
            "SubnetIds",
            "Tags",
        ],
        create,
    ),
    Operation::change(
        "ModifyDBSubnetGroup",
        &["DBSubnetGroupName", "DBSubnetGroupDescription", "SubnetIds"],
        modify,
    ),
    Operation::silent("DeleteDBSubnetGroup", &["DBSubnetGroupName"], delete),
    Operation::read(
        "DescribeDBSubnetGroups",
        &["DBSubnetGroupName", "Filters", "MaxRecords", "Marker"],
        describe,
    ),
];

/// Quota of an account and region.
pub(crate) const QUOTA: usize = 50;
/// A group has at most this many subnets.
pub(crate) const SUBNETS_MOST: usize = 20;

impl Place {
    /// A subnet group; `default` exists in every place.
    pub(crate) fn subnet_group(&self, name: &str) -> Result<SubnetGroup, Error> {
        let name = stored(name);
        let default = (name == "default").then(|| SubnetGroup {
            name: name.clone(),
            description: "default".to_owned(),
            subnets: (1..=3)
                .map(|number| format!("subnet-0000000000000000{number}"))
                .collect(),
            tags: BTreeMap::new(),
        });
        self.subnet_groups
            .get(&name)
            .cloned()
            .or(default)
            .ok_or_else(|| not_found(&name))
    }

    pub(crate) fn subnet_group_mut(&mut self, name: &str) -> Result<&mut SubnetGroup, Error> {
        self.subnet_groups
            .get_mut(name)
            .ok_or_else(|| not_found(name))
    }
}

fn not_found(name: &str) -> Error {
    Error::new(
        "DBSubnetGroupNotFoundFault",
        404,
        format!("DBSubnetGroup not found: {name}"),
    )
}

fn given_subnets(call: &Call<'_>) -> Result<Vec<String>, Error> {
    let subnets = call
        .parameters
        .list("SubnetIds")
        .ok_or_else(|| Error::missing("SubnetIds"))?;
    if subnets.len() < 2 {
        return Err(Error::new(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            400,
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement: it needs subnets in at least two zones.",
        ));
    }
    if subnets.len() > SUBNETS_MOST {
        return Err(Error::new(
            "DBSubnetQuotaExceededFault",
            400,
            format!("A DB subnet group can have at most {SUBNETS_MOST} subnets."),
        ));
    }
    Ok(subnets)
}

fn create(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let name = checked(
        "DBSubnetGroupName",
        call.parameters.required("DBSubnetGroupName")?,
        Kind::GroupName,
    )?;
    let description = call
        .parameters
        .required("DBSubnetGroupDescription")?
        .to_owned();
    let (subnets, tags) = (given_subnets(call)?, tags::given(call.parameters)?);
    if name == "default" || call.place.subnet_groups.contains_key(&name) {
        return Err(Error::new(
            "DBSubnetGroupAlreadyExists",
            400,
            format!("The DB subnet group {name} already exists."),
        ));
    }
    if call.place.subnet_groups.len() >= QUOTA {
        return Err(Error::new(
            "DBSubnetGroupQuotaExceeded",
            400,
            format!("Cannot create more than {QUOTA} DB subnet groups"),
        ));
    }
    let group = SubnetGroup {
        name: name.clone(),
        description,
        subnets,
        tags,
    };
    let answer = vec![element(call.place, &group)];
    call.effect(format!("subnet group {name} created"));
    call.place.subnet_groups.insert(name, group);
    Ok(answer)
}

fn modify(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let name = stored(call.parameters.required("DBSubnetGroupName")?);
    let subnets = given_subnets(call)?;
    let description = call
        .parameters
        .text("DBSubnetGroupDescription")
        .map(str::to_owned);
    let group = call.place.subnet_group_mut(&name)?;
    group.subnets = subnets;
    if let Some(description) = description {
        group.description = description;
    }
    let group = group.clone();
    call.effect(format!("subnet group {name} modified"));
    Ok(vec![element(call.place, &group)])
}

fn delete(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let name = stored(call.parameters.required("DBSubnetGroupName")?);
    call.place.subnet_group_mut(&name)?;
    if call
        .place
        .clusters
        .values()
        .any(|cluster| cluster.subnet_group == name)
    {
        return Err(Error::new(
            "InvalidDBSubnetGroupStateFault",
            400,
            format!(
                "Cannot delete the subnet group '{name}' because at least one database instance is still using it."
            ),
        ));
    }
    call.place.subnet_groups.remove(&name);
    call.effect(format!("subnet group {name} deleted"));
    Ok(Vec::new())
}

fn describe(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    super::page::filters(call.parameters, &[])?;
    let page = Page::of(call.parameters)?;
    let place = &*call.place;
    let groups: BTreeMap<String, SubnetGroup> = match call.parameters.text("DBSubnetGroupName") {
        Some(name) => BTreeMap::from([(stored(name), place.subnet_group(name)?)]),
        None => {
            let default = place.subnet_group("default")?;
            let own = place
                .subnet_groups
                .iter()
                .map(|(name, group)| (name.clone(), group.clone()));
            own.chain([("default".to_owned(), default)]).collect()
        }
    };
    Ok(page.cut("DBSubnetGroups", groups.into_iter(), |group| {
        element(place, &group)
    }))
}

/// `<DBSubnetGroup>`.
pub(crate) fn element(place: &Place, group: &SubnetGroup) -> Element {
    let subnets = group
        .subnets
        .iter()
        .zip(["a", "b", "c"].into_iter().cycle())
        .map(|(subnet, zone)| {
            Element::node(
                "Subnet",
                vec![
                    Element::text("SubnetIdentifier", subnet),
                    Element::node(
                        "SubnetAvailabilityZone",
                        vec![Element::text("Name", format!("{}{zone}", place.region))],
                    ),
                    Element::node("SubnetOutpost", vec![]),
                    Element::text("SubnetStatus", "Active"),
                ],
            )
        });
    Element::node(
        "DBSubnetGroup",
        vec![
            Element::text("DBSubnetGroupName", &group.name),
            Element::text("DBSubnetGroupDescription", &group.description),
            Element::text("VpcId", "vpc-00000000000000001"),
            Element::text("SubnetGroupStatus", "Complete"),
            Element::node("Subnets", subnets.collect()),
            Element::text("DBSubnetGroupArn", place.arn("subgrp", &group.name)),
            Element::texts("SupportedNetworkTypes", "member", ["IPV4"]),
        ],
    )
}
