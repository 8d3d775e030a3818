//! What can go wrong with runs, journals and leases on disk, with the file and line, and what to do next.

use super::lock::Claim;
use super::replay::Illegal;
use crate::error::Error as Rendered;
use crate::hint::Hint;
use crate::names::RunId;
use std::path::PathBuf;

/// An error of a journal, a run's folder or a lease.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("cannot {operation} {}", path.display())]
    Disk {
        /// What was tried, as a verb: `write`, `read`, `create`.
        operation: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The bucket refused, or could not be asked.
    #[error("cannot {operation} {object}")]
    Bucket {
        /// What was tried, as a verb: `write`, `read`, `list`.
        operation: &'static str,
        /// On which object.
        object: String,
        /// Why.
        source: Box<object_store::Error>,
    },
    /// The bucket lets two writers have one object.
    #[error(
        "{lock} was written twice: this store ignores the conditions of a write, and keeps no two runs apart"
    )]
    Careless {
        /// The lock file.
        lock: String,
    },
    /// There is no such document.
    #[error("there is no {name}")]
    Absent {
        /// The document.
        name: String,
    },
    /// A value cannot be written as JSON.
    #[error("cannot encode {name}")]
    Encode {
        /// The document it was for.
        name: String,
        /// Why.
        source: serde_json::Error,
    },
    /// A whole file is not what it should be.
    #[error("{name} is damaged")]
    DamagedFile {
        /// The file.
        name: String,
        /// Why.
        source: serde_json::Error,
    },
    /// A line of a journal other than a torn last one is not an entry.
    #[error("{line}: not a journal entry: {reason}")]
    DamagedLine {
        /// The journal.
        journal: String,
        /// The line, with the journal's name.
        line: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A line of a journal cannot follow those before it.
    #[error("{line}: {illegal}")]
    IllegalLine {
        /// The journal.
        journal: String,
        /// The line, with the journal's name.
        line: String,
        /// Why it cannot follow.
        illegal: Illegal,
    },
    /// A live entry cannot follow those before it: a defect of the program, caught before it is written.
    #[error("refuses to write to {journal}: {illegal}")]
    IllegalEntry {
        /// The journal.
        journal: String,
        /// Why it cannot follow.
        illegal: Illegal,
    },
    /// An earlier write failed; what is on disk after it is not known.
    #[error("{journal} takes no more entries since a write failed")]
    WriterBroken {
        /// The journal.
        journal: String,
    },
    /// Another process wrote to the journal: it resumed the run, or removed its lease.
    #[error("{journal} was continued by another process")]
    WrittenByAnother {
        /// The journal.
        journal: String,
    },
    /// The run has a folder already.
    #[error("run folder {name} exists already")]
    RunExists {
        /// The folder.
        name: String,
    },
    /// The plan of a run that may be under way cannot be read.
    #[error("the plan of run {run}, which may still be under way, cannot be read")]
    Planless {
        /// The run.
        run: RunId,
        /// Its journal.
        journal: String,
        /// Its folder.
        folder: String,
        /// What is wrong with its plan.
        source: Box<Error>,
    },
    /// Another run holds the cluster.
    #[error("{}", held(claim, *expired, process_is_gone))]
    Held {
        /// What the lock file says.
        claim: Box<Claim>,
        /// Whether the lease is over by this machine's clock.
        expired: bool,
        /// Whether the holder is a process of this machine that no longer exists; `None` where that cannot be told.
        process_is_gone: Option<bool>,
        /// What a command adds to find that run.
        typed: String,
    },
    /// The lease changes hands faster than it can be looked at.
    #[error("{lock} changes too often to be judged")]
    Restless {
        /// The lock file.
        lock: String,
    },
    /// The lease is no longer ours, or it is over.
    #[error("lost the lease {lock}: {reason}")]
    LeaseLost {
        /// The lock file.
        lock: String,
        /// What happened to it.
        reason: String,
    },
}

fn held(claim: &Claim, expired: bool, process_is_gone: &Option<bool>) -> String {
    let Claim {
        cluster,
        holder,
        run,
        acquired,
        expires,
        waits_at,
        ..
    } = claim;
    if let Some(waits) = waits_at.as_ref().filter(|waits| waits.is_left) {
        return format!(
            "cluster `{cluster}` is held for run {run}, which waits at gate `{}` since {}: {}",
            waits.gate, waits.since, waits.message
        );
    }
    let until = if expired {
        format!("its lease expired at {expires}, only its own run may take it over")
    } else {
        format!("its lease runs until {expires} and is renewed while it lives")
    };
    let process = match process_is_gone {
        Some(true) => format!(
            "; process {} no longer exists on this machine",
            holder.process
        ),
        Some(false) => format!("; process {} exists on this machine", holder.process),
        None => String::new(),
    };
    format!(
        "cluster `{cluster}` is held by {} on {} (process {}) for run {run} since {acquired}; {until}{process}",
        holder.user, holder.host, holder.process
    )
}

/// What helps against a refusal of the bucket.
fn to_do(refusal: &object_store::Error) -> Vec<String> {
    let said = refusal.to_string();
    let advice = match refusal {
        _ if said.contains("NoSuchBucket") => "make the bucket, or name another",
        _ if said.contains("ExpiredToken") => "the credentials have expired: sign in again",
        _ if said.contains("AuthorizationHeaderMalformed")
            || said.contains("PermanentRedirect") =>
        {
            "name the bucket's region: AWS_REGION, or `region` beside its `url`"
        }
        object_store::Error::PermissionDenied { .. } => {
            "the caller needs s3:GetObject and s3:PutObject on these objects, and s3:ListBucket on the bucket"
        }
        object_store::Error::Unauthenticated { .. } => {
            "sign in again, or name a profile that may use the bucket: AWS_PROFILE, or `profile` beside its `url`"
        }
        _ => return Vec::new(),
    };
    vec![advice.to_owned()]
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        match self {
            Self::Held {
                claim,
                expired,
                process_is_gone,
                typed,
            } => {
                let run = &claim.run;
                if let Some(waits) = claim.waits_at.as_ref().filter(|waits| waits.is_left) {
                    return vec![
                        format!("approve it: auroractl approve {run} {}", waits.gate),
                        format!("then go on with that run: auroractl resume {run}"),
                    ];
                }
                if *expired || *process_is_gone == Some(true) {
                    vec![
                        format!("finish that run: auroractl resume {run}{typed}"),
                        format!(
                            "or, when it is certainly over and looked through ({}), remove its lease: auroractl unlock --force {run}{typed}",
                            claim.journal
                        ),
                    ]
                } else {
                    vec![
                        format!("wait until it ends; its journal is {}", claim.journal),
                        format!(
                            "if its process is certainly gone, its lease ends by itself; then: auroractl resume {run}{typed}"
                        ),
                    ]
                }
            }
            Self::DamagedLine { journal, .. } | Self::IllegalLine { journal, .. } => vec![format!(
                "nothing was changed; the entries before that line still tell what was asked of AWS: {journal}"
            )],
            Self::Planless {
                journal, folder, ..
            } => vec![
                "put plan.json back from a copy: nothing is begun beside a run that may be under way".to_owned(),
                format!(
                    "or read what it asked of AWS ({journal}), see that all of it has ended, and move its folder out of the way: {folder}"
                ),
            ],
            Self::WrittenByAnother { journal } => vec![format!(
                "this process sends nothing more; see who goes on: {journal}"
            )],
            Self::LeaseLost { lock, .. } if lock.starts_with("s3://") => vec![format!(
                "see who holds the cluster now: aws s3 cp '{lock}' -"
            )],
            Self::LeaseLost { lock, .. } => {
                vec![format!("see who holds the cluster now: cat '{lock}'")]
            }
            Self::Bucket { source, .. } => to_do(source),
            Self::Careless { .. } => vec![
                "use a bucket of S3, or of a store that honours If-None-Match and If-Match in PUT requests".to_owned(),
            ],
            Self::Restless { .. } => vec!["try again".to_owned()],
            Self::Disk { .. }
            | Self::Absent { .. }
            | Self::Encode { .. }
            | Self::DamagedFile { .. }
            | Self::IllegalEntry { .. }
            | Self::WriterBroken { .. }
            | Self::RunExists { .. } => Vec::new(),
        }
    }
}

impl From<Error> for Rendered {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let hints = error.hints();
        let rendered = match error {
            Error::Held { .. } | Error::Careless { .. } => Self::refused(message),
            Error::Bucket { source, .. } => Self::failed(message).caused_by(*source),
            Error::Planless { source, .. } => Self::failed(message).caused_by(*source),
            Error::Disk { source, .. } => Self::failed(message).caused_by(source),
            Error::Encode { source, .. } | Error::DamagedFile { source, .. } => {
                Self::failed(message).caused_by(source)
            }
            _ => Self::failed(message),
        };
        hints.into_iter().fold(rendered, Self::hinted)
    }
}
