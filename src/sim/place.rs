//! One account in one region: its clusters, instances, groups, snapshots, events and schedule, and how to find them.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::blue_green::Deployment;
use super::clock::after;
use super::clusters::Cluster;
use super::endpoints::Endpoint;
use super::error::Error;
use super::events::Event;
use super::filing::Filing;
use super::groups::Group;
use super::identifiers::{self, stored};
use super::instances::{Instance, Instances};
use super::maintenance::Maintenance;
use super::past::Past;
use super::random::Draws;
use super::replay::Replayed;
use super::schedule::{Object, Schedule, Step};
use super::snapshots::Snapshot;
use super::subnets::SubnetGroup;
use super::timeline::Timeline;
use super::timings::Spread;
use super::world::Rules;

/// Everything that one account has in one region; all keys in lower case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) clusters: Filing<Cluster>,
    pub(crate) instances: Instances,
    pub(crate) cluster_groups: BTreeMap<String, Group>,
    pub(crate) instance_groups: BTreeMap<String, Group>,
    pub(crate) snapshots: BTreeMap<String, Snapshot>,
    pub(crate) subnet_groups: BTreeMap<String, SubnetGroup>,
    pub(crate) events: VecDeque<Event>,
    pub(crate) schedule: Schedule,
    pub(crate) draws: Draws,
    #[serde(default, skip_serializing_if = "Replayed::is_empty")]
    pub(crate) replayed: Replayed,
    #[serde(default)]
    pub(crate) endpoints: Filing<Endpoint>,
    #[serde(default)]
    pub(crate) deployments: BTreeMap<String, Deployment>,
    #[serde(default)]
    pub(crate) maintenance: Vec<Maintenance>,
    #[serde(default)]
    pub(crate) timeline: Timeline,
    /// Kept only while a declared fault lets reads lag.
    #[serde(default, skip_serializing_if = "Past::is_empty")]
    pub(crate) past: Past,
}

impl Place {
    pub(crate) fn new(account: &str, region: &str) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            ..Self::default()
        }
    }

    /// Notes what clients of the members notice from now on.
    pub(crate) fn note(&mut self, now: Timestamp) {
        let Self {
            account,
            region,
            instances,
            timeline,
            ..
        } = self;
        let touched = if timeline.is_empty() {
            instances.take_touched();
            instances.keys().cloned().collect()
        } else {
            instances.take_touched()
        };
        timeline.note(now, (account, region), instances, &touched);
        self.remember(now);
    }

    /// Notes what a fault did, at the member it concerns; at the writer when it concerns none.
    pub(crate) fn tell(
        &mut self,
        now: Timestamp,
        fault: u64,
        cluster: &str,
        instance: Option<&str>,
        did: &str,
    ) {
        self.note(now);
        let writer = self
            .clusters
            .get(cluster)
            .and_then(|cluster| self.writer_of(cluster))
            .map(|writer| writer.identifier.clone());
        if let Some(instance) = instance.map(str::to_owned).or(writer) {
            let Self {
                account,
                region,
                timeline,
                ..
            } = self;
            let did = format!("fault {fault}: {did}");
            timeline.tell(now, (account, region), &instance, did);
        }
    }

    /// The ARN of something in this place.
    pub(crate) fn arn(&self, kind: &str, name: &str) -> String {
        identifiers::arn(&self.region, &self.account, kind, name)
    }

    /// The cluster by identifier or ARN, in any case.
    pub(crate) fn cluster(&self, name: &str) -> Result<&Cluster, Error> {
        self.clusters
            .get(&stored(name))
            .ok_or_else(|| Error::cluster_not_found(name))
    }

    pub(crate) fn cluster_mut(&mut self, name: &str) -> Result<&mut Cluster, Error> {
        self.clusters
            .get_mut(&stored(name))
            .ok_or_else(|| Error::cluster_not_found(name))
    }

    /// The instance by identifier or ARN, in any case.
    pub(crate) fn instance(&self, name: &str) -> Result<&Instance, Error> {
        self.instances
            .get(&stored(name))
            .ok_or_else(|| Error::instance_not_found(name))
    }

    pub(crate) fn instance_mut(&mut self, name: &str) -> Result<&mut Instance, Error> {
        self.instances
            .get_mut(&stored(name))
            .ok_or_else(|| Error::instance_not_found(name))
    }

    /// The instances of a cluster, in the order in which they joined.
    pub(crate) fn members<'a>(
        &'a self,
        cluster: &'a Cluster,
    ) -> impl Iterator<Item = &'a Instance> {
        cluster
            .members
            .iter()
            .filter_map(|identifier| self.instances.get(identifier))
    }

    /// The identifiers of a cluster's instances; none when there is no such cluster.
    pub(crate) fn member_identifiers(&self, cluster: &str) -> Vec<String> {
        self.clusters
            .get(cluster)
            .map(|cluster| cluster.members.clone())
            .unwrap_or_default()
    }

    /// A cluster's writer.
    pub(crate) fn writer_of<'a>(&'a self, cluster: &'a Cluster) -> Option<&'a Instance> {
        self.members(cluster).find(|member| member.writer)
    }

    /// The seconds that something takes for an object of this place: recorded, or else drawn out of a spread.
    pub(crate) fn seconds(
        &mut self,
        rules: &Rules,
        purpose: &str,
        object: &str,
        spread: Spread,
    ) -> f64 {
        let object = format!("{}/{}/{object}", self.account, self.region);
        // Drawn in any case, so that a recording changes nothing but what it records.
        let drawn = self.draws.seconds(rules.seed, purpose, &object, spread);
        let recorded = rules
            .recordings
            .next(&mut self.replayed, spread.phase, &object);
        recorded.unwrap_or(drawn)
    }

    /// A fraction drawn for an object of this place.
    pub(crate) fn chance(&mut self, rules: &Rules, purpose: &str, object: &str) -> f64 {
        let object = format!("{}/{}/{object}", self.account, self.region);
        self.draws.unit(rules.seed, purpose, &object)
    }

    /// A resource identifier: a prefix and 26 upper-case letters and digits.
    pub(crate) fn resource_id(&mut self, rules: &Rules, prefix: &str, object: &str) -> String {
        let object = format!("{}/{}/{object}", self.account, self.region);
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        format!(
            "{prefix}-{}",
            self.draws
                .name(rules.seed, "resource id", &object, alphabet, 26)
        )
    }

    /// The part of endpoint names that all instances of this place share.
    pub(crate) fn endpoint_suffix(&self, rules: &Rules) -> String {
        // Drawn from fresh counters each time: it must not change from object to object.
        let object = format!("{}/{}", self.account, self.region);
        Draws::default().name(
            rules.seed,
            "endpoint suffix",
            &object,
            "abcdefghijklmnopqrstuvwxyz0123456789",
            12,
        )
    }

    /// Lets a step happen some seconds after `now`.
    pub(crate) fn later(&mut self, now: Timestamp, seconds: f64, object: Object, step: Step) {
        self.schedule.add(after(now, seconds), object, step);
    }

    /// Lets a step happen after a time drawn for its object; returns the seconds.
    pub(crate) fn later_by_chance(
        &mut self,
        rules: &Rules,
        now: Timestamp,
        purpose: &str,
        spread: Spread,
        object: Object,
        step: Step,
    ) -> f64 {
        let seconds = self.seconds(rules, purpose, object.name(), spread);
        self.later(now, seconds, object, step);
        seconds
    }
}
