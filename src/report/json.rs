//! Versioned JSON for programs: one document for plans, drifts and topologies, and one line for each event of a run.
//!
//! Goes in: results by partition. Comes out: text for stdout. A member is only added within a format; whatever would
//! change the meaning of an existing one raises the format.

use crate::error::Error;
use crate::event::Event;
use crate::names::{PartitionName, Region};
use crate::observed::{Backend, Caller, Cluster};
use crate::plan::drift::{Drift, Finding};
use crate::plan::refusal::Reason;
use crate::plan::verify::Verification;
use crate::plan::{Plan, Refusal};
use crate::report::status::Waiting;
use jiff::Timestamp;
use serde::Serialize;

/// The version of the documents and of the event lines.
pub const FORMAT: u32 = 1;

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// `plan --json`.
    Plan,
    /// `drift --json`.
    Drift,
    /// `status --json`.
    Status,
    /// `verify --json`.
    Verify,
}

/// The result for one partition. `outcome` tells which.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome<'a> {
    /// A plan was made.
    Planned {
        /// The partition.
        partition: &'a PartitionName,
        /// Whether live already equals declared.
        nothing_to_do: bool,
        /// The plan.
        plan: &'a Plan,
    },
    /// Declaration and live facts were compared.
    Compared {
        /// The partition.
        partition: &'a PartitionName,
        /// Whether a difference is somebody's to settle.
        drift: bool,
        /// The differences.
        findings: &'a [Finding],
    },
    /// The witnesses were asked.
    Verified {
        /// The partition.
        partition: &'a PartitionName,
        /// Whether every witness says that everything is as declared.
        proven: bool,
        /// What each of them says.
        verification: &'a Verification,
    },
    /// The cluster was read.
    Read {
        /// The partition.
        partition: &'a PartitionName,
        /// AWS's clock when it was read.
        at: Timestamp,
        /// Who answered.
        backend: &'a Backend,
        /// Who asked.
        caller: &'a Caller,
        /// The region.
        region: &'a Region,
        /// The cluster.
        cluster: &'a Cluster,
        /// The run that waits for a person, if one does.
        #[serde(skip_serializing_if = "Option::is_none")]
        waiting: Option<&'a Waiting>,
    },
    /// A rule says no.
    Refused {
        /// The partition.
        partition: &'a PartitionName,
        /// Every rule that says no.
        reasons: &'a [Reason],
    },
    /// It could not be done.
    Failed {
        /// The partition.
        partition: &'a PartitionName,
        /// The exit code of this failure alone.
        exit_code: u8,
        /// What failed.
        message: String,
        /// The same with causes and hints, as people see it.
        text: String,
    },
}

impl<'a> Outcome<'a> {
    /// The outcome of a comparison.
    pub fn compared(drift: &'a Drift) -> Self {
        Self::Compared {
            partition: &drift.partition,
            drift: drift.is_drift(),
            findings: &drift.findings,
        }
    }

    /// The outcome of a verification.
    pub fn verified(verification: &'a Verification) -> Self {
        Self::Verified {
            partition: &verification.partition,
            proven: verification.is_proven(),
            verification,
        }
    }

    /// The outcome of a refusal.
    pub fn refused(partition: &'a PartitionName, refusal: &'a Refusal) -> Self {
        Self::Refused {
            partition,
            reasons: &refusal.reasons,
        }
    }

    /// The outcome of an error.
    pub fn failed(partition: &'a PartitionName, error: &Error) -> Self {
        Self::Failed {
            partition,
            exit_code: error.exit().code(),
            message: error.to_string(),
            text: error.render(false),
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    document: Subject,
    format: u32,
    partitions: &'a [Outcome<'a>],
}

#[derive(Serialize)]
struct Line<'a> {
    format: u32,
    #[serde(flatten)]
    event: &'a Event,
}

/// One document with the results of all partitions.
///
/// # Errors
/// A value that JSON cannot hold; none of ours is.
pub fn document(subject: Subject, partitions: &[Outcome<'_>]) -> Result<String, Error> {
    let document = Document {
        document: subject,
        format: FORMAT,
        partitions,
    };
    serde_json::to_string_pretty(&document)
        .map(|text| text + "\n")
        .map_err(|error| Error::failed("cannot write the JSON document").caused_by(error))
}

/// One event as one line.
///
/// # Errors
/// A value that JSON cannot hold; none of ours is.
pub fn event(event: &Event) -> Result<String, Error> {
    let line = Line {
        format: FORMAT,
        event,
    };
    serde_json::to_string(&line)
        .map(|text| text + "\n")
        .map_err(|error| Error::failed("cannot write the event as JSON").caused_by(error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_document_names_its_subject_its_format_and_every_partition() {
        let prod = PartitionName::new("prod");
        let drift = sample::drift();
        let error = Error::refused("the credentials belong to another account");
        let outcomes = [Outcome::compared(&drift), Outcome::failed(&prod, &error)];
        insta::assert_snapshot!(document(Subject::Drift, &outcomes).unwrap(), @r#"
        {
          "document": "drift",
          "format": 1,
          "partitions": [
            {
              "outcome": "compared",
              "partition": "prod",
              "drift": true,
              "findings": [
                {
                  "class": "not-as-declared",
                  "subject": "parameter log_statement",
                  "member": null,
                  "declared": "ddl",
                  "live": "none",
                  "reason": ""
                },
                {
                  "class": "stored-but-not-live",
                  "subject": "instance class",
                  "member": "orders-2",
                  "declared": "db.r7g.large",
                  "live": "db.t3.medium",
                  "reason": "queued; it becomes live with a flush"
                },
                {
                  "class": "changed-by-aws",
                  "subject": "engine version",
                  "member": null,
                  "declared": "16",
                  "live": "16.8",
                  "reason": "an automatic minor upgrade"
                }
              ]
            },
            {
              "outcome": "failed",
              "partition": "prod",
              "exit_code": 3,
              "message": "the credentials belong to another account",
              "text": "refused: the credentials belong to another account\n"
            }
          ]
        }
        "#);
    }

    #[test]
    fn an_event_is_one_line_with_its_format() {
        let told: String = sample::events().iter().map(|e| event(e).unwrap()).collect();
        insta::assert_snapshot!(told, @r#"
        {"format":1,"event":"run-started","at":"2026-05-15T06:05:00Z","run":"20260515-060500-prod-4f1c","partition":"prod","cluster":"orders","backend":{"kind":"simulated","world":"built-in"},"journal":".auroractl/runs/20260515-060500-prod-4f1c","actions":[{"action":"reboot orders-1","forecast":{"seconds":65,"seconds_max":195,"writer_interruption_seconds":0}}]}
        {"format":1,"event":"action-started","at":"2026-05-15T06:05:01Z","action":"reboot orders-1","forecast":{"seconds":65,"seconds_max":195,"writer_interruption_seconds":0}}
        {"format":1,"event":"waiting","at":"2026-05-15T06:05:06Z","action":"reboot orders-1","seen":"orders-1 rebooting"}
        {"format":1,"event":"action-finished","at":"2026-05-15T06:06:01Z","action":"reboot orders-1","seconds":60,"forecast":{"seconds":65,"seconds_max":195,"writer_interruption_seconds":0},"proof":"orders-1 restarted and is in-sync"}
        {"format":1,"event":"action-failed","at":"2026-05-15T06:06:02Z","action":"reboot orders-1","because":"orders-1 is storage-full"}
        {"format":1,"event":"remark","at":"2026-05-15T06:06:03Z","text":"AWS answers slowly"}
        "#);
    }
}
