//! Switches for what AWS's documentation and observation leave open. In: `[policies]` of a world file. Out: booleans.
//!
//! The defaults follow the stronger evidence; a tool should be safe under both settings of each.

use serde::{Deserialize, Serialize};

/// What the simulator assumes where the facts are open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Policies {
    /// ModifyDBCluster naming the group that is attached already marks every member `pending-reboot` (one public report says so).
    pub(crate) same_group_marks_pending_reboot: bool,
    /// Attaching another group marks every member `pending-reboot` even when no static value differs (strongly inferred).
    pub(crate) attach_always_marks_pending_reboot: bool,
    /// RebootDBInstance applies queued modifications (operators say it does not).
    pub(crate) reboot_flushes_queue: bool,
    /// A member that a failover demotes loads static parameters when it restarts (likely).
    pub(crate) failover_loads_static_parameters: bool,
    /// A class change ends with a phase of `configuring-enhanced-monitoring` even when enhanced monitoring is off.
    pub(crate) class_change_configures_monitoring: bool,
    /// ResetDBClusterParameterGroup is refused while an earlier change still propagates (`has pending changes`).
    pub(crate) reset_refused_while_propagating: bool,
    /// A group counts as in use for three minutes after the last cluster let go of it (clients retry the delete).
    pub(crate) detached_group_stays_in_use: bool,
    /// Attaching a group without ApplyImmediately leaves dynamic values for the restart too (observed with it only).
    pub(crate) attach_waits_for_reboot_unless_immediate: bool,
    /// A cluster shows `backing-up` and refuses changes while a manual snapshot of it is made (not observed either way).
    pub(crate) snapshot_shows_backing_up: bool,
    /// A failover to the current writer is refused with InvalidParameterValue instead of InvalidDBInstanceState (not on record).
    pub(crate) failover_to_writer_is_invalid_value: bool,
    /// CloudFormation updates a cluster whose parameter group alone has changed, and so visits its members (not on record).
    pub(crate) group_change_updates_its_cluster: bool,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            same_group_marks_pending_reboot: false,
            attach_always_marks_pending_reboot: true,
            reboot_flushes_queue: false,
            failover_loads_static_parameters: true,
            class_change_configures_monitoring: true,
            reset_refused_while_propagating: false,
            detached_group_stays_in_use: false,
            attach_waits_for_reboot_unless_immediate: false,
            snapshot_shows_backing_up: false,
            failover_to_writer_is_invalid_value: false,
            group_change_updates_its_cluster: false,
        }
    }
}
