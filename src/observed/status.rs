//! What the words mean that AWS uses for the status of clusters and instances.
//!
//! Goes in: a status. Comes out: whether it is well, and whether waiting can mend it.

/// Instance statuses that do not mend by waiting (Amazon Aurora User Guide, viewing DB instance status; the AWS
/// CloudFormation handlers end on the same ones).
pub const BROKEN_INSTANCE: [&str; 18] = [
    "deleted",
    "deleting",
    "failed",
    "inaccessible-encryption-credentials",
    "inaccessible-encryption-credentials-recoverable",
    "incompatible-create",
    "incompatible-credentials",
    "incompatible-network",
    "incompatible-option-group",
    "incompatible-parameters",
    "incompatible-restore",
    "insufficient-capacity",
    "modify-failed",
    "restore-error",
    "stopped",
    "stopping",
    "storage-full",
    "upgrade-failed",
];

/// Cluster statuses that do not mend by waiting.
pub const BROKEN_CLUSTER: [&str; 13] = [
    "cloning-failed",
    "deleted",
    "deleting",
    "inaccessible-encryption-credentials",
    "inaccessible-encryption-credentials-recoverable",
    "incompatible-network",
    "incompatible-parameters",
    "incompatible-restore",
    "migration-failed",
    "restore-failed",
    "stopped",
    "stopping",
    "failed",
];

/// Whether an instance serves and accepts modifications. Storage is optimised in the background, without effect on it.
pub fn is_available(status: &str) -> bool {
    matches!(status, "available" | "storage-optimization")
}
