//! Reading many partitions at once, in as few rounds of requests as their questions allow.
//!
//! Goes in: declarations, and what a verb wants to know of each. Comes out: the live facts of each, or why there are
//! none; the failure of one partition hides no other. Reads only.
//!
//! Round 1 asks everything that is known beforehand at the same time: who we are, the lists that all partitions of one
//! profile and region share, and the groups whose names follow from the declarations. Each further round asks what the
//! last one left open, each question once however many partitions ask it.

use super::session::{Door, Session};
use crate::aws::{self, Client, observe, survey};
use crate::desired::Desired;
use crate::error::Error;
use crate::journal::{self, Store};
use crate::names::{ClusterId, RunId, SnapshotId};
use crate::observed::{Answer, Observed, Question};
use crate::plan::action::Kind;
use crate::plan::{self, Refusal};
use futures::future::{join_all, join3};
use futures::stream::{self, StreamExt as _};
use std::collections::{BTreeMap, BTreeSet};

/// How many questions of one connection are under way at once.
const QUESTIONS_AT_ONCE: usize = 16;
/// More rounds than any plan needs: a question that is still open then will never be answered.
const ROUNDS_MAX: usize = 8;

/// One partition, its connection and its facts.
#[derive(Debug)]
pub struct Surveyed {
    /// The declaration.
    pub desired: Desired,
    /// The facts and the connection that read them, or why there are none.
    pub facts: Result<Facts, Error>,
}

/// Live facts, and the connection that read them.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What was read.
    pub observed: Observed,
    /// The connection to the partition's account and region.
    pub client: Client,
}

/// Which questions a verb has. Empty when it knows enough.
pub type Questions<'a> = &'a dyn Fn(&Desired, &Observed) -> BTreeSet<Question>;

/// Reads every partition; the order is kept.
pub async fn all(
    session: &Session,
    partitions: Vec<Desired>,
    first: &dyn Fn(&Desired) -> BTreeSet<Question>,
    further: Questions<'_>,
) -> Vec<Surveyed> {
    let mut doors: BTreeMap<Door, Vec<(usize, Desired)>> = BTreeMap::new();
    for (place, desired) in partitions.into_iter().enumerate() {
        doors
            .entry(Door::of(&desired.aws))
            .or_default()
            .push((place, desired));
    }
    let behind = doors
        .into_iter()
        .map(|(door, partitions)| behind_one_door(session, door, partitions, first, further));
    let mut surveyed: Vec<(usize, Surveyed)> =
        join_all(behind).await.into_iter().flatten().collect();
    surveyed.sort_by_key(|(place, _)| *place);
    surveyed.into_iter().map(|(_, surveyed)| surveyed).collect()
}

/// Reads what the planner needs of every partition.
pub async fn for_plans(
    session: &Session,
    partitions: Vec<Desired>,
    options: plan::Options,
) -> Vec<Surveyed> {
    let mut surveyed = all(
        session,
        partitions,
        &plan::first_questions,
        &|desired, observed| plan::questions(desired, observed, &options),
    )
    .await;
    note_ended_runs(session, &mut surveyed);
    surveyed
}

/// Notes which runs that hold a snapshot are known to have ended, and whether other machines can reach all runs.
pub fn note_ended_runs(session: &Session, surveyed: &mut [Surveyed]) {
    for one in surveyed {
        let Surveyed { desired, facts } = one;
        let Ok(known) = facts else {
            continue;
        };
        match of_runs(session, desired, &known.observed) {
            Ok(runs) => {
                known.observed.ended_runs = runs.ended;
                known.observed.restoring = runs.restoring;
                known.observed.shared_store = runs.shared_store;
            }
            Err(error) => *facts = Err(error),
        }
    }
}

/// What the store tells of runs that have to do with a partition's snapshots.
struct Runs {
    /// Those whose snapshots are held and that have ended.
    ended: BTreeSet<RunId>,
    /// The snapshots that are due to be deleted, and from which a run that is not over makes a cluster.
    restoring: BTreeMap<SnapshotId, RunId>,
    /// Where all runs are, if other machines can reach it.
    shared_store: Option<String>,
}

fn of_runs(session: &Session, desired: &Desired, observed: &Observed) -> Result<Runs, Error> {
    let store = session.store(desired)?;
    let ended = observed
        .held_snapshots()
        .map(|(_, run)| run)
        .filter(|run| has_ended(&store, run))
        .collect();
    Ok(Runs {
        ended,
        restoring: restoring(&store, observed)?,
        shared_store: store.is_shared().then(|| store.name()),
    })
}

/// A last resort that is under way or paused still needs its snapshot, whose time may be over.
fn restoring(store: &Store, observed: &Observed) -> Result<BTreeMap<SnapshotId, RunId>, Error> {
    let due: BTreeSet<&SnapshotId> = observed
        .snapshots
        .iter()
        .flatten()
        .filter(|snapshot| snapshot.has_expired(observed.at))
        .map(|snapshot| &snapshot.identifier)
        .collect();
    let mut restoring = BTreeMap::new();
    if due.is_empty() {
        return Ok(restoring);
    }
    for unfinished in store.unfinished(None)? {
        for action in &unfinished.plan.actions {
            let is_left = !unfinished.journal.replay.state(&action.id).is_settled();
            if let Kind::RestoreCluster(recipe) = &action.kind
                && is_left
                && due.contains(&recipe.snapshot)
            {
                restoring.insert(recipe.snapshot.clone(), unfinished.run.clone());
            }
        }
    }
    Ok(restoring)
}

/// Whether a run's journal is here and says that it ended with nothing left to continue. A run of another machine has none here, and a damaged journal
/// says nothing.
fn has_ended(store: &Store, run: &RunId) -> bool {
    store.run(run).journal().is_ok_and(|journal| {
        journal
            .replay
            .conclusion()
            .is_some_and(journal::Conclusion::is_final)
    })
}

/// Reads what the planner needs of one partition.
///
/// # Errors
/// Why there are no facts.
pub async fn for_plan(
    session: &Session,
    desired: &Desired,
    options: plan::Options,
) -> Result<Facts, Error> {
    match for_plans(session, vec![desired.clone()], options)
        .await
        .pop()
    {
        Some(surveyed) => surveyed.facts,
        None => Err(Error::failed(format!(
            "`{}` was not read",
            desired.partition
        ))),
    }
}

/// Whether these facts belong to the declared cluster, for verbs that only read: refused in the planner's own words.
///
/// # Errors
/// Credentials of another account, or a region without that cluster.
pub fn is_declared_cluster(desired: &Desired, observed: &Observed) -> Result<(), Refusal> {
    let reason = if observed.caller.account != desired.aws.account {
        plan::wrong_account(desired, observed)
    } else if observed.cluster.is_none() {
        plan::cluster_absent(desired, observed)
    } else {
        return Ok(());
    };
    Err(Refusal {
        reasons: vec![reason],
    })
}

async fn behind_one_door(
    session: &Session,
    door: Door,
    partitions: Vec<(usize, Desired)>,
    first: &dyn Fn(&Desired) -> BTreeSet<Question>,
    further: Questions<'_>,
) -> Vec<(usize, Surveyed)> {
    match session.connect(&door).await {
        Ok(client) => through(&client, partitions, first, further).await,
        Err(error) => all_failed(partitions, &error),
    }
}

/// Reads what the planner needs of one partition, over a connection that is there.
///
/// # Errors
/// Why there are no facts.
pub async fn over(
    client: &Client,
    desired: &Desired,
    options: plan::Options,
) -> Result<Observed, Error> {
    let surveyed = through(
        client,
        vec![(0, desired.clone())],
        &plan::first_questions,
        &|desired, observed| plan::questions(desired, observed, &options),
    )
    .await
    .pop();
    match surveyed {
        Some((_, Surveyed { facts, .. })) => facts.map(|facts| facts.observed),
        None => Err(Error::failed(format!(
            "`{}` was not read",
            desired.partition
        ))),
    }
}

async fn through(
    client: &Client,
    partitions: Vec<(usize, Desired)>,
    first: &dyn Fn(&Desired) -> BTreeSet<Question>,
    further: Questions<'_>,
) -> Vec<(usize, Surveyed)> {
    let clusters: Vec<ClusterId> = partitions
        .iter()
        .map(|(_, desired)| desired.cluster.identifier.clone())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let known_questions: BTreeSet<Question> = partitions
        .iter()
        .flat_map(|(_, desired)| first(desired))
        .collect();
    let mut answers = BTreeMap::new();
    let (caller, survey, ()) = join3(
        observe::caller(client),
        survey::survey(client, &clusters),
        ask(client, known_questions, &mut answers),
    )
    .await;
    let (caller, survey) = match (caller, survey) {
        (Ok(caller), Ok(survey)) => (caller, survey),
        // Whoever is refused as a caller is refused everywhere: the first of the two says what to do.
        (Err(error), _) | (_, Err(error)) => return all_failed(partitions, &Error::from(error)),
    };
    let mut open: Vec<(usize, Desired, Observed, Option<Error>)> = partitions
        .into_iter()
        .map(|(place, desired)| {
            let mut observed = survey.observed(&desired.cluster.identifier, &caller, client);
            let failure = learn(&mut observed, first(&desired), &answers).err();
            (place, desired, observed, failure)
        })
        .collect();
    for round in 0..=ROUNDS_MAX {
        let wanted: Vec<BTreeSet<Question>> = open
            .iter()
            .map(|(_, desired, observed, failure)| {
                // Nothing more is asked in an account that is not the declared one.
                if failure.is_some() || observed.caller.account != desired.aws.account {
                    BTreeSet::new()
                } else {
                    further(desired, observed)
                }
            })
            .collect();
        if wanted.iter().all(BTreeSet::is_empty) {
            break;
        }
        let unasked = wanted
            .iter()
            .flatten()
            .filter(|question| !answers.contains_key(*question))
            .cloned()
            .collect();
        ask(client, unasked, &mut answers).await;
        for ((_, desired, observed, failure), wanted) in open.iter_mut().zip(wanted) {
            if wanted.is_empty() {
                continue;
            }
            if round == ROUNDS_MAX {
                *failure = Some(Error::failed(format!(
                    "reading `{}` does not come to an end; still open: {wanted:?}",
                    desired.partition
                )));
            } else if let Err(error) = learn(observed, wanted, &answers) {
                *failure = Some(error);
            }
        }
    }
    open.into_iter()
        .map(|(place, desired, mut observed, failure)| {
            if let Some(now) = client.now() {
                observed.at = now;
            }
            let facts = match failure {
                Some(error) => Err(error),
                None => Ok(Facts {
                    observed,
                    client: client.clone(),
                }),
            };
            (place, Surveyed { desired, facts })
        })
        .collect()
}

async fn ask(
    client: &Client,
    questions: BTreeSet<Question>,
    answers: &mut BTreeMap<Question, Result<Answer, Error>>,
) {
    let mut replies = stream::iter(questions)
        .map(|question| async move {
            let answer: Result<Answer, aws::Error> = observe::answer(client, &question).await;
            (question, answer.map_err(Error::from))
        })
        .buffer_unordered(QUESTIONS_AT_ONCE);
    while let Some((question, answer)) = replies.next().await {
        answers.insert(question, answer);
    }
}

fn learn(
    observed: &mut Observed,
    questions: BTreeSet<Question>,
    answers: &BTreeMap<Question, Result<Answer, Error>>,
) -> Result<(), Error> {
    for question in questions {
        match answers.get(&question) {
            Some(Ok(answer)) => observed.learn(answer.clone()),
            Some(Err(error)) => return Err(error.clone()),
            None => return Err(Error::failed(format!("{question:?} was not asked"))),
        }
    }
    Ok(())
}

fn all_failed(partitions: Vec<(usize, Desired)>, error: &Error) -> Vec<(usize, Surveyed)> {
    partitions
        .into_iter()
        .map(|(place, desired)| {
            let facts = Err(error.clone());
            (place, Surveyed { desired, facts })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::names::{AccountId, ParameterGroupName, PartitionName, ProfileName};
    use crate::report::sample;

    /// The built-in world's declarations, as far as reading needs them.
    fn partition(name: &str, account: &str, cluster: &str, profile: &str) -> Desired {
        let mut desired = sample::desired();
        desired.partition = PartitionName::new(name);
        desired.aws.account = AccountId::new(account);
        desired.aws.profile = Some(ProfileName::new(profile));
        desired.cluster.identifier = ClusterId::new(cluster);
        desired.cluster.parameter_group = Some(ParameterGroupName::new("shared-group"));
        desired
    }

    fn session(folder: &std::path::Path) -> Session {
        let reading = crate::cli::Reading {
            simulate: Some(None),
            simulate_speed: Some(crate::cli::Speed::Max),
            fresh_world: false,
            store: None,
        };
        Session::open(
            &reading,
            folder.to_owned(),
            crate::commands::simulated::Keep::Nothing,
        )
        .unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn partitions_of_one_account_share_their_lists_and_their_answers() {
        let folder = tempfile::tempdir().unwrap();
        let session = session(folder.path());
        let partitions = vec![
            partition(
                "stage",
                "222222222222",
                "Alpha002-stage-AuroraCluster",
                "Alpha002-Admin",
            ),
            partition(
                "prod",
                "111111111111",
                "Alpha001-prod-AuroraCluster",
                "Admin-Alpha1",
            ),
            partition(
                "dev",
                "222222222222",
                "Alpha002-dev-AuroraCluster",
                "Alpha002-Admin",
            ),
        ];
        let first =
            |desired: &Desired| BTreeSet::from([Question::UserParameters(desired.cluster.group())]);
        let surveyed = all(&session, partitions, &first, &|_, _| BTreeSet::new()).await;
        let order: Vec<&str> = surveyed
            .iter()
            .map(|surveyed| surveyed.desired.partition.as_str())
            .collect();
        assert_eq!(order, ["stage", "prod", "dev"]);
        for Surveyed { desired, facts } in &surveyed {
            let observed = &facts.as_ref().unwrap().observed;
            is_declared_cluster(desired, observed).unwrap();
            assert!(observed.groups.contains_key(&desired.cluster.group()));
        }
        let mut asked: BTreeMap<(String, String), u32> = BTreeMap::new();
        for request in session.simulated().unwrap().simulator().requests() {
            *asked.entry((request.account, request.action)).or_default() += 1;
        }
        let asked: Vec<String> = asked
            .into_iter()
            .map(|((account, action), times)| format!("{account} {action} {times}"))
            .collect();
        insta::assert_snapshot!(asked.join("\n"), @"
        111111111111 DescribeDBClusterParameters 1
        111111111111 DescribeDBClusters 1
        111111111111 DescribeDBInstances 1
        111111111111 GetCallerIdentity 1
        222222222222 DescribeDBClusterParameters 1
        222222222222 DescribeDBClusters 1
        222222222222 DescribeDBInstances 1
        222222222222 GetCallerIdentity 1
        ");
    }

    #[tokio::test(start_paused = true)]
    async fn the_failure_of_one_partition_hides_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let session = session(folder.path());
        let mut foreign = partition(
            "prod",
            "333333333333",
            "Alpha001-prod-AuroraCluster",
            "Admin-Alpha1",
        );
        foreign.cluster.parameter_group = None;
        let dev = partition(
            "dev",
            "222222222222",
            "Alpha002-dev-AuroraCluster",
            "Alpha002-Admin",
        );
        let surveyed = for_plans(&session, vec![foreign, dev], plan::Options::default()).await;
        let verdicts: Vec<bool> = surveyed
            .iter()
            .map(|Surveyed { desired, facts }| {
                is_declared_cluster(desired, &facts.as_ref().unwrap().observed).is_ok()
            })
            .collect();
        assert_eq!(verdicts, [false, true]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_that_is_never_settled_ends_the_reading_of_its_partition() {
        let folder = tempfile::tempdir().unwrap();
        let session = session(folder.path());
        let dev = partition(
            "dev",
            "222222222222",
            "Alpha002-dev-AuroraCluster",
            "Alpha002-Admin",
        );
        let ever = |desired: &Desired, _: &Observed| {
            BTreeSet::from([Question::UserParameters(desired.cluster.group())])
        };
        let surveyed = all(&session, vec![dev], &|_| BTreeSet::new(), &ever).await;
        let told = surveyed[0].facts.as_ref().unwrap_err().to_string();
        assert!(
            told.starts_with("reading `dev` does not come to an end"),
            "{told}"
        );
    }

    #[test]
    fn reading_verbs_refuse_in_the_words_of_the_plan() {
        let desired = sample::desired();
        let mut foreign = sample::observed();
        foreign.caller.account = AccountId::new("222222222222");
        let mut absent = sample::observed();
        absent.cluster = None;
        absent.neighbours = std::sync::Arc::new(BTreeMap::from([(
            ClusterId::new("order-s"),
            ParameterGroupName::new("default.aurora-postgresql16"),
        )]));
        for (observed, rule) in [(foreign, "wrong-account"), (absent, "cluster-absent")] {
            let refusal = is_declared_cluster(&desired, &observed).unwrap_err();
            assert_eq!(refusal.reasons[0].rule, rule);
            let planned = plan::plan(&desired, &observed, plan::Options::default());
            assert_eq!(planned.unwrap_err(), refusal);
        }
    }
}
