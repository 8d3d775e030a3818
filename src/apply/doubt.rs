//! No answer came to a request that changes something: did AWS do it? Live facts decide, after the longest time for
//! which AWS is known to show nothing.
//!
//! Goes in: what was read before the intent. Comes out: evidence that it happened, or a question to the reader. It is
//! never sent again here.

use super::facts::{self, Needs};
use super::judge::{Memory, judge};
use super::run::Run;
use super::step;
use super::stop::{Stop, with_causes};
use crate::aws;
use crate::aws::wait::{self, Look, Patience, WaitError};
use crate::journal::Verdict;
use crate::plan::action::{Action, Kind};
use jiff::Timestamp;

/// For how many seconds of AWS's clock AWS may show nothing of an action that it accepted. Observed on Aurora
/// PostgreSQL 16.6: a failover up to 14 s, a class change up to 90 s; both with a wide margin.
fn lag_seconds(kind: &Kind) -> u32 {
    match kind {
        Kind::Failover { .. } | Kind::Reboot { .. } => 60,
        Kind::Flush { .. } | Kind::ChangeClass { .. } => 180,
        _ => 30,
    }
}

/// Looks for evidence that a request without an answer was carried out, and records it.
pub(super) async fn settle(
    run: &Run<'_>,
    action: &Action,
    memory: &mut Memory,
    expires: Option<Timestamp>,
    error: &aws::Error,
) -> Result<(), Stop> {
    let client = run.context.client;
    let plan = run.context.plan;
    let needs = Needs::of(&action.kind, &run.context.run);
    let lag_seconds = lag_seconds(&action.kind);
    let patience = Patience {
        poll_interval: run.context.poll_interval,
        good_looks: 1,
        deadline_seconds: lag_seconds,
        lead_seconds: 0,
    };
    let since = memory.since;
    let looking = wait::until(
        client,
        patience,
        async || {
            let facts = facts::read(client, &plan.target.cluster, &needs, Some(since)).await?;
            Ok(as_evidence(judge(
                plan,
                &action.kind,
                expires,
                memory,
                &facts,
            )))
        },
        |seen| {
            run.tell_waiting(
                action,
                &format!("no answer came; looking for evidence: {seen}"),
            )
        },
    );
    let doubt = |found: String| Stop::Unknown {
        because: format!(
            "`{}`: no answer came ({}); {found}",
            action.id,
            with_causes(error)
        ),
        hints: step::where_to_look(run, action),
    };
    let result = tokio::select! {
        biased;
        () = run.interruption() => return Err(doubt("interrupted while looking for evidence".to_owned())),
        result = looking => result,
    };
    match result {
        Ok(waited) => run
            .record
            .settled(&action.id, Verdict::Happened, &waited.seen),
        Err(WaitError::Deadline { seen, .. }) => Err(doubt(format!(
            "nothing shows after {lag_seconds} s that AWS did it: {seen}"
        ))),
        Err(WaitError::Failed { seen }) => Err(doubt(seen)),
        Err(WaitError::Read(unreadable)) => Err(doubt(format!(
            "evidence cannot be read: {}",
            with_causes(&unreadable)
        ))),
    }
}

/// Only what differs from the state before is evidence; an end state that looked the same before proves nothing.
fn as_evidence(look: Look) -> Look {
    match look {
        Look::Begun(text) | Look::Proven(text) => Look::Proven(text),
        Look::Waiting(text) | Look::Good(text) => Look::Waiting(text),
        Look::Failed(text) => Look::Failed(text),
    }
}
