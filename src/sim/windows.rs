//! Weekly maintenance windows and daily backup windows, in UTC. In: `sun:07:00-sun:07:30` or `05:00-05:30`. Out: when they open.

use jiff::{Timestamp, ToSpan, civil::Weekday, tz::TimeZone};

use super::error::Error;

const MINUTES_PER_WEEK: i64 = 7 * 24 * 60;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A weekly window, in minutes since Monday 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Weekly {
    start_minute: i64,
    length_minutes: i64,
}

impl Weekly {
    /// `ddd:hh24:mi-ddd:hh24:mi`, at least 30 minutes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (start, end) = text.split_once('-')?;
        let minute_of = |text: &str| {
            let (day, time) = text.split_once(':')?;
            let day = DAYS
                .iter()
                .position(|name| name.eq_ignore_ascii_case(day))?;
            Some(day as i64 * 24 * 60 + minute_of_day(time)?)
        };
        let start_minute = minute_of(start)?;
        let length_minutes = (minute_of(end)? - start_minute).rem_euclid(MINUTES_PER_WEEK);
        (length_minutes >= 30).then_some(Self {
            start_minute,
            length_minutes,
        })
    }

    /// The next time it opens at or after `now`; `now` itself when it is open with at least 30 minutes left.
    pub(crate) fn opens(&self, now: Timestamp) -> Timestamp {
        let since_opening = (minute_of_week(now) - self.start_minute).rem_euclid(MINUTES_PER_WEEK);
        if since_opening + 30 <= self.length_minutes {
            return now;
        }
        let wait_minutes = (MINUTES_PER_WEEK - since_opening) % MINUTES_PER_WEEK;
        let whole_minute =
            Timestamp::from_second(now.as_second() - now.as_second().rem_euclid(60)).unwrap_or(now);
        whole_minute
            .checked_add(wait_minutes.minutes())
            .unwrap_or(now)
    }
}

/// Checks a maintenance window and returns it in lower case.
pub(crate) fn maintenance(text: &str) -> Result<String, Error> {
    match Weekly::parse(text) {
        Some(_) => Ok(text.to_ascii_lowercase()),
        None => Err(Error::invalid_value(format!(
            "Invalid maintenance window format: {text}. Use ddd:hh24:mi-ddd:hh24:mi, at least 30 minutes, in UTC."
        ))),
    }
}

/// Checks a backup window.
pub(crate) fn backup(text: &str) -> Result<String, Error> {
    let valid = text.split_once('-').and_then(|(start, end)| {
        let length = (minute_of_day(end)? - minute_of_day(start)?).rem_euclid(24 * 60);
        (length >= 30).then_some(())
    });
    match valid {
        Some(()) => Ok(text.to_owned()),
        None => Err(Error::invalid_value(format!(
            "Invalid backup window format: {text}. Use hh24:mi-hh24:mi, at least 30 minutes, in UTC."
        ))),
    }
}

/// Whether a daily backup window and a weekly maintenance window overlap, which RDS refuses.
pub(crate) fn overlap(backup: &str, maintenance: &str) -> bool {
    let daily = backup
        .split_once('-')
        .and_then(|(start, end)| Some((minute_of_day(start)?, minute_of_day(end)?)));
    let (Some((start, end)), Some(weekly)) = (daily, Weekly::parse(maintenance)) else {
        return false;
    };
    let length = (end - start).rem_euclid(24 * 60);
    (0..7).any(|day| {
        let distance = (day * 24 * 60 + start - weekly.start_minute).rem_euclid(MINUTES_PER_WEEK);
        distance < weekly.length_minutes || distance + length > MINUTES_PER_WEEK
    })
}

fn minute_of_day(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        text.parse::<i64>()
            .ok()
            .filter(|_| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()))
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

fn minute_of_week(time: Timestamp) -> i64 {
    let zoned = time.to_zoned(TimeZone::UTC);
    let day = i64::from(zoned.weekday().since(Weekday::Monday));
    day * 24 * 60 + i64::from(zoned.hour()) * 60 + i64::from(zoned.minute())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn opens(window: &str, now: &str) -> String {
        Weekly::parse(window)
            .unwrap()
            .opens(now.parse().unwrap())
            .to_string()
    }

    #[test]
    fn a_window_opens_next_week_when_it_has_closed_and_now_when_it_is_open() {
        // 2026-05-15 is a Friday.
        assert_eq!(
            opens("sun:07:00-sun:07:30", "2026-05-15T06:05:12Z"),
            "2026-05-17T07:00:00Z"
        );
        assert_eq!(
            opens("fri:06:00-fri:06:30", "2026-05-15T06:05:12Z"),
            "2026-05-22T06:00:00Z"
        );
        assert_eq!(
            opens("fri:06:00-fri:07:00", "2026-05-15T06:05:12Z"),
            "2026-05-15T06:05:12Z"
        );
        assert_eq!(
            opens("sun:23:45-mon:00:30", "2026-05-18T00:10:00Z"),
            "2026-05-24T23:45:00Z"
        );
    }

    #[test]
    fn windows_are_checked() {
        assert!(maintenance("Sun:07:00-Sun:07:30").is_ok());
        for text in [
            "sun:07:00-sun:07:29",
            "sunday:07:00-sun:08:00",
            "sun:7:00-sun:8:00",
            "07:00-08:00",
            "",
        ] {
            assert!(maintenance(text).is_err(), "{text}");
        }
        assert!(
            backup("23:45-00:15").is_ok()
                && backup("24:00-01:00").is_err()
                && backup("05:00-05:10").is_err()
        );
    }

    #[test]
    fn overlapping_windows_are_recognised() {
        assert!(overlap("07:10-07:40", "sun:07:00-sun:07:30"));
        assert!(overlap("06:45-07:15", "sun:07:00-sun:07:30"));
        assert!(!overlap("05:00-05:30", "sun:07:00-sun:07:30"));
    }
}
