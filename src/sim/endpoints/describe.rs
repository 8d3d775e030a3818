//! DescribeDBClusterEndpoints: the built-in endpoints of each cluster, which have no identifier, and the custom ones.
//! Source: RDS API Reference, DescribeDBClusterEndpoints. A name that does not exist gives an empty list.

use std::collections::BTreeMap;

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
    let mut listed: BTreeMap<String, Listed<'_>> = BTreeMap::new();
    let clusters = place.clusters.values();
    for cluster in clusters
        .filter(|cluster| wanted.is_none_or(|wanted| wanted.identifier == cluster.identifier))
    {
        let key = |position: u8, name: &str| format!("{} {position} {name}", cluster.identifier);
        if named.is_none() {
            listed.insert(key(0, ""), Listed::BuiltIn(cluster, "WRITER"));
            listed.insert(key(1, ""), Listed::BuiltIn(cluster, "READER"));
        }
        let custom = place.endpoints_of(&cluster.identifier);
        for endpoint in custom.filter(|endpoint| {
            named
                .as_ref()
                .is_none_or(|name| endpoint.identifier == *name)
        }) {
            listed.insert(key(2, &endpoint.identifier), Listed::Custom(endpoint));
        }
    }
    let chosen = listed.into_iter().filter(|(_, listed)| {
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
