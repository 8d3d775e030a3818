//! RDS events: what DescribeEvents tells. Ids, categories and messages as in the Aurora User Guide, "Amazon RDS event categories and event messages".

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::call::{Call, Operation};
use super::clock::{after, iso};
use super::error::Error;
use super::identifiers::stored;
use super::page::Page;
use super::place::Place;
use super::xml::Element;

/// Kept per place: more than 14 days of a busy rehearsal.
const KEPT: usize = 10_000;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Source {
    Cluster,
    Instance,
    ParameterGroup,
    ClusterSnapshot,
    BlueGreenDeployment,
}

impl Source {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cluster => "db-cluster",
            Self::Instance => "db-instance",
            Self::ParameterGroup => "db-parameter-group",
            Self::ClusterSnapshot => "db-cluster-snapshot",
            Self::BlueGreenDeployment => "blue-green-deployment",
        }
    }

    fn arn_kind(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Instance => "db",
            Self::ParameterGroup => "pg",
            Self::ClusterSnapshot => "cluster-snapshot",
            Self::BlueGreenDeployment => "deployment",
        }
    }
}

/// The kinds of sources with the categories of their events. Not all of them occur in this world.
pub(crate) const CATEGORIES: [(&str, &[&str]); 7] = [
    (
        "blue-green-deployment",
        &["creation", "deletion", "failure", "notification"],
    ),
    (
        "db-cluster",
        &[
            "configuration change",
            "creation",
            "deletion",
            "failover",
            "failure",
            "global-failover",
            "maintenance",
            "notification",
        ],
    ),
    ("db-cluster-snapshot", &["backup", "notification"]),
    (
        "db-instance",
        &[
            "availability",
            "backup",
            "configuration change",
            "creation",
            "deletion",
            "failover",
            "failure",
            "low storage",
            "maintenance",
            "notification",
            "read replica",
            "recovery",
            "restoration",
            "security",
            "security patching",
        ],
    ),
    ("db-parameter-group", &["configuration change"]),
    ("db-security-group", &["configuration change", "failure"]),
    (
        "db-snapshot",
        &["creation", "deletion", "notification", "restoration"],
    ),
];

/// Whether events can be asked for by this kind of source.
pub(crate) fn is_source(name: &str) -> bool {
    let without_categories = [
        "custom-engine-version",
        "db-proxy",
        "db-shard-group",
        "zero-etl",
    ];
    CATEGORIES.iter().any(|(source, _)| *source == name) || without_categories.contains(&name)
}

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Event {
    /// Grows with each event of a place.
    pub(crate) number: u64,
    /// Such as `RDS-EVENT-0071`; DescribeEvents does not show it.
    pub(crate) id: String,
    pub(crate) source: Source,
    pub(crate) source_identifier: String,
    pub(crate) category: String,
    pub(crate) message: String,
    pub(crate) date: Timestamp,
}

impl Place {
    /// Emits an event.
    pub(crate) fn event(
        &mut self,
        date: Timestamp,
        source: Source,
        identifier: &str,
        id: &str,
        category: &str,
        message: impl Into<String>,
    ) {
        let number = self.events.back().map_or(0, |event| event.number + 1);
        self.events.push_back(Event {
            number,
            id: format!("RDS-EVENT-{id}"),
            source,
            source_identifier: identifier.to_owned(),
            category: category.to_owned(),
            message: message.into(),
            date,
        });
        if self.events.len() > KEPT {
            self.events.pop_front();
        }
    }

    /// An event of an instance.
    pub(crate) fn instance_event(
        &mut self,
        date: Timestamp,
        identifier: &str,
        id: &str,
        category: &str,
        message: impl Into<String>,
    ) {
        self.event(date, Source::Instance, identifier, id, category, message);
    }

    /// An event of a cluster.
    pub(crate) fn cluster_event(
        &mut self,
        date: Timestamp,
        identifier: &str,
        id: &str,
        category: &str,
        message: impl Into<String>,
    ) {
        self.event(date, Source::Cluster, identifier, id, category, message);
    }
}

pub(crate) const OPERATIONS: &[Operation] = &[Operation::read(
    "DescribeEvents",
    &[
        "SourceIdentifier",
        "SourceType",
        "StartTime",
        "EndTime",
        "Duration",
        "EventCategories",
        "Filters",
        "MaxRecords",
        "Marker",
    ],
    describe,
)];

fn describe(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    super::page::filters(parameters, &[])?;
    let source_type = parameters.text("SourceType");
    if let Some(name) = source_type
        && !is_source(name)
    {
        return Err(Error::invalid_value(format!("Invalid source type: {name}")));
    }
    let identifier = parameters.text("SourceIdentifier").map(stored);
    if identifier.is_some() && source_type.is_none() {
        return Err(Error::invalid_combination(
            "SourceType must be provided when SourceIdentifier is provided.",
        ));
    }
    let (from, to) = interval(call)?;
    let categories: BTreeSet<String> = parameters
        .list("EventCategories")
        .unwrap_or_default()
        .into_iter()
        .collect();
    let place = &*call.place;
    let page = Page::of(parameters)?;
    // Numbers grow, and so do the keys that are made of them.
    let seen = page.after().and_then(|after| after.parse::<u64>().ok());
    let begins = place
        .events
        .partition_point(|event| seen.is_some_and(|seen| event.number <= seen));
    let chosen = place.events.range(begins..).filter(|event| {
        (from..=to).contains(&event.date)
            && source_type.is_none_or(|name| event.source.name() == name)
            && identifier
                .as_ref()
                .is_none_or(|identifier| event.source_identifier == *identifier)
            && (categories.is_empty() || categories.contains(&event.category))
    });
    let keyed = chosen.map(|event| (format!("{:020}", event.number), event));
    Ok(page.cut("Events", keyed, |event| element(place, event)))
}

/// The asked-for time: the last hour unless told otherwise.
fn interval(call: &Call<'_>) -> Result<(Timestamp, Timestamp), Error> {
    let minutes = call.parameters.integer("Duration")?;
    if minutes.is_some_and(|minutes| !(1..=20_160).contains(&minutes)) {
        return Err(Error::invalid_value(
            "Duration must be between 1 and 20160 minutes.",
        ));
    }
    let length = minutes.unwrap_or(60) as f64 * 60.0;
    let (start, end) = (
        call.parameters.time("StartTime")?,
        call.parameters.time("EndTime")?,
    );
    let (from, to) = match (start, end) {
        (None, None) => (after(call.now, -length), call.now),
        (Some(start), None) if minutes.is_some() => (start, after(start, length)),
        (Some(start), None) => (start, call.now),
        (None, Some(end)) => (after(end, -length), end),
        (Some(start), Some(end)) => (start, end),
    };
    if from > to {
        return Err(Error::invalid_combination(
            "The start time must be before the end time.",
        ));
    }
    if from < after(call.now, -14.0 * 86_400.0 - 60.0) {
        return Err(Error::invalid_value(
            "Events are kept for 14 days; the start time is too far back.",
        ));
    }
    Ok((from, to))
}

fn element(place: &Place, event: &Event) -> Element {
    Element::node(
        "Event",
        vec![
            Element::text("SourceIdentifier", &event.source_identifier),
            Element::text("SourceType", event.source.name()),
            Element::text("Message", &event.message),
            Element::texts("EventCategories", "EventCategory", [&event.category]),
            Element::text("Date", iso(event.date)),
            Element::text(
                "SourceArn",
                place.arn(event.source.arn_kind(), &event.source_identifier),
            ),
        ],
    )
}
