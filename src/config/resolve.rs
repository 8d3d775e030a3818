//! From files to partitions: `extends` followed, keys merged, what belongs together checked together.
//!
//! Goes in: layers. Comes out: `Desired` for each partition, or every problem.

use super::field::Field;
use super::layer::{Entry, Layer};
use super::problem::{Problem, Problems};
use super::source::Sources;
use crate::desired::window::Schedule;
use crate::desired::{
    Aws, Cluster, DatabaseInsights, Desired, EngineVersion, Instance, Parameter, SnapshotPolicy,
    Window,
};
use crate::names::{
    AccountId, ClusterId, InstanceClass, InstanceId, ParameterGroupName, ParameterName,
    PartitionName, ProfileName, Region,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Resolves every partition; the name is `None` where any will do.
pub(super) fn all(
    partitions: Vec<(Option<PartitionName>, PathBuf)>,
    sources: &mut Sources,
    mut problems: Vec<Problem>,
) -> Result<Vec<Desired>, Problems> {
    let mut resolved = Vec::new();
    for (name, path) in partitions {
        let mut merged = Merged::default();
        merge(&path, &mut Vec::new(), sources, &mut merged, &mut problems);
        let Ok(layer) = sources.open(&path) else {
            continue;
        };
        let mut partition = Partition {
            layer,
            merged,
            problems: Vec::new(),
        };
        // What a broken file lacks is no news: its own problems come first.
        if partition.layer.is_readable() {
            resolved.extend(partition.desired(name.as_ref()));
            problems.append(&mut partition.problems);
        }
    }
    if problems.is_empty() {
        Ok(resolved)
    } else {
        Err(Problems::from(problems))
    }
}

/// All keys of a file and of what it extends, and every file's problems.
#[derive(Default)]
struct Merged {
    entries: BTreeMap<String, Entry>,
    has_problems: bool,
}

/// Merges what a file extends, and then the file: the nearer wins. `chain` holds the files that led here.
fn merge(
    path: &Path,
    chain: &mut Vec<PathBuf>,
    sources: &mut Sources,
    merged: &mut Merged,
    problems: &mut Vec<Problem>,
) {
    let layer = match sources.open(path) {
        Ok(layer) => layer,
        Err(problem) => {
            merged.has_problems = true;
            problems.push(problem);
            return;
        }
    };
    merged.has_problems |= !layer.problems().is_empty();
    problems.extend(layer.problems().iter().cloned());
    chain.push(path.to_path_buf());
    if let Some(Entry {
        field: Field::Texts(names),
        span,
    }) = layer.entries.get("extends")
    {
        for name in names {
            let target = normalized(&path.parent().unwrap_or(Path::new("")).join(name));
            if let Some(at) = chain.iter().position(|file| *file == target) {
                let cycle: Vec<String> = chain
                    .iter()
                    .skip(at)
                    .chain(std::iter::once(&target))
                    .map(|file| file.display().to_string())
                    .collect();
                merged.has_problems = true;
                problems.push(
                    Problem::at(span, "these files extend each other in a circle")
                        .labelled(cycle.join(" -> "))
                        .helped("remove one of the links"),
                );
            } else if !target.is_file() {
                merged.has_problems = true;
                problems.push(
                    Problem::at(span, format!("`{}` does not exist", target.display())).helped(
                        format!("a path here starts at the folder of {}", path.display()),
                    ),
                );
            } else {
                merge(&target, chain, sources, merged, problems);
            }
        }
    }
    chain.pop();
    remove(&layer, merged, problems);
    for (key, entry) in &layer.entries {
        if key != "extends" && key != "remove_parameters" {
            merged.entries.insert(key.clone(), entry.clone());
        }
    }
}

/// Takes inherited parameters out.
fn remove(layer: &Layer, merged: &mut Merged, problems: &mut Vec<Problem>) {
    let Some(Entry {
        field: Field::Texts(names),
        span,
    }) = layer.entries.get("remove_parameters")
    else {
        return;
    };
    for name in names {
        if merged
            .entries
            .remove(&format!("parameters.{name}"))
            .is_none()
        {
            let inherited: Vec<&str> = merged
                .entries
                .keys()
                .filter_map(|key| key.strip_prefix("parameters."))
                .collect();
            let help = match crate::hint::nearest(name, inherited.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "only parameters of extended files can be removed".to_owned(),
            };
            merged.has_problems = true;
            problems.push(
                Problem::at(
                    span,
                    format!("no extended file declares parameter `{name}`"),
                )
                .helped(help),
            );
        }
    }
}

/// The path without `.` and `name/..`, so that two ways to one file are one file.
fn normalized(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir if parts.file_name().is_some() => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts
}

/// One partition while it is put together.
struct Partition {
    layer: Arc<Layer>,
    merged: Merged,
    problems: Vec<Problem>,
}

impl Partition {
    fn desired(&mut self, name: Option<&PartitionName>) -> Option<Desired> {
        let partition = self.required_text("partition.name")?;
        self.name_is_the_files(&partition, name);
        let account = self.required_text("aws.account");
        let region = self.required_text("aws.region");
        let identifier = self.required_text("cluster.identifier");
        let engine_version = self.required_text("cluster.engine_version");
        let apply_immediately = self.required("cluster.apply_immediately");
        let window = self.window();
        let apply_immediately = matches!(apply_immediately?.field, Field::Boolean(true));
        self.restarts_have_their_time(apply_immediately, window.is_some());
        self.insights_fit_together();
        let identifier = identifier?;
        Some(Desired {
            partition: PartitionName::new(partition),
            file: self.layer.file.path.clone(),
            aws: Aws {
                account: AccountId::new(account?),
                region: Region::new(region?),
                profile: self.text("aws.profile").map(ProfileName::new),
            },
            cluster: Cluster {
                identifier: ClusterId::new(&identifier),
                identifier_as_written: identifier,
                engine: self
                    .text("cluster.engine")
                    .unwrap_or_else(|| "aurora-postgresql".to_owned()),
                engine_version: EngineVersion::new(engine_version?),
                instance_class: self.text("cluster.instance_class").map(InstanceClass::new),
                instances: self.instances(),
                apply_immediately,
                parameter_group: self
                    .text("cluster.parameter_group")
                    .map(ParameterGroupName::new),
                database_insights: self.insights(),
                performance_insights_retention_days: self.retention(),
            },
            parameters: self.parameters(),
            window,
            writer_interruption_seconds_max: match self.field("budget.writer_interruption") {
                Some(Field::Seconds(seconds)) => Some(*seconds),
                _ => None,
            },
            snapshot: match self.field("snapshot.keep") {
                Some(Field::Keep(policy)) => *policy,
                _ => SnapshotPolicy::UntilVerified,
            },
        })
    }

    fn entry(&self, path: &str) -> Option<&Entry> {
        self.merged.entries.get(path)
    }

    fn field(&self, path: &str) -> Option<&Field> {
        self.entry(path).map(|entry| &entry.field)
    }

    fn text(&self, path: &str) -> Option<String> {
        match self.field(path) {
            Some(Field::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    /// A key without which there is no partition.
    fn required(&mut self, path: &str) -> Option<Entry> {
        let entry = self.entry(path).cloned();
        // Where a file has problems already, a missing key is most likely one of them.
        if entry.is_none() && !self.merged.has_problems {
            let (table, key) = path.split_once('.').unwrap_or(("", path));
            self.problems.push(Problem::of_file(
                &self.layer.file.path,
                format!("`{key}` is missing from [{table}]"),
                format!(
                    "declare it here, or in a file that this one extends: {}",
                    super::field::key(table, key).map_or("", |key| key.description)
                ),
            ));
        }
        entry
    }

    fn required_text(&mut self, path: &str) -> Option<String> {
        match self.required(path)?.field {
            Field::Text(text) => Some(text),
            _ => None,
        }
    }

    fn name_is_the_files(&mut self, partition: &str, wanted: Option<&PartitionName>) {
        let stem = self
            .layer
            .file
            .path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default()
            .to_owned();
        let agrees = partition == stem && wanted.is_none_or(|wanted| wanted.as_str() == partition);
        if !agrees && let Some(entry) = self.entry("partition.name") {
            let problem = Problem::at(
                &entry.span,
                format!("partition `{partition}` is declared in a file named `{stem}.toml`"),
            )
            .helped(format!(
                "write name = \"{stem}\", or rename the file to {partition}.toml"
            ));
            self.problems.push(problem);
        }
    }

    fn restarts_have_their_time(&mut self, apply_immediately: bool, has_window: bool) {
        let window_is_broken = self
            .merged
            .entries
            .keys()
            .any(|key| key.starts_with("window."))
            || self.merged.has_problems;
        if !apply_immediately
            && !has_window
            && !window_is_broken
            && let Some(entry) = self.entry("cluster.apply_immediately")
        {
            let problem = Problem::at(
                &entry.span,
                "apply_immediately = false needs a [window] in which restarts may begin",
            )
            .helped("add [window] with weekly = \"Thu 23:00-02:00\" and time_zone = \"UTC\"");
            self.problems.push(problem);
        }
    }

    fn window(&mut self) -> Option<Window> {
        let weekly = self.entry("window.weekly").cloned();
        let at = self.entry("window.at").cloned();
        let length = self.entry("window.length").cloned();
        let first = [&weekly, &at, &length]
            .into_iter()
            .flatten()
            .next()
            .or(self.entry("window.time_zone"))?
            .clone();
        let mut complain = |entry: &Entry, message: &str, help: &str| {
            self.problems
                .push(Problem::at(&entry.span, message).helped(help));
        };
        let schedule = match (&weekly, &at, &length) {
            (Some(weekly), Some(_), _) => {
                complain(
                    weekly,
                    "a window is either weekly or at a single time",
                    "keep `weekly`, or `at` with `length`",
                );
                None
            }
            (Some(_), None, Some(length)) => {
                complain(
                    length,
                    "a weekly window says its length by its two times",
                    "remove `length`",
                );
                None
            }
            (Some(weekly), None, None) => match &weekly.field {
                Field::Weekly {
                    schedule,
                    as_written,
                } => Some((*schedule, as_written.clone())),
                _ => None,
            },
            (None, Some(at), Some(length)) => match (&at.field, &length.field) {
                (Field::At(opens), Field::Seconds(seconds)) => Some((
                    Schedule::Once {
                        opens: *opens,
                        length_minutes: seconds.div_ceil(60),
                    },
                    format!("{opens} for {} min", seconds.div_ceil(60)),
                )),
                _ => None,
            },
            (None, Some(at), None) => {
                complain(
                    at,
                    "a single window needs its length",
                    "add length = \"3h\"",
                );
                None
            }
            (None, None, _) => {
                if !self.merged.has_problems {
                    self.problems.push(
                        Problem::at(&first.span, "this window never opens")
                            .helped("add weekly = \"Thu 23:00-02:00\", or at = \"2026-05-14T23:00\" with length = \"3h\""),
                    );
                }
                None
            }
        };
        let (schedule, as_written) = schedule?;
        let Some(time_zone) = self.text("window.time_zone") else {
            if !self.merged.has_problems {
                self.problems.push(
                    Problem::at(&first.span, "a window needs its time zone")
                        .helped("add time_zone = \"UTC\", or another IANA name"),
                );
            }
            return None;
        };
        Some(Window {
            schedule,
            time_zone,
            as_written,
        })
    }

    fn insights(&self) -> Option<DatabaseInsights> {
        match self.field("cluster.database_insights") {
            Some(Field::Insights(mode)) => Some(*mode),
            _ => None,
        }
    }

    fn retention(&self) -> Option<u32> {
        match self.field("cluster.performance_insights_retention_days") {
            Some(Field::Days(days)) => Some(*days),
            _ => None,
        }
    }

    /// Database Insights `advanced` demands 465 days (RDS API Reference, ModifyDBCluster).
    fn insights_fit_together(&mut self) {
        if let (Some(DatabaseInsights::Advanced), Some(days)) = (self.insights(), self.retention())
            && days < 465
            && let Some(entry) = self.entry("cluster.performance_insights_retention_days")
        {
            let problem = Problem::at(
                &entry.span,
                "database_insights = \"advanced\" demands a retention of at least 465 days",
            )
            .helped("write 465, or declare database_insights = \"standard\"");
            self.problems.push(problem);
        }
    }

    fn instances(&self) -> BTreeMap<InstanceId, Instance> {
        self.merged
            .entries
            .iter()
            .filter_map(|(path, entry)| {
                let rest = path.strip_prefix("cluster.instances.")?;
                let (member, _) = rest.split_once('.')?;
                let instance_class = match &entry.field {
                    Field::Text(class) => Some(InstanceClass::new(class)),
                    _ => None,
                };
                Some((InstanceId::new(member), Instance { instance_class }))
            })
            .collect()
    }

    fn parameters(&self) -> BTreeMap<ParameterName, Parameter> {
        self.merged
            .entries
            .iter()
            .filter_map(|(path, entry)| {
                let name = path.strip_prefix("parameters.")?;
                match &entry.field {
                    Field::Parameter(parameter) => {
                        Some((ParameterName::new(name), parameter.clone()))
                    }
                    _ => None,
                }
            })
            .collect()
    }
}
