//! The declaration of a rollback, from what its run changed and what is live now.

use super::effects::{Effects, InsightsBefore, Values};
use crate::desired::{
    self, DatabaseInsights, Desired, EngineVersion, Instance, Parameter, Place, Undoes, Value,
};
use crate::names::{Family, InstanceId, ParameterName, RunId};
use crate::observed::{self, Cluster, Observed, Question};
use crate::plan::difference::PENDING_CLASS;
use crate::plan::refusal::{Reason, Refusal};
use crate::plan::same_value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The run that is undone.
#[derive(Clone, Debug)]
pub struct Undoing {
    /// The run.
    pub run: RunId,
    /// What it changed.
    pub effects: Effects,
    /// The engine version when its plan was made.
    pub engine_version: String,
    /// Whether what somebody changed since is left as it is, instead of being a reason to refuse.
    pub leave_changed: bool,
}

/// What must be read before the declaration can be made.
pub fn questions(undoing: &Undoing, observed: &Observed) -> BTreeSet<Question> {
    let Some(target) = undoing.effects.target() else {
        return BTreeSet::new();
    };
    let read = observed
        .groups
        .get(target)
        .is_some_and(|group| group.user_parameters_read);
    if target.is_default() || read || observed.cluster.is_none() {
        BTreeSet::new()
    } else {
        BTreeSet::from([Question::UserParameters(target.clone())])
    }
}

/// The declaration that leads back to the state before the run. Profile, window, budget and snapshot policy are those of
/// `base`, the partition's own declaration.
///
/// # Errors
/// Every property that somebody changed since, unless those are left as they are; a group to go back to that is gone; a
/// major engine upgrade since.
pub fn declaration(
    undoing: &Undoing,
    base: &Desired,
    observed: &Observed,
    cluster: &Cluster,
) -> Result<Desired, Refusal> {
    let mut making = Making {
        undoing,
        observed,
        cluster,
        reasons: Vec::new(),
        changed: Vec::new(),
        left: Vec::new(),
    };
    making.same_major_version();
    let (parameter_group, parameters) = making.parameters();
    let (instances, queued) = making.classes();
    let insights = making.insights();
    making.what_stays();
    let Making {
        mut reasons,
        changed,
        mut left,
        ..
    } = making;
    if undoing.leave_changed {
        left.extend(
            changed
                .into_iter()
                .map(|fact| format!("left as it is: {fact}")),
        );
    } else {
        reasons.extend(changed.into_iter().map(|fact| Reason {
            rule: "changed-since-run".to_owned(),
            fact,
            way_out: "pass --leave-changed to leave it as it is and undo the rest, or change it back first"
                .to_owned(),
        }));
    }
    if !reasons.is_empty() {
        return Err(Refusal { reasons });
    }
    Ok(Desired {
        partition: base.partition.clone(),
        file: PathBuf::from(format!("rollback of run {}", undoing.run)),
        aws: base.aws.clone(),
        cluster: desired::Cluster {
            identifier: cluster.identifier.clone(),
            identifier_as_written: cluster.identifier.to_string(),
            engine: cluster.engine.clone(),
            engine_version: EngineVersion::new(&cluster.engine_version),
            instance_class: None,
            instances,
            apply_immediately: base.cluster.apply_immediately,
            parameter_group,
            database_insights: insights.mode,
            performance_insights_retention_days: insights.retention_days,
        },
        parameters,
        window: base.window.clone(),
        writer_interruption_seconds_max: base.writer_interruption_seconds_max,
        snapshot: base.snapshot,
        store: base.store.clone(),
        verify: base.verify.clone(),
        // They go with what a declaration changes; a rollback has a plan of its own, and a person at it.
        steps: Vec::new(),
        undoes: Some(Undoes {
            run: undoing.run.clone(),
            queued,
            performance_insights_off: insights.off,
            left,
        }),
    })
}

/// The Insights settings to go back to.
#[derive(Default)]
struct Insights {
    mode: Option<DatabaseInsights>,
    retention_days: Option<u32>,
    off: bool,
}

type Parameters = BTreeMap<ParameterName, Parameter>;
type Classes = BTreeMap<InstanceId, crate::names::InstanceClass>;

struct Making<'a> {
    undoing: &'a Undoing,
    observed: &'a Observed,
    cluster: &'a Cluster,
    reasons: Vec<Reason>,
    /// What somebody changed since, in sentences.
    changed: Vec<String>,
    left: Vec<String>,
}

impl Making<'_> {
    fn same_major_version(&mut self) {
        let family = |version: &str| Family::of(&self.cluster.engine, version);
        let (before, now) = (&self.undoing.engine_version, &self.cluster.engine_version);
        if family(before) != family(now) {
            self.reasons.push(Reason {
                rule: "upgraded-since-run".to_owned(),
                fact: format!(
                    "the engine was {before} when the run was planned and is {now} now: groups and values of {} do not fit",
                    family(before)
                ),
                way_out: "declare what should be, and plan and apply that; an engine upgrade cannot be undone".to_owned(),
            });
        } else if before != now {
            self.left.push(format!(
                "the engine was {before} when the run was planned and is {now} now; an upgrade cannot be undone"
            ));
        }
    }

    /// The group to go back to, and every value that it must hold.
    fn parameters(&mut self) -> (Option<crate::names::ParameterGroupName>, Parameters) {
        let effects = &self.undoing.effects;
        let Some(target) = effects.target().cloned() else {
            return (None, Parameters::new());
        };
        let attached = &self.cluster.parameter_group;
        let after = match &effects.group {
            Some((_, after)) => after,
            None => &target,
        };
        if *attached != target && attached != after {
            self.changed.push(format!(
                "the cluster uses parameter group `{attached}`; it used `{target}` before the run and `{after}` after it"
            ));
            return (None, Parameters::new());
        }
        if target.is_default() {
            return (Some(target), Parameters::new());
        }
        let live = self
            .observed
            .groups
            .get(&target)
            .filter(|group| group.exists);
        let Some(live) = live else {
            self.reasons.push(Reason {
                rule: "group-gone".to_owned(),
                fact: format!(
                    "parameter group `{target}`, which the cluster used before the run, no longer exists"
                ),
                way_out: "create it again with the values that it had, or declare what should be and apply that".to_owned(),
            });
            return (None, Parameters::new());
        };
        let mut values: BTreeMap<ParameterName, String> = live
            .parameters
            .values()
            .filter(|parameter| parameter.source == "user")
            .filter_map(|parameter| Some((parameter.name.clone(), parameter.value.clone()?)))
            .collect();
        // Values in a group that is only attached again are not the run's.
        if effects.group.is_none() {
            for (name, sent) in &effects.values {
                self.value(name, sent, live.parameters.get(name), &mut values);
            }
        }
        let place = Place {
            file: PathBuf::from(format!("rollback of run {}", self.undoing.run)),
            line: 0,
            column: 0,
        };
        let parameters = values
            .into_iter()
            .map(|(name, value)| {
                let parameter = Parameter {
                    value: Value::Text(value.clone()),
                    as_written: value,
                    place: place.clone(),
                };
                (name, parameter)
            })
            .collect();
        (Some(target), parameters)
    }

    /// Puts one value back, where the live one is the run's.
    fn value(
        &mut self,
        name: &ParameterName,
        sent: &Values,
        described: Option<&observed::Parameter>,
        values: &mut BTreeMap<ParameterName, String>,
    ) {
        let live = values.get(name).cloned();
        let same = |one: Option<&String>, other: Option<&String>| match (one, other, described) {
            (None, None, _) => true,
            (Some(one), Some(other), Some(parameter)) => same_value(one, other, parameter),
            (Some(one), Some(other), None) => one == other,
            _ => false,
        };
        if same(live.as_ref(), sent.before.as_ref()) {
            return;
        }
        if !same(live.as_ref(), sent.after.as_ref()) {
            let words = |value: Option<&String>| value.map_or("not set".to_owned(), Clone::clone);
            self.changed.push(format!(
                "`{name}` is {}; it was {} before the run and {} after it",
                words(live.as_ref()),
                words(sent.before.as_ref()),
                words(sent.after.as_ref())
            ));
            return;
        }
        match &sent.before {
            Some(before) => values.insert(name.clone(), before.clone()),
            None => values.remove(name),
        };
    }

    /// The classes to go back to, and those to take out of queues.
    fn classes(&mut self) -> (BTreeMap<InstanceId, Instance>, Classes) {
        let (mut instances, mut queued) = (BTreeMap::new(), Classes::new());
        for (instance, (before, after)) in &self.undoing.effects.classes {
            let Some(member) = self.cluster.members.get(instance) else {
                self.left.push(format!(
                    "`{instance}`, which the run made a {after}, is no longer a member"
                ));
                continue;
            };
            let waiting = member.pending.get(PENDING_CLASS);
            let waits_for = |class: &crate::names::InstanceClass| {
                waiting.map(String::as_str) == Some(class.as_str())
            };
            let is_back = member.class == *before;
            if is_back && (waiting.is_none() || waits_for(before)) {
                continue;
            }
            if is_back && waits_for(after) {
                queued.insert(instance.clone(), after.clone());
            } else if member.class == *after && (waiting.is_none() || waits_for(before)) {
                let class = Instance {
                    instance_class: Some(before.clone()),
                };
                instances.insert(instance.clone(), class);
            } else {
                let queue =
                    waiting.map_or_else(String::new, |class| format!(" with {class} queued"));
                self.changed.push(format!(
                    "`{instance}` is a {}{queue}; it was a {before} before the run and a {after} after it",
                    member.class
                ));
            }
        }
        (instances, queued)
    }

    fn insights(&mut self) -> Insights {
        let InsightsBefore {
            mode,
            enabled,
            retention_days,
        } = &self.undoing.effects.insights;
        let mut wanted = Insights::default();
        if let Some((before, after)) = mode {
            let live = self.cluster.database_insights.as_deref();
            match before.as_str() {
                _ if live == Some(before) => {}
                "standard" if live == Some(after) => wanted.mode = Some(DatabaseInsights::Standard),
                "advanced" if live == Some(after) => wanted.mode = Some(DatabaseInsights::Advanced),
                _ => self.changed.push(format!(
                    "Database Insights is {}; it was {before} before the run and {after} after it",
                    live.unwrap_or("not shown")
                )),
            }
        }
        let live_days = self.cluster.performance_insights_retention_days;
        let is_on = self.cluster.performance_insights_enabled == Some(true);
        if let Some((false, true)) = enabled {
            let expected = retention_days.map(|(_, after)| after);
            if is_on && (expected.is_none() || live_days == expected) {
                wanted.off = true;
            } else if is_on {
                self.changed
                    .push(retention_in_words(live_days, None, expected));
            }
            return wanted;
        }
        if let Some((before, after)) = *retention_days {
            if live_days == before {
                return wanted;
            }
            match before {
                Some(days) if live_days == Some(after) => wanted.retention_days = Some(days),
                _ => self
                    .changed
                    .push(retention_in_words(live_days, before, Some(after))),
            }
        }
        wanted
    }

    /// What of the run is left as it is, and what cannot be taken back.
    fn what_stays(&mut self) {
        let effects = &self.undoing.effects;
        let region = &self.observed.region;
        if let (Some((before, after)), Some(stored)) = (&effects.group, &effects.stored_in)
            && after == stored
            && !effects.values.is_empty()
        {
            let values: Vec<String> = effects
                .values
                .iter()
                .filter_map(|(name, values)| Some(format!("{name} = {}", values.after.as_ref()?)))
                .collect();
            self.left.push(format!(
                "with `{before}` attached again, what the run stored in `{after}` is no longer in force: {}",
                values.join("; ")
            ));
        }
        if let Some(group) = &effects.created {
            self.left.push(format!(
                "parameter group `{group}`, which the run created, is left in place, so that going forward again is quick; when \
                 nothing uses it and it is not wanted: aws rds delete-db-cluster-parameter-group \
                 --db-cluster-parameter-group-name {group} --region {region}"
            ));
        } else if let (Some((_, after)), Some(stored)) = (&effects.group, &effects.stored_in)
            && after == stored
        {
            self.left.push(format!(
                "the values that the run stored in parameter group `{after}` are left there: the cluster no longer uses it"
            ));
        }
        if let Some(group) = &effects.adopted {
            self.left.push(format!(
                "parameter group `{group}` keeps the tag that the run put on it"
            ));
        }
        if !effects.restarted.is_empty() || !effects.failovers.is_empty() {
            let mut past = Vec::new();
            if !effects.restarted.is_empty() {
                let members: Vec<String> = effects
                    .restarted
                    .iter()
                    .map(|instance| format!("`{instance}`"))
                    .collect();
                past.push(format!("the restart of {}", members.join(", ")));
            }
            past.extend(
                effects
                    .failovers
                    .iter()
                    .map(|(from, to)| format!("the failover from `{from}` to `{to}`")),
            );
            self.left.push(format!(
                "what has happened cannot be taken back: {}; roles are not given back for their own sake",
                past.join(", ")
            ));
        }
        for snapshot in &effects.deleted_snapshots {
            self.left.push(format!(
                "snapshot `{snapshot}`, whose time was over, was deleted and cannot be brought back"
            ));
        }
    }
}

fn retention_in_words(live: Option<u32>, before: Option<u32>, after: Option<u32>) -> String {
    let words =
        |days: Option<u32>| days.map_or_else(|| "none".to_owned(), |days| format!("{days} days"));
    format!(
        "Performance Insights retention is {}; it was {} before the run and {} after it",
        words(live),
        words(before),
        words(after)
    )
}
