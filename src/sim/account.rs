//! What an account has and may have: quotas, certificate authorities, categories of events. Sources: RDS API Reference,
//! DescribeAccountAttributes, DescribeCertificates and DescribeEventCategories, and the default quotas of the Aurora User Guide.

use super::call::{Call, Operation};
use super::error::Error;
use super::events;
use super::page::{Page, filters};
use super::place::Place;
use super::xml::Element;
use super::{clusters, endpoints, groups, instances, snapshots, subnets};

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::read("DescribeAccountAttributes", &[], quotas),
    Operation::read(
        "DescribeCertificates",
        &["CertificateIdentifier", "Filters", "MaxRecords", "Marker"],
        certificates,
    ),
    Operation::read(
        "DescribeEventCategories",
        &["SourceType", "Filters"],
        categories,
    ),
];

/// The certificate authorities on offer: identifier, and the year until which they are valid.
const AUTHORITIES: [(&str, &str); 3] = [
    ("rds-ca-ecc384-g1", "2121"),
    ("rds-ca-rsa2048-g1", "2061"),
    ("rds-ca-rsa4096-g1", "2121"),
];

/// What a new instance gets.
const DEFAULT_AUTHORITY: &str = "rds-ca-rsa2048-g1";

/// Refuses an authority that is not on offer.
pub(crate) fn check_certificate(identifier: &str) -> Result<(), Error> {
    if AUTHORITIES.iter().any(|(known, _)| *known == identifier) {
        return Ok(());
    }
    Err(Error::new(
        "CertificateNotFound",
        404,
        format!("Certificate not found: {identifier}"),
    ))
}

fn quotas(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let quotas = quotas_of(call.place).map(|(name, used, most)| {
        Element::node(
            "AccountQuota",
            vec![
                Element::text("AccountQuotaName", name),
                Element::text("Used", used),
                Element::text("Max", most),
            ],
        )
    });
    Ok(vec![Element::node("AccountQuotas", quotas.to_vec())])
}

/// Name, what is used of it, and the most; where a quota holds for each of several objects, what the fullest one uses.
fn quotas_of(place: &Place) -> [(&'static str, usize, usize); 11] {
    let fullest = |counts: &mut dyn Iterator<Item = usize>| counts.max().unwrap_or_default();
    let clusters = place.clusters.values();
    [
        (
            "DBInstances",
            place.instances.len(),
            instances::create::QUOTA,
        ),
        (
            "DBParameterGroups",
            place.instance_groups.len(),
            groups::manage::QUOTA,
        ),
        (
            "ManualSnapshots",
            snapshots::manual(place),
            snapshots::QUOTA,
        ),
        ("DBSubnetGroups", place.subnet_groups.len(), subnets::QUOTA),
        (
            "SubnetsPerDBSubnetGroup",
            fullest(
                &mut place
                    .subnet_groups
                    .values()
                    .map(|group| group.subnets.len()),
            ),
            subnets::SUBNETS_MOST,
        ),
        ("DBClusters", place.clusters.len(), clusters::create::QUOTA),
        (
            "DBClusterParameterGroups",
            place.cluster_groups.len(),
            groups::manage::QUOTA,
        ),
        (
            "DBClusterRoles",
            fullest(&mut clusters.clone().map(|cluster| cluster.roles.len())),
            clusters::roles::QUOTA,
        ),
        // There are none of these here.
        ("EventSubscriptions", 0, 20),
        ("OptionGroups", 0, 20),
        (
            "CustomEndpointsPerDBCluster",
            fullest(&mut clusters.map(|cluster| place.endpoints_of(&cluster.identifier).count())),
            endpoints::change::QUOTA,
        ),
    ]
}

fn certificates(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    filters(call.parameters, &[])?;
    let named = call.parameters.text("CertificateIdentifier");
    named.map(check_certificate).transpose()?;
    let page = Page::of(call.parameters)?;
    let region = call.place.region.clone();
    let chosen = AUTHORITIES
        .iter()
        .filter(|(identifier, _)| named.is_none_or(|named| named == *identifier))
        .map(|(identifier, year)| ((*identifier).to_owned(), (*identifier, *year)));
    let mut answer = page.cut("Certificates", chosen, |(identifier, year)| {
        Element::node(
            "Certificate",
            vec![
                Element::text("CertificateIdentifier", identifier),
                Element::text("CertificateType", "CA"),
                Element::text("ValidFrom", "2021-05-24T22:00:00.000Z"),
                Element::text("ValidTill", format!("{year}-05-24T23:00:00.000Z")),
                Element::text(
                    "CertificateArn",
                    format!("arn:aws:rds:{region}::cert:{identifier}"),
                ),
                Element::text("CustomerOverride", false),
            ],
        )
    });
    answer.push(Element::text(
        "DefaultCertificateForNewLaunches",
        DEFAULT_AUTHORITY,
    ));
    Ok(answer)
}

fn categories(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    filters(call.parameters, &[])?;
    let wanted = call.parameters.text("SourceType");
    if let Some(name) = wanted
        && !events::is_source(name)
    {
        return Err(Error::invalid_value(format!("Invalid source type: {name}")));
    }
    let chosen = events::CATEGORIES
        .iter()
        .filter(|(source, _)| wanted.is_none_or(|wanted| wanted == *source));
    let maps = chosen.map(|(source, categories)| {
        Element::node(
            "EventCategoriesMap",
            vec![
                Element::text("SourceType", source),
                Element::texts("EventCategories", "EventCategory", *categories),
            ],
        )
    });
    Ok(vec![Element::node(
        "EventCategoriesMapList",
        maps.collect(),
    )])
}
