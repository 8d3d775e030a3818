//! Before a point of no return: do the credentials outlive what must not be interrupted?
//!
//! Goes in: the action that is about to begin. Comes out: yes, or a pause with the command that goes on. Credentials that
//! end too soon are loaded again once, for a sign-on that was renewed meanwhile is all that it takes.

use super::run::Run;
use super::stop::{Stop, with_causes};
use crate::names::ActionId;
use crate::plan::Plan;
use crate::plan::action::{Action, Kind};
use crate::plan::forecast::seconds_once_begun;

/// What credentials must last beyond the forecast, in seconds: the looks that prove the end.
const MARGIN_SECONDS: u32 = 60;

impl Run<'_> {
    /// Whether the credentials last long enough to begin an action that interrupts. Others need no more than an answer.
    pub(super) async fn credentials_last(&self, action: &Action) -> Result<(), Stop> {
        if !action.kind.is_disruptive() {
            return Ok(());
        }
        let needed = self
            .record
            .ask(|replay| {
                uninterrupted_seconds(self.context.plan, action, &|id| {
                    replay.state(id).is_settled()
                })
            })
            .saturating_add(MARGIN_SECONDS);
        let Some(left) = self.credentials_seconds_left(action).await? else {
            return Ok(());
        };
        if left >= needed {
            return Ok(());
        }
        let client = self.context.client;
        let refreshed = client.refresh_credentials().await;
        let (left, unrefreshed) = match refreshed {
            Ok(()) => match self.credentials_seconds_left(action).await? {
                None => return Ok(()),
                Some(left) => (left, String::new()),
            },
            Err(error) => (
                left,
                format!("; they cannot be loaded again: {}", with_causes(&error)),
            ),
        };
        if left >= needed {
            self.record.remark(&format!(
                "the credentials were loaded again before `{}`: they are good for {left} s now",
                action.id
            ));
            return Ok(());
        }
        Err(Stop::Paused(format!(
            "before `{}`: the credentials expire in {left} s, and what must not be interrupted then takes about {needed} s; sign on again{unrefreshed}",
            action.id
        )))
    }

    async fn credentials_seconds_left(&self, action: &Action) -> Result<Option<u32>, Stop> {
        let left = self.context.client.credentials_seconds_left().await;
        left.map_err(|error| match Stop::of_aws(&error) {
            Stop::Paused(because) => Stop::Paused(format!("before `{}`: {because}", action.id)),
            stop => stop,
        })
    }
}

/// What must not be left half done once the action is begun, in seconds: the action itself; after a failover also the
/// restarts that follow it, so that nobody has to sign on while a member waits for its values.
fn uninterrupted_seconds(plan: &Plan, action: &Action, is_over: &dyn Fn(&ActionId) -> bool) -> u32 {
    let own = seconds_once_begun(action);
    if !matches!(action.kind, Kind::Failover { .. }) {
        return own;
    }
    plan.actions
        .iter()
        .skip_while(|other| other.id != action.id)
        .skip(1)
        .filter(|other| other.kind.is_disruptive() && !is_over(&other.id))
        .fold(own, |sum, other| sum.saturating_add(other.forecast.seconds))
}
