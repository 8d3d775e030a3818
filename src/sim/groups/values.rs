//! Changing the values of a group: modify and reset, for both kinds.
//!
//! Sources: RDS API Reference, ModifyDBClusterParameterGroup and ResetDBClusterParameterGroup (20 parameters a request; static
//! ones only with `pending-reboot`); the texts as seen in public issues.

use std::collections::{BTreeMap, BTreeSet};

use super::{Group, Kind, Value, catalogue, instance_groups, propagation};
use crate::sim::call::{Call, Operation};
use crate::sim::error::Error;
use crate::sim::events::Source;
use crate::sim::identifiers::stored;
use crate::sim::parameters::{ApplyType, Definition};
use crate::sim::query::Parameters;
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::change(
        "ModifyDBClusterParameterGroup",
        &["DBClusterParameterGroupName", "Parameters"],
        |call| modify(call, Kind::Cluster),
    ),
    Operation::change(
        "ModifyDBParameterGroup",
        &["DBParameterGroupName", "Parameters"],
        |call| modify(call, Kind::Instance),
    ),
    Operation::change(
        "ResetDBClusterParameterGroup",
        &[
            "DBClusterParameterGroupName",
            "Parameters",
            "ResetAllParameters",
        ],
        |call| reset(call, Kind::Cluster),
    ),
    Operation::change(
        "ResetDBParameterGroup",
        &["DBParameterGroupName", "Parameters", "ResetAllParameters"],
        |call| reset(call, Kind::Instance),
    ),
];

/// The most parameters in one request.
const MOST: usize = 20;

/// What a request does to the members that use the group.
#[derive(Default)]
struct Outcome {
    immediate: BTreeSet<String>,
    waiting: bool,
}

fn modify(call: &mut Call<'_>, kind: Kind) -> Result<Vec<Element>, Error> {
    let group = modifiable(call, kind)?;
    let entries = entries(call.parameters)?;
    if entries.is_empty() {
        return Err(Error::missing("Parameters"));
    }
    let mut values = group.values.clone();
    let mut outcome = Outcome::default();
    for entry in &entries {
        let (definition, method) = checked(&group, entry)?;
        let value = entry
            .text("ParameterValue")
            .ok_or_else(|| Error::missing("ParameterValue"))?;
        if definition.check(value).is_err() {
            let range = definition.allowed_values.as_deref().unwrap_or_default();
            return Err(Error::invalid_value(format!(
                "Invalid parameter value: {value} for: {} allowed values are: {range}",
                definition.name
            )));
        }
        let stored = Value {
            value: value.to_owned(),
            method: method.to_owned(),
        };
        if group
            .values
            .get(&definition.name)
            .map(|before| &before.value)
            != Some(&stored.value)
        {
            note(&mut outcome, &definition.name, method);
        }
        values.insert(definition.name.clone(), stored);
    }
    check_dependent(&group.family, &values)?;
    let written: Vec<String> = entries
        .iter()
        .map(|entry| {
            let text = |name: &str| entry.text(name).unwrap_or_default().to_owned();
            let (name, value, method) = (
                text("ParameterName"),
                text("ParameterValue"),
                text("ApplyMethod"),
            );
            let message = format!("Updated parameter {name} to {value} with apply method {method}");
            call.place.event(
                call.now,
                Source::ParameterGroup,
                &group.name,
                "0037",
                "configuration change",
                message,
            );
            format!("{name}={value} ({method})")
        })
        .collect();
    call.effect(format!(
        "parameter group {}: {}",
        group.name,
        written.join(", ")
    ));
    store(call, kind, &group.name, values, &outcome);
    Ok(vec![Element::text(kind.name_parameter(), group.name)])
}

fn reset(call: &mut Call<'_>, kind: Kind) -> Result<Vec<Element>, Error> {
    let group = modifiable(call, kind)?;
    let all = call
        .parameters
        .boolean("ResetAllParameters")?
        .unwrap_or(false);
    let entries = entries(call.parameters)?;
    if all && !entries.is_empty() {
        return Err(Error::invalid_combination(
            "ResetAllParameters and Parameters cannot be used together.",
        ));
    }
    if !all && entries.is_empty() {
        return Err(Error::invalid_combination(
            "Either ResetAllParameters or Parameters must be specified.",
        ));
    }
    if call.rules.policies.reset_refused_while_propagating && kind == Kind::Cluster {
        refuse_while_propagating(call, &group.name)?;
    }
    let mut values = group.values.clone();
    let mut outcome = Outcome::default();
    if all {
        for name in group.values.keys() {
            let method = if propagation::is_dynamic(&group.family, name) {
                "immediate"
            } else {
                "pending-reboot"
            };
            note(&mut outcome, name, method);
        }
        values.clear();
    }
    for entry in &entries {
        let (definition, method) = checked(&group, entry)?;
        if values.remove(&definition.name).is_some() {
            note(&mut outcome, &definition.name, method);
        }
    }
    check_dependent(&group.family, &values)?;
    let names: Vec<String> = if all {
        group.values.keys().cloned().collect()
    } else {
        entries
            .iter()
            .filter_map(|entry| entry.text("ParameterName"))
            .map(str::to_owned)
            .collect()
    };
    call.effect(format!(
        "parameter group {}: reset of {}",
        group.name,
        names.join(", ")
    ));
    store(call, kind, &group.name, values, &outcome);
    Ok(vec![Element::text(kind.name_parameter(), group.name)])
}

/// The group to be changed; the default ones belong to the service.
fn modifiable(call: &Call<'_>, kind: Kind) -> Result<Group, Error> {
    let name = stored(call.parameters.required(kind.name_parameter())?);
    if kind.default_group(&name).is_some() {
        return Err(Error::invalid_value(
            "Cannot modify a default parameter group.",
        ));
    }
    call.place
        .groups(kind)
        .get(&name)
        .cloned()
        .ok_or_else(|| kind.not_found(&name))
}

fn entries(parameters: &Parameters) -> Result<Vec<Parameters>, Error> {
    let entries = parameters.entries("Parameters");
    if entries.len() > MOST {
        return Err(Error::invalid_combination(format!(
            "Cannot modify more than {MOST} parameters in a single request"
        )));
    }
    Ok(entries)
}

/// The definition and method of one entry, refused where the service refuses it.
fn checked<'a>(
    group: &Group,
    entry: &'a Parameters,
) -> Result<(&'static Definition, &'a str), Error> {
    let name = entry.required("ParameterName")?;
    let definition = catalogue(&group.family)
        .and_then(|catalogue| catalogue.get(name))
        .ok_or_else(|| {
            Error::invalid_value(format!("Could not find parameter with name: {name}"))
        })?;
    if !definition.modifiable {
        return Err(Error::invalid_value(format!(
            "The parameter {name} cannot be modified."
        )));
    }
    let method = entry.required("ApplyMethod")?;
    if !["immediate", "pending-reboot"].contains(&method) {
        return Err(Error::invalid_value(format!(
            "Invalid apply method: {method}. Valid values: immediate, pending-reboot"
        )));
    }
    if method == "immediate" && definition.apply_type == ApplyType::Static {
        return Err(Error::invalid_combination(
            "cannot use immediate apply method for static parameter",
        ));
    }
    Ok((definition, method))
}

fn note(outcome: &mut Outcome, name: &str, method: &str) {
    if method == "immediate" {
        outcome.immediate.insert(name.to_owned());
    } else {
        outcome.waiting = true;
    }
}

/// Parameters that make sense only together must do so after each request.
fn check_dependent(family: &str, values: &BTreeMap<String, Value>) -> Result<(), Error> {
    let catalogue = catalogue(family);
    let in_force = |name: &str| -> Option<String> {
        let definition = catalogue.and_then(|catalogue| catalogue.get(name))?;
        let stored = values.get(name).map(|value| value.value.clone());
        stored
            .or_else(|| definition.default.clone())
            .or_else(|| definition.in_force_if_unset.clone())
    };
    let scram_only = in_force("rds.accepted_password_auth_method").as_deref() == Some("scram");
    if scram_only && in_force("password_encryption").as_deref() == Some("md5") {
        return Err(Error::invalid_combination(
            "password_encryption md5 cannot be used while rds.accepted_password_auth_method is scram: change both in one request.",
        ));
    }
    let version = |name: &str| in_force(name).filter(|value| value.starts_with("TLS"));
    if let (Some(least), Some(most)) = (
        version("ssl_min_protocol_version"),
        version("ssl_max_protocol_version"),
    ) && tls_rank(&least) > tls_rank(&most)
    {
        return Err(Error::invalid_combination(
            "ssl_min_protocol_version cannot be above ssl_max_protocol_version: change both in one request.",
        ));
    }
    Ok(())
}

fn tls_rank(version: &str) -> u32 {
    let minor = version
        .rsplit_once('.')
        .and_then(|(_, minor)| minor.parse().ok());
    minor.unwrap_or_default()
}

fn refuse_while_propagating(call: &Call<'_>, name: &str) -> Result<(), Error> {
    let clusters = call.place.clusters_with_group(name);
    let members = clusters
        .iter()
        .flat_map(|cluster| call.place.member_identifiers(cluster));
    let busy = members
        .filter_map(|member| call.place.instances.get(&member))
        .any(|instance| instance.propagating.is_some());
    if busy {
        return Err(Error::group_state(format!(
            "The parameter group {name} has pending changes."
        )));
    }
    Ok(())
}

fn store(
    call: &mut Call<'_>,
    kind: Kind,
    name: &str,
    values: BTreeMap<String, Value>,
    outcome: &Outcome,
) {
    if let Some(group) = call.place.groups_mut(kind).get_mut(name) {
        group.values = values;
    }
    match kind {
        Kind::Cluster => propagation::changed(call, name, &outcome.immediate, outcome.waiting),
        Kind::Instance => instance_groups::changed(call, name, &outcome.immediate, outcome.waiting),
    }
}
