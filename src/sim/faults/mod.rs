//! Injected faults, as data. In: `[[fault]]` of a world file, the admin interface, or a caller in process. Out: what a
//! request, an operation or the world itself meets.
//!
//! A fault names the requests it is for (by action, account, cluster, instance, mutating or not), lets `skip` of them through, and
//! then hits `count` of them, within its time. Everything about it is data, so that a saved world goes on with its faults.

mod declaration;
pub(crate) mod happening;
mod kind;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use declaration::{Beginning, Count, Declaration, Moment};
pub use kind::Kind;

use kind::Family;

use super::clock::after;
use super::identifiers::stored;
use super::log::Request;
use super::place::Place;

/// A fault with what it has met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Counts from 1 in each world.
    pub id: u64,
    /// As it was declared.
    pub declaration: Declaration,
    /// When it begins to count requests.
    pub begins: Timestamp,
    /// When it is over; none when that is not known yet, or it ends only with its count.
    pub ends: Option<Timestamp>,
    /// Matching requests so far.
    pub seen: u64,
    /// How often it struck.
    pub hit: u64,
    /// When what happens by itself is going to happen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub due: Vec<Timestamp>,
}

/// What a request is about, as the faults see it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Subject<'a> {
    pub(crate) action: &'a str,
    pub(crate) account: &'a str,
    pub(crate) mutating: bool,
    /// The clusters and instances that it names, in lower case.
    pub(crate) clusters: Vec<String>,
    pub(crate) instances: Vec<String>,
}

/// To whom an operation is about to do something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Aim<'a> {
    pub(crate) cluster: &'a str,
    pub(crate) instance: Option<&'a str>,
}

/// A fault that strikes.
#[derive(Debug, Clone)]
pub(crate) struct Strike {
    pub(crate) id: u64,
    pub(crate) declaration: Declaration,
}

impl Strike {
    pub(crate) fn kind(&self) -> Kind {
        self.declaration.kind
    }

    pub(crate) fn moment(&self) -> Moment {
        self.declaration.side()
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.declaration.seconds.unwrap_or_default()
    }
}

/// All faults of a world.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Faults {
    last_id: u64,
    list: Vec<Fault>,
    /// What operators have sent since the log was last written.
    #[serde(skip)]
    pub(crate) requests: Vec<Request>,
}

impl Fault {
    /// Whether its time has come and is not over, and it may strike again.
    fn awake(&self, now: Timestamp) -> bool {
        let left = match self.declaration.times() {
            Count::Unlimited => true,
            Count::Times(times) => self.hit < times,
        };
        left && self.begins <= now && self.ends.is_none_or(|ends| now < ends)
    }

    fn matches(&self, subject: &Subject<'_>) -> bool {
        let Declaration {
            action,
            account,
            cluster,
            instance,
            mutating,
            ..
        } = &self.declaration;
        let among = |wanted: &Option<String>, named: &[String]| {
            wanted
                .as_deref()
                .is_none_or(|wanted| named.contains(&stored(wanted)))
        };
        action
            .as_deref()
            .is_none_or(|action| action == subject.action)
            && account
                .as_deref()
                .is_none_or(|account| account == subject.account)
            && mutating.is_none_or(|mutating| mutating == subject.mutating)
            // What changes something acts on the truth.
            && !(self.declaration.kind == Kind::StaleReads && subject.mutating)
            && among(cluster, &subject.clusters)
            && among(instance, &subject.instances)
    }

    /// Whether a request of this kind lets it happen. Cluster and instance name what it happens to.
    fn triggers(&self, subject: &Subject<'_>) -> bool {
        let Declaration {
            action,
            account,
            mutating,
            ..
        } = &self.declaration;
        action
            .as_deref()
            .is_none_or(|action| action == subject.action)
            && account
                .as_deref()
                .is_none_or(|account| account == subject.account)
            && mutating.is_none_or(|mutating| mutating == subject.mutating)
    }

    /// Whether it happens here.
    fn concerns(&self, place: &Place) -> bool {
        let Declaration {
            account,
            cluster,
            instance,
            ..
        } = &self.declaration;
        let there = match (cluster, instance) {
            (Some(cluster), _) => place.clusters.contains_key(&stored(cluster)),
            (None, Some(instance)) => place.instances.contains_key(&stored(instance)),
            (None, None) => false,
        };
        there
            && account
                .as_deref()
                .is_none_or(|account| account == place.account)
    }

    fn strike(&self) -> Strike {
        Strike {
            id: self.id,
            declaration: self.declaration.clone(),
        }
    }

    /// Counts a matching request; whether this is one to strike at.
    fn sees(&mut self) -> bool {
        self.seen += 1;
        self.seen > self.declaration.skip
    }

    fn strikes(&mut self, now: Timestamp) -> Strike {
        self.hit += 1;
        if self.ends.is_none() {
            self.ends = self
                .declaration
                .for_seconds
                .map(|seconds| after(now, seconds));
        }
        self.strike()
    }
}

impl Faults {
    /// Adds a fault that is declared at `now`, and returns its id.
    pub(crate) fn add(&mut self, declaration: Declaration, now: Timestamp) -> u64 {
        self.last_id += 1;
        let begins = declaration.begins(now);
        let ends = declaration
            .from
            .and(declaration.for_seconds)
            .map(|seconds| after(begins, seconds));
        let by_time = declaration.kind.family() == Family::Happening && !declaration.by_request();
        let due = if by_time {
            vec![after(begins, declaration.delay_seconds.unwrap_or_default())]
        } else {
            Vec::new()
        };
        self.list.push(Fault {
            id: self.last_id,
            declaration,
            begins,
            ends,
            seen: 0,
            hit: 0,
            due,
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

    /// How far back the reads of a place may look, in seconds; none when none lags now or later.
    pub(crate) fn horizon_seconds(&self, account: &str, now: Timestamp) -> Option<f64> {
        self.list
            .iter()
            .filter(|fault| {
                let Declaration {
                    kind,
                    account: only,
                    ..
                } = &fault.declaration;
                // One that sleeps yet needs what was before it wakes.
                *kind == Kind::StaleReads
                    && fault.awake(now.max(fault.begins))
                    && only.as_deref().is_none_or(|only| only == account)
            })
            .map(|fault| fault.declaration.seconds.unwrap_or_default())
            .reduce(f64::max)
    }

    /// Whether there is one of a kind.
    pub(crate) fn any(&self, kind: Kind) -> bool {
        self.list.iter().any(|fault| fault.declaration.kind == kind)
    }

    /// When a fault is over: none when it has been removed, the last when nobody knows.
    pub(crate) fn end(&self, id: u64) -> Option<Timestamp> {
        let fault = self.list.iter().find(|fault| fault.id == id)?;
        Some(fault.ends.unwrap_or(Timestamp::MAX))
    }

    /// Whether there is one that asks what a request is about, beyond its action and account.
    pub(crate) fn aimed(&self) -> bool {
        self.list.iter().any(|fault| {
            fault.declaration.cluster.is_some() || fault.declaration.instance.is_some()
        })
    }

    /// The first fault that changes the answer to this request; each matching fault counts the request.
    pub(crate) fn meet(&mut self, subject: &Subject<'_>, now: Timestamp) -> Option<Strike> {
        let mut met = None;
        for fault in &mut self.list {
            if fault.declaration.kind.family() != Family::Answer
                || !fault.awake(now)
                || !fault.matches(subject)
            {
                continue;
            }
            if fault.sees() && met.is_none() {
                met = Some(fault.strikes(now));
            }
        }
        met
    }

    /// Lets happen what a request lets happen, before or after its effect.
    pub(crate) fn trigger(&mut self, subject: &Subject<'_>, moment: Moment, now: Timestamp) {
        for fault in &mut self.list {
            if fault.declaration.kind.family() != Family::Happening
                || !fault.declaration.by_request()
                || fault.declaration.side() != moment
                || !fault.awake(now)
                || !fault.triggers(subject)
            {
                continue;
            }
            if fault.sees() {
                let strike = fault.strikes(now);
                let delay = strike.declaration.delay_seconds.unwrap_or_default();
                fault.due.push(after(now, delay));
            }
        }
    }

    /// When the next thing is going to happen in a place by itself.
    pub(crate) fn next_due(&self, place: &Place) -> Option<Timestamp> {
        self.list
            .iter()
            .filter(|fault| fault.concerns(place))
            .flat_map(|fault| fault.due.iter().copied())
            .min()
    }

    /// Takes the next thing that is going to happen in a place by itself, if it is due by then.
    pub(crate) fn take_due(&mut self, place: &Place, by: Timestamp) -> Option<(Timestamp, Strike)> {
        let next = self
            .list
            .iter_mut()
            .filter(|fault| !fault.due.is_empty() && fault.concerns(place))
            .min_by_key(|fault| fault.due.iter().min().copied())?;
        let (position, at) = next
            .due
            .iter()
            .copied()
            .enumerate()
            .min_by_key(|(_, at)| *at)
            .filter(|(_, at)| *at <= by)?;
        next.due.remove(position);
        // Requests have counted theirs; what happens at a time has happened once, however often it had to wait.
        next.hit = next.hit.max(1);
        Some((at, next.strike()))
    }

    /// Lets something that could not happen yet happen later.
    pub(crate) fn due_again(&mut self, id: u64, at: Timestamp) {
        if let Some(fault) = self.list.iter_mut().find(|fault| fault.id == id) {
            fault.due.push(at);
        }
    }

    /// The first fault of a kind that strikes at what is about to happen; each matching fault counts it.
    pub(crate) fn strike(
        &mut self,
        kind: Kind,
        subject: &Subject<'_>,
        now: Timestamp,
    ) -> Option<Strike> {
        let mut struck = None;
        for fault in &mut self.list {
            if fault.declaration.kind != kind || !fault.awake(now) || !fault.matches(subject) {
                continue;
            }
            if fault.sees() && struck.is_none() {
                struck = Some(fault.strikes(now));
            }
        }
        struck
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn declared(text: &str) -> Faults {
        let mut faults = Faults::default();
        faults.add(serde_json::from_str(text).unwrap(), Timestamp::UNIX_EPOCH);
        faults
    }

    fn subject(action: &str) -> Subject<'_> {
        Subject {
            action,
            account: "1",
            mutating: action == "FailoverDBCluster",
            clusters: vec!["orders".to_owned()],
            instances: Vec::new(),
        }
    }

    #[test]
    fn a_fault_lets_some_requests_pass_and_hits_the_next_ones() {
        let mut faults = declared(
            r#"{"kind": "throttling", "action": "FailoverDBCluster", "skip": 1, "count": 2}"#,
        );
        let (failover, describe) = (subject("FailoverDBCluster"), subject("DescribeDBClusters"));
        let met: Vec<bool> = [&failover, &describe, &failover, &failover, &failover]
            .map(|subject| faults.meet(subject, Timestamp::UNIX_EPOCH).is_some())
            .to_vec();
        assert_eq!(met, [false, false, true, true, false]);
    }

    #[test]
    fn a_burst_lasts_from_its_beginning_or_from_its_first_hit() {
        let met = |text: &str| {
            let mut faults = declared(text);
            [0, 10, 15, 20, 35].map(|second| {
                let now = Timestamp::from_second(second).unwrap();
                u8::from(faults.meet(&subject("DescribeDBClusters"), now).is_some())
            })
        };
        let from = r#"{"kind": "throttling", "from": 10, "for_seconds": 10}"#;
        assert_eq!(met(from), [0, 1, 1, 0, 0]);
        let instant =
            r#"{"kind": "throttling", "from": "1970-01-01T00:00:10Z", "for_seconds": 10}"#;
        assert_eq!(met(instant), [0, 1, 1, 0, 0]);
        let after_two = r#"{"kind": "throttling", "skip": 2, "for_seconds": 10}"#;
        assert_eq!(met(after_two), [0, 0, 1, 1, 0]);
        let both = r#"{"kind": "throttling", "from": 10, "for_seconds": 10, "count": 1}"#;
        assert_eq!(met(both), [0, 1, 0, 0, 0]);
        let lasting = r#"{"kind": "throttling", "from": 15, "count": "unlimited"}"#;
        assert_eq!(met(lasting), [0, 0, 1, 1, 1]);
    }

    #[test]
    fn a_fault_can_be_for_one_cluster() {
        for (cluster, hit) in [("Orders", true), ("payments", false)] {
            let mut faults = declared(&format!(
                r#"{{"kind": "throttling", "cluster": "{cluster}"}}"#
            ));
            assert!(faults.aimed());
            let met = faults.meet(&subject("DescribeDBClusters"), Timestamp::UNIX_EPOCH);
            assert_eq!(met.is_some(), hit, "{cluster}");
        }
    }

    #[test]
    fn a_fault_of_an_unknown_kind_or_key_or_count_is_refused() {
        for text in [
            r#"{"kind": "explosion"}"#,
            r#"{"kind": "hold", "cluont": 1}"#,
            r#"{"kind": "throttling", "count": "often"}"#,
            r#"{"kind": "throttling", "from": "soon"}"#,
        ] {
            assert!(serde_json::from_str::<Declaration>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn keys_that_do_not_fit_together_are_refused_with_what_they_belong_to() {
        let problem = |text: &str| {
            serde_json::from_str::<Declaration>(text)
                .unwrap()
                .problem(|_| true)
        };
        assert_eq!(
            problem(r#"{"kind": "throttling", "moment": "after"}"#).unwrap(),
            "`moment` does not belong to kind = \"throttling\"; it belongs to slow-reply, hold, member-status, maintenance, operator"
        );
        assert_eq!(
            problem(r#"{"kind": "slow-reply"}"#).unwrap(),
            "kind = \"slow-reply\" needs seconds"
        );
        assert_eq!(
            problem(r#"{"kind": "throttling", "for_seconds": 0}"#).unwrap(),
            "for_seconds must be above 0 and at most 3.2e10 seconds"
        );
        assert_eq!(
            problem(r#"{"kind": "throttling", "count": 0}"#).unwrap(),
            "count must be at least 1"
        );
        assert_eq!(problem(r#"{"kind": "slow-reply", "seconds": 5}"#), None);
    }

    #[test]
    fn every_kind_is_listed_and_documented() {
        let page = include_str!("../../../docs/worlds.md");
        for kind in Kind::ALL {
            let spelled = serde_json::to_value(kind).unwrap();
            assert_eq!(spelled, kind.name());
            assert!(
                page.contains(&format!("| `{kind}` | ")),
                "docs/worlds.md has no row for {kind}"
            );
        }
    }
}
