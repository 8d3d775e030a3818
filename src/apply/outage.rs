//! The writer interruption of an action, measured while it goes on: a client asks the cluster endpoint again and again
//! whether it takes writes.
//!
//! Goes in: a witness and a pause. Comes out: an entry in the journal, an event, and figures for the summary. Lengths are
//! taken from this process's own steady clock; instants are told on AWS's.

use super::record::Record;
use super::run::Run;
use super::step::Done;
use super::stop::Stop;
use crate::event::{Event, MeasuredStep, WriterInterruption};
use crate::journal::State;
use crate::names::{ActionId, InstanceId};
use crate::observed::Cluster;
use crate::observed::sql::Endpoint;
use crate::plan::action::Action;
use crate::plan::outage::{Failure, Outage, Seen, Watch};
use crate::sql::error::Kind;
use crate::sql::{Target, Trouble, Witness, Writes, targets};
use jiff::{SignedDuration, Timestamp};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

/// How long one attempt may take, on this process's clock. Whatever takes longer is no answer to an application either.
const ATTEMPT_MAX: Duration = Duration::from_secs(3);
/// How much longer than the action itself an interruption is watched, in seconds of AWS's clock.
const AFTERWARDS_SECONDS_MAX: f64 = 60.0;

/// How writer interruptions are measured.
#[derive(Clone, Debug)]
pub struct Probing {
    /// Who asks.
    pub witness: Witness,
    /// The pause between two probes, on this process's clock.
    pub interval: Duration,
    /// Seconds of AWS's clock per second of this process's clock: 1, but in a simulation in this process.
    pub speed: f64,
    /// How long all interruptions of a run may last, as declared.
    pub budget_seconds: Option<u32>,
}

/// What is known of the interruptions of a run.
#[derive(Debug, Default)]
pub(super) struct Watched {
    /// The endpoint that is asked.
    target: Option<Target>,
    under_way: RefCell<BTreeMap<ActionId, UnderWay>>,
    measured: RefCell<Vec<(ActionId, Outage)>>,
    looked: Notify,
}

#[derive(Debug)]
struct UnderWay {
    watch: Watch,
    /// The latest that AWS's clock can have been when the probing began, judged from its replies since.
    began: Timestamp,
}

impl Watched {
    /// With what earlier processes of the run measured.
    pub(super) fn new(cluster: Option<&Cluster>, earlier: &[(ActionId, Outage)]) -> Self {
        let targets = cluster.map(targets).unwrap_or_default();
        Self {
            target: targets
                .into_iter()
                .find(|target| target.endpoint == Endpoint::Cluster),
            measured: RefCell::new(earlier.to_vec()),
            ..Self::default()
        }
    }

    fn outage(&self, action: &ActionId) -> Option<Outage> {
        let under_way = self.under_way.borrow();
        let UnderWay { watch, began } = under_way.get(action)?;
        Some(watch.outage(*began))
    }

    fn is_failing(&self, action: &ActionId) -> bool {
        self.under_way
            .borrow()
            .get(action)
            .is_some_and(|under_way| under_way.watch.is_failing())
    }

    /// All of it for the summary; nothing where nothing was to be measured.
    pub(super) fn summary(
        &self,
        actions: &[Action],
        budget_seconds: Option<u32>,
    ) -> Option<WriterInterruption> {
        let forecast = |id: &ActionId| {
            let action = actions.iter().find(|action| action.id == *id);
            action.map_or(0, |action| action.forecast.writer_interruption_seconds)
        };
        let steps: Vec<MeasuredStep> = self
            .measured
            .borrow()
            .iter()
            .map(|(action, outage)| MeasuredStep {
                action: action.clone(),
                forecast_seconds: forecast(action),
                outage: outage.clone(),
            })
            .collect();
        (!steps.is_empty()).then(|| WriterInterruption::of(steps, budget_seconds))
    }
}

/// Does an action, and watches meanwhile whether writes are accepted.
pub(super) async fn watched(
    run: &Run<'_>,
    action: &Action,
    work: impl Future<Output = Result<Done, Stop>>,
) -> Result<Done, Stop> {
    let (Some(probing), Some(target)) = (&run.context.probing, &run.watched.target) else {
        return work.await;
    };
    if !action.kind.is_disruptive() {
        return work.await;
    }
    let began_late = run.record.ask(|replay| replay.state(&action.id).is_begun());
    let mut writes = Writes::new(&probing.witness, target, ATTEMPT_MAX);
    let watch = Watch::new(in_milliseconds(probing.interval, probing.speed), began_late);
    let began = Instant::now();
    let under_way = UnderWay {
        watch,
        began: run.record.now(),
    };
    // Whoever cannot write before anything was asked for cannot measure what that interrupts.
    let mut first = writes.once().await;
    if first.is_err() && !began_late {
        sleep(probing.interval).await;
        first = writes.once().await;
    }
    if let (Err(trouble), false) = (&first, began_late) {
        let outage = Outage::not_measured(trouble.to_string());
        let result = work.await;
        if was_asked_for(run, action)
            && let Err(stop) = keep(run, action, outage)
        {
            run.record.remark(&stop_in_words(&stop));
        }
        return result;
    }
    run.watched
        .under_way
        .borrow_mut()
        .insert(action.id.clone(), under_way);
    see(run, action, probing, began, Instant::now(), first);
    let result = {
        let mut watching = pin!(watch_on(run, action, probing, began, &mut writes));
        let mut work = pin!(work);
        tokio::select! {
            biased;
            result = &mut work => result,
            () = &mut watching => work.await,
        }
    };
    writes.close().await;
    let outage = run.watched.outage(&action.id);
    // An action that did not end well has its figures too; those of one that did are kept already.
    if let Some(outage) = outage
        && result.is_err()
        && was_asked_for(run, action)
        && let Err(stop) = keep(run, action, outage)
    {
        run.record.remark(&stop_in_words(&stop));
    }
    run.watched.under_way.borrow_mut().remove(&action.id);
    result
}

/// Whether the action came so far that anything can have been interrupted.
fn was_asked_for(run: &Run<'_>, action: &Action) -> bool {
    let state = run.record.ask(|replay| replay.state(&action.id));
    state == State::Finished || run.record.ask(|replay| replay.attempts(&action.id) > 0)
}

/// Waits until writes are accepted again, within reason, and keeps what was measured. To be called when the action is
/// proven and before it is called done.
pub(super) async fn over(run: &Run<'_>, action: &Action) -> Result<(), Stop> {
    let Some(probing) = &run.context.probing else {
        return Ok(());
    };
    let limit = Duration::try_from_secs_f64(AFTERWARDS_SECONDS_MAX / probing.speed);
    let accepted = async {
        loop {
            let looked = run.watched.looked.notified();
            if !run.watched.is_failing(&action.id) {
                return;
            }
            looked.await;
        }
    };
    tokio::select! {
        biased;
        () = run.interruption() => {}
        // Told as an interruption whose end was not seen.
        _ = timeout(limit.unwrap_or(ATTEMPT_MAX), accepted) => {}
    }
    match run.watched.outage(&action.id) {
        Some(outage) => keep(run, action, outage),
        None => Ok(()),
    }
}

/// Probes until it is dropped, one attempt at a time.
async fn watch_on(
    run: &Run<'_>,
    action: &Action,
    probing: &Probing,
    began: Instant,
    writes: &mut Writes<'_>,
) {
    let mut due = interval_at(Instant::now() + probing.interval, probing.interval);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        due.tick().await;
        let at = Instant::now();
        let seen = writes.once().await;
        see(run, action, probing, began, at, seen);
    }
}

fn see(
    run: &Run<'_>,
    action: &Action,
    probing: &Probing,
    began: Instant,
    at: Instant,
    seen: Result<Option<InstanceId>, Trouble>,
) {
    let milliseconds = in_milliseconds(at.saturating_duration_since(began), probing.speed);
    let seen = match seen {
        Ok(member) => Seen::Writes(member),
        Err(trouble) => Seen::Failed(failure(&trouble)),
    };
    if let Some(under_way) = run.watched.under_way.borrow_mut().get_mut(&action.id) {
        under_way.watch.see(milliseconds, &seen);
        // AWS's clock is read in whole seconds and only with replies, so that it is never too late.
        let elapsed = in_milliseconds(began.elapsed(), probing.speed);
        let since = SignedDuration::from_millis(i64::try_from(elapsed).unwrap_or(0));
        if let Ok(zero) = run.record.now().checked_sub(since) {
            under_way.began = under_way.began.max(zero);
        }
    }
    run.watched.looked.notify_waiters();
}

/// In the journal first, then to the reader.
fn keep(run: &Run<'_>, action: &Action, outage: Outage) -> Result<(), Stop> {
    let Run {
        record, watched, ..
    } = run;
    tell(record, action, &outage)?;
    watched
        .measured
        .borrow_mut()
        .push((action.id.clone(), outage));
    Ok(())
}

fn tell(record: &Record<'_>, action: &Action, outage: &Outage) -> Result<(), Stop> {
    record.measured(&action.id, outage)?;
    record.tell(&Event::Interruption {
        at: record.now(),
        action: action.id.clone(),
        forecast_seconds: action.forecast.writer_interruption_seconds,
        outage: outage.clone(),
    });
    Ok(())
}

fn failure(trouble: &Trouble) -> Failure {
    match trouble {
        Trouble::ReadOnly => Failure::ReadOnly,
        Trouble::TooSlow => Failure::Timeout,
        Trouble::Failed(error) => match error.kind {
            Kind::Unreachable => Failure::Refused,
            Kind::Lost | Kind::Tunnel => Failure::Dropped,
            Kind::NotReady => Failure::NotReady,
            Kind::Timeout => Failure::Timeout,
            Kind::Login | Kind::Tls | Kind::Credentials => Failure::Login,
            Kind::Statement if error.code() == Some("25006") => Failure::ReadOnly,
            Kind::Statement => Failure::Other,
        },
    }
}

/// A length of this process's clock in milliseconds of AWS's.
fn in_milliseconds(length: Duration, speed: f64) -> u64 {
    let scaled = Duration::try_from_secs_f64(length.as_secs_f64() * speed).unwrap_or(length);
    // A paused clock and a scaled one differ by less than the rounding.
    u64::try_from((scaled.as_micros() + 500) / 1000).unwrap_or(u64::MAX)
}

fn stop_in_words(stop: &Stop) -> String {
    match stop {
        Stop::Failed { because, .. } | Stop::Unknown { because, .. } => because.clone(),
        Stop::Paused(because) | Stop::WorldMoved(because) => because.clone(),
        Stop::Interrupted | Stop::Withdrawn => "the interruption was not recorded".to_owned(),
    }
}
