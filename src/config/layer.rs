//! What one file says, before it is merged with what it extends.
//!
//! Goes in: layers, farthest first. Comes out: one layer in which the nearer file has won, key by key.

pub(super) mod verify;

use super::keys::{Form, Key, Table};
use super::shape::Complaint;
use super::source::{At, Field};
use super::span_of_time::Weekly;
use crate::desired::steps::Step;
use crate::desired::store::Bucket;
use crate::desired::{DatabaseInsights, EngineVersion, Parameter, SnapshotPolicy};
use crate::names::{
    AccountId, InstanceClass, InstanceId, ParameterGroupName, ParameterName, PartitionName,
    ProfileName, Region,
};
use jiff::civil::DateTime;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that a file can say; what it does not say is `None`.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    /// Where `[partition]` stands; a file without it is only extended.
    pub(super) partition: Option<At>,
    pub(super) name: Option<Field<PartitionName>>,
    pub(super) aws: AwsLayer,
    pub(super) cluster: ClusterLayer,
    pub(super) parameters: BTreeMap<ParameterName, Field<Parameter>>,
    pub(super) remove_parameters: Vec<Removal>,
    pub(super) window: WindowLayer,
    pub(super) writer_interruption: Option<Field<u32>>,
    pub(super) keep: Option<Field<SnapshotPolicy>>,
    pub(super) store: StoreLayer,
    pub(super) sql: verify::SqlLayer,
    pub(super) probes: Vec<verify::ProbeLayer>,
    /// Steps and gates by name, in order.
    pub(super) steps: Vec<(String, Field<Step>)>,
    pub(super) remove_steps: Vec<(At, String)>,
    pub(super) spoiled: Spoiled,
}

/// Keys that were misspelt, or whose table could not be read: each is a problem already, and none of them is missing.
#[derive(Clone, Debug, Default)]
pub(super) struct Spoiled(BTreeSet<(&'static str, &'static str)>);

impl Spoiled {
    /// Notes one key; where it is a table of its own, everything in that table.
    pub(super) fn key(&mut self, table: &Table, key: &Key) {
        self.0.insert((table.name, key.name));
        if let Form::Table(inner) = key.form {
            self.table(inner);
        }
    }

    /// Notes every key of a table.
    pub(super) fn table(&mut self, table: &Table) {
        for key in table.keys {
            self.key(table, key);
        }
    }

    /// Whether the key was meant to be said.
    pub(super) fn holds(&self, table: &Table, name: &str) -> bool {
        self.0.iter().any(|spoiled| *spoiled == (table.name, name))
    }
}

/// `[aws]`
#[derive(Clone, Debug, Default)]
pub(super) struct AwsLayer {
    pub(super) header: Option<At>,
    pub(super) account: Option<Field<AccountId>>,
    pub(super) region: Option<Field<Region>>,
    pub(super) profile: Option<Field<ProfileName>>,
}

/// `[store]`
#[derive(Clone, Debug, Default)]
pub(super) struct StoreLayer {
    pub(super) header: Option<At>,
    pub(super) url: Option<Field<Bucket>>,
    pub(super) region: Option<Field<Region>>,
    pub(super) profile: Option<Field<ProfileName>>,
}

/// `[cluster]`
#[derive(Clone, Debug, Default)]
pub(super) struct ClusterLayer {
    pub(super) header: Option<At>,
    pub(super) identifier: Option<Field<String>>,
    pub(super) engine: Option<Field<String>>,
    pub(super) engine_version: Option<Field<EngineVersion>>,
    pub(super) instance_class: Option<Field<InstanceClass>>,
    pub(super) apply_immediately: Option<Field<bool>>,
    pub(super) parameter_group: Option<Field<ParameterGroupName>>,
    pub(super) database_insights: Option<Field<DatabaseInsights>>,
    pub(super) retention_days: Option<Field<u32>>,
    pub(super) instances: BTreeMap<InstanceId, InstanceLayer>,
}

/// `[cluster.instances.ID]`
#[derive(Clone, Debug, Default)]
pub(super) struct InstanceLayer {
    pub(super) instance_class: Option<Field<InstanceClass>>,
}

/// `[window]`
#[derive(Clone, Debug, Default)]
pub(super) struct WindowLayer {
    pub(super) header: Option<At>,
    pub(super) weekly: Option<Field<Weekly>>,
    pub(super) at: Option<Field<DateTime>>,
    pub(super) length: Option<Field<u32>>,
    pub(super) time_zone: Option<Field<String>>,
}

/// One entry of `remove_parameters`.
#[derive(Clone, Debug)]
pub(super) struct Removal {
    pub(super) at: At,
    pub(super) parameter: ParameterName,
}

/// A removal of something that is not there.
#[derive(Debug)]
pub(super) struct IdleRemoval {
    pub(super) at: At,
    pub(super) complaint: Complaint,
}

/// Replaces `far` if the nearer layer says anything.
fn take<T: Clone>(far: &mut Option<T>, near: &Option<T>) {
    if near.is_some() {
        far.clone_from(near);
    }
}

impl Layer {
    /// Merges a nearer layer over this one, key by key. Returns the removals that found nothing to remove.
    ///
    /// The partition's name is not merged: whoever extends a partition is another one.
    pub(super) fn lay_over(&mut self, near: &Self) -> Vec<IdleRemoval> {
        let Self {
            partition,
            name,
            aws,
            cluster,
            parameters,
            remove_parameters,
            window,
            writer_interruption,
            keep,
            store,
            sql,
            probes,
            steps,
            remove_steps,
            spoiled,
        } = near;
        self.spoiled.0.extend(&spoiled.0);
        self.partition.clone_from(partition);
        self.name.clone_from(name);
        self.aws.lay_over(aws);
        self.cluster.lay_over(cluster);
        self.window.lay_over(window);
        take(&mut self.writer_interruption, writer_interruption);
        take(&mut self.keep, keep);
        self.store.lay_over(store);
        self.sql.lay_over(sql);
        verify::lay_probes_over(&mut self.probes, probes);
        let mut idle = Vec::new();
        for Removal { at, parameter } in remove_parameters {
            if self.parameters.remove(parameter).is_none() {
                idle.push(self.idle_removal(at, parameter));
            }
        }
        for (parameter, field) in parameters {
            self.parameters.insert(parameter.clone(), field.clone());
        }
        for (at, name) in remove_steps {
            if !self.steps.iter().any(|(inherited, _)| inherited == name) {
                idle.push(self.idle_removal_of_step(at, name));
            }
            self.steps.retain(|(inherited, _)| inherited != name);
        }
        for (name, field) in steps {
            match self
                .steps
                .iter_mut()
                .find(|(inherited, _)| inherited == name)
            {
                Some((_, far)) => far.clone_from(field),
                None => self.steps.push((name.clone(), field.clone())),
            }
        }
        idle
    }

    fn idle_removal_of_step(&self, at: &At, name: &str) -> IdleRemoval {
        let complaint = Complaint::new(format!("no step or gate `{name}` is inherited"));
        let inherited = self.steps.iter().map(|(name, _)| name.as_str());
        let complaint = match crate::hint::nearest(name, inherited) {
            Some(near) => complaint.hinted(format!("did you mean `{near}`?")),
            None => complaint.hinted("remove the entry"),
        };
        IdleRemoval {
            at: at.clone(),
            complaint,
        }
    }

    fn idle_removal(&self, at: &At, parameter: &ParameterName) -> IdleRemoval {
        let complaint = Complaint::new(format!("`{parameter}` is not inherited"));
        let inherited = self.parameters.keys().map(ParameterName::as_str);
        let complaint = match crate::hint::nearest(parameter.as_str(), inherited) {
            Some(name) => complaint.hinted(format!("did you mean `{name}`?")),
            None => complaint
                .hinted("remove the entry: a parameter that nothing declares is not set anyway"),
        };
        IdleRemoval {
            at: at.clone(),
            complaint,
        }
    }
}

impl AwsLayer {
    fn lay_over(&mut self, near: &Self) {
        let Self {
            header,
            account,
            region,
            profile,
        } = near;
        take(&mut self.header, header);
        take(&mut self.account, account);
        take(&mut self.region, region);
        take(&mut self.profile, profile);
    }
}

impl StoreLayer {
    fn lay_over(&mut self, near: &Self) {
        let Self {
            header,
            url,
            region,
            profile,
        } = near;
        take(&mut self.header, header);
        take(&mut self.url, url);
        take(&mut self.region, region);
        take(&mut self.profile, profile);
    }
}

impl ClusterLayer {
    fn lay_over(&mut self, near: &Self) {
        let Self {
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
        } = near;
        take(&mut self.header, header);
        take(&mut self.identifier, identifier);
        take(&mut self.engine, engine);
        take(&mut self.engine_version, engine_version);
        take(&mut self.instance_class, instance_class);
        take(&mut self.apply_immediately, apply_immediately);
        take(&mut self.parameter_group, parameter_group);
        take(&mut self.database_insights, database_insights);
        take(&mut self.retention_days, retention_days);
        for (identifier, InstanceLayer { instance_class }) in instances {
            let far = self.instances.entry(identifier.clone()).or_default();
            take(&mut far.instance_class, instance_class);
        }
    }
}

impl WindowLayer {
    fn lay_over(&mut self, near: &Self) {
        let Self {
            header,
            weekly,
            at,
            length,
            time_zone,
        } = near;
        // The two ways to declare a window exclude each other, so the nearer one replaces the other whole.
        if at.is_some() && weekly.is_none() {
            self.weekly = None;
        }
        if weekly.is_some() && at.is_none() {
            self.at = None;
            self.length = None;
        }
        take(&mut self.header, header);
        take(&mut self.weekly, weekly);
        take(&mut self.at, at);
        take(&mut self.length, length);
        take(&mut self.time_zone, time_zone);
    }
}
