//! The kinds of faults: what each one does, and which keys of a declaration belong to it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::sim::error::Error;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// `Throttling`, HTTP 400, nothing done.
    Throttling,
    /// `InternalFailure`, HTTP 500, nothing done.
    InternalFailure,
    /// `ServiceUnavailable`, HTTP 503, nothing done.
    ServiceUnavailable,
    /// `ExpiredToken`, HTTP 403, nothing done: the caller's credentials are over.
    ExpiredToken,
    /// `AccessDenied`, HTTP 403, nothing done: the caller's policy does not allow the action.
    AccessDenied,
    /// The request takes effect, and the connection closes without an answer.
    LostReply,
    /// The connection closes before the request takes effect.
    Reset,
    /// The answer is late.
    SlowReply,
    /// A read is answered with how things were so many seconds ago.
    StaleReads,
    /// The request waits until the fault is deleted.
    Hold,
    /// A reboot does not end, or takes so many seconds.
    StuckReboot,
    /// A restart does not load what waits for one: the member is still `pending-reboot`.
    StillPendingReboot,
    /// A snapshot ends `failed`.
    FailedSnapshot,
    /// A snapshot takes `factor` times as long.
    SlowSnapshot,
    /// A failover ends with the writer that there was.
    FailoverFails,
    /// A failover moves the writer, and moves it back after so many seconds.
    FailoverFlipsBack,
    /// `InsufficientDBInstanceCapacity`, HTTP 400: a new class or instance is refused.
    NoCapacity,
    /// An accepted class change ends with the class that there was.
    ClassChangeFails,
    /// A member gets a status that it is out of service in, and recovers after so many seconds or never.
    MemberStatus,
    /// AWS restarts a member, or all members of a cluster.
    Maintenance,
    /// Somebody else sends a request.
    Operator,
    /// New SQL sessions of a member are refused.
    RefusedSessions,
    /// What SQL sessions send to a member is not answered.
    HangingSessions,
}

/// At what a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// The answer to a request.
    Answer,
    /// What an accepted request goes on to do.
    Operation,
    /// The world: something happens by itself.
    Happening,
    /// A member's SQL sessions.
    Session,
}

/// A key of a declaration that does not belong to every kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Action,
    Mutating,
    Instance,
    Moment,
    Seconds,
    Factor,
    Status,
    Delay,
    Does,
    Parameters,
}

impl Kind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 23] = [
        Self::Throttling,
        Self::InternalFailure,
        Self::ServiceUnavailable,
        Self::ExpiredToken,
        Self::AccessDenied,
        Self::LostReply,
        Self::Reset,
        Self::SlowReply,
        Self::StaleReads,
        Self::Hold,
        Self::StuckReboot,
        Self::StillPendingReboot,
        Self::FailedSnapshot,
        Self::SlowSnapshot,
        Self::FailoverFails,
        Self::FailoverFlipsBack,
        Self::NoCapacity,
        Self::ClassChangeFails,
        Self::MemberStatus,
        Self::Maintenance,
        Self::Operator,
        Self::RefusedSessions,
        Self::HangingSessions,
    ];

    /// As a declaration spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Throttling => "throttling",
            Self::InternalFailure => "internal-failure",
            Self::ServiceUnavailable => "service-unavailable",
            Self::ExpiredToken => "expired-token",
            Self::AccessDenied => "access-denied",
            Self::LostReply => "lost-reply",
            Self::Reset => "reset",
            Self::SlowReply => "slow-reply",
            Self::StaleReads => "stale-reads",
            Self::Hold => "hold",
            Self::StuckReboot => "stuck-reboot",
            Self::StillPendingReboot => "still-pending-reboot",
            Self::FailedSnapshot => "failed-snapshot",
            Self::SlowSnapshot => "slow-snapshot",
            Self::FailoverFails => "failover-fails",
            Self::FailoverFlipsBack => "failover-flips-back",
            Self::NoCapacity => "no-capacity",
            Self::ClassChangeFails => "class-change-fails",
            Self::MemberStatus => "member-status",
            Self::Maintenance => "maintenance",
            Self::Operator => "operator",
            Self::RefusedSessions => "refused-sessions",
            Self::HangingSessions => "hanging-sessions",
        }
    }

    pub(crate) fn family(self) -> Family {
        match self {
            Self::Throttling
            | Self::InternalFailure
            | Self::ServiceUnavailable
            | Self::ExpiredToken
            | Self::AccessDenied
            | Self::LostReply
            | Self::Reset
            | Self::SlowReply
            | Self::StaleReads
            | Self::Hold => Family::Answer,
            Self::StuckReboot
            | Self::StillPendingReboot
            | Self::FailedSnapshot
            | Self::SlowSnapshot
            | Self::FailoverFails
            | Self::FailoverFlipsBack
            | Self::NoCapacity
            | Self::ClassChangeFails => Family::Operation,
            Self::MemberStatus | Self::Maintenance | Self::Operator => Family::Happening,
            Self::RefusedSessions | Self::HangingSessions => Family::Session,
        }
    }

    /// The keys that it may have, besides those of every kind, and those of them that it must have.
    pub(crate) fn keys(self) -> (&'static [Key], &'static [Key]) {
        use Key::{
            Action, Delay, Does, Factor, Instance, Moment, Mutating, Parameters, Seconds, Status,
        };
        match self {
            Self::Throttling
            | Self::InternalFailure
            | Self::ServiceUnavailable
            | Self::ExpiredToken
            | Self::AccessDenied
            | Self::LostReply
            | Self::Reset => (&[Action, Mutating, Instance], &[]),
            Self::SlowReply => (&[Action, Mutating, Instance, Moment, Seconds], &[Seconds]),
            Self::StaleReads => (&[Action, Instance, Seconds], &[Seconds]),
            Self::Hold => (&[Action, Mutating, Instance, Moment], &[]),
            Self::StuckReboot => (&[Instance, Seconds], &[]),
            Self::StillPendingReboot
            | Self::FailoverFails
            | Self::NoCapacity
            | Self::RefusedSessions
            | Self::HangingSessions => (&[Instance], &[]),
            Self::FailedSnapshot => (&[Seconds], &[]),
            Self::SlowSnapshot => (&[Factor], &[]),
            Self::FailoverFlipsBack => (&[Instance, Seconds], &[]),
            Self::ClassChangeFails => (&[Instance, Status], &[]),
            Self::MemberStatus => (
                &[Action, Mutating, Instance, Moment, Delay, Seconds, Status],
                &[Instance, Status],
            ),
            Self::Maintenance => (&[Action, Mutating, Instance, Moment, Delay, Seconds], &[]),
            Self::Operator => (
                &[Action, Mutating, Moment, Delay, Does, Parameters],
                &[Does],
            ),
        }
    }

    /// Whether it goes on until it is removed unless its declaration says otherwise.
    pub(crate) fn lasts(self) -> bool {
        matches!(
            self,
            Self::ExpiredToken
                | Self::AccessDenied
                | Self::StaleReads
                | Self::RefusedSessions
                | Self::HangingSessions
        )
    }

    /// The AWS error that is sent instead of an answer. Sources: RDS API Reference, "Common Errors"; the code of expired
    /// credentials and the texts are general knowledge.
    pub(crate) fn error(self, account: &str, service: &str, action: &str) -> Option<Error> {
        match self {
            Self::Throttling => Some(Error::new("Throttling", 400, "Rate exceeded")),
            Self::InternalFailure => Some(Error::new(
                "InternalFailure",
                500,
                "An internal error occurred.",
            )),
            Self::ServiceUnavailable => Some(Error::new(
                "ServiceUnavailable",
                503,
                "The service is temporarily unavailable.",
            )),
            Self::ExpiredToken => Some(Error::new(
                "ExpiredToken",
                403,
                "The security token included in the request is expired",
            )),
            Self::AccessDenied => Some(Error::new(
                "AccessDenied",
                403,
                format!(
                    "User: arn:aws:sts::{account}:assumed-role/simulated/operator is not authorized to perform: \
                     {service}:{action} because no identity-based policy allows the {service}:{action} action"
                ),
            )),
            _ => None,
        }
    }
}

/// The statuses that a class change may end in: it is over and the member serves, or the member is out of service. Source:
/// Aurora User Guide, "Viewing DB instance status".
pub(crate) const CLASS_CHANGE_ENDS: [&str; 2] = ["available", "insufficient-capacity"];

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Key {
    pub(crate) const ALL: [Self; 10] = [
        Self::Action,
        Self::Mutating,
        Self::Instance,
        Self::Moment,
        Self::Seconds,
        Self::Factor,
        Self::Status,
        Self::Delay,
        Self::Does,
        Self::Parameters,
    ];

    /// As a declaration spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Mutating => "mutating",
            Self::Instance => "instance",
            Self::Moment => "moment",
            Self::Seconds => "seconds",
            Self::Factor => "factor",
            Self::Status => "status",
            Self::Delay => "delay_seconds",
            Self::Does => "does",
            Self::Parameters => "parameters",
        }
    }
}
