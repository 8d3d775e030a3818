//! Verification: what each witness says of each member, and whether that proves the declaration.
//!
//! Goes in: the declaration, the live facts of the RDS API, and what PostgreSQL said. Comes out: one check for each fact, with
//! its witness; where witnesses contradict each other; and what could not be proven with what it would take. A value that
//! cannot be read is never called good.

mod compare;
mod members;
mod probes;
pub mod proof;
mod settings;
#[cfg(test)]
mod tests;

use super::drift;
use crate::desired::Desired;
use crate::desired::verify::Whom;
use crate::names::{ClusterId, InstanceClass, InstanceId, ParameterName, PartitionName};
use crate::observed::sql::{Endpoint, Told};
use crate::observed::{Observed, Question};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What the witnesses say of one partition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// The partition.
    pub partition: PartitionName,
    /// The cluster.
    pub cluster: ClusterId,
    /// AWS's clock when its facts were read.
    pub at: Timestamp,
    /// The role that asked over SQL; absent where nobody did.
    pub user: Option<String>,
    /// What is said of the cluster as a whole.
    pub checks: Vec<Check>,
    /// What is said of each member, the writer first.
    pub members: Vec<Member>,
    /// Where witnesses contradict each other: who says what.
    pub disagreements: Vec<String>,
}

/// What is said of one member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// The member.
    pub identifier: InstanceId,
    /// `writer` or `reader`, as the RDS API says.
    pub role: String,
    /// Its class.
    pub class: InstanceClass,
    /// The checks, in the order of the witnesses.
    pub checks: Vec<Check>,
}

/// One fact, who says so, and how it compares with the declaration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What is looked at, such as `max_connections`.
    pub subject: String,
    /// How it compares.
    pub verdict: Verdict,
    /// Who says so.
    pub witness: Witness,
    /// What is declared, in the spelling of whoever is asked.
    pub wanted: Option<String>,
    /// What was found.
    pub found: Option<String>,
    /// What else there is to know.
    pub because: Option<String>,
    /// What it would take to prove it.
    pub takes: Option<String>,
}

/// How a fact compares with the declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As declared, and in force.
    Live,
    /// Something else is in force.
    NotLive,
    /// The role may not see it.
    NotReadable,
    /// Nobody could tell.
    NotProven,
}

/// An independent source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Witness {
    /// The RDS API.
    Api,
    /// PostgreSQL's own settings and functions.
    Sql,
    /// A statement that only works where the setting does.
    Probe,
}

impl std::fmt::Display for Witness {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Api => "RDS API",
            Self::Sql => "SQL",
            Self::Probe => "probe",
        })
    }
}

impl Check {
    fn new(subject: impl Into<String>, witness: Witness, verdict: Verdict) -> Self {
        Self {
            subject: subject.into(),
            verdict,
            witness,
            wanted: None,
            found: None,
            because: None,
            takes: None,
        }
    }

    fn wanting(mut self, wanted: impl Into<String>) -> Self {
        self.wanted = Some(wanted.into());
        self
    }

    fn finding(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    fn because(mut self, because: impl Into<String>) -> Self {
        self.because = Some(because.into());
        self
    }

    fn taking(mut self, takes: impl Into<String>) -> Self {
        self.takes = Some(takes.into());
        self
    }
}

impl Verification {
    /// Whether every witness that was asked says that everything is as declared, and none contradicts another.
    pub fn is_proven(&self) -> bool {
        self.disagreements.is_empty() && self.all().all(|(_, check)| check.verdict == Verdict::Live)
    }

    /// Every check with the member that it is about.
    pub fn all(&self) -> impl Iterator<Item = (Option<&InstanceId>, &Check)> {
        let members = self.members.iter().flat_map(|member| {
            member
                .checks
                .iter()
                .map(|check| (Some(&member.identifier), check))
        });
        self.checks.iter().map(|check| (None, check)).chain(members)
    }

    /// How many checks have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.all()
            .filter(|(_, check)| check.verdict == verdict)
            .count()
    }

    /// What is wrong or open, one line each, for a run that stops: member, what, found and wanted.
    pub fn objections(&self) -> Vec<String> {
        let open = self
            .all()
            .filter(|(_, check)| check.verdict != Verdict::Live)
            .map(|(member, check)| match member {
                Some(member) => format!("{member}: {}", check.in_words()),
                None => check.in_words(),
            });
        self.disagreements.iter().cloned().chain(open).collect()
    }
}

impl Check {
    /// The check in one line: `max_connections runs 401, wanted 500 (SQL)`.
    pub fn in_words(&self) -> String {
        let Self {
            subject,
            verdict,
            witness,
            wanted,
            found,
            because,
            takes: _,
        } = self;
        let mut text = subject.clone();
        match (verdict, found, wanted) {
            (Verdict::Live, Some(found), _) => text += &format!(" is {found}"),
            (Verdict::Live, None, _) => text += " is as declared",
            (Verdict::NotReadable, ..) => text += " is not readable",
            (Verdict::NotLive, Some(found), Some(wanted)) => {
                text += &format!(" is {found}, wanted {wanted}");
            }
            (Verdict::NotLive, None, Some(wanted)) => text += &format!(" is not {wanted}"),
            (Verdict::NotLive, Some(found), None) => text += &format!(" is {found}"),
            (Verdict::NotLive, None, None) => text += " is not as declared",
            (Verdict::NotProven, ..) => text += " is not proven",
        }
        if let Some(because) = because {
            text += &format!(": {because}");
        }
        format!("{text} ({witness})")
    }
}

/// What of AWS must be read before anything can be judged.
pub fn questions(desired: &Desired, observed: &Observed) -> BTreeSet<Question> {
    drift::questions(desired, observed)
}

/// The settings that each member is to be asked for over SQL.
pub fn settings_asked(desired: &Desired, observed: &Observed) -> BTreeSet<ParameterName> {
    settings::asked(desired, observed)
}

/// The libraries that the declaration preloads.
pub fn libraries_declared(desired: &Desired, observed: &Observed) -> BTreeSet<String> {
    settings::libraries(desired, observed)
}

/// Judges. `told` is absent where nobody was asked over SQL. A cluster that does not exist gives nothing to judge.
pub fn verify(desired: &Desired, observed: &Observed, told: Option<&Told>) -> Verification {
    let mut verification = Verification {
        partition: desired.partition.clone(),
        cluster: desired.cluster.identifier.clone(),
        at: observed.at,
        user: told.map(|told| told.user.clone()),
        checks: Vec::new(),
        members: Vec::new(),
        disagreements: Vec::new(),
    };
    let Some(cluster) = &observed.cluster else {
        return verification;
    };
    verification.checks = members::of_cluster(desired, observed, cluster);
    let declared = settings::declared(desired, observed, cluster);
    match told {
        None if !declared.is_empty() => verification.checks.push(
            Check::new(
                "the values that the members run",
                Witness::Sql,
                Verdict::NotProven,
            )
            .because("the RDS API shows that a member is in-sync with its group, not what it runs")
            .taking("declare [verify.sql], so that the members can be asked"),
        ),
        None => {}
        Some(told) => {
            if let Some(reached) = told.by(&Endpoint::Cluster) {
                let asked = members::asked(desired, Whom::ClusterEndpoint);
                let checks = members::of_cluster_endpoint(&asked, cluster, reached);
                verification.checks.extend(checks);
            }
        }
    }
    for member in members::in_order(cluster) {
        let mut checks = members::by_api(desired, member);
        if let Some(told) = told {
            checks.extend(members::over_sql(
                desired,
                member,
                &declared,
                told,
                &mut verification.disagreements,
            ));
        }
        verification.members.push(Member {
            identifier: member.identifier.clone(),
            role: members::role(member).to_owned(),
            class: member.class.clone(),
            checks,
        });
    }
    verification
}
