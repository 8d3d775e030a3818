//! A fault as it is declared: in a world file, over the admin interface, or by a caller in process.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::kind::{CLASS_CHANGE_ENDS, Family, Key, Kind};
use crate::sim::clock::after;
use crate::sim::instances::OUT_OF_SERVICE;
use crate::sim::query::Parameters;
use crate::sim::respond;

/// On which side of a request's effect something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// Before it takes effect.
    Before,
    /// After it took effect, before the answer leaves.
    After,
}

/// How often a fault strikes: a number, or `"unlimited"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// So many times.
    Times(u64),
    /// Until it is removed, or its time is over.
    Unlimited,
}

/// When a fault begins to count requests: seconds after it was declared, or an instant (RFC 3339 with an offset).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Beginning {
    /// Simulated seconds after the declaration; in a world file, after the world's beginning.
    Seconds(f64),
    /// An instant of simulated time.
    Instant(Timestamp),
}

/// A fault, as it is declared. What each key means for which kind is told in docs/worlds.md.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// What goes wrong.
    pub kind: Kind,
    /// Only this action; all of them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Only this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Only what concerns this cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Only what concerns this instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Only requests that can change something, or only those that cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mutating: Option<bool>,
    /// Matching requests that pass first.
    #[serde(default)]
    pub skip: u64,
    /// How many are hit then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<Count>,
    /// When it begins; at once when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Beginning>,
    /// How long it lasts, in simulated seconds: from its beginning when `from` is given, else from its first hit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_seconds: Option<f64>,
    /// Before or after the request's effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moment: Option<Moment>,
    /// How late, how long, or how far behind: what the kind says, in simulated seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// How many times as long something takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// The status that a member ends in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// How long after its request something happens by itself, in simulated seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<f64>,
    /// The action of an operator's request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub does: Option<String>,
    /// The parameters of an operator's request, named as on the wire.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
}

impl Declaration {
    /// A fault of this kind that strikes the first time it can.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            action: None,
            account: None,
            cluster: None,
            instance: None,
            mutating: None,
            skip: 0,
            count: None,
            from: None,
            for_seconds: None,
            moment: None,
            seconds: None,
            factor: None,
            status: None,
            delay_seconds: None,
            does: None,
            parameters: BTreeMap::new(),
        }
    }

    /// What is wrong with it, in words.
    pub(crate) fn problem(&self, known_action: impl Fn(&str) -> bool) -> Option<String> {
        match &self.action {
            Some(action) if !known_action(action) => {
                return Some(format!("unknown action {action:?}"));
            }
            _ => {}
        }
        let (allowed, required) = self.kind.keys();
        for key in Key::ALL {
            let given = self.gives(key);
            if given && !allowed.contains(&key) {
                let others: Vec<&str> = Kind::ALL
                    .iter()
                    .filter(|kind| kind.keys().0.contains(&key))
                    .map(|kind| kind.name())
                    .collect();
                return Some(format!(
                    "`{}` does not belong to kind = \"{}\"; it belongs to {}",
                    key.name(),
                    self.kind,
                    others.join(", ")
                ));
            }
            if !given && required.contains(&key) {
                return Some(format!("kind = \"{}\" needs {}", self.kind, key.name()));
            }
        }
        if self.count == Some(Count::Times(0)) {
            return Some("count must be at least 1".to_owned());
        }
        if self
            .factor
            .is_some_and(|factor| !(0.0..=1e6).contains(&factor))
        {
            return Some("factor must be between 0 and 1000000".to_owned());
        }
        if let Some(problem) = self.status_problem().or_else(|| self.happening_problem()) {
            return Some(problem);
        }
        let from = match self.from {
            Some(Beginning::Seconds(seconds)) => Some(seconds),
            _ => None,
        };
        for (name, seconds, least) in [
            ("from", from, 0.0),
            ("seconds", self.seconds, 0.0),
            ("delay_seconds", self.delay_seconds, 0.0),
            ("for_seconds", self.for_seconds, f64::MIN_POSITIVE),
        ] {
            // A thousand years: what is longer cannot be told as a time.
            if seconds.is_some_and(|seconds| !(least..=3.2e10).contains(&seconds)) {
                return Some(format!(
                    "{name} must be {} and at most 3.2e10 seconds",
                    if least > 0.0 { "above 0" } else { "0 or more" }
                ));
            }
        }
        None
    }

    fn status_problem(&self) -> Option<String> {
        let status = self.status.as_deref()?;
        let known: &[&str] = match self.kind {
            Kind::MemberStatus => &OUT_OF_SERVICE,
            _ => &CLASS_CHANGE_ENDS,
        };
        (!known.contains(&status)).then(|| {
            format!(
                "kind = \"{}\" cannot end in status {status:?}; there is {}",
                self.kind,
                known.join(", ")
            )
        })
    }

    fn happening_problem(&self) -> Option<String> {
        if self.kind.family() != Family::Happening {
            return None;
        }
        let stands_for = |name: &str| name.starts_with('$');
        let roles = self.instance.as_deref().is_some_and(stands_for);
        let (cluster, instance) = (self.cluster.is_some(), self.instance.is_some());
        if !cluster && (roles || !instance) {
            return Some(match self.instance.as_deref().filter(|_| roles) {
                Some(name) => format!("instance = \"{name}\" needs cluster"),
                None if self.kind == Kind::Maintenance => {
                    "kind = \"maintenance\" needs cluster or instance".to_owned()
                }
                None => format!("kind = \"{}\" needs cluster", self.kind),
            });
        }
        let names = ["$writer", "$reader", "$snapshot", "$group"];
        let unknown = self
            .instance
            .iter()
            .chain(self.parameters.values())
            .find(|name| stands_for(name) && !names.contains(&name.as_str()));
        if let Some(name) = unknown {
            return Some(format!(
                "{name} stands for nothing; there are {}",
                names.join(", ")
            ));
        }
        if !self.by_request() && (self.for_seconds.is_some() || self.count.is_some()) {
            return Some(
                "count and for_seconds belong to what happens at requests: give action, mutating, skip or moment"
                    .to_owned(),
            );
        }
        let does = self.does.as_deref()?;
        let Some(operation) = respond::operation(does) else {
            return Some(format!("unknown action {does:?}"));
        };
        operation
            .check(&Parameters::of(self.parameters.clone()))
            .err()
            .map(|error| error.message)
    }

    /// Whether what happens by itself happens at requests; else it happens at a time.
    pub(crate) fn by_request(&self) -> bool {
        self.action.is_some() || self.mutating.is_some() || self.skip > 0 || self.moment.is_some()
    }

    fn gives(&self, key: Key) -> bool {
        match key {
            Key::Action => self.action.is_some(),
            Key::Mutating => self.mutating.is_some(),
            Key::Instance => self.instance.is_some(),
            Key::Moment => self.moment.is_some(),
            Key::Seconds => self.seconds.is_some(),
            Key::Factor => self.factor.is_some(),
            Key::Status => self.status.is_some(),
            Key::Delay => self.delay_seconds.is_some(),
            Key::Does => self.does.is_some(),
            Key::Parameters => !self.parameters.is_empty(),
        }
    }

    /// On which side of a request's effect it strikes. A reply is late after it, and what happens by itself happens after
    /// it, unless told otherwise; everything else comes before it.
    pub(crate) fn side(&self) -> Moment {
        self.moment.unwrap_or(match self.kind {
            Kind::SlowReply => Moment::After,
            kind if kind.family() == Family::Happening => Moment::After,
            _ => Moment::Before,
        })
    }

    /// How often it strikes.
    pub(crate) fn times(&self) -> Count {
        self.count
            .unwrap_or(if self.for_seconds.is_some() || self.kind.lasts() {
                Count::Unlimited
            } else {
                Count::Times(1)
            })
    }

    /// When it begins, declared at `now`.
    pub(crate) fn begins(&self, now: Timestamp) -> Timestamp {
        match self.from {
            None => now,
            Some(Beginning::Seconds(seconds)) => after(now, seconds),
            Some(Beginning::Instant(instant)) => instant,
        }
    }
}

impl Serialize for Count {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Times(times) => serializer.serialize_u64(*times),
            Self::Unlimited => serializer.serialize_str("unlimited"),
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Spelling {
            Times(u64),
            Word(String),
        }
        match Spelling::deserialize(deserializer) {
            Ok(Spelling::Times(times)) => Ok(Self::Times(times)),
            Ok(Spelling::Word(word)) if word == "unlimited" => Ok(Self::Unlimited),
            _ => Err(serde::de::Error::custom(
                "count is a whole number or \"unlimited\"",
            )),
        }
    }
}
