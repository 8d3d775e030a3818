//! What RDS offers: engine versions, orderable classes. Sources: RDS API Reference, DescribeDBEngineVersions and
//! DescribeOrderableDBInstanceOptions.

use super::call::{Call, Operation};
use super::classes;
use super::clusters::ENGINE;
use super::engine_versions::{self, EngineVersion};
use super::error::Error;
use super::page::{Page, filters};
use super::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::read(
        "DescribeDBEngineVersions",
        &[
            "Engine",
            "EngineVersion",
            "DBParameterGroupFamily",
            "DefaultOnly",
            "IncludeAll",
            "ListSupportedCharacterSets",
            "ListSupportedTimezones",
            "Filters",
            "MaxRecords",
            "Marker",
        ],
        versions,
    ),
    Operation::read(
        "DescribeOrderableDBInstanceOptions",
        &[
            "Engine",
            "EngineVersion",
            "DBInstanceClass",
            "LicenseModel",
            "Vpc",
            "Filters",
            "MaxRecords",
            "Marker",
        ],
        orderable,
    ),
];

fn versions(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let filters = filters(
        parameters,
        &[
            "db-parameter-group-family",
            "engine",
            "engine-mode",
            "engine-version",
            "status",
        ],
    )?;
    for name in [
        "IncludeAll",
        "ListSupportedCharacterSets",
        "ListSupportedTimezones",
    ] {
        parameters.boolean(name)?;
    }
    let default_only = parameters.boolean("DefaultOnly")?.unwrap_or(false);
    let engine = parameters
        .text("Engine")
        .is_none_or(|engine| engine == ENGINE);
    let major_or_exact =
        |version: &str, asked: &str| version == asked || version.split('.').next() == Some(asked);
    let version = parameters.text("EngineVersion");
    let family = parameters.text("DBParameterGroupFamily");
    let fits = |known: &EngineVersion| {
        engine
            && version.is_none_or(|asked| major_or_exact(known.version, asked))
            && family.is_none_or(|family| known.family == family)
            && filters.iter().all(|(name, values)| {
                values.iter().any(|value| match name.as_str() {
                    "db-parameter-group-family" => known.family == value,
                    "engine" => value == ENGINE,
                    "engine-mode" => value == "provisioned",
                    "engine-version" => major_or_exact(known.version, value),
                    _ => value == "available",
                })
            })
    };
    let mut chosen: Vec<(String, &EngineVersion)> = engine_versions::versions()
        .iter()
        .filter(|known| fits(known) && (!default_only || known.is_default))
        .map(|known| (sortable(known), known))
        .collect();
    if default_only {
        // One answer: the default of the version or family asked for, else of the newest major version.
        chosen.drain(..chosen.len().saturating_sub(1));
    }
    Ok(Page::of(parameters)?.cut("DBEngineVersions", chosen.into_iter(), version_element))
}

/// Versions sort by number, not by text: `16.10` comes after `16.9`.
fn sortable(known: &EngineVersion) -> String {
    format!("{:04}.{:04}", known.major, known.minor)
}

fn version_element(known: &EngineVersion) -> Element {
    let targets = known.valid_upgrade_targets.iter().map(|target| {
        let description = engine_versions::version(target.version).map(EngineVersion::description);
        Element::node(
            "UpgradeTarget",
            vec![
                Element::text("Engine", ENGINE),
                Element::text("EngineVersion", target.version),
                Element::text("Description", description.unwrap_or_default()),
                Element::text("AutoUpgrade", target.is_automatic),
                Element::text("IsMajorVersionUpgrade", target.is_major),
            ],
        )
    });
    Element::node(
        "DBEngineVersion",
        vec![
            Element::text("Engine", ENGINE),
            Element::text("MajorEngineVersion", known.major),
            Element::text("EngineVersion", known.version),
            Element::text("DBParameterGroupFamily", known.family),
            Element::text("DBEngineDescription", "Aurora (PostgreSQL)"),
            Element::text("DBEngineVersionDescription", known.description()),
            Element::node("ValidUpgradeTarget", targets.collect()),
            Element::texts("ExportableLogTypes", "member", ["instance", "postgresql"]),
            Element::text("SupportsLogExportsToCloudwatchLogs", true),
            Element::text("SupportsReadReplica", false),
            Element::texts("SupportedEngineModes", "member", ["provisioned"]),
            Element::node("SupportedFeatureNames", vec![]),
            Element::text("Status", "available"),
            Element::text("SupportsParallelQuery", false),
            Element::text("SupportsGlobalDatabases", true),
        ],
    )
}

fn orderable(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    filters(parameters, &[])?;
    parameters.boolean("Vpc")?;
    let engine = parameters.required("Engine")?;
    if engine != ENGINE {
        return Err(Error::invalid_value(format!(
            "Invalid DB engine: {engine}. Only {ENGINE} is simulated."
        )));
    }
    let (version, class) = (
        parameters.text("EngineVersion"),
        parameters.text("DBInstanceClass"),
    );
    let licence = parameters
        .text("LicenseModel")
        .is_none_or(|licence| licence == "postgresql-license");
    let known = engine_versions::versions()
        .iter()
        .filter(|known| licence && version.is_none_or(|version| known.version == version));
    let mut options: Vec<(String, (&str, &str))> = known
        .flat_map(|known| {
            let offered = classes::orderable(known.version).into_iter();
            offered.map(move |class| (known, class.name.as_str()))
        })
        .filter(|(_, name)| class.is_none_or(|class| class == *name))
        .map(|(known, name)| (format!("{} {name}", sortable(known)), (known.version, name)))
        .collect();
    options.sort();
    let region = call.place.region.clone();
    let element = |(version, class): (&str, &str)| option_element(&region, version, class);
    Ok(Page::up_to(parameters, 1000)?.cut(
        "OrderableDBInstanceOptions",
        options.into_iter(),
        element,
    ))
}

fn option_element(region: &str, version: &str, class: &str) -> Element {
    let zones = ["a", "b", "c"].map(|zone| {
        Element::node(
            "AvailabilityZone",
            vec![Element::text("Name", format!("{region}{zone}"))],
        )
    });
    let flag = |name: &'static str, value: bool| Element::text(name, value);
    Element::node(
        "OrderableDBInstanceOption",
        vec![
            Element::text("Engine", ENGINE),
            Element::text("EngineVersion", version),
            Element::text("DBInstanceClass", class),
            Element::text("LicenseModel", "postgresql-license"),
            Element::node("AvailabilityZones", zones.to_vec()),
            flag("MultiAZCapable", false),
            flag("ReadReplicaCapable", false),
            flag("Vpc", true),
            flag("SupportsStorageEncryption", true),
            Element::text("StorageType", "aurora"),
            flag("SupportsIops", false),
            flag("SupportsEnhancedMonitoring", true),
            flag("SupportsIAMDatabaseAuthentication", true),
            flag("SupportsPerformanceInsights", true),
            Element::texts("SupportedEngineModes", "member", ["provisioned"]),
            flag("SupportsGlobalDatabases", true),
            flag("SupportsClusters", true),
            Element::texts("SupportedNetworkTypes", "member", ["IPV4", "DUAL"]),
        ],
    )
}
