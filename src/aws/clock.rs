//! AWS's clock: the Date header of every reply, refusals included.
//!
//! Windows and deadlines are judged by it, because the operator's own clock may be wrong, and a simulated one is.

use aws_sdk_rds::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_rds::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_rds::error::BoxError;
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::UNIX_EPOCH;

/// Listens to the replies of the clients that it is given to. Clones share one time.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    /// Seconds since 1970; `i64::MIN` before the first reply.
    seconds: Arc<AtomicI64>,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            seconds: Arc::new(AtomicI64::new(i64::MIN)),
        }
    }
}

impl Clock {
    /// The Date of the latest reply.
    pub(super) fn now(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.seconds.load(Ordering::Relaxed)).ok()
    }

    fn hear(&self, date: &str) {
        let seconds = httpdate::parse_http_date(date)
            .ok()
            .and_then(|date| date.duration_since(UNIX_EPOCH).ok())
            .and_then(|since| i64::try_from(since.as_secs()).ok());
        if let Some(seconds) = seconds {
            self.seconds.store(seconds, Ordering::Relaxed);
        }
    }
}

impl Intercept for Clock {
    fn name(&self) -> &'static str {
        "Clock"
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(date) = context.response().headers().get("date") {
            self.hear(date);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_stands_at_nothing_until_a_reply_carries_a_date() {
        let clock = Clock::default();
        assert_eq!(clock.now(), None);
        clock.hear("yesterday");
        assert_eq!(clock.now(), None);
        clock.hear("Fri, 15 May 2026 06:05:00 GMT");
        assert_eq!(
            clock.now().map(|now| now.to_string()).as_deref(),
            Some("2026-05-15T06:05:00Z")
        );
    }
}
