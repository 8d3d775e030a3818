//! The plan of a failover drill: nothing is changed but who the writer is.
//!
//! Goes in: declaration, live facts, and the reader that takes over where one is named. Comes out: a plan of the usual actions,
//! which the usual loop carries out, or every reason why there is none. No snapshot is made: a failover changes no data.

use super::action::{Action, Evidence, Expectation, Kind, Phase, Role, Undo};
use super::difference::{Differences, PENDING_REBOOT};
use super::forecast::totals;
use super::formula::memory_bytes;
use super::make::{activation, cluster_absent, over_budget, wrong_account};
use super::refusal::{Reason, Refusal};
use super::rules::{Facts, of_a_drill, reason};
use super::steps::{action, activate::failover_target, declared};
use super::verify::proof::{Proof, foretold_of_a_drill};
use super::{Activation, FORMAT, Note, Options, Plan, Target, Topic};
use crate::desired::Desired;
use crate::hint::nearest;
use crate::names::InstanceId;
use crate::observed::{Backend, Cluster, Member, Observed, Question};
use std::collections::{BTreeMap, BTreeSet};

/// What a drill asks of AWS beyond the cluster: whether another run holds a snapshot.
pub fn questions(observed: &Observed) -> BTreeSet<Question> {
    match (&observed.cluster, &observed.snapshots) {
        (Some(cluster), None) => BTreeSet::from([Question::Snapshots(cluster.identifier.clone())]),
        _ => BTreeSet::new(),
    }
}

/// Makes the plan. `to` is the reader that takes over; without it, the one that a rollout would choose.
///
/// # Errors
/// A `Refusal` with every reason, when a rule says no.
pub fn plan(
    desired: &Desired,
    observed: &Observed,
    options: Options,
    to: Option<&InstanceId>,
) -> Result<Plan, Refusal> {
    let refused = |reasons: Vec<Reason>| Err(Refusal { reasons });
    if observed.caller.account != desired.aws.account {
        return refused(vec![wrong_account(desired, observed)]);
    }
    let Some(cluster) = &observed.cluster else {
        return refused(vec![cluster_absent(desired, observed)]);
    };
    let differences = Differences::between(desired, observed);
    let facts = Facts {
        desired,
        observed,
        cluster,
        differences: &differences,
        options: &options,
    };
    let mut reasons = of_a_drill(&facts);
    reasons.extend(not_settled(cluster));
    reasons.extend(declared::refusals(&facts));
    let Some(writer) = cluster.writer() else {
        return refused(reasons);
    };
    let target = match target(&facts, writer, to) {
        Ok(target) => target,
        Err(no_target) => {
            reasons.push(no_target);
            return refused(reasons);
        }
    };
    reasons.extend(smaller(writer, target, options));
    let proof = Proof::of_a_drill(desired, observed);
    let own = vec![failover(writer, target), verify(cluster, target, proof)];
    reasons.extend(over_budget(desired, &own));
    let activation = activation(&facts, true, own.clone());
    if let Activation::Deferred { because, opens } = &activation {
        reasons.push(reason(
            "window-closed",
            format!("a failover interrupts writes, and now is not the time: {because}"),
            match opens {
                Some(opens) => format!("come back at {opens}, or pass --activate"),
                None => "pass --activate".to_owned(),
            },
        ));
    }
    if !reasons.is_empty() {
        return refused(reasons);
    }
    let (actions, _) = declared::placed(desired, own, Vec::new());
    Ok(Plan {
        format: FORMAT,
        partition: desired.partition.clone(),
        target: Target {
            backend: observed.backend.clone(),
            account: observed.caller.account.clone(),
            region: observed.region.clone(),
            cluster: cluster.identifier.clone(),
            resource_id: cluster.resource_id.clone(),
        },
        at: observed.at,
        engine_version: cluster.engine_version.clone(),
        activation,
        changes: Vec::new(),
        notes: notes(&facts, writer, target),
        totals: totals(&actions, &[]),
        actions,
        deferred: Vec::new(),
        window: desired.window.clone(),
        options,
        undoes: None,
        restores: None,
        is_drill: true,
    })
}

/// The reader that takes over.
fn target<'a>(
    facts: &Facts<'a>,
    writer: &Member,
    to: Option<&InstanceId>,
) -> Result<&'a Member, Reason> {
    let cluster = facts.cluster;
    let readers: Vec<&Member> = cluster.readers().collect();
    let Some(named) = to else {
        return failover_target(facts, &readers, writer).ok_or_else(|| {
            reason(
                "nothing-to-fail-over-to",
                format!(
                    "cluster `{}` has no reader that could take over",
                    cluster.identifier
                ),
                "add a reader first",
            )
        });
    };
    match cluster.members.get(named) {
        Some(member) if !member.is_writer => Ok(member),
        Some(_) => Err(reason(
            "already-the-writer",
            format!("`{named}` is the writer already"),
            "name a reader, or leave --to out",
        )),
        None => {
            let known = readers.iter().map(|reader| reader.identifier.as_str());
            Err(reason(
                "not-a-member",
                format!("cluster `{}` has no member `{named}`", cluster.identifier),
                match nearest(named.as_str(), known.clone()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!(
                        "the readers are {}",
                        known
                            .map(|name| format!("`{name}`"))
                            .collect::<Vec<_>>()
                            .join(", ")
                    ),
                },
            ))
        }
    }
}

/// The former writer restarts: what waits for a restart would become live with it, and that is no drill any more.
fn not_settled(cluster: &Cluster) -> Vec<Reason> {
    cluster
        .members
        .values()
        .filter_map(|member| {
            let waits = if member.cluster_parameter_group_status == PENDING_REBOOT {
                "stored values wait for a restart"
            } else if !member.pending.is_empty() {
                "a queued modification waits"
            } else {
                return None;
            };
            Some(reason(
                "not-settled",
                format!(
                    "`{}` is not as it will be after a restart: {waits}",
                    member.identifier
                ),
                "make it live first with `auroractl apply`, or take it back",
            ))
        })
        .collect()
}

/// The writer stays where the drill leaves it.
fn smaller(writer: &Member, target: &Member, options: Options) -> Option<Reason> {
    let (before, after) = (memory_bytes(&writer.class)?, memory_bytes(&target.class)?);
    (after < before && !options.allow_smaller_writer).then(|| {
        reason(
            "smaller-writer",
            format!(
                "the writer `{}` is a {}, and `{}` is only a {}",
                writer.identifier, writer.class, target.identifier, target.class
            ),
            "name another reader with --to, or pass --allow-smaller-writer and fail back afterwards",
        )
    })
}

fn failover(writer: &Member, target: &Member) -> Action {
    let (from, to) = (&writer.identifier, &target.identifier);
    action(
        format!("fail over to {to}"),
        Phase::Activate,
        Kind::Failover {
            from: from.clone(),
            to: to.clone(),
        },
        Some(Role::Reader),
        vec![format!("a drill: `{to}` takes over the writes of `{from}`")],
        Undo::By {
            step: format!("fail over to `{from}` again, another writer interruption"),
        },
        Evidence::WriterIs {
            instance: to.clone(),
        },
    )
}

/// Everything as it was, but for the writer.
fn verify(cluster: &Cluster, target: &Member, proof: Option<Proof>) -> Action {
    let classes = cluster
        .members
        .values()
        .map(|member| (member.identifier.clone(), member.class.clone()))
        .collect();
    action(
        "verify",
        Phase::Verify,
        Kind::Verify(Expectation {
            group: cluster.parameter_group.clone(),
            parameters: BTreeMap::new(),
            classes,
            database_insights: None,
            retention_days: None,
            in_sync: true,
            writer: Some(target.identifier.clone()),
            not_proven: Vec::new(),
            proof: proof.map(Box::new),
        }),
        None,
        vec!["done means: the writer moved, and nothing else is different".to_owned()],
        Undo::Nothing,
        Evidence::ReadOnly,
    )
}

fn notes(facts: &Facts<'_>, writer: &Member, target: &Member) -> Vec<Note> {
    let Facts {
        desired, observed, ..
    } = facts;
    let mut notes = Vec::new();
    let mut note = |topic: Topic, text: String| notes.push(Note { topic, text });
    if writer.class != target.class {
        note(
            Topic::Caution,
            format!(
                "the writer moves from a {} to a {}",
                writer.class, target.class
            ),
        );
    }
    let said = foretold_of_a_drill(desired, observed, facts.cluster);
    for text in said.proves {
        note(Topic::Proven, text);
    }
    for text in said.cautions {
        note(Topic::Caution, text);
    }
    let is_simulated = matches!(observed.backend, Backend::Simulated { .. });
    if desired.verify.sql.is_none() && !is_simulated {
        note(
            Topic::NotProven,
            "for how long writes stop: without [verify.sql] nobody measures it".to_owned(),
        );
    }
    note(
        Topic::Information,
        format!(
            "the writer stays on `{}`; going back is another drill: auroractl failover {} --to {}",
            target.identifier, desired.partition, writer.identifier
        ),
    );
    note(
        Topic::Information,
        "no snapshot is made: a failover changes no data".to_owned(),
    );
    note(
        Topic::Information,
        match &observed.shared_store {
            None => "runs and their lock are kept on this machine: another machine is not kept out"
                .to_owned(),
            Some(place) => format!("runs and their lock are kept in {place}"),
        },
    );
    notes
}
