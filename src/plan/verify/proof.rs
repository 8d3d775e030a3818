//! What a run proves over SQL: decided with the plan, so that the run asks for nothing that the plan does not name.
//!
//! Goes in: the declaration, and later what PostgreSQL said. Comes out: what is asked at which point of the run, and what
//! the answers prove, contradict, or leave open.

use super::members::{self, Words};
use super::settings::{self, Declared, Setting};
use super::{Check, Verdict, Witness, probes};
use crate::desired::Desired;
use crate::desired::verify::{Phase, Probe, Whom};
use crate::names::{InstanceId, ParameterName};
use crate::observed::sql::{Answers, Endpoint, Found, Reached, Told};
use crate::observed::{ApplyType, Backend, Cluster, Member, Observed, Parameter};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a run proves over SQL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The declared parameters.
    pub settings: BTreeMap<ParameterName, Value>,
    /// The libraries that are preloaded.
    pub libraries: BTreeSet<String>,
    /// The declared statements.
    pub probes: Vec<Probe>,
}

/// The value of one parameter that members must run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// As the parameter group stores it.
    pub stored: String,
    /// AWS's word for its type.
    pub data_type: String,
    /// Whether it needs a restart.
    pub apply_type: ApplyType,
}

/// A point of a run at which SQL is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Point<'a> {
    /// Before anything is interrupted: that everybody answers, and the statements that are declared for it.
    Before,
    /// Before each further interruption: that everybody answers, and is what the RDS API says.
    Between,
    /// Dynamic values, on every member, before any restart.
    Settled(&'a [ParameterName]),
    /// Everything that one member runs, after its restart.
    Restarted(&'a InstanceId),
    /// Who accepts writes, after a failover to this member.
    FailedOver(&'a InstanceId),
    /// Everything, at the end.
    End,
}

/// A statement that is to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Its name.
    pub name: &'a str,
    /// The statement.
    pub sql: &'a str,
    /// Whether the cluster endpoint is asked, and not each member.
    pub at_cluster: bool,
    /// The databases that it is run in.
    pub databases: &'a [String],
}

/// What the SQL witness said at one point of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Testimony {
    /// Each fact.
    pub said: Vec<Said>,
    /// Where the RDS API says otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disagreements: Vec<String>,
    /// Who did not answer, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreached: Vec<String>,
    /// When each member that answered was started.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub started: BTreeMap<InstanceId, Timestamp>,
}

/// One fact and whom it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Who was asked.
    pub endpoint: Endpoint,
    /// What was said.
    #[serde(flatten)]
    pub check: Check,
}

/// Whether a partition's members are asked over SQL: where that is declared, and always where they are simulated in this
/// process.
pub fn is_asked(desired: &Desired, observed: &Observed) -> bool {
    desired.verify.sql.is_some() || matches!(observed.backend, Backend::Simulated { .. })
}

impl Proof {
    /// What a plan is to prove; `None` where nobody is asked over SQL.
    pub(in crate::plan) fn of(
        desired: &Desired,
        observed: &Observed,
        cluster: &Cluster,
    ) -> Option<Self> {
        is_asked(desired, observed).then(|| {
            let declared = settings::declared(desired, observed, cluster);
            Self {
                settings: declared
                    .into_iter()
                    .map(|(name, setting)| {
                        let Setting {
                            parameter, stored, ..
                        } = setting;
                        let value = Value {
                            stored,
                            data_type: parameter.data_type,
                            apply_type: parameter.apply_type,
                        };
                        (name, value)
                    })
                    .collect(),
                libraries: settings::libraries(desired, observed),
                probes: desired.verify.probes.clone(),
            }
        })
    }

    /// What a drill is to prove: that everybody goes on answering, who accepts writes, and the declared statements. It
    /// changes no setting.
    pub(in crate::plan) fn of_a_drill(desired: &Desired, observed: &Observed) -> Option<Self> {
        is_asked(desired, observed).then(|| Self {
            probes: desired.verify.probes.clone(),
            ..Self::default()
        })
    }

    /// The settings that members are asked for at a point.
    pub fn settings_at(&self, point: &Point<'_>) -> BTreeSet<ParameterName> {
        self.declared_at(point).into_keys().collect()
    }

    /// The libraries that members are asked of at a point.
    pub fn libraries_at(&self, point: &Point<'_>) -> BTreeSet<String> {
        match point {
            Point::Restarted(_) | Point::End => self.libraries.clone(),
            Point::Before | Point::Between | Point::Settled(_) | Point::FailedOver(_) => {
                BTreeSet::new()
            }
        }
    }

    /// The statements that are run at a point.
    pub fn probes_at(&self, point: &Point<'_>) -> Vec<Asked<'_>> {
        self.declared_probes_at(point)
            .map(|probe| Asked {
                name: &probe.name,
                sql: &probe.sql,
                at_cluster: probe.at == Whom::ClusterEndpoint,
                databases: &probe.databases,
            })
            .collect()
    }

    fn declared_probes_at(&self, point: &Point<'_>) -> impl Iterator<Item = &Probe> {
        let phase = match point {
            Point::Before => Some(Phase::Before),
            Point::Restarted(_) | Point::End => Some(Phase::After),
            Point::Between | Point::Settled(_) | Point::FailedOver(_) => None,
        };
        self.probes
            .iter()
            .filter(move |probe| Some(probe.phase) == phase)
    }

    fn declared_at(&self, point: &Point<'_>) -> Declared {
        self.settings
            .iter()
            .filter(|(name, _)| match point {
                Point::Before | Point::Between | Point::FailedOver(_) => false,
                Point::Settled(dynamic) => dynamic.contains(name),
                Point::Restarted(_) | Point::End => true,
            })
            .map(|(name, value)| (name.clone(), value.as_setting(name)))
            .collect()
    }
}

impl Value {
    fn as_setting(&self, name: &ParameterName) -> Setting {
        let Self {
            stored,
            data_type,
            apply_type,
        } = self.clone();
        Setting {
            parameter: Parameter {
                name: name.clone(),
                value: None,
                source: "user".to_owned(),
                apply_type,
                data_type,
                allowed_values: None,
                is_modifiable: true,
            },
            stored,
            // What is stored was read back before anything is proven.
            is_stored: true,
        }
    }
}

impl Point<'_> {
    /// Whether an endpoint is asked at this point.
    pub fn asks(&self, endpoint: &Endpoint) -> bool {
        match (self, endpoint) {
            (Self::Before | Self::Between | Self::End, _)
            | (Self::Settled(_), Endpoint::Member(_))
            | (Self::FailedOver(_), Endpoint::Cluster) => true,
            (Self::Restarted(instance) | Self::FailedOver(instance), Endpoint::Member(member)) => {
                member == *instance
            }
            (Self::Settled(_) | Self::Restarted(_), Endpoint::Cluster) => false,
        }
    }
}

/// What the answers prove at a point, and what they contradict. Who should have answered and did not is in it too.
pub fn judge(proof: &Proof, cluster: &Cluster, told: &Told, point: &Point<'_>) -> Testimony {
    let mut testimony = Testimony::default();
    for member in members::in_order(cluster) {
        let endpoint = Endpoint::Member(member.identifier.clone());
        if point.asks(&endpoint) {
            match answers(told, &endpoint) {
                Ok(answers) => testimony.hear(proof, member, answers, &told.user, point),
                Err(because) => testimony.unreached.push(because),
            }
        }
    }
    if point.asks(&Endpoint::Cluster) {
        let probes: Vec<&Probe> = proof
            .declared_probes_at(point)
            .filter(|probe| probe.at == Whom::ClusterEndpoint)
            .collect();
        match told.by(&Endpoint::Cluster) {
            Some(reached @ Reached::Yes(_)) => {
                let checks = members::of_cluster_endpoint(&probes, cluster, reached);
                testimony.say(&Endpoint::Cluster, checks);
            }
            _ => testimony
                .unreached
                .extend(answers(told, &Endpoint::Cluster).err()),
        }
    }
    testimony
}

/// An endpoint's answers, or why they do not count.
fn answers<'a>(told: &'a Told, endpoint: &Endpoint) -> Result<&'a Answers, String> {
    match (told.by(endpoint), endpoint) {
        (None, _) => Err(format!("{endpoint}: AWS tells no address of it")),
        (Some(Reached::No(unreached)), _) => {
            let hints: String = unreached
                .hints
                .iter()
                .map(|hint| format!("; {hint}"))
                .collect();
            Err(format!("{}{hints}", unreached.because))
        }
        (Some(Reached::Yes(answers)), Endpoint::Member(instance)) => match &answers.member {
            Some(found) if found != instance => Err(format!(
                "{endpoint}: {found} answered at its endpoint; look at [verify.sql.instances] and the tunnel"
            )),
            _ => Ok(answers),
        },
        (Some(Reached::Yes(answers)), Endpoint::Cluster) => Ok(answers),
    }
}

impl Testimony {
    fn say(&mut self, endpoint: &Endpoint, checks: Vec<Check>) {
        self.said.extend(checks.into_iter().map(|check| Said {
            endpoint: endpoint.clone(),
            check,
        }));
    }

    fn hear(
        &mut self,
        proof: &Proof,
        member: &Member,
        answers: &Answers,
        user: &str,
        point: &Point<'_>,
    ) {
        let identifier = &member.identifier;
        self.started.insert(identifier.clone(), answers.started);
        self.disagreements
            .extend(members::about_role(member, answers));
        let mut checks: Vec<Check> = Vec::new();
        for (name, setting) in proof.declared_at(point) {
            let reading = answers.settings.get(&name);
            checks.extend(settings::checks(
                &name,
                &setting,
                &member.class,
                reading,
                user,
            ));
        }
        let others: Vec<String> = members::other_values(&checks).collect();
        self.disagreements
            .extend(members::although_in_sync(member, &others));
        let probes: Vec<&Probe> = proof
            .declared_probes_at(point)
            .filter(|probe| probe.at == Whom::EachMember)
            .collect();
        let probed = probes::checks(&probes, answers, user)
            .into_iter()
            .map(|check| not_created_is_open(check, answers));
        checks.extend(probed);
        if let Point::FailedOver(_) = point
            && !answers.in_recovery
        {
            checks.push(Check::new("writes", Witness::Sql, Verdict::Live).finding("accepted"));
        }
        self.say(&Endpoint::Member(identifier.clone()), checks);
    }

    /// What speaks against the declaration: values that are not live, and witnesses that disagree.
    pub fn against(&self) -> Vec<String> {
        let values = self
            .said
            .iter()
            .filter(|said| said.check.verdict == Verdict::NotLive)
            .filter(|said| {
                // A disagreement that names member and value says it already.
                let words = members::other_values(std::slice::from_ref(&said.check)).next();
                !self.disagreements.iter().any(|disagreement| {
                    disagreement.starts_with(&said.endpoint.to_string())
                        && words
                            .as_ref()
                            .is_some_and(|words| disagreement.contains(words))
                })
            })
            .map(|said| format!("{}: {}", said.endpoint, said.check.in_words()));
        self.disagreements.iter().cloned().chain(values).collect()
    }

    /// What nobody could tell, each with what it would take; once for all that it is true of.
    pub fn open(&self) -> Vec<String> {
        let mut open: Vec<(String, Vec<String>)> = Vec::new();
        for Said { endpoint, check } in &self.said {
            if !matches!(check.verdict, Verdict::NotReadable | Verdict::NotProven) {
                continue;
            }
            let takes = check
                .takes
                .as_ref()
                .map_or_else(String::new, |takes| format!("; it takes: {takes}"));
            let words = format!("{}{takes}", check.in_words());
            match open.iter_mut().find(|(known, _)| *known == words) {
                Some((_, of)) => of.push(endpoint.to_string()),
                None => open.push((words, vec![endpoint.to_string()])),
            }
        }
        open.into_iter()
            .map(|(words, of)| format!("{}: {words}", of.join(", ")))
            .collect()
    }

    /// Whether everybody answered, and everything is as declared.
    pub fn is_proven(&self) -> bool {
        let Self {
            said,
            disagreements,
            unreached,
            started: _,
        } = self;
        unreached.is_empty()
            && disagreements.is_empty()
            && said.iter().all(|said| said.check.verdict == Verdict::Live)
    }

    /// What is proven, one line for the values of each member and one for each other fact, with its witness.
    pub fn facts(&self) -> Vec<(String, String)> {
        let mut facts = Vec::new();
        let mut endpoints: Vec<&Endpoint> = Vec::new();
        for said in &self.said {
            if !endpoints.contains(&&said.endpoint) {
                endpoints.push(&said.endpoint);
            }
        }
        for endpoint in endpoints {
            let live: Vec<&Check> = self
                .said
                .iter()
                .filter(|said| said.endpoint == *endpoint && said.check.verdict == Verdict::Live)
                .map(|said| &said.check)
                .collect();
            let (values, others): (Vec<&Check>, Vec<&Check>) =
                live.iter().partition(|check| is_value(endpoint, check));
            if !values.is_empty() {
                facts.push((
                    format!("{endpoint} runs {} as declared", counted(values.len())),
                    Witness::Sql.to_string(),
                ));
            }
            for check in others {
                let found = check.found.as_deref().unwrap_or("as declared");
                let fact = match (endpoint, check.subject.as_str()) {
                    (Endpoint::Cluster, "cluster endpoint") => {
                        format!("the cluster endpoint {found}")
                    }
                    (endpoint, subject) => format!("{endpoint}: {subject}: {found}"),
                };
                facts.push((fact, check.witness.to_string()));
            }
        }
        facts
    }

    /// The testimony in a few words, for the line that says that an action is done.
    pub fn in_words(&self) -> String {
        let live = |verdict: Verdict| {
            self.said
                .iter()
                .filter(|said| said.check.verdict == verdict)
                .count()
        };
        let open = self.said.len() - live(Verdict::Live) - live(Verdict::NotLive);
        if self.said.is_empty() {
            return "SQL answers".to_owned();
        }
        let mut text = format!("SQL: {} live", live(Verdict::Live));
        if open > 0 {
            text += &format!(", {open} not proven");
        }
        text
    }
}

fn is_value(endpoint: &Endpoint, check: &Check) -> bool {
    matches!(endpoint, Endpoint::Member(_))
        && check.witness == Witness::Sql
        && check.subject != "writes"
}

fn counted(values: usize) -> String {
    if values == 1 {
        "1 value".to_owned()
    } else {
        format!("{values} values")
    }
}

/// An extension that nobody created in a database is the owner's to create; no restart does it, and no run stops for it.
fn not_created_is_open(mut check: Check, answers: &Answers) -> Check {
    let is_that = answers.libraries.iter().any(|answer| {
        answer.found == Found::NotCreated && check.subject == probes::subject(answer)
    });
    if is_that {
        check.verdict = Verdict::NotProven;
        check.because = check.found.take();
    }
    check
}

/// What a plan says of its SQL witness: what it proves, and what it cannot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::plan) struct Foretold {
    /// What is proven, and when.
    pub(in crate::plan) proves: Vec<String>,
    /// What is not, with what it would take.
    pub(in crate::plan) open: Vec<String>,
    /// Where witnesses contradict each other already.
    pub(in crate::plan) cautions: Vec<String>,
}

/// What is known of the witness when the plan is made.
pub(in crate::plan) fn foretold(
    desired: &Desired,
    observed: &Observed,
    cluster: &Cluster,
    changes: bool,
) -> Foretold {
    let mut foretold = Foretold::default();
    let Some(proof) = Proof::of(desired, observed, cluster) else {
        return foretold;
    };
    if changes {
        foretold.proves = proves(&proof);
    }
    let Some(told) = &observed.told else {
        return foretold;
    };
    let declared = settings::declared(desired, observed, cluster);
    let mut open: Vec<Said> = Vec::new();
    for member in members::in_order(cluster) {
        let endpoint = Endpoint::Member(member.identifier.clone());
        let answers = match answers(told, &endpoint) {
            Ok(answers) => answers,
            Err(because) => {
                foretold.cautions.push(unreached(&because, changes));
                continue;
            }
        };
        let mut others = Words::new();
        for (name, setting) in &declared {
            let reading = answers.settings.get(name);
            for check in settings::checks(name, setting, &member.class, reading, &told.user) {
                // What a library adds is known only once the library is loaded, and that may be what the plan does.
                let is_of_library = name.as_str().contains('.') && check.found.is_none();
                match check.verdict {
                    Verdict::NotReadable => {}
                    Verdict::NotProven if !is_of_library => {}
                    Verdict::NotLive if setting.is_stored => {
                        others.extend(members::other_values(std::slice::from_ref(&check)));
                        continue;
                    }
                    _ => continue,
                }
                open.push(Said {
                    endpoint: endpoint.clone(),
                    check,
                });
            }
        }
        foretold
            .cautions
            .extend(members::although_in_sync(member, &others));
    }
    if let Err(because) = answers(told, &Endpoint::Cluster) {
        foretold.cautions.push(unreached(&because, changes));
    }
    let testimony = Testimony {
        said: open,
        ..Testimony::default()
    };
    foretold.open = testimony.open();
    foretold
}

/// The same for a drill, which changes nothing that could be read.
pub(in crate::plan) fn foretold_of_a_drill(
    desired: &Desired,
    observed: &Observed,
    cluster: &Cluster,
) -> Foretold {
    let Some(proof) = Proof::of_a_drill(desired, observed) else {
        return Foretold::default();
    };
    let cautions = observed
        .told
        .iter()
        .flat_map(|told| unanswered(told, cluster))
        .map(|because| unreached(&because, true));
    Foretold {
        proves: [
            "SQL: that the cluster endpoint leads to the new writer, and that it accepts writes"
                .to_owned(),
        ]
        .into_iter()
        .chain(statements(&proof))
        .collect(),
        open: Vec::new(),
        cautions: cautions.collect(),
    }
}

fn unreached(because: &str, changes: bool) -> String {
    if changes {
        format!("{because}; apply refuses to begin until it answers")
    } else {
        because.to_owned()
    }
}

fn proves(proof: &Proof) -> Vec<String> {
    let named = |apply_type: ApplyType| {
        let names: Vec<String> = proof
            .settings
            .iter()
            .filter(|(_, value)| value.apply_type == apply_type)
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        names.join(", ")
    };
    let (dynamic, fixed) = (named(ApplyType::Dynamic), named(ApplyType::Static));
    let mut proves = Vec::new();
    if !dynamic.is_empty() {
        proves.push(format!(
            "SQL on every member: {dynamic}; what changes of these before any restart, all of them after each restart and at the end"
        ));
    }
    if !fixed.is_empty() {
        proves.push(format!(
            "SQL on every member: {fixed} after its restart and at the end"
        ));
    }
    proves.push(
        "SQL: that a member restarted, by pg_postmaster_start_time(); that the cluster endpoint leads to the writer"
            .to_owned(),
    );
    proves.extend(statements(proof));
    proves
}

fn statements(proof: &Proof) -> Option<String> {
    let mut statements: Vec<String> = proof.libraries.iter().cloned().collect();
    statements.extend(proof.probes.iter().map(|probe| match probe.phase {
        Phase::Before => format!("{} (before anything is interrupted)", probe.name),
        Phase::After => probe.name.clone(),
    }));
    (!statements.is_empty()).then(|| format!("statements: {}", statements.join(", ")))
}

/// Who of those that a run needs does not answer.
pub fn unanswered(told: &Told, cluster: &Cluster) -> Vec<String> {
    members::in_order(cluster)
        .into_iter()
        .map(|member| Endpoint::Member(member.identifier.clone()))
        .chain([Endpoint::Cluster])
        .filter_map(|endpoint| answers(told, &endpoint).err())
        .collect()
}
