//! Listings of parameters: of a group, and the defaults of a family. Source: RDS API Reference, Parameter.
//!
//! ApplyMethod in a listing is the policy with which a value was or would be sent, never a pending state.

use std::collections::BTreeMap;

use super::{Group, Kind, Value, catalogue};
use crate::sim::call::{Call, Operation};
use crate::sim::error::Error;
use crate::sim::identifiers::stored;
use crate::sim::page::{Page, filters};
use crate::sim::parameters::Definition;
use crate::sim::xml::{Element, optional};

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::read(
        "DescribeDBClusterParameters",
        &[
            "DBClusterParameterGroupName",
            "Source",
            "Filters",
            "MaxRecords",
            "Marker",
        ],
        |call| describe(call, Kind::Cluster),
    ),
    Operation::read(
        "DescribeDBParameters",
        &[
            "DBParameterGroupName",
            "Source",
            "Filters",
            "MaxRecords",
            "Marker",
        ],
        |call| describe(call, Kind::Instance),
    ),
    Operation::read(
        "DescribeEngineDefaultClusterParameters",
        &["DBParameterGroupFamily", "Filters", "MaxRecords", "Marker"],
        defaults,
    ),
    Operation::read(
        "DescribeEngineDefaultParameters",
        &["DBParameterGroupFamily", "Filters", "MaxRecords", "Marker"],
        defaults,
    ),
];

/// A `parameter-name` filter takes at most this many names.
const NAMES_MOST: usize = 100;

fn describe(call: &mut Call<'_>, kind: Kind) -> Result<Vec<Element>, Error> {
    let name = stored(call.parameters.required(kind.name_parameter())?);
    let group = call
        .place
        .group(kind, &name)
        .ok_or_else(|| kind.not_found(&name))?;
    listing(call, &group)
}

fn defaults(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let family = call.parameters.required("DBParameterGroupFamily")?;
    let group = Kind::Cluster
        .default_group(&format!("default.{family}"))
        .ok_or_else(|| {
            Error::invalid_value(format!(
                "ParameterGroupFamily {family} is not a valid parameter group family"
            ))
        })?;
    let mut nested = listing(call, &group)?;
    nested.push(Element::text("DBParameterGroupFamily", family));
    // Parameters and Marker stand one level deeper than elsewhere.
    Ok(vec![Element::node("EngineDefaults", nested)])
}

fn listing(call: &Call<'_>, group: &Group) -> Result<Vec<Element>, Error> {
    let page = Page::of(call.parameters)?;
    let wanted = names(call)?;
    let source = call
        .parameters
        .text("Source")
        .filter(|source| !source.is_empty());
    if let Some(source) =
        source.filter(|source| !["user", "system", "engine-default"].contains(source))
    {
        return Err(Error::invalid_value(format!(
            "Invalid source: {source}. Valid values: user, system, engine-default"
        )));
    }
    let empty = BTreeMap::new();
    let catalogue = catalogue(&group.family).unwrap_or(&empty);
    let fits = |definition: &Definition| {
        let value = group.values.get(&definition.name);
        source.is_none_or(|source| source == source_of(definition, value))
    };
    let element = |definition: &Definition| element(definition, group.values.get(&definition.name));
    if let Some(mut names) = wanted {
        names.sort();
        names.dedup();
        let found = names
            .into_iter()
            .filter_map(|name| catalogue.get(&name).map(|definition| (name, definition)));
        return Ok(page.cut(
            "Parameters",
            found.filter(|(_, definition)| fits(definition)),
            element,
        ));
    }
    let all = catalogue
        .range(page.start())
        .filter(|(_, definition)| fits(definition));
    Ok(page.cut(
        "Parameters",
        all.map(|(name, definition)| (name.clone(), definition)),
        element,
    ))
}

fn names(call: &Call<'_>) -> Result<Option<Vec<String>>, Error> {
    let names = filters(call.parameters, &["parameter-name"])?.remove("parameter-name");
    if names.as_ref().is_some_and(|names| names.len() > NAMES_MOST) {
        return Err(Error::invalid_value(format!(
            "The parameter-name filter takes at most {NAMES_MOST} values."
        )));
    }
    Ok(names)
}

fn source_of(definition: &Definition, value: Option<&Value>) -> &'static str {
    if value.is_some() {
        "user"
    } else {
        definition.source.as_str()
    }
}

fn element(definition: &Definition, value: Option<&Value>) -> Element {
    let mut children = vec![Element::text("ParameterName", &definition.name)];
    let shown = value
        .map(|value| &value.value)
        .or(definition.default.as_ref());
    optional(&mut children, "ParameterValue", shown);
    children.extend([
        Element::text("Description", &definition.description),
        Element::text("Source", source_of(definition, value)),
        Element::text("ApplyType", definition.apply_type.as_str()),
        Element::text("DataType", definition.data_type.as_str()),
    ]);
    optional(
        &mut children,
        "AllowedValues",
        definition.allowed_values.as_ref(),
    );
    children.push(Element::text("IsModifiable", definition.modifiable));
    optional(
        &mut children,
        "MinimumEngineVersion",
        definition.minimum_engine_version.as_ref(),
    );
    children.push(Element::text(
        "ApplyMethod",
        value.map_or("pending-reboot", |value| value.method.as_str()),
    ));
    children.push(Element::texts(
        "SupportedEngineModes",
        "member",
        ["provisioned"],
    ));
    Element::node("Parameter", children)
}
