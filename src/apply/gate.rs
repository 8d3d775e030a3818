//! A gate: the run waits until a person approves it, here or from another machine over the store.
//!
//! Goes in: the gate as planned. Comes out: done, with who approved it; or a pause, in which the cluster stays held for the
//! run. The approval is looked for in the store; the journal has one writer only.

use super::facts::Facts;
use super::run::Run;
use super::step::{Done, tell_finished};
use super::stop::{Stop, with_causes};
use crate::aws::observe;
use crate::event::Event;
use crate::observed::Backend;
use crate::plan::action::Action;
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// Waits for the approval.
pub(super) async fn perform(
    run: &Run<'_>,
    action: &Action,
    gate: &str,
    message: &str,
    wait_seconds: u32,
    started: Timestamp,
) -> Result<Done, Stop> {
    run.may_send(action)?;
    // From here on `approve` takes an approval.
    run.record.intent(&action.id, None, &Facts::default())?;
    mark(run, action, Some((gate, message)))?;
    run.waits_at_gate.set(true);
    run.record.tell(&Event::GateReached {
        at: run.record.now(),
        action: action.id.clone(),
        gate: gate.to_owned(),
        message: message.to_owned(),
        approve: approve(run, gate),
    });
    let proof = Box::pin(approval(run, action, gate, message, wait_seconds, started)).await?;
    run.waits_at_gate.set(false);
    mark(run, action, None)?;
    // AWS's clock stood still meanwhile. The action behind the gate looks for itself, so that an error is no reason to stop.
    let _ = observe::cluster(run.context.client, &run.context.plan.target.cluster).await;
    run.record
        .finished(&action.id, run.record.seconds_since(started), &proof)?;
    tell_finished(run, action, started, proof);
    Ok(Done::Carried)
}

/// What a person types.
fn approve(run: &Run<'_>, gate: &str) -> String {
    let id = &run.context.run;
    // The same folder and back end as for `resume`.
    let resume = &run.context.commands.resume;
    let more = resume
        .strip_prefix(&format!("auroractl resume {id}"))
        .unwrap_or_default();
    format!("auroractl approve {id} {gate}{more}")
}

fn mark(run: &Run<'_>, action: &Action, gate: Option<(&str, &str)>) -> Result<(), Stop> {
    run.lease
        .borrow_mut()
        .wait_at(gate)
        .map_err(|error| Stop::Paused(format!("at `{}`: {error}", action.id)))
}

/// Who approved it, in words.
async fn approval(
    run: &Run<'_>,
    action: &Action,
    gate: &str,
    message: &str,
    wait_seconds: u32,
    started: Timestamp,
) -> Result<String, Stop> {
    let context = run.context;
    let is_simulated = matches!(context.client.backend(), Backend::Simulated { .. });
    let began = Instant::now();
    let mut unread = None;
    loop {
        match run.folder.approval(context.plan, &action.id) {
            Ok(Some(approval)) => return Ok(approval.in_words()),
            Ok(None) => {}
            // A store that does not answer may answer again.
            Err(error) => {
                let seen = format!("the approval cannot be looked for: {}", with_causes(&error));
                if unread.as_ref() != Some(&seen) {
                    run.tell_waiting(action, &seen);
                    unread = Some(seen);
                }
            }
        }
        if run.stopping.get() {
            return Err(Stop::Withdrawn);
        }
        // Simulated time passes with requests; on the wall nobody need be asked to know how long it took.
        let waited = if is_simulated {
            let _ = observe::cluster(context.client, &context.plan.target.cluster).await;
            run.record.seconds_since(started)
        } else {
            u32::try_from(began.elapsed().as_secs()).unwrap_or(u32::MAX)
        };
        if waited >= wait_seconds {
            return Err(Stop::Paused(format!(
                "`{}` waits for a person, and the cluster stays held for this run: {message}; approve it: {}",
                action.id,
                approve(run, gate)
            )));
        }
        let pause = context
            .poll_interval
            .min(Duration::from_secs(u64::from(wait_seconds)));
        tokio::select! {
            biased;
            () = run.interruption() => return Err(Stop::Interrupted),
            () = tokio::time::sleep(pause) => {}
        }
    }
}
