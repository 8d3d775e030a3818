//! The journal and the events of a run, written side by side: what is told to the reader was recorded first.

use super::facts::Facts;
use super::stop::Stop;
use crate::aws::Client;
use crate::event::Event;
use crate::journal::{self, Call, Kind, Outcome, Replay, State, Verdict, Writer};
use crate::names::ActionId;
use crate::plan::outage::Outage;
use crate::plan::verify::proof::Testimony;
use jiff::Timestamp;
use std::cell::RefCell;

/// The recording end of a run, shared by its concurrent steps. Everything happens on one thread, and nothing is
/// borrowed across an await.
pub(super) struct Record<'a> {
    client: &'a Client,
    writer: RefCell<Writer>,
    emit: RefCell<&'a mut dyn FnMut(&Event)>,
    began: Timestamp,
}

impl<'a> Record<'a> {
    pub(super) fn new(
        client: &'a Client,
        writer: Writer,
        emit: &'a mut dyn FnMut(&Event),
        began: Timestamp,
    ) -> Self {
        Self {
            client,
            writer: RefCell::new(writer),
            emit: RefCell::new(emit),
            began,
        }
    }

    /// AWS's clock; before its first reply, which no run begins without, the time at which the run began.
    pub(super) fn now(&self) -> Timestamp {
        self.client.now().unwrap_or(self.began)
    }

    /// Seconds of AWS's clock since an instant.
    pub(super) fn seconds_since(&self, instant: Timestamp) -> u32 {
        seconds_between(instant, self.now())
    }

    /// When the run began.
    pub(super) fn began(&self) -> Timestamp {
        self.began
    }

    /// Appends to the journal and syncs it.
    pub(super) fn write(&self, kind: Kind) -> Result<(), journal::Error> {
        self.writer.borrow_mut().append(self.now(), kind)
    }

    /// Tells the reader.
    pub(super) fn tell(&self, event: &Event) {
        (self.emit.borrow_mut())(event);
    }

    /// A question to the state that the journal tells.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&Replay) -> T) -> T {
        question(self.writer.borrow().replay())
    }

    /// Records what will be sent. Nothing may be sent if this fails.
    pub(super) fn intent(
        &self,
        action: &ActionId,
        call: Option<Call>,
        before: &Facts,
    ) -> Result<(), Stop> {
        // What only reads is begun anew after a crash, and needs no memory.
        let before = match &call {
            Some(_) => serde_json::to_value(before).ok(),
            None => None,
        };
        let attempt = self.ask(|replay| replay.attempts(action)).saturating_add(1);
        self.write(Kind::Intent {
            action: action.clone(),
            attempt,
            call,
            before,
        })
        .map_err(|error| Stop::of_journal(&error))
    }

    /// Records that AWS accepted the request. AWS has it even if the journal does not.
    pub(super) fn accepted(
        &self,
        action: &ActionId,
        request_id: Option<String>,
    ) -> Result<(), Stop> {
        self.write(Kind::Accepted {
            action: action.clone(),
            request_id,
        })
        .map_err(|error| unrecorded(action, &error))
    }

    /// Records what the live facts say of an action in doubt.
    pub(super) fn settled(
        &self,
        action: &ActionId,
        verdict: Verdict,
        because: &str,
    ) -> Result<(), Stop> {
        self.write(Kind::Settled {
            action: action.clone(),
            verdict,
            because: because.to_owned(),
        })
        .map_err(|error| unsaid(action, &error))
    }

    /// Records what PostgreSQL said of an action.
    pub(super) fn witnessed(&self, action: &ActionId, testimony: &Testimony) -> Result<(), Stop> {
        self.write(Kind::Witnessed {
            action: action.clone(),
            testimony: Box::new(testimony.clone()),
        })
        .map_err(|error| unsaid(action, &error))
    }

    /// Records what a client saw of an action's writer interruption.
    pub(super) fn measured(&self, action: &ActionId, outage: &Outage) -> Result<(), Stop> {
        self.write(Kind::Interruption {
            action: action.clone(),
            outage: Box::new(outage.clone()),
        })
        .map_err(|error| unsaid(action, &error))
    }

    /// Records that an action is done, and what proves it.
    pub(super) fn finished(
        &self,
        action: &ActionId,
        seconds: u32,
        proof: &str,
    ) -> Result<(), Stop> {
        self.write(Kind::Finished {
            action: action.clone(),
            seconds,
            proof: proof.to_owned(),
        })
        .map_err(|error| unsaid(action, &error))
    }

    /// Records that an action did not end well. The reason it failed for matters more than a journal that fails too.
    pub(super) fn failed(&self, action: &ActionId, outcome: Outcome, because: &str) {
        // A further attempt that finds itself impossible leaves the action as the last one left it.
        if self.ask(|replay| matches!(replay.state(action), State::Failed { .. })) {
            return self.remark(because);
        }
        let written = self.write(Kind::Failed {
            action: action.clone(),
            outcome,
            because: because.to_owned(),
        });
        if let Err(error) = written {
            self.remark(&error.to_string());
        }
    }

    /// Tells the reader something that stops nothing, and records it if the journal still takes it.
    pub(super) fn remark(&self, text: &str) {
        let _ = self.write(Kind::Remark {
            text: text.to_owned(),
        });
        self.tell(&Event::Remark {
            at: self.now(),
            text: text.to_owned(),
        });
    }
}

/// What was found out cannot be recorded: a pause where the bucket does not answer, or where another process goes on with
/// the run. Whoever goes on finds it out again.
fn unsaid(action: &ActionId, error: &journal::Error) -> Stop {
    match Stop::of_journal(error) {
        paused @ Stop::Paused(_) => paused,
        _ => unrecorded(action, error),
    }
}

fn unrecorded(action: &ActionId, error: &journal::Error) -> Stop {
    match Stop::of_journal(error) {
        Stop::Failed { because, hints } => Stop::Unknown {
            because: format!("`{action}` was sent, but cannot be recorded: {because}"),
            hints,
        },
        Stop::Paused(because) => Stop::Unknown {
            because: format!("`{action}` was sent, but cannot be recorded: {because}"),
            hints: Vec::new(),
        },
        other => other,
    }
}

/// Whole seconds from one instant to a later one; 0 where time went backwards.
pub(super) fn seconds_between(from: Timestamp, to: Timestamp) -> u32 {
    u32::try_from(to.duration_since(from).as_secs().max(0)).unwrap_or(u32::MAX)
}
