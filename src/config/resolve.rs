//! One partition from its layers: what must be there is there, and what is there agrees.
//!
//! Goes in: a partition's file and everything that it extends. Comes out: the desired partition, or problems.

mod verify;

use super::files::{File, FileId, Files};
use super::keys::{self, Table};
use super::layer::{ClusterLayer, IdleRemoval, Layer, Spoiled, StoreLayer, WindowLayer};
use super::problem::Problem;
use super::shape::{self, Complaint};
use super::source::{At, Field};
use super::span_of_time::Weekly;
use crate::desired::store::Store;
use crate::desired::window::Schedule;
use crate::desired::{Aws, Cluster, DatabaseInsights, Desired, Instance, SnapshotPolicy, Window};
use crate::names::PartitionName;

/// The shortest retention that goes with the mode `advanced` (RDS API Reference, ModifyDBCluster, DatabaseInsightsMode).
const ADVANCED_RETENTION_DAYS_MIN: u32 = 465;

/// A partition and the place of its cluster's identifier, to tell of two partitions that share a cluster.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) desired: Desired,
    pub(super) identifier_at: At,
}

/// Resolves the partition that a file declares; `None` when something is wrong, which is added to the problems.
pub(super) fn resolve(files: &Files, id: FileId, problems: &mut Vec<Problem>) -> Option<Resolved> {
    let own = files.get(id)?;
    let chain = files.chain(id);
    let complete = chain.iter().all(|file| file.complete);
    let mut layer = Layer::default();
    let mut found = Vec::new();
    for file in chain {
        for IdleRemoval { at, complaint } in layer.lay_over(&file.layer) {
            // The parameter may well stand in a file that could not be read.
            if complete {
                let Complaint { message, hints } = complaint;
                found.push(Problem::at(&at, message).hinted_all(hints));
            }
        }
    }
    let mut resolver = Resolver {
        own,
        complete,
        spoiled: &layer.spoiled,
        problems: &mut found,
    };
    let resolved = resolver.partition(&layer);
    let healthy = found.is_empty();
    problems.append(&mut found);
    resolved.filter(|_| healthy)
}

struct Resolver<'a> {
    own: &'a File,
    /// Whether every file of the chain could be read; if not, nothing can be called missing.
    complete: bool,
    spoiled: &'a Spoiled,
    problems: &'a mut Vec<Problem>,
}

impl Resolver<'_> {
    fn partition(&mut self, layer: &Layer) -> Option<Resolved> {
        // Each part is looked at before any of them may end the work, so that one run tells everything.
        let name = self.name(layer);
        let aws = &layer.aws;
        let account = self.required(&aws.account, "account", &keys::AWS, &aws.header);
        let region = self.required(&aws.region, "region", &keys::AWS, &aws.header);
        let cluster = self.cluster(&layer.cluster);
        let window = self.window(&layer.window);
        let store = self.store(layer);
        let verify = self.verify(&layer.sql, &layer.probes);
        self.needs_window(layer);
        self.insights(&layer.cluster);
        let (cluster, identifier_at) = cluster?;
        let mut parameters = std::collections::BTreeMap::new();
        for (name, field) in &layer.parameters {
            parameters.insert(name.clone(), field.value.clone()?);
        }
        let mut steps = Vec::new();
        for (_, field) in &layer.steps {
            steps.push(field.value.clone()?);
        }
        let desired = Desired {
            partition: name?,
            file: self.own.source.path().to_path_buf(),
            aws: Aws {
                account: account?,
                region: region?,
                profile: optional(&layer.aws.profile)?,
            },
            cluster,
            parameters,
            window: window?,
            writer_interruption_seconds_max: optional(&layer.writer_interruption)?,
            snapshot: optional(&layer.keep)?.unwrap_or(SnapshotPolicy::UntilVerified),
            undoes: None,
            store: store?,
            verify: verify?,
            steps,
        };
        Some(Resolved {
            desired,
            identifier_at,
        })
    }

    fn name(&mut self, layer: &Layer) -> Option<PartitionName> {
        let name = self.required(&layer.name, "name", &keys::PARTITION, &layer.partition)?;
        let path = self.own.source.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        if name.as_str() != stem
            && let Some(Field { at, .. }) = &layer.name
        {
            let problem = Problem::at(
                at,
                format!("the partition `{name}` is declared in `{}`", path.display()),
            );
            self.problems.push(problem.hinted(format!(
                "rename the file to `{name}.toml`, or the partition to `{stem}`"
            )));
        }
        Some(name)
    }

    /// `Some(None)` where no store is declared, `None` where a declared one is wrong.
    fn store(&mut self, layer: &Layer) -> Option<Option<Store>> {
        let StoreLayer {
            header,
            url,
            region,
            profile,
        } = &layer.store;
        if header.is_none() {
            return Some(None);
        }
        let bucket = self.required(url, "url", &keys::STORE, header);
        let region = optional(region)?;
        let profile = optional(profile)?;
        Some(Some(Store {
            bucket: bucket?,
            region: region.or(optional(&layer.aws.region)?),
            profile: profile.or(optional(&layer.aws.profile)?),
        }))
    }

    fn cluster(&mut self, layer: &ClusterLayer) -> Option<(Cluster, At)> {
        let ClusterLayer {
            header,
            identifier,
            engine,
            engine_version,
            instance_class,
            apply_immediately,
            parameter_group,
            database_insights,
            retention_days,
            instances,
        } = layer;
        let identifier_at = identifier.as_ref().map(|field| field.at.clone());
        let identifier = self.required(identifier, "identifier", &keys::CLUSTER, header);
        let engine_version =
            self.required(engine_version, "engine_version", &keys::CLUSTER, header);
        let identifier = identifier?;
        let mut declared = std::collections::BTreeMap::new();
        for (id, instance) in instances {
            let instance_class = optional(&instance.instance_class)?;
            declared.insert(id.clone(), Instance { instance_class });
        }
        let cluster = Cluster {
            identifier: shape::cluster_id(&identifier),
            identifier_as_written: identifier,
            engine: optional(engine)?.unwrap_or_else(|| "aurora-postgresql".to_owned()),
            engine_version: engine_version?,
            instance_class: optional(instance_class)?,
            instances: declared,
            apply_immediately: optional(apply_immediately)?.unwrap_or(false),
            parameter_group: optional(parameter_group)?,
            database_insights: optional(database_insights)?,
            performance_insights_retention_days: optional(retention_days)?,
        };
        Some((cluster, identifier_at?))
    }

    /// `Some(None)` where no window is declared, `None` where a declared one is wrong.
    fn window(&mut self, layer: &WindowLayer) -> Option<Option<Window>> {
        let WindowLayer {
            header,
            weekly,
            at,
            length,
            time_zone,
        } = layer;
        if header.is_none() {
            return Some(None);
        }
        let time_zone = self.required(time_zone, "time_zone", &keys::WINDOW, header);
        let schedule = match (weekly, at) {
            (Some(weekly), None) => {
                if let Some(Field { at, .. }) = length {
                    self.problems.push(
                        Problem::at(at, "`length` does not go with `weekly`")
                            .hinted("a weekly window names its end: \"Thu 23:00-02:00\""),
                    );
                }
                weekly.value.map(|read| {
                    let Weekly {
                        weekday,
                        opens,
                        length_minutes,
                    } = read;
                    let schedule = Schedule::Weekly {
                        weekday,
                        opens,
                        length_minutes,
                    };
                    (schedule, unquoted(&weekly.at))
                })
            }
            (None, Some(opening)) => {
                let length_minutes = self.required(length, "length", &keys::WINDOW, header);
                opening.value.zip(length_minutes).map(|(opens, minutes)| {
                    let schedule = Schedule::Once {
                        opens,
                        length_minutes: minutes,
                    };
                    let length = length.as_ref().map(|field| unquoted(&field.at));
                    let written = format!(
                        "{} for {}",
                        unquoted(&opening.at),
                        length.unwrap_or_default()
                    );
                    (schedule, written)
                })
            }
            (Some(_), Some(opening)) => {
                self.problems.push(
                    Problem::at(&opening.at, "`at` does not go with `weekly`")
                        .hinted("a window is either weekly, or opens once; keep one of them"),
                );
                None
            }
            (None, None) => {
                if self.complete
                    && !self.spoiled.holds(&keys::WINDOW, "weekly")
                    && !self.spoiled.holds(&keys::WINDOW, "at")
                    && let Some(header) = header
                {
                    self.problems.push(
                        Problem::at(header, "[window] does not say when it opens").hinted(
                            "add `weekly = \"Thu 23:00-02:00\"`, or `at = \"2026-05-14T23:00\"` with `length = \"3h\"`",
                        ),
                    );
                }
                None
            }
        };
        let (schedule, as_written) = schedule?;
        Some(Some(Window {
            schedule,
            time_zone: time_zone?,
            as_written,
        }))
    }

    fn needs_window(&mut self, layer: &Layer) {
        let spoiled = self.spoiled.holds(&keys::TOP, "window")
            || self.spoiled.holds(&keys::CLUSTER, "apply_immediately");
        if !self.complete || layer.window.header.is_some() || spoiled {
            return;
        }
        let advice =
            "add [window] with `weekly` and `time_zone`, or set `apply_immediately = true`";
        match &layer.cluster.apply_immediately {
            Some(Field {
                at,
                value: Some(false),
            }) => self.problems.push(
                Problem::at(
                    at,
                    "`apply_immediately = false` needs a [window] in which restarts may begin",
                )
                .hinted(advice),
            ),
            Some(_) => {}
            None => self.problems.push(
                Problem::at(
                    &self.place_for(&layer.cluster.header),
                    "[window] is missing: `apply_immediately` is false unless told",
                )
                .hinted(advice),
            ),
        }
    }

    fn insights(&mut self, layer: &ClusterLayer) {
        let (Some(mode), Some(retention)) = (&layer.database_insights, &layer.retention_days)
        else {
            return;
        };
        if let (Some(DatabaseInsights::Advanced), Some(days)) = (mode.value, retention.value)
            && days < ADVANCED_RETENTION_DAYS_MIN
        {
            self.problems.push(
                Problem::at(
                    &retention.at,
                    format!(
                        "Database Insights `advanced` needs {ADVANCED_RETENTION_DAYS_MIN} days of retention or more, not {days}"
                    ),
                )
                .hinted(format!(
                    "set `performance_insights_retention_days = {ADVANCED_RETENTION_DAYS_MIN}`, or `database_insights = \"standard\"`"
                )),
            );
        }
    }

    /// The value of a key that must be declared somewhere.
    fn required<T: Clone>(
        &mut self,
        field: &Option<Field<T>>,
        name: &str,
        table: &Table,
        header: &Option<At>,
    ) -> Option<T> {
        match field {
            Some(Field { value, .. }) => value.clone(),
            None => {
                if self.complete && !self.spoiled.holds(table, name) {
                    let at = self.place_for(header);
                    let title = table.title();
                    let mut problem = Problem::at(&at, format!("`{name}` is missing in {title}"));
                    if header.is_none() {
                        problem = problem.hinted(format!("add {title} with `{name}`"));
                    }
                    self.problems.push(problem);
                }
                None
            }
        }
    }

    /// Where something is missing: in its own table, or else in the partition's file.
    fn place_for(&self, header: &Option<At>) -> At {
        header
            .clone()
            .filter(|at| at.source().path() == self.own.source.path())
            .or_else(|| self.own.layer.partition.clone())
            .unwrap_or_else(|| At::beginning(&self.own.source))
    }
}

/// The value of a key that may be left out; the outer `None` says that it is wrong.
fn optional<T: Clone>(field: &Option<Field<T>>) -> Option<Option<T>> {
    match field {
        None => Some(None),
        Some(Field { value, .. }) => value.clone().map(Some),
    }
}

/// A text as it is written, without its quotes.
fn unquoted(at: &At) -> String {
    at.text().trim_matches(['"', '\'']).to_owned()
}
