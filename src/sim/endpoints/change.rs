//! CreateDBClusterEndpoint, ModifyDBClusterEndpoint and DeleteDBClusterEndpoint. Source: RDS API Reference.

use super::{Endpoint, fields};
use crate::sim::call::{Call, Operation};
use crate::sim::error::Error;
use crate::sim::identifiers::{Kind, checked, stored};
use crate::sim::schedule::{Object, Step};
use crate::sim::tags;
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::change(
        "CreateDBClusterEndpoint",
        &[
            "DBClusterIdentifier",
            "DBClusterEndpointIdentifier",
            "EndpointType",
            "StaticMembers",
            "ExcludedMembers",
            "Tags",
        ],
        create,
    ),
    Operation::change(
        "ModifyDBClusterEndpoint",
        &[
            "DBClusterEndpointIdentifier",
            "EndpointType",
            "StaticMembers",
            "ExcludedMembers",
        ],
        modify,
    ),
    Operation::change(
        "DeleteDBClusterEndpoint",
        &["DBClusterEndpointIdentifier"],
        delete,
    ),
];

/// A cluster has at most this many custom endpoints.
pub(crate) const QUOTA: usize = 5;

fn create(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let cluster = call
        .place
        .cluster(parameters.required("DBClusterIdentifier")?)?
        .identifier
        .clone();
    let identifier = checked(
        "DBClusterEndpointIdentifier",
        parameters.required("DBClusterEndpointIdentifier")?,
        Kind::Identifier,
    )?;
    let kind = kind(parameters.required("EndpointType")?)?;
    if call.place.endpoints.contains_key(&identifier) {
        return Err(Error::new(
            "DBClusterEndpointAlreadyExistsFault",
            400,
            format!("DBClusterEndpoint {identifier} already exists."),
        ));
    }
    if call.place.endpoints_of(&cluster).count() >= QUOTA {
        return Err(Error::new(
            "DBClusterEndpointQuotaExceededFault",
            403,
            format!("The cluster {cluster} already has {QUOTA} custom endpoints."),
        ));
    }
    require_available(call, &cluster)?;
    let (static_members, excluded_members) = members(call, &cluster)?.unwrap_or_default();
    let resource_id = call
        .place
        .resource_id(call.rules, "cluster-endpoint", &identifier);
    let endpoint = Endpoint {
        identifier: identifier.clone(),
        resource_id,
        cluster: cluster.clone(),
        status: "creating".to_owned(),
        kind,
        static_members,
        excluded_members,
        emptied: false,
        tags: tags::given(parameters)?,
    };
    call.place.endpoints.insert(identifier.clone(), endpoint);
    becomes_available(call, &identifier);
    call.effect(format!("endpoint {identifier} of {cluster} begun"));
    answer(call, &identifier)
}

fn modify(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let endpoint = usable(call)?;
    let identifier = endpoint.identifier.clone();
    require_available(call, &endpoint.cluster)?;
    let kind = call
        .parameters
        .text("EndpointType")
        .map(kind)
        .transpose()?
        .unwrap_or(endpoint.kind);
    let lists = members(call, &endpoint.cluster)?;
    let changed = call.place.endpoint_mut(&identifier)?;
    changed.kind = kind;
    if let Some((static_members, excluded_members)) = lists {
        changed.static_members = static_members;
        changed.excluded_members = excluded_members;
        changed.emptied = false;
    }
    "modifying".clone_into(&mut changed.status);
    becomes_available(call, &identifier);
    call.effect(format!("endpoint {identifier} changed"));
    answer(call, &identifier)
}

fn delete(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let endpoint = usable(call)?;
    let identifier = endpoint.identifier;
    "deleting".clone_into(&mut call.place.endpoint_mut(&identifier)?.status);
    let object = Object::Endpoint(identifier.clone());
    call.later("endpoint", call.rules.timings.endpoint, object, Step::Gone);
    call.effect(format!("endpoint {identifier} is being deleted"));
    answer(call, &identifier)
}

/// The endpoint that the request names, with no change of it under way.
fn usable(call: &Call<'_>) -> Result<Endpoint, Error> {
    let name = call.parameters.required("DBClusterEndpointIdentifier")?;
    let endpoint = call.place.endpoint(name)?.clone();
    if endpoint.status == "available" {
        return Ok(endpoint);
    }
    Err(Error::new(
        "InvalidDBClusterEndpointStateFault",
        400,
        format!(
            "DBClusterEndpoint {} is not in available state, but in {}.",
            endpoint.identifier, endpoint.status
        ),
    ))
}

fn require_available(call: &Call<'_>, cluster: &str) -> Result<(), Error> {
    let cluster = call.place.cluster(cluster)?;
    if cluster.status == "available" {
        return Ok(());
    }
    Err(Error::cluster_state(format!(
        "DbCluster {} is not currently in the available state.",
        cluster.identifier
    )))
}

fn kind(given: &str) -> Result<String, Error> {
    let kind = given.to_ascii_uppercase();
    if ["READER", "WRITER", "ANY"].contains(&kind.as_str()) {
        return Ok(kind);
    }
    Err(Error::invalid_value(format!(
        "Invalid endpoint type: {given}. Valid values: READER, WRITER, ANY"
    )))
}

/// Static and excluded members.
type Members = (Vec<String>, Vec<String>);

/// The members of a request; none when it names neither. One list at most may have entries.
fn members(call: &Call<'_>, cluster: &str) -> Result<Option<Members>, Error> {
    let list = |name: &str| -> Result<Option<Vec<String>>, Error> {
        let Some(names) = call.parameters.list(name) else {
            return Ok(None);
        };
        let names = names.into_iter().filter(|name| !name.is_empty());
        names
            .map(|name| {
                let instance = call.place.instance(&name)?;
                if instance.cluster == cluster {
                    return Ok(instance.identifier.clone());
                }
                Err(Error::instance_state(format!(
                    "The instance {} is not a member of the cluster {cluster}.",
                    stored(&name)
                )))
            })
            .collect::<Result<Vec<String>, Error>>()
            .map(Some)
    };
    match (list("StaticMembers")?, list("ExcludedMembers")?) {
        (None, None) => Ok(None),
        (Some(included), Some(excluded)) if !included.is_empty() && !excluded.is_empty() => {
            Err(Error::invalid_combination(
                "StaticMembers and ExcludedMembers cannot be used together.",
            ))
        }
        (included, excluded) => Ok(Some((
            included.unwrap_or_default(),
            excluded.unwrap_or_default(),
        ))),
    }
}

fn becomes_available(call: &mut Call<'_>, identifier: &str) {
    let status = "available".to_owned();
    call.later(
        "endpoint",
        call.rules.timings.endpoint,
        Object::Endpoint(identifier.to_owned()),
        Step::StatusBegins { status },
    );
}

fn answer(call: &Call<'_>, identifier: &str) -> Result<Vec<Element>, Error> {
    let endpoint = call.place.endpoint(identifier)?;
    Ok(fields(call.place, call.rules, endpoint))
}
