//! Injected faults, as data. In: `[[fault]]` of a world file or the admin interface. Out: what a request meets.
//!
//! A fault names the requests it is for (by action, account, mutating or not), lets `skip` of them through, and then hits
//! `count` of them. A held request stays held until the fault is deleted through the admin interface.

use serde::{Deserialize, Serialize};

use super::error::Error;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// `Throttling`, HTTP 400, nothing done.
    Throttling,
    /// `InternalFailure`, HTTP 500, nothing done.
    InternalFailure,
    /// `ServiceUnavailable`, HTTP 503, nothing done.
    ServiceUnavailable,
    /// The request takes effect, and the connection closes without an answer.
    LostReply,
    /// The connection closes before the request takes effect.
    Reset,
    /// The request waits until the fault is deleted.
    Hold,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Throttling => "throttling",
            Self::InternalFailure => "internal-failure",
            Self::ServiceUnavailable => "service-unavailable",
            Self::LostReply => "lost-reply",
            Self::Reset => "reset",
            Self::Hold => "hold",
        }
    }

    /// The AWS error that is sent instead of an answer.
    pub(crate) fn error(self) -> Option<Error> {
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
            Self::LostReply | Self::Reset | Self::Hold => None,
        }
    }
}

/// When a request is held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Moment {
    /// Before it takes effect.
    #[default]
    Before,
    /// After it took effect, before the answer leaves.
    After,
}

/// A fault, as it is declared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Declaration {
    pub(crate) kind: Kind,
    /// Only this action; all of them when absent.
    pub(crate) action: Option<String>,
    /// Only this account.
    pub(crate) account: Option<String>,
    /// Only requests that can change something, or only those that cannot.
    pub(crate) mutating: Option<bool>,
    /// Matching requests that pass first.
    #[serde(default)]
    pub(crate) skip: u64,
    /// How many are hit then.
    #[serde(default = "one")]
    pub(crate) count: u64,
    /// For `hold`.
    pub(crate) moment: Option<Moment>,
}

fn one() -> u64 {
    1
}

impl Declaration {
    /// What is wrong with it, in words.
    pub(crate) fn problem(&self, known_action: impl Fn(&str) -> bool) -> Option<String> {
        match &self.action {
            Some(action) if !known_action(action) => {
                return Some(format!("unknown action {action:?}"));
            }
            _ => {}
        }
        if self.moment.is_some() && self.kind != Kind::Hold {
            return Some("moment belongs to kind = \"hold\"".to_owned());
        }
        (self.count == 0).then(|| "count must be at least 1".to_owned())
    }
}

/// A fault with what it has met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fault {
    pub(crate) id: u64,
    #[serde(flatten)]
    pub(crate) declaration: Declared,
    /// Matching requests so far.
    pub(crate) seen: u64,
    /// Requests that it hit.
    pub(crate) hit: u64,
}

/// `Declaration` without `deny_unknown_fields`, which serde cannot combine with `flatten`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Declared {
    pub(crate) kind: Kind,
    pub(crate) action: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) mutating: Option<bool>,
    pub(crate) skip: u64,
    pub(crate) count: u64,
    pub(crate) moment: Option<Moment>,
}

/// A request as the faults see it.
pub(crate) struct Subject<'a> {
    pub(crate) action: &'a str,
    pub(crate) account: &'a str,
    pub(crate) mutating: bool,
}

/// All faults of a world.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Faults {
    last_id: u64,
    list: Vec<Fault>,
}

impl Faults {
    /// Adds a fault and returns its id.
    pub(crate) fn add(&mut self, declaration: Declaration) -> u64 {
        self.last_id += 1;
        let Declaration {
            kind,
            action,
            account,
            mutating,
            skip,
            count,
            moment,
        } = declaration;
        let declaration = Declared {
            kind,
            action,
            account,
            mutating,
            skip,
            count,
            moment,
        };
        self.list.push(Fault {
            id: self.last_id,
            declaration,
            seen: 0,
            hit: 0,
        });
        self.last_id
    }

    /// Removes one fault, or all; false when there is none of that id. Held requests go on.
    pub(crate) fn remove(&mut self, id: Option<u64>) -> bool {
        let before = self.list.len();
        self.list
            .retain(|fault| id.is_some_and(|id| fault.id != id));
        id.is_none() || self.list.len() < before
    }

    pub(crate) fn list(&self) -> &[Fault] {
        &self.list
    }

    pub(crate) fn contains(&self, id: u64) -> bool {
        self.list.iter().any(|fault| fault.id == id)
    }

    /// The first fault that this request meets; each matching fault counts the request.
    pub(crate) fn meet(&mut self, subject: &Subject<'_>) -> Option<(u64, Kind, Moment)> {
        let mut met = None;
        for fault in &mut self.list {
            let Declared {
                kind,
                action,
                account,
                mutating,
                skip,
                count,
                moment,
            } = &fault.declaration;
            let matches = action
                .as_deref()
                .is_none_or(|action| action == subject.action)
                && account
                    .as_deref()
                    .is_none_or(|account| account == subject.account)
                && mutating.is_none_or(|mutating| mutating == subject.mutating);
            if !matches {
                continue;
            }
            fault.seen += 1;
            if met.is_none() && fault.seen > *skip && fault.hit < *count {
                fault.hit += 1;
                met = Some((fault.id, *kind, moment.unwrap_or_default()));
            }
        }
        met
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_fault_lets_some_requests_pass_and_hits_the_next_ones() {
        let mut faults = Faults::default();
        let declaration =
            r#"{"kind": "throttling", "action": "FailoverDBCluster", "skip": 1, "count": 2}"#;
        faults.add(serde_json::from_str(declaration).unwrap());
        let failover = Subject {
            action: "FailoverDBCluster",
            account: "1",
            mutating: true,
        };
        let describe = Subject {
            action: "DescribeDBClusters",
            account: "1",
            mutating: false,
        };
        let met: Vec<bool> = [&failover, &describe, &failover, &failover, &failover]
            .map(|subject| faults.meet(subject).is_some())
            .to_vec();
        assert_eq!(met, [false, false, true, true, false]);
    }

    #[test]
    fn a_fault_of_an_unknown_kind_or_key_is_refused() {
        for text in [
            r#"{"kind": "explosion"}"#,
            r#"{"kind": "hold", "cluont": 1}"#,
        ] {
            assert!(serde_json::from_str::<Declaration>(text).is_err(), "{text}");
        }
    }
}
