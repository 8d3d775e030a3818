//! The SQL witness of a run: asked before anything is interrupted, when dynamic values should be live, after each restart
//! and failover, and at the end.
//!
//! Goes in: an action that the RDS API calls done. Comes out: what PostgreSQL says of it, in the journal first; or why the
//! run does not go on. Only asks; nothing is changed.

use super::advice;
use super::facts::{self, Facts, Needs};
use super::run::Run;
use super::step::named;
use super::stop::Stop;
use super::{guard, health};
use crate::aws::wait::{self, Look, Patience, WaitError};
use crate::error::Error;
use crate::names::{InstanceId, ParameterName};
use crate::observed::Cluster;
use crate::observed::sql::Endpoint;
use crate::plan::action::{Action, Kind};
use crate::plan::difference::PENDING_REBOOT;
use crate::plan::verify::proof::{self, Point, Proof, Testimony};
use crate::sql::{self, Probe, Questions, Target, Witness};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// How long PostgreSQL may need to say what the RDS API says already, in seconds of AWS's clock.
const AGREE_SECONDS_MAX: u32 = 120;
/// The same for dynamic values, which reach members at their own pace.
const DYNAMIC_SECONDS_MAX: u32 = 300;
/// How long a member may be away by the RDS API's own account, as before any other action.
const AWAY_SECONDS_MAX: u32 = 900;
/// How long a member may be broken: AWS fails over and replaces by itself within minutes.
const BROKEN_SECONDS_MAX: u32 = 300;

/// Whether there is somebody to ask for everything that the plan proves.
///
/// # Errors
/// The plan proves values over SQL, and the declaration no longer says how.
pub(super) fn is_there(run: &super::Context<'_>) -> Result<(), Error> {
    if run.plan.proof().is_some() && run.witness.is_none() {
        return Err(Error::refused(format!(
            "the plan of `{}` is proven over SQL, and the declaration has no [verify.sql] now",
            run.plan.partition
        ))
        .hinted(
            "put [verify.sql] back: the run is finished with the witness that it was approved with",
        ));
    }
    Ok(())
}

/// Asks before something that interrupts: everybody who is needed must answer, and what is declared for the time before
/// must hold. Notes when each of the members was started.
pub(super) async fn before(run: &Run<'_>, action: &Action, facts: &mut Facts) -> Result<(), Stop> {
    let Some((proof, _)) = at_hand(run) else {
        return Ok(());
    };
    if !action.kind.is_disruptive() {
        return Ok(());
    }
    let is_first = !run.context.plan.actions.iter().any(|other| {
        other.kind.is_disruptive()
            && run.record.ask(|replay| {
                replay.state(&other.id).is_settled() || replay.attempts(&other.id) > 0
            })
    });
    let point = if is_first {
        Point::Before
    } else {
        Point::Between
    };
    let testimony = asked(run, action, proof, &point, AGREE_SECONDS_MAX).await?;
    facts.started.clone_from(&testimony.started);
    run.record.witnessed(&action.id, &testimony)?;
    let against = testimony.against();
    if against.is_empty() {
        return Ok(());
    }
    let nothing_yet = if is_first {
        ", and nothing was interrupted yet"
    } else {
        ""
    };
    Err(Stop::Paused(format!(
        "before `{}`{nothing_yet}: {}",
        action.id,
        against.join("; ")
    )))
}

/// Asks about an action that the RDS API calls done; `None` where SQL has nothing to say of it. What is said stands in the
/// journal, whatever it is.
pub(super) async fn after(
    run: &Run<'_>,
    action: &Action,
    facts: &Facts,
    before: &BTreeMap<InstanceId, Timestamp>,
) -> Result<Option<Testimony>, Stop> {
    let (Some((proof, _)), Some(cluster)) = (at_hand(run), &facts.cluster) else {
        return Ok(None);
    };
    let dynamic: Vec<ParameterName>;
    let (point, seconds_max) = match &action.kind {
        Kind::Settle { dynamic: names, .. } => {
            // What a reset leaves is AWS's default, which nobody declared.
            dynamic = names
                .iter()
                .filter(|name| proof.settings.contains_key(*name))
                .cloned()
                .collect();
            if dynamic.is_empty() {
                return Ok(None);
            }
            let seconds_max = if may_wait_for_restart(run) {
                AGREE_SECONDS_MAX
            } else {
                DYNAMIC_SECONDS_MAX
            };
            (Point::Settled(&dynamic), seconds_max)
        }
        Kind::Flush { instance, .. }
        | Kind::ChangeClass { instance, .. }
        | Kind::Reboot { instance, .. } => {
            // The plan has a second reboot for it; what it loads then is asked then.
            let is_pending = cluster
                .members
                .get(instance)
                .is_some_and(|member| member.cluster_parameter_group_status == PENDING_REBOOT);
            if is_pending && !proof.settings.is_empty() {
                return Ok(None);
            }
            (Point::Restarted(instance), AGREE_SECONDS_MAX)
        }
        Kind::Failover { to, .. } => (Point::FailedOver(to), AGREE_SECONDS_MAX),
        Kind::Verify(_) => (Point::End, AGREE_SECONDS_MAX),
        _ => return Ok(None),
    };
    let mut testimony = asked(run, action, proof, &point, seconds_max).await?;
    if let (Kind::Reboot { instance, .. }, Some(started)) =
        (&action.kind, restarted_since(action, before))
        && testimony.started.get(instance) == Some(&started)
    {
        testimony.disagreements.push(format!(
            "{instance}: the RDS API says that it restarted, SQL says that it has run since {started}, as before"
        ));
    }
    run.record.witnessed(&action.id, &testimony)?;
    let against = testimony.against();
    if against.is_empty() {
        return Ok(Some(testimony));
    }
    let words = against.join("; ");
    if matches!(point, Point::Settled(_)) && may_wait_for_restart(run) {
        run.record.remark(&format!(
            "`{}`: not live yet; the group was attached without ApplyImmediately, and AWS may load its dynamic values with the restart: {words}",
            action.id
        ));
        return Ok(Some(testimony));
    }
    Err(Stop::Unknown {
        because: match &point {
            Point::Settled(_) => format!(
                "`{}`: not live {DYNAMIC_SECONDS_MAX} s after AWS took it, and no restart mends a dynamic value, so that none was begun: {words}",
                action.id
            ),
            _ => format!(
                "`{}`: the RDS API calls it done, SQL does not: {words}",
                action.id
            ),
        },
        hints: advice::how_to_agree(run, &action.kind),
    })
}

/// When the member was started as it was read before the intent.
fn restarted_since(action: &Action, before: &BTreeMap<InstanceId, Timestamp>) -> Option<Timestamp> {
    before.get(action.kind.restarts()?).copied()
}

/// Whether dynamic values may stay away until a restart: without ApplyImmediately AWS may keep those of a group that is
/// attached until then.
fn may_wait_for_restart(run: &Run<'_>) -> bool {
    run.context.plan.actions.iter().any(|action| {
        matches!(
            action.kind,
            Kind::AttachParameterGroup {
                apply_immediately: false,
                ..
            }
        )
    })
}

/// What PostgreSQL shows of an action that nobody knows the outcome of: evidence that it happened, or nothing.
pub(super) async fn evidence(
    run: &Run<'_>,
    kind: &Kind,
    facts: &Facts,
    before: &BTreeMap<InstanceId, Timestamp>,
) -> Option<String> {
    let (_, witness) = at_hand(run)?;
    let cluster = facts.cluster.as_ref()?;
    let (instance, earlier) = match kind {
        Kind::Reboot { instance, .. } => (instance, Some(before.get(instance)?)),
        Kind::Failover { to, .. } => (to, None),
        _ => return None,
    };
    let endpoint = Endpoint::Member(instance.clone());
    let target = sql::targets(cluster)
        .into_iter()
        .find(|target| target.endpoint == endpoint)?;
    // Whoever does not answer proves nothing; the RDS API goes on being asked.
    let told = witness.ask(&[target], &Questions::default()).await;
    witness.dial.close().await;
    let answers = match told.by(&endpoint)? {
        crate::observed::sql::Reached::Yes(answers) => answers,
        crate::observed::sql::Reached::No(_) => return None,
    };
    if answers
        .member
        .as_ref()
        .is_some_and(|found| found != instance)
    {
        return None;
    }
    match earlier {
        Some(earlier) if answers.started > *earlier => Some(format!(
            "SQL says that {instance} was started at {}, and before at {earlier}",
            answers.started
        )),
        None if !answers.in_recovery => Some(format!("SQL says that {instance} accepts writes")),
        _ => None,
    }
}

fn at_hand<'a>(run: &'a Run<'_>) -> Option<(&'a Proof, &'a Witness)> {
    run.context.plan.proof().zip(run.context.witness.as_ref())
}

/// Why asking ended without an answer that counts.
enum GivenUp {
    /// This is broken, and does not mend by waiting.
    Broken(String),
    /// There was time enough.
    Late,
}

/// Asks until everybody answers and nothing speaks against the declaration, or until the time is over. Nobody is asked who is
/// away by the RDS API's own account, and that time does not count.
async fn asked(
    run: &Run<'_>,
    action: &Action,
    proof: &Proof,
    point: &Point<'_>,
    seconds_max: u32,
) -> Result<Testimony, Stop> {
    let Some((_, witness)) = at_hand(run) else {
        return Ok(Testimony::default());
    };
    let client = run.context.client;
    let cluster_id = &run.context.plan.target.cluster;
    let needs = Needs::of_cluster();
    let mut last = Testimony::default();
    let mut well_since: Option<Timestamp> = None;
    let mut broken_since: Option<Timestamp> = None;
    let mut given_up: Option<GivenUp> = None;
    let patience = Patience {
        poll_interval: run.context.poll_interval,
        good_looks: 1,
        deadline_seconds: AWAY_SECONDS_MAX.max(seconds_max),
        lead_seconds: 0,
    };
    let looking = wait::until(
        client,
        patience,
        async || {
            let facts = facts::read(client, cluster_id, &needs, None).await?;
            let Some(cluster) = &facts.cluster else {
                return Ok(Look::Waiting(
                    "the RDS API shows no such cluster".to_owned(),
                ));
            };
            // What is interrupted next would stop for it; until then nobody need wait.
            if matches!(point, Point::Settled(_))
                && let Err(because) = guard::same_members(&run.members, cluster)
                    .and_then(|()| guard::nobody_leaves(cluster))
            {
                return Ok(Look::Failed(format!("after `{}`: {because}", action.id)));
            }
            if let Some(because) = health::broken(cluster) {
                well_since = None;
                let since = *broken_since.get_or_insert_with(|| run.record.now());
                if run.record.seconds_since(since) < BROKEN_SECONDS_MAX {
                    return Ok(Look::Waiting(because));
                }
                given_up = Some(GivenUp::Broken(because.clone()));
                return Ok(Look::Failed(because));
            }
            broken_since = None;
            if let Some(seen) = away(cluster, point) {
                well_since = None;
                return Ok(Look::Waiting(seen));
            }
            let since = *well_since.get_or_insert_with(|| run.record.now());
            let told = witness
                .ask(&targets(cluster, point), &questions(proof, point))
                .await;
            last = proof::judge(proof, cluster, &told, point);
            let objections: Vec<String> = last
                .against()
                .into_iter()
                .chain(last.unreached.iter().cloned())
                .collect();
            Ok(if objections.is_empty() {
                Look::Good(String::new())
            } else if run.record.seconds_since(since) < seconds_max {
                Look::Waiting(objections.join("; "))
            } else {
                given_up = Some(GivenUp::Late);
                Look::Failed(objections.join("; "))
            })
        },
        |seen| run.tell_waiting(action, seen),
    );
    let result = tokio::select! {
        biased;
        () = run.interruption() => Err(Stop::Interrupted),
        result = looking => Ok(result),
    };
    witness.dial.close().await;
    let (seconds, seen) = match (result?, given_up) {
        (Ok(_), _) => return Ok(last),
        (Err(WaitError::Read(error)), _) => return Err(named(Stop::of_aws(&error), action)),
        (Err(_), Some(GivenUp::Broken(because))) => {
            return Err(Stop::Failed {
                because: format!("`{}`: {because}", action.id),
                hints: advice::where_to_look(run, action),
            });
        }
        // What speaks against the declaration weighs more than who did not answer.
        (Err(_), Some(GivenUp::Late)) if !last.against().is_empty() => return Ok(last),
        (Err(_), Some(GivenUp::Late)) => (seconds_max, last.unreached.join("; ")),
        (Err(WaitError::Deadline { seconds, seen }), None) => (seconds, seen),
        (Err(WaitError::Failed { seen }), None) => return Err(Stop::WorldMoved(seen)),
    };
    if !last.said.is_empty() {
        run.record.witnessed(&action.id, &last)?;
    }
    Err(Stop::Paused(format!(
        "`{}`: not proven over SQL within {seconds} s: {seen}",
        action.id
    )))
}

/// Why nobody can be expected to answer, by the RDS API's account.
fn away(cluster: &Cluster, point: &Point<'_>) -> Option<String> {
    if !health::is_available(&cluster.status) {
        return Some(format!("cluster is {}", cluster.status));
    }
    cluster
        .members
        .values()
        .filter(|member| point.asks(&Endpoint::Member(member.identifier.clone())))
        .find(|member| !health::is_available(&member.status))
        .map(|member| format!("{} is {}", member.identifier, member.status))
}

fn targets(cluster: &Cluster, point: &Point<'_>) -> Vec<Target> {
    sql::targets(cluster)
        .into_iter()
        .filter(|target| point.asks(&target.endpoint))
        .collect()
}

fn questions(proof: &Proof, point: &Point<'_>) -> Questions {
    Questions {
        settings: proof.settings_at(point),
        libraries: proof.libraries_at(point),
        probes: proof
            .probes_at(point)
            .into_iter()
            .map(|asked| Probe {
                name: asked.name.to_owned(),
                sql: asked.sql.to_owned(),
                at_cluster: asked.at_cluster,
                databases: asked.databases.to_vec(),
            })
            .collect(),
    }
}
