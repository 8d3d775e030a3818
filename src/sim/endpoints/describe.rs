//! DescribeDBClusterEndpoints: the built-in endpoints of each cluster, which have no identifier, and the custom ones.
//! Source: RDS API Reference, DescribeDBClusterEndpoints. A name that does not exist gives an empty list.

use std::ops::Bound;

use super::{Endpoint, fields};
use crate::sim::call::{Call, Operation};
use crate::sim::clusters::Cluster;
use crate::sim::error::Error;
use crate::sim::identifiers::stored;
use crate::sim::page::{Page, filters};
use crate::sim::place::Place;
use crate::sim::postgres::Kind;
use crate::sim::world::Rules;
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[Operation::read(
    "DescribeDBClusterEndpoints",
    &[
        "DBClusterIdentifier",
        "DBClusterEndpointIdentifier",
        "Filters",
        "MaxRecords",
        "Marker",
    ],
    describe,
)];

/// An endpoint of any kind.
enum Listed<'a> {
    BuiltIn(&'a Cluster, &'static str),
    Custom(&'a Endpoint),
}

impl Listed<'_> {
    /// Whether one value of a filter fits.
    fn fits(&self, filter: &str, value: &str) -> bool {
        let (kind, custom, identifier, status) = match self {
            Self::BuiltIn(cluster, kind) => (*kind, "", "", built_in_status(cluster)),
            Self::Custom(endpoint) => (
                "CUSTOM",
                endpoint.kind.as_str(),
                endpoint.identifier.as_str(),
                endpoint.status.as_str(),
            ),
        };
        match filter {
            "db-cluster-endpoint-type" => kind.eq_ignore_ascii_case(value),
            "db-cluster-endpoint-custom-type" => custom.eq_ignore_ascii_case(value),
            "db-cluster-endpoint-id" => !identifier.is_empty() && identifier == stored(value),
            _ => status == value,
        }
    }
}

fn built_in_status(cluster: &Cluster) -> &str {
    match cluster.status.as_str() {
        "creating" => "creating",
        "deleting" => "deleting",
        _ => "available",
    }
}

/// As DescribeDBClusters tells it.
fn built_in_address(place: &Place, rules: &Rules, cluster: &Cluster, kind: &str) -> String {
    let kind = match kind {
        "WRITER" => Kind::Writer,
        _ => Kind::Reader,
    };
    let (address, _) = rules.endpoint(place, kind, &cluster.identifier, cluster.port);
    address
}

/// The endpoints of a cluster with their keys: its own two, unless one is named, and the custom ones.
fn of_cluster<'a>(
    place: &'a Place,
    cluster: &'a Cluster,
    named: Option<&str>,
) -> Vec<(String, Listed<'a>)> {
    let key = |position: u8, name: &str| format!("{} {position} {name}", cluster.identifier);
    let mut listed = Vec::new();
    if named.is_none() {
        listed.push((key(0, ""), Listed::BuiltIn(cluster, "WRITER")));
        listed.push((key(1, ""), Listed::BuiltIn(cluster, "READER")));
    }
    let custom = place.endpoints_of(&cluster.identifier);
    let custom = custom.filter(|endpoint| named.is_none_or(|name| endpoint.identifier == name));
    listed.extend(custom.map(|endpoint| (key(2, &endpoint.identifier), Listed::Custom(endpoint))));
    listed
}

fn describe(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let filters = filters(
        parameters,
        &[
            "db-cluster-endpoint-type",
            "db-cluster-endpoint-custom-type",
            "db-cluster-endpoint-id",
            "db-cluster-endpoint-status",
        ],
    )?;
    let page = Page::of(parameters)?;
    let (place, rules) = (&*call.place, call.rules);
    let wanted = parameters
        .text("DBClusterIdentifier")
        .map(|name| place.cluster(name))
        .transpose()?;
    let named = parameters.text("DBClusterEndpointIdentifier").map(stored);
    // A space comes before all that identifiers are made of, so the keys come in the order of the clusters.
    let begins = page.after().and_then(|after| after.split(' ').next());
    let begins = begins.map_or(Bound::Unbounded, Bound::Included);
    let clusters: Box<dyn Iterator<Item = &Cluster>> = match (wanted, &named) {
        (Some(cluster), _) => Box::new(std::iter::once(cluster)),
        (None, Some(name)) => {
            let custom = place.endpoints.get(name);
            let cluster = custom.and_then(|custom| place.clusters.get(&custom.cluster));
            Box::new(cluster.into_iter())
        }
        (None, None) => {
            let range = place.clusters.range::<str, _>((begins, Bound::Unbounded));
            Box::new(range.map(|(_, cluster)| cluster))
        }
    };
    let listed = clusters.flat_map(|cluster| of_cluster(place, cluster, named.as_deref()));
    let chosen = listed.filter(|(_, listed)| {
        filters
            .iter()
            .all(|(name, values)| values.iter().any(|value| listed.fits(name, value)))
    });
    Ok(page.cut("DBClusterEndpoints", chosen, |listed| {
        let children = match listed {
            Listed::BuiltIn(cluster, kind) => vec![
                Element::text("DBClusterIdentifier", &cluster.identifier),
                Element::text("Endpoint", built_in_address(place, rules, cluster, kind)),
                Element::text("Status", built_in_status(cluster)),
                Element::text("EndpointType", kind),
            ],
            Listed::Custom(endpoint) => fields(place, rules, endpoint),
        };
        Element::node("DBClusterEndpointList", children)
    }))
}
