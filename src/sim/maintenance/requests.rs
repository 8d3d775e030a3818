//! DescribePendingMaintenanceActions and ApplyPendingMaintenanceAction. Source: RDS API Reference.

use std::collections::BTreeMap;

use super::Maintenance;
use crate::sim::call::{Call, Operation};
use crate::sim::clock::iso;
use crate::sim::error::Error;
use crate::sim::identifiers::stored;
use crate::sim::page::{Page, filters};
use crate::sim::place::Place;
use crate::sim::schedule::{Object, Step};
use crate::sim::xml::{Element, optional};

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::read(
        "DescribePendingMaintenanceActions",
        &["ResourceIdentifier", "Filters", "MaxRecords", "Marker"],
        describe,
    ),
    Operation::change(
        "ApplyPendingMaintenanceAction",
        &["ResourceIdentifier", "ApplyAction", "OptInType"],
        apply,
    ),
];

fn describe(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let filters = filters(call.parameters, &["db-cluster-id", "db-instance-id"])?;
    let page = Page::of(call.parameters)?;
    let wanted = call
        .parameters
        .text("ResourceIdentifier")
        .map(|arn| object(call.place, arn))
        .transpose()?;
    let names = |filter: &str, name: &str| {
        filters.get(filter).is_some_and(|values| {
            values
                .iter()
                .any(|value| stored(value) == name.to_ascii_lowercase())
        })
    };
    let chosen = call.place.maintenance.iter().filter(|known| {
        wanted.as_ref().is_none_or(|wanted| known.object == *wanted)
            && (filters.is_empty()
                || match &known.object {
                    Object::Cluster(name) => names("db-cluster-id", name),
                    Object::Instance(name) => names("db-instance-id", name),
                    _ => false,
                })
    });
    let mut by_resource: BTreeMap<String, Vec<&Maintenance>> = BTreeMap::new();
    for known in chosen {
        by_resource
            .entry(arn(call.place, &known.object))
            .or_default()
            .push(known);
    }
    let keyed = by_resource
        .into_iter()
        .map(|(arn, actions)| (arn.clone(), (arn, actions)));
    Ok(
        page.cut("PendingMaintenanceActions", keyed, |(arn, actions)| {
            element(&arn, &actions)
        }),
    )
}

fn apply(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let given = parameters.required("ResourceIdentifier")?;
    let object = object(call.place, given)?;
    let action = parameters.required("ApplyAction")?;
    let position = call
        .place
        .announced(&object, action)
        .ok_or_else(|| not_found(given))?;
    let opt_in = match parameters.required("OptInType")? {
        "immediate" => Some("immediate"),
        "next-maintenance" => Some("next-maintenance"),
        "undo-opt-in" => None,
        other => {
            return Err(Error::invalid_value(format!(
                "Invalid opt-in type: {other}. Valid values: immediate, next-maintenance, undo-opt-in"
            )));
        }
    };
    let before = call.place.maintenance.get(position).cloned();
    let mut known = before.ok_or_else(|| not_found(given))?;
    if known.opt_in.as_deref() == Some("immediate") {
        return Err(Error::invalid_combination(
            "The maintenance action is being applied already; an immediate opt-in cannot be undone.",
        ));
    }
    if opt_in == Some("immediate") {
        require_quiet(call.place, &object)?;
    }
    known.opt_in = opt_in.map(str::to_owned);
    known.applied_at = match opt_in {
        Some("immediate") => Some(call.now),
        Some(_) => call
            .place
            .window_of(&object)
            .map(|window| window.opens(call.now)),
        None => call.place.planned(&known, call.now),
    };
    call.place.schedule.forget(
        &object,
        Some(&Step::MaintenanceBegins {
            action: action.to_owned(),
        }),
    );
    if let Some(slot) = call.place.maintenance.get_mut(position) {
        *slot = known.clone();
    }
    // The others of this object are planned again, since their steps were of the same kind.
    let planned: Vec<Maintenance> = call
        .place
        .maintenance
        .iter()
        .filter(|other| other.object == object)
        .cloned()
        .collect();
    for other in planned {
        call.place.plan(&other);
    }
    call.effect(format!(
        "maintenance {action} of {given}: {}",
        opt_in.unwrap_or("opt-in undone")
    ));
    let answer = element(&arn(call.place, &object), &[&known]);
    Ok(vec![answer])
}

/// The cluster or instance that an ARN names.
fn object(place: &Place, arn: &str) -> Result<Object, Error> {
    let name = stored(arn);
    match arn.split(':').nth(5) {
        Some("cluster") if place.clusters.contains_key(&name) => Ok(Object::Cluster(name)),
        Some("db") if place.instances.contains_key(&name) => Ok(Object::Instance(name)),
        _ => Err(not_found(arn)),
    }
}

fn not_found(arn: &str) -> Error {
    Error::new(
        "ResourceNotFoundFault",
        404,
        format!("The specified resource ID was not found: {arn}"),
    )
}

fn require_quiet(place: &Place, object: &Object) -> Result<(), Error> {
    match object {
        Object::Cluster(name) => place.cluster(name)?.require_modifiable()?,
        Object::Instance(name) => place.instance(name)?.require_idle()?,
        _ => {}
    }
    if place.quiet(object) {
        return Ok(());
    }
    Err(Error::instance_state(
        "The maintenance action cannot be applied while another operation is in progress.",
    ))
}

fn arn(place: &Place, object: &Object) -> String {
    match object {
        Object::Cluster(name) => place.arn("cluster", name),
        Object::Instance(name) => place.arn("db", name),
        Object::Snapshot(name) => place.arn("cluster-snapshot", name),
        Object::Endpoint(name) => place.arn("cluster-endpoint", name),
        Object::BlueGreen(name) => place.arn("deployment", name),
        // Its name is its ARN.
        Object::Stack(arn) => arn.clone(),
    }
}

/// `<ResourcePendingMaintenanceActions>`.
fn element(arn: &str, actions: &[&Maintenance]) -> Element {
    let details = actions.iter().map(|known| {
        let mut children = vec![Element::text("Action", &known.action)];
        optional(
            &mut children,
            "AutoAppliedAfterDate",
            known.auto_applied_after.map(iso),
        );
        optional(&mut children, "ForcedApplyDate", known.forced.map(iso));
        optional(&mut children, "OptInStatus", known.opt_in.as_ref());
        optional(&mut children, "CurrentApplyDate", known.applied_at.map(iso));
        children.push(Element::text("Description", &known.description));
        Element::node("PendingMaintenanceAction", children)
    });
    Element::node(
        "ResourcePendingMaintenanceActions",
        vec![
            Element::text("ResourceIdentifier", arn),
            Element::node("PendingMaintenanceActionDetails", details.collect()),
        ],
    )
}
