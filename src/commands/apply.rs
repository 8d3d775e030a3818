//! `apply`: plans, asks, runs, and tells how it ended.
//!
//! Goes in: a partition, or a plan that was saved and approved. Comes out: events while it runs, a summary, and the
//! exit code of its ending. Everything that it does stands in the plan that was shown.

use super::follow::{Manner, follow};
use super::plan::{Failure, has_changes};
use super::session::{Door, Session};
use super::simulated::{FRESH_WORLD_HINT, Keep};
use super::{approval, declarations, probing, resume, saved, survey, witness};
use crate::apply::{self, Context};
use crate::aws::observe;
use crate::cli::{Apply as Arguments, Everywhere, typed};
use crate::desired::Desired;
use crate::error::{Error, Exit};
use crate::event::{Ending, Summary};
use crate::journal::{self, Holder, Store, Unfinished, lock};
use crate::observed::Observed;
use crate::plan::file::Saved;
use crate::plan::{self, Activation, Options, Plan, Target};
use crate::report::{self, Output, Style};
use jiff::{SignedDuration, Timestamp};
use std::time::{Duration, Instant};

/// Plans and applies one partition, or applies a saved plan.
///
/// # Errors
/// Everything that ends it before the run begins: declarations, facts, refusals, a declined question, a held lock.
pub async fn run(
    arguments: &Arguments,
    everywhere: &Everywhere,
    output: &mut Output,
) -> Result<Exit, Error> {
    let approved = if arguments.is_file() {
        Some(saved::read(arguments.file())?)
    } else {
        None
    };
    let (desired, options) = match &approved {
        Some(saved) => (saved.desired.clone(), saved.plan.options),
        None => (
            declarations::load_one(everywhere, &arguments.target, output.message_style())?,
            arguments.allowed.options(),
        ),
    };
    let everywhere = &match &approved {
        Some(saved) => declarations::for_plan_file(everywhere, &saved.desired)?,
        None => everywhere.clone(),
    };
    let manner = Manner {
        everywhere,
        reading: &arguments.reading,
        json: arguments.json,
        poll_interval: arguments.poll_interval(),
    };
    let session = Session::open(
        &arguments.reading,
        declarations::state_folder(everywhere)?,
        Keep::Changes(format!("apply {}", desired.partition)),
    )?
    .typed_as(typed(everywhere, &arguments.reading));
    if let Some(saved) = &approved {
        let client = session.connect(&Door::of(&desired.aws)).await?;
        saved::is_for(saved, client.backend())?;
    }
    // What was approved in a file is no more than what the plan showed.
    let facts = match &approved {
        Some(_) => survey::for_plan(&session, &desired, options).await?,
        None => survey::for_apply(&session, &desired, options).await?,
    };
    let store = session.store(&desired)?;
    let order = Order {
        store: &store,
        desired: &desired,
        options,
        approved: approved.as_ref(),
        auto_approve: arguments.auto_approve,
        gives_up: None,
    };
    match unfinished_run(&store, &facts.observed)? {
        Some(unfinished) => {
            resume::is_ordered(&unfinished, &order)?;
            output.message(&format!(
                "Run {} of `{}` is unfinished; it goes on.\n",
                unfinished.run, desired.partition
            ));
            resume::go_on(unfinished, &order, &[], &manner, session, output).await
        }
        None => afresh(&facts.observed, &order, &manner, session, output).await,
    }
}

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Where its run is kept.
    pub store: &'a Store,
    /// The declaration.
    pub desired: &'a Desired,
    /// What is allowed.
    pub options: Options,
    /// The plan file that was given, if one was.
    pub approved: Option<&'a Saved>,
    /// Whether nobody is asked.
    pub auto_approve: bool,
    /// The unfinished run that is taken back, and ends with the approval.
    pub gives_up: Option<&'a Unfinished>,
}

/// Plans, asks, runs, and tells how it ended.
///
/// # Errors
/// Everything that ends it before the run begins.
pub async fn afresh(
    observed: &Observed,
    order: &Order<'_>,
    manner: &Manner<'_>,
    mut session: Session,
    output: &mut Output,
) -> Result<Exit, Error> {
    let Order {
        store,
        desired,
        options,
        approved,
        auto_approve,
        gives_up,
    } = *order;
    let client = session.connect(&Door::of(&desired.aws)).await?;
    let witness = witness::of(&session, desired, observed, &client);
    let observed = &witness::told(witness.as_ref(), desired, observed).await;
    let made = plan::plan(desired, observed, options);
    if let Some(saved) = approved {
        let style = output.message_style();
        saved::is_current(saved, made.as_ref().ok(), store.typed(), style)?;
    }
    let plan = made.map_err(|refusal| Failure::Refused(refusal).into_error(&desired.partition))?;
    show(&plan, manner.json, output);
    if plan.actions.is_empty() {
        if !has_changes(&plan) {
            give_up(store, gives_up, &plan)?;
        }
        let exit = nothing_now(&plan, &session, output);
        session.close()?;
        return Ok(exit);
    }
    witness::answers(&plan, observed)?;
    // A person may think for as long as they like: in a simulation time stands still meanwhile.
    let instant = session.instant();
    let asked = Instant::now();
    approval::obtain(&plan, auto_approve, output).await?;
    session.return_to(instant)?;
    give_up(store, gives_up, &plan)?;

    let client = session.connect(&Door::of(&desired.aws)).await?;
    // The simulator is another one since time went back.
    let witness = witness::of(&session, desired, observed, &client);
    if !auto_approve && session.simulated().is_none() {
        observe::caller(&client).await?;
        if is_old(asked.elapsed(), plan.at, client.now()) {
            still_holds(&session, desired, &plan, output.message_style()).await?;
        }
    }
    // No file of declarations says what a rollback was to do.
    let kept = desired
        .undoes
        .as_ref()
        .map(|_| Saved::new(plan.clone(), desired.clone()));
    let run = journal::store::new_run_id(plan.at, &plan.partition);
    let summary = follow(manner, &session, output, async |interrupted, emit| {
        let context = Context {
            plan: &plan,
            client: &client,
            approved: approved.or(kept.as_ref()),
            witness: witness.clone(),
            store,
            run: run.clone(),
            holder: Holder::of_this_process(),
            poll_interval: session.pace(manner.poll_interval),
            probing: probing::of(&session, desired, &client),
            directory: manner.directory()?,
            commands: manner.commands(&plan, &run),
            interrupted,
        };
        apply::run(context, emit).await
    })
    .await?;
    tell(&summary, manner.json, output);
    if matches!(summary.ending, Ending::WorldMoved { .. }) {
        plan_again(&session, desired, options, manner.json, output).await?;
    }
    session.close()?;
    Ok(summary.exit())
}

/// Ends the unfinished run that is taken back.
fn give_up(store: &Store, run: Option<&Unfinished>, plan: &Plan) -> Result<(), Error> {
    let Some(unfinished) = run else {
        return Ok(());
    };
    journal::give_up(
        store,
        &Holder::of_this_process(),
        unfinished,
        plan.at,
        "what it changed is taken back by a rollback",
    )
    .map_err(Error::from)
}

/// How long an answer may take before what it answers is read again.
const ANSWER_SECONDS_MAX: u32 = 10;

/// Whether a plan was made too long ago to be begun without a look: by the wall, or by AWS's clock, which may run apart.
fn is_old(asked: Duration, planned_at: Timestamp, now: Option<Timestamp>) -> bool {
    let on_the_wall = asked > Duration::from_secs(u64::from(ANSWER_SECONDS_MAX));
    let in_aws = now.is_none_or(|now| {
        now.duration_since(planned_at) > SignedDuration::from_secs(i64::from(ANSWER_SECONDS_MAX))
    });
    on_the_wall || in_aws
}

/// Whether the cluster still leads to the plan that was approved.
///
/// # Errors
/// A refusal with the difference, or with the rules that say no now; facts that cannot be read.
async fn still_holds(
    session: &Session,
    desired: &Desired,
    approved: &Plan,
    style: Style,
) -> Result<(), Error> {
    let facts = survey::for_apply(session, desired, approved.options).await?;
    let now = plan::plan(desired, &facts.observed, approved.options)
        .map_err(|refusal| Failure::Refused(refusal).into_error(&desired.partition))?;
    match saved::difference(approved, &now, style)? {
        None => Ok(()),
        Some(difference) => Err(Error::refused(format!(
            "`{}` changed while the question waited; nothing was done",
            desired.partition
        ))
        .showing(difference)
        .hinted("apply again, and look at the plan as it is now")),
    }
}

/// The summary of a run, unless each event was told as JSON, the last of which it is.
pub fn tell(summary: &Summary, json: bool, output: &mut Output) {
    if !json {
        let style = output.data_style();
        output.data(&format!("\n{}", report::summary::render(summary, style)));
    }
}

/// The run of this cluster that is not over and that nobody runs, if there is one. A run that holds the cluster explains
/// everything that looks odd about it: it is told before any other reason.
///
/// # Errors
/// Who runs it, or several such runs.
pub fn unfinished_run(store: &Store, observed: &Observed) -> Result<Option<Unfinished>, Error> {
    let Some(cluster) = &observed.cluster else {
        return Ok(None);
    };
    let target = Target {
        backend: observed.backend.clone(),
        account: observed.caller.account.clone(),
        region: observed.region.clone(),
        cluster: cluster.identifier.clone(),
        resource_id: cluster.resource_id.clone(),
    };
    let holder = Holder::of_this_process();
    let mut unfinished = store.unfinished(Some(&target))?;
    if let Some(claim) = lock::claim(store, &target)? {
        let its_own = unfinished
            .iter()
            .position(|unfinished| unfinished.run == claim.run);
        match its_own {
            _ if !lock::is_abandoned(&claim, &holder) => {
                lock::is_free(store, &target, &holder)?;
            }
            Some(index) => return Ok(Some(unfinished.swap_remove(index))),
            // It was killed before its first entry, and before anything was sent.
            None if !store.has_begun(&claim.run) => {
                lock::remove(store, &claim, &target, &holder)?;
            }
            None => lock::is_free(store, &target, &holder)?,
        }
    }
    match unfinished.as_slice() {
        [] | [_] => Ok(unfinished.pop()),
        several => Err(resume::several(several, store.typed())),
    }
}

/// The plan is data; beside a stream of JSON events it is a message for whoever is asked.
pub fn show(plan: &Plan, json: bool, output: &mut Output) {
    if json {
        let style = output.message_style();
        output.message(&report::plan::render(plan, style));
    } else {
        let style = output.data_style();
        output.data(&report::plan::render(plan, style));
    }
}

/// What is said when the plan holds no action for this run.
fn nothing_now(plan: &Plan, session: &Session, output: &mut Output) -> Exit {
    if !has_changes(plan) {
        output.message("Nothing to do.\n");
        if session.simulated().is_some() {
            output.message(FRESH_WORLD_HINT);
        }
        return Exit::Done;
    }
    let when = match &plan.activation {
        Activation::Deferred {
            opens: Some(opens), ..
        } => format!("until the window opens at {opens}, unless --activate says now"),
        _ => "without --activate".to_owned(),
    };
    output.message(&format!("Everything is staged; nothing to do {when}.\n"));
    Exit::Paused
}

/// Shows what is left to do after the cluster changed under the run.
///
/// # Errors
/// Facts that cannot be read.
pub async fn plan_again(
    session: &Session,
    desired: &Desired,
    options: Options,
    json: bool,
    output: &mut Output,
) -> Result<(), Error> {
    let facts = survey::for_plan(session, desired, options).await?;
    match plan::plan(desired, &facts.observed, options) {
        Ok(plan) => {
            output.message("\nThe rest, planned again for the cluster as it is now:\n\n");
            show(&plan, json, output);
        }
        Err(refusal) => {
            let error = Failure::Refused(refusal).into_error(&desired.partition);
            let coloured = output.message_style().is_coloured();
            output.message(&format!(
                "\nThe rest cannot be planned for the cluster as it is now:\n\n{}",
                error.render(coloured)
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::names::{AccountId, ClusterId, InstanceClass, ProfileName};
    use crate::report::sample;

    #[test]
    fn an_answer_within_ten_seconds_of_both_clocks_needs_no_second_look() {
        let planned_at: Timestamp = "2026-05-15T06:05:00Z".parse().unwrap();
        let after = |seconds: i64| Some(planned_at + SignedDuration::from_secs(seconds));
        assert!(!is_old(Duration::from_secs(10), planned_at, after(10)));
        assert!(is_old(Duration::from_secs(11), planned_at, after(0)));
        assert!(is_old(Duration::from_secs(0), planned_at, after(11)));
        assert!(is_old(Duration::from_secs(0), planned_at, None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_plan_that_no_longer_holds_when_it_is_approved_is_refused_with_the_difference() {
        let folder = tempfile::tempdir().unwrap();
        let reading = crate::cli::Reading {
            simulate: Some(None),
            simulate_speed: Some(crate::cli::Speed::Max),
            fresh_world: false,
            store: None,
        };
        let session = Session::open(&reading, folder.path().to_owned(), Keep::Nothing).unwrap();
        let mut desired = sample::desired();
        desired.aws.account = AccountId::new("222222222222");
        desired.aws.profile = Some(ProfileName::new("Alpha002-Admin"));
        desired.cluster.identifier = ClusterId::new("Alpha002-dev-AuroraCluster");
        desired.cluster.instance_class = Some(InstanceClass::new("db.t3.large"));
        desired.cluster.apply_immediately = true;
        let options = Options {
            take_ownership: true,
            adopt: true,
            ..Options::default()
        };
        let facts = survey::for_plan(&session, &desired, options).await.unwrap();
        let approved = plan::plan(&desired, &facts.observed, options).unwrap();
        let style = Style::new(false);
        still_holds(&session, &desired, &approved, style)
            .await
            .unwrap();

        let mut before = approved.clone();
        before.actions.pop();
        let refusal = still_holds(&session, &desired, &before, style)
            .await
            .unwrap_err();
        assert_eq!(refusal.exit(), Exit::Refused);
        let text = refusal.render(false);
        assert!(text.contains("changed while the question waited"), "{text}");
        assert!(text.lines().any(|line| line.starts_with("+ ")), "{text}");
    }
}
