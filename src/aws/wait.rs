//! Waiting until something asked of AWS is true. A wait is never "status is available": right after a failover, a
//! class change or a modification AWS still shows the old, available state for up to 90 seconds.
//!
//! Goes in: a look that reads AWS and names what it sees, and how patient to be. Comes out: proof, or why not.

use super::client::Client;
use super::error::Error;
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// Looks before a deadline counts. AWS's clock may pass a whole deadline between two of them: while a machine sleeps, or in a
/// fast simulation.
pub const LOOKS_MIN: u32 = 3;

/// What one look at AWS shows, each with a short text for the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// The state of before; nothing shows that the operation began.
    Waiting(String),
    /// The leading edge: a status, a role, a queue or an event shows that the operation began and has not ended.
    Begun(String),
    /// The end state, all facts together, where the state before could look the same.
    Good(String),
    /// The end state, all facts together, where it differs from the state before: it proves that the operation began.
    Proven(String),
    /// The operation failed, and waiting longer cannot mend it.
    Failed(String),
}

/// How long to wait, and what to accept. Except for the poll interval, time is AWS's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The pause between two looks, in the time of this process.
    pub poll_interval: Duration,
    /// How many times in a row the end state must be seen; less than one counts as one.
    pub good_looks: u32,
    /// Seconds from the start until the wait ends without result; with 0 there is one look. Otherwise the end state is looked
    /// for at least three times, and once seen it may still be confirmed.
    pub deadline_seconds: u32,
    /// Seconds from the start after which the end state is accepted even if no leading edge was seen: longer than AWS
    /// is known to show the state of before. A short operation can begin and end between two looks.
    pub lead_seconds: u32,
}

/// How a wait ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waited {
    /// Whether it was seen that the operation began; otherwise only `lead_seconds` speak for it.
    pub begun: bool,
    /// Seconds on AWS's clock.
    pub seconds: u32,
    /// Looks that were answered.
    pub looks: u32,
    /// Looks that could not be answered.
    pub failed_reads: u32,
    /// What the last look showed.
    pub seen: String,
}

/// Why a wait did not end well.
#[derive(Debug)]
pub enum WaitError {
    /// The look says that the operation failed.
    Failed {
        /// What it saw.
        seen: String,
    },
    /// The deadline passed; the outcome is not known.
    Deadline {
        /// The deadline.
        seconds: u32,
        /// What was seen last.
        seen: String,
    },
    /// AWS could not be read, and reading again would not help. The outcome is not known.
    Read(Error),
}

impl std::fmt::Display for WaitError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Failed { seen } => formatter.write_str(seen),
            Self::Deadline { seconds, seen } => {
                write!(formatter, "not there after {seconds} s; last seen: {seen}")
            }
            Self::Read(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for WaitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read(error) => std::error::Error::source(error),
            Self::Failed { .. } | Self::Deadline { .. } => None,
        }
    }
}

/// Looks again and again until the end state is proven, the operation fails, or the deadline passes. `seen` hears each
/// text that differs from the one before.
pub async fn until(
    client: &Client,
    patience: Patience,
    look: impl AsyncFnMut() -> Result<Look, Error>,
    seen: impl FnMut(&str),
) -> Result<Waited, WaitError> {
    until_by(|| client.now(), patience, look, seen).await
}

/// The wait itself, on any clock.
async fn until_by(
    now: impl Fn() -> Option<Timestamp>,
    patience: Patience,
    mut look: impl AsyncFnMut() -> Result<Look, Error>,
    mut seen: impl FnMut(&str),
) -> Result<Waited, WaitError> {
    let mut started = now();
    let mut answered = Instant::now();
    let mut begun = false;
    let mut good_in_a_row = 0;
    let mut looks = 0;
    let mut failed_reads = 0;
    let mut last = String::from("nothing yet");
    loop {
        let result = look().await;
        if result.is_ok() {
            answered = Instant::now();
            looks += 1;
        }
        // Before the first reply of a connection there is no AWS time to count from.
        started = started.or_else(&now);
        // Where replies fail to come, AWS's clock stands still for us; then our own goes on from the last answer.
        let seconds = whole_seconds(started, now())
            .saturating_add(u32::try_from(answered.elapsed().as_secs()).unwrap_or(u32::MAX));
        let (text, good) = match result {
            Ok(Look::Waiting(text)) => (text, false),
            Ok(Look::Begun(text)) => {
                begun = true;
                (text, false)
            }
            Ok(Look::Good(text)) => (text, true),
            Ok(Look::Proven(text)) => {
                begun = true;
                (text, true)
            }
            Ok(Look::Failed(text)) => {
                seen(&text);
                return Err(WaitError::Failed { seen: text });
            }
            Err(error) if error.is_transient() => {
                failed_reads += 1;
                (
                    format!("cannot look ({failed_reads} times): {error}"),
                    false,
                )
            }
            Err(error) => return Err(WaitError::Read(error)),
        };
        if text != last {
            seen(&text);
            last = text;
        }
        good_in_a_row = if good { good_in_a_row + 1 } else { 0 };
        let led = begun || seconds >= patience.lead_seconds;
        if led && good_in_a_row >= patience.good_looks.max(1) {
            return Ok(Waited {
                begun,
                seconds,
                looks,
                failed_reads,
                seen: last,
            });
        }
        let tries: u32 = looks + failed_reads;
        let is_early = patience.deadline_seconds > 0 && tries < LOOKS_MIN;
        let is_being_confirmed = led && good;
        if seconds >= patience.deadline_seconds && !is_early && !is_being_confirmed {
            return Err(WaitError::Deadline {
                seconds: patience.deadline_seconds,
                seen: last,
            });
        }
        tokio::time::sleep(patience.poll_interval).await;
    }
}

/// Seconds between two instants of AWS's clock; 0 where one is missing or time went backwards.
fn whole_seconds(from: Option<Timestamp>, to: Option<Timestamp>) -> u32 {
    match (from, to) {
        (Some(from), Some(to)) => {
            u32::try_from(to.duration_since(from).as_secs().max(0)).unwrap_or(u32::MAX)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;
    use crate::aws::error::ErrorKind;
    use std::cell::{Cell, RefCell};
    use std::collections::VecDeque;

    const PATIENCE: Patience = Patience {
        poll_interval: Duration::from_secs(5),
        good_looks: 3,
        deadline_seconds: 100,
        lead_seconds: 60,
    };

    /// Plays the looks, the last one for ever, on an AWS clock that is as fast as tokio's and moves with each answer.
    async fn play(
        patience: Patience,
        looks: impl IntoIterator<Item = Result<Look, Error>>,
        last: Look,
    ) -> (Result<Waited, WaitError>, Vec<String>) {
        let began = Instant::now();
        let clock = Cell::new(Timestamp::UNIX_EPOCH);
        let mut looks: VecDeque<_> = looks.into_iter().collect();
        let seen = RefCell::new(Vec::new());
        let result = until_by(
            || Some(clock.get()),
            patience,
            async || {
                let look = looks.pop_front().unwrap_or_else(|| Ok(last.clone()));
                if look.is_ok() {
                    let seconds = i64::try_from(began.elapsed().as_secs()).unwrap();
                    clock.set(Timestamp::from_second(seconds).unwrap());
                }
                look
            },
            |text| seen.borrow_mut().push(text.to_owned()),
        )
        .await;
        (result, seen.into_inner())
    }

    fn waiting(text: &str) -> Result<Look, Error> {
        Ok(Look::Waiting(text.to_owned()))
    }

    fn begun(text: &str) -> Result<Look, Error> {
        Ok(Look::Begun(text.to_owned()))
    }

    fn good(text: &str) -> Look {
        Look::Good(text.to_owned())
    }

    fn unanswered(kind: ErrorKind) -> Result<Look, Error> {
        Err(Error::of_kind("DescribeDBClusters", "orders", kind))
    }

    #[tokio::test(flavor = "current_thread", start_paused = true)]
    async fn the_available_state_of_before_is_not_taken_for_the_end() {
        let looks = [
            Ok(good("available")),
            Ok(good("available")),
            Ok(good("available")),
            Ok(good("available")),
            begun("rebooting"),
            Ok(good("available")),
            Ok(good("available")),
        ];
        let (result, seen) = play(PATIENCE, looks, good("available")).await;
        assert_eq!(
            result.unwrap(),
            Waited {
                begun: true,
                seconds: 35,
                looks: 8,
                failed_reads: 0,
                seen: "available".to_owned()
            }
        );
        assert_eq!(seen, ["available", "rebooting", "available"]);
    }

    #[tokio::test(flavor = "current_thread", start_paused = true)]
    async fn an_end_state_unlike_the_state_before_needs_no_leading_edge() {
        let (result, _) = play(
            PATIENCE,
            [waiting("orders-1 writes")],
            Look::Proven("orders-2 writes".to_owned()),
        )
        .await;
        let waited = result.unwrap();
        assert_eq!((waited.begun, waited.seconds), (true, 15));
    }

    #[tokio::test(flavor = "current_thread", start_paused = true)]
    async fn an_end_state_that_does_not_last_starts_the_count_anew() {
        let looks = [
            begun("modifying"),
            Ok(good("available")),
            Ok(good("available")),
            begun("configuring-enhanced-monitoring"),
        ];
        let (result, _) = play(PATIENCE, looks, good("available")).await;
        assert_eq!(result.unwrap().looks, 7);
    }

    #[tokio::test(flavor = "current_thread", start_paused = true)]
    async fn an_operation_missed_between_two_looks_is_accepted_after_the_lead_time() {
        let (result, _) = play(PATIENCE, [], good("available")).await;
        let waited = result.unwrap();
        assert_eq!((waited.begun, waited.seconds), (false, 60));
    }

    #[tokio::test(flavor = "current_thread", start_paused = true)]
    async fn a_failure_ends_the_wait_at_once() {
        let failed = Look::Failed("orders-2 is storage-full".to_owned());
        let (result, seen) = play(PATIENCE, [begun("modifying")], failed).await;
        assert_eq!(result.unwrap_err().to_string(), "orders-2 is storage-full");
        assert_eq!(seen, ["modifying", "orders-2 is storage-full"]);
    }

    #[tokio::test(flavor = "current_thread", start_paused = true)]
    async fn a_deadline_that_passes_between_two_looks_leaves_time_to_see_the_end() {
        let leaps = Patience {
            poll_interval: Duration::from_secs(3000),
            ..PATIENCE
        };
        let proven = || Look::Proven("orders-2 writes".to_owned());
        let (result, _) = play(leaps, [waiting("orders-1 writes")], proven()).await;
        assert_eq!(result.unwrap().looks, 4);
        // What is seen late, but again and again something else, is not waited for without end.
        let looks = [waiting("a"), Ok(proven()), waiting("b"), Ok(proven())];
        let (result, seen) = play(leaps, looks, proven()).await;
        assert!(matches!(result, Err(WaitError::Deadline { .. })));
        assert_eq!(seen, ["a", "orders-2 writes", "b"]);
    }

    #[tokio::test(flavor = "current_thread", start_paused = true)]
    async fn the_deadline_says_what_was_seen_last() {
        let last = Look::Waiting("still orders-1".to_owned());
        let (result, _) = play(PATIENCE, [], last).await;
        assert_eq!(
            result.unwrap_err().to_string(),
            "not there after 100 s; last seen: still orders-1"
        );
    }

    #[tokio::test(flavor = "current_thread", start_paused = true)]
    async fn lost_replies_are_counted_and_shown_and_do_not_end_the_wait() {
        let looks = [
            begun("rebooting"),
            unanswered(ErrorKind::Interrupted),
            unanswered(ErrorKind::Throttled),
        ];
        let (result, seen) = play(PATIENCE, looks, good("available")).await;
        let waited = result.unwrap();
        assert_eq!((waited.looks, waited.failed_reads), (4, 2));
        assert_eq!(
            seen,
            [
                "rebooting",
                "cannot look (1 times): DescribeDBClusters orders: sent, but no whole reply came",
                "cannot look (2 times): DescribeDBClusters orders: failed without an error code",
                "available",
            ]
        );
    }

    #[tokio::test(flavor = "current_thread", start_paused = true)]
    async fn a_deadline_holds_even_when_no_reply_moves_the_clock() {
        let looks = (0..30).map(|_| unanswered(ErrorKind::Unreachable));
        let (result, _) = play(PATIENCE, looks, good("available")).await;
        let Err(WaitError::Deadline { seconds: 100, seen }) = result else {
            panic!("{result:?}");
        };
        assert!(seen.contains("no connection to AWS"), "{seen}");
    }

    #[tokio::test(flavor = "current_thread", start_paused = true)]
    async fn expired_credentials_end_the_wait_as_they_are() {
        let looks = [unanswered(ErrorKind::ExpiredCredentials)];
        let (result, _) = play(PATIENCE, looks, good("available")).await;
        let Err(WaitError::Read(error)) = result else {
            panic!("{result:?}");
        };
        assert_eq!(error.kind(), ErrorKind::ExpiredCredentials);
    }

    #[tokio::test(flavor = "current_thread", start_paused = true)]
    async fn a_clock_faster_than_ours_brings_the_deadline_sooner() {
        let hours = Cell::new(0);
        let result = until_by(
            || Timestamp::from_second(hours.get() * 3600).ok(),
            PATIENCE,
            async || {
                hours.set(hours.get() + 1);
                waiting("nothing")
            },
            |_| {},
        )
        .await;
        assert!(matches!(result, Err(WaitError::Deadline { .. })));
        // The first look already took an hour of AWS's time; two more may still find the end.
        assert_eq!(hours.get(), i64::from(LOOKS_MIN));
    }
}
