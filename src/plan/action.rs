//! One thing done to AWS or asked of it: what, to whom, why, for how long, how it is undone, and what proves it.
//!
//! Actions are data that serialise: they are printed, saved in plan files, and replayed from journals. Behaviour is a
//! `match` on them elsewhere.

pub use super::recipe::{ClusterRecipe, MemberRecipe, RestoredExpectation};
pub use super::verify::proof::Proof;
pub use crate::desired::SnapshotPolicy;
pub use crate::desired::steps::{Command, Simulated, Variable};
use crate::names::{
    ActionId, ClusterId, Family, InstanceClass, InstanceId, ParameterGroupName, ParameterName,
    SnapshotId,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One action of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Unique in the plan, made of the verb and the object.
    pub id: ActionId,
    /// The part of the plan that it belongs to.
    pub phase: Phase,
    /// What is done.
    #[serde(flatten)]
    pub kind: Kind,
    /// The member's role when the plan was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Why; for people only, nothing is decided by it.
    pub reasons: Vec<String>,
    /// How long it is expected to take, and how long its writer interruption is.
    pub forecast: Forecast,
    /// How it can be undone, or that it cannot.
    pub undo: Undo,
    /// The observation that proves that it happened.
    pub evidence: Evidence,
}

/// The phases of a plan, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Declared steps before anything is done.
    Preflight,
    /// Rollback insurance before anything changes.
    Safeguard,
    /// Make a new cluster from a snapshot.
    Restore,
    /// Store changes in AWS without a restart.
    Stage,
    /// Wait until what needs no restart is live.
    Settle,
    /// Make the rest live, member by member.
    Activate,
    /// Compare every member with the declaration.
    Verify,
    /// Release what was held for the run.
    CleanUp,
}

/// What an action does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// CreateDBClusterSnapshot; the identifier is derived from the run.
    CreateSnapshot,
    /// CreateDBClusterParameterGroup, tagged as ours.
    CreateParameterGroup {
        /// The group.
        group: ParameterGroupName,
        /// Its family.
        family: Family,
    },
    /// AddTagsToResource: marks an existing group as ours (`--adopt`).
    AdoptParameterGroup {
        /// The group.
        group: ParameterGroupName,
        /// Its ARN.
        arn: String,
    },
    /// ModifyDBClusterParameterGroup: at most 20 parameters.
    ModifyParameters {
        /// The group.
        group: ParameterGroupName,
        /// The new values, in the order in which they are sent.
        parameters: Vec<ParameterSetting>,
    },
    /// ResetDBClusterParameterGroup with a list: at most 20 parameters.
    ResetParameters {
        /// The group.
        group: ParameterGroupName,
        /// The parameters, with their old values.
        parameters: Vec<ParameterSetting>,
    },
    /// Read the group back and compare it with what it must hold.
    CheckParameterGroup {
        /// The group.
        group: ParameterGroupName,
        /// Every `user` value that it must hold.
        expected: BTreeMap<ParameterName, String>,
    },
    /// ModifyDBCluster: attach a cluster parameter group.
    AttachParameterGroup {
        /// The group.
        group: ParameterGroupName,
        /// The group that was attached before.
        before: ParameterGroupName,
        /// Sent as ApplyImmediately; the association is immediate either way.
        apply_immediately: bool,
    },
    /// ModifyDBCluster: Database Insights and Performance Insights.
    ModifyInsights {
        /// The new mode, if it changes.
        mode: Option<String>,
        /// Sent as EnablePerformanceInsights, if given.
        enable_performance_insights: Option<bool>,
        /// The new retention, if it changes.
        retention_days: Option<u32>,
    },
    /// ModifyDBInstance without ApplyImmediately: the class change waits in the member's queue.
    QueueClassChange {
        /// The member.
        instance: InstanceId,
        /// The class to queue.
        class: InstanceClass,
        /// The class now.
        before: InstanceClass,
    },
    /// ModifyDBInstance with ApplyImmediately and the class that the member has: takes a queued class out again, and
    /// restarts nothing.
    ClearQueue {
        /// The member.
        instance: InstanceId,
        /// The class that it has and keeps.
        class: InstanceClass,
        /// What the queue must hold just before, exactly: anything else would be applied.
        pending: BTreeMap<String, String>,
    },
    /// Wait until no member is `applying` and dynamic values have had their time to become live.
    Settle {
        /// The dynamic parameters that should be live afterwards.
        dynamic: Vec<ParameterName>,
        /// The least time that must pass, in seconds of AWS's clock.
        seconds_min: u32,
    },
    /// ModifyDBInstance with ApplyImmediately and nothing else: AWS applies the member's whole queue now.
    Flush {
        /// The member.
        instance: InstanceId,
        /// What the queue must hold just before, exactly.
        pending: BTreeMap<String, String>,
        /// The class afterwards.
        class: InstanceClass,
    },
    /// ModifyDBInstance with ApplyImmediately and a class: queued and applied in one request.
    ChangeClass {
        /// The member.
        instance: InstanceId,
        /// The class afterwards.
        class: InstanceClass,
        /// The class now.
        before: InstanceClass,
        /// What the queue must hold just before, exactly: it is applied too.
        pending: BTreeMap<String, String>,
    },
    /// RebootDBInstance.
    Reboot {
        /// The member.
        instance: InstanceId,
        /// Done without a reboot when the member is already `in-sync`: whether a failover's restart loads static
        /// values on the demoted writer is left open by AWS.
        unless_in_sync: bool,
        /// Done only when the member is still `pending-reboot` after the restart right before: one more try, and the
        /// last.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
    },
    /// FailoverDBCluster to a named reader.
    Failover {
        /// The writer before.
        from: InstanceId,
        /// The writer afterwards.
        to: InstanceId,
    },
    /// Compare every member with the declaration.
    Verify(Expectation),
    /// RestoreDBClusterFromSnapshot: a new cluster without members.
    RestoreCluster(Box<ClusterRecipe>),
    /// CreateDBInstance: a member of the new cluster.
    CreateMember(Box<MemberRecipe>),
    /// Compare the new cluster with what it was to be.
    VerifyRestored(RestoredExpectation),
    /// DeleteDBClusterSnapshot, or AddTagsToResource with an expiry, on the snapshot of this run.
    ReleaseSnapshot {
        /// The declared policy.
        policy: SnapshotPolicy,
        /// Whether a declared SQL witness proves the values; without one, or where it leaves something open,
        /// `until-verified` keeps the snapshot for a day.
        proven: bool,
    },
    /// DeleteDBClusterSnapshot on an earlier run's snapshot whose time is over.
    DeleteExpiredSnapshot {
        /// The snapshot.
        snapshot: SnapshotId,
    },
    /// A declared command, run on the machine that runs the plan.
    Command {
        /// The step's name.
        step: String,
        /// What is run, and how.
        runs: Box<Command>,
    },
    /// A point at which the run waits for a person.
    Gate {
        /// The gate's name.
        gate: String,
        /// What the person is asked.
        message: String,
        /// How long the process waits before it leaves the rest to `resume`, in seconds.
        wait_seconds: u32,
    },
}

/// One parameter in a modify or reset request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterSetting {
    /// The parameter.
    pub name: ParameterName,
    /// The value to store; absent in a reset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The stored value before; absent when there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Derived from the parameter's apply type.
    pub apply_method: ApplyMethod,
}

/// The API's ApplyMethod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApplyMethod {
    /// For dynamic parameters.
    Immediate,
    /// For static parameters.
    PendingReboot,
}

/// A member's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Accepts writes.
    Writer,
    /// Follows the writer.
    Reader,
}

impl std::fmt::Display for Role {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(match self {
            Self::Writer => "writer",
            Self::Reader => "reader",
        })
    }
}

/// How long something takes, from measured durations. All in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// What is usual.
    pub seconds: u32,
    /// The longest that is still believed; a wait ends there with exit code 5.
    pub seconds_max: u32,
    /// How long the writer endpoint is expected to accept no writes.
    pub writer_interruption_seconds: u32,
}

/// How an action can be undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "undo", rename_all = "kebab-case")]
pub enum Undo {
    /// It changes nothing.
    Nothing,
    /// By this step.
    By {
        /// What undoes it.
        step: String,
    },
    /// It cannot be undone.
    PointOfNoReturn {
        /// Why not, and what is left.
        because: String,
    },
}

/// The observation that proves that an action happened; asked again after a crash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "evidence", rename_all = "kebab-case")]
pub enum Evidence {
    /// The snapshot derived from the run exists and is available.
    SnapshotAvailable,
    /// The snapshot is gone.
    SnapshotGone {
        /// The snapshot; absent for the one of this run.
        snapshot: Option<SnapshotId>,
    },
    /// The snapshot of this run carries an expiry tag, or is gone.
    SnapshotReleased,
    /// The group exists and carries our tag.
    GroupExists {
        /// The group.
        group: ParameterGroupName,
    },
    /// The group stores these values; `None` means that the parameter has no `user` value.
    ParametersStored {
        /// The group.
        group: ParameterGroupName,
        /// Parameter and stored value.
        values: BTreeMap<ParameterName, Option<String>>,
    },
    /// The cluster uses the group.
    GroupAttached {
        /// The group.
        group: ParameterGroupName,
    },
    /// The cluster shows these Insights settings.
    InsightsAre {
        /// The mode, if it was sent.
        mode: Option<String>,
        /// The retention, if it was sent.
        retention_days: Option<u32>,
    },
    /// The member's queue holds the class.
    ClassQueued {
        /// The member.
        instance: InstanceId,
        /// The class.
        class: InstanceClass,
    },
    /// The member's queue is empty.
    QueueEmpty {
        /// The member.
        instance: InstanceId,
    },
    /// The member runs the class, and its queue is empty.
    ClassLive {
        /// The member.
        instance: InstanceId,
        /// The class.
        class: InstanceClass,
    },
    /// The member restarted after the intent (event RDS-EVENT-0006) and is `in-sync`.
    Restarted {
        /// The member.
        instance: InstanceId,
    },
    /// The new cluster exists, carries the run's tag, and is available.
    ClusterRestored {
        /// The cluster.
        cluster: ClusterId,
    },
    /// The new member exists, carries the run's tag, and is available.
    MemberCreated {
        /// The member.
        instance: InstanceId,
    },
    /// The member is the writer.
    WriterIs {
        /// The member.
        instance: InstanceId,
    },
    /// The command ended with exit code 0.
    CommandSucceeded {
        /// The step's name.
        step: String,
    },
    /// A person approved the gate.
    Approved {
        /// The gate's name.
        gate: String,
    },
    /// It only reads, and may be done again at will.
    ReadOnly,
}

/// What every member must show at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// The attached cluster parameter group.
    pub group: ParameterGroupName,
    /// Its `user` values, where parameters are declared.
    pub parameters: BTreeMap<ParameterName, String>,
    /// The class of each member that has a declared one.
    pub classes: BTreeMap<InstanceId, InstanceClass>,
    /// The Database Insights mode, where declared.
    pub database_insights: Option<String>,
    /// The Performance Insights retention, where declared.
    pub retention_days: Option<u32>,
    /// Whether every member must be in-sync with the group even where no parameter is declared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_sync: bool,
    /// Who must be the writer, where that matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer: Option<InstanceId>,
    /// What the API cannot show; a SQL witness would.
    pub not_proven: Vec<String>,
    /// What is proven over SQL on the way and at the end; absent where nobody is asked over SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Box<Proof>>,
}

impl Kind {
    /// The member that the action restarts or may restart, if any.
    pub fn restarts(&self) -> Option<&InstanceId> {
        match self {
            Self::Flush { instance, .. }
            | Self::ChangeClass { instance, .. }
            | Self::Reboot { instance, .. } => Some(instance),
            _ => None,
        }
    }

    /// Whether it is the second reboot of a member, which is expected to be needless.
    pub fn is_second_reboot(&self) -> bool {
        matches!(self, Self::Reboot { again: true, .. })
    }

    /// Whether the action can interrupt a member or the writer.
    pub fn is_disruptive(&self) -> bool {
        self.restarts().is_some() || matches!(self, Self::Failover { .. })
    }

    /// Whether it is a declared command or gate: nothing is asked of AWS.
    pub fn is_declared(&self) -> bool {
        matches!(self, Self::Command { .. } | Self::Gate { .. })
    }

    /// Whether the action only reads.
    pub fn is_read_only(&self) -> bool {
        matches!(
            self,
            Self::CheckParameterGroup { .. }
                | Self::Settle { .. }
                | Self::Verify(_)
                | Self::VerifyRestored(_)
        )
    }
}
