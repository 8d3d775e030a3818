//! The window: the time in which writer interruptions may begin.
//!
//! Goes in: a weekly or single time span with its time zone, and an instant. Comes out: the occurrence that holds the
//! instant, or the next one. Time zones and their jumps are jiff's work.

use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// When writer interruptions may begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The days and hours, in the zone's local time.
    pub schedule: Schedule,
    /// An IANA time zone name, such as `America/Los_Angeles`.
    pub time_zone: String,
    /// The declaration's own spelling, for messages.
    pub as_written: String,
}

/// The two ways to declare a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Each week.
    Weekly {
        /// 1 is Monday, 7 is Sunday.
        weekday: i8,
        /// The local time at which it opens.
        opens: Time,
        /// How long it stays open, in minutes.
        length_minutes: u32,
    },
    /// Once.
    Once {
        /// The local date and time at which it opens.
        opens: DateTime,
        /// How long it stays open, in minutes.
        length_minutes: u32,
    },
}

/// One opening of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// The first instant inside.
    pub opens: Timestamp,
    /// The first instant after.
    pub closes: Timestamp,
}

impl Occurrence {
    /// Whether the instant lies inside.
    pub fn contains(&self, instant: Timestamp) -> bool {
        self.opens <= instant && instant < self.closes
    }

    /// Seconds from the instant until the window closes; negative after it.
    pub fn seconds_left(&self, instant: Timestamp) -> i64 {
        self.closes.as_second() - instant.as_second()
    }
}

impl Window {
    /// The occurrence that contains the instant, or else the next one; `None` when a single window is over or the
    /// zone is not known to this machine.
    pub fn occurrence(&self, instant: Timestamp) -> Option<Occurrence> {
        let zone = TimeZone::get(&self.time_zone).ok()?;
        match self.schedule {
            Schedule::Once {
                opens,
                length_minutes,
            } => {
                let occurrence = occurrence_at(opens, length_minutes, &zone)?;
                (instant < occurrence.closes).then_some(occurrence)
            }
            Schedule::Weekly {
                weekday,
                opens,
                length_minutes,
            } => {
                let weekday = Weekday::from_monday_one_offset(weekday).ok()?;
                let today = instant.to_zoned(zone.clone()).date();
                // Nine days back covers a window that opened last week and is longer than a day.
                let mut date = today.checked_sub(9.days()).ok()?;
                for _ in 0..18 {
                    if date.weekday() == weekday {
                        let occurrence =
                            occurrence_at(date.to_datetime(opens), length_minutes, &zone)?;
                        if instant < occurrence.closes {
                            return Some(occurrence);
                        }
                    }
                    date = date.tomorrow().ok()?;
                }
                None
            }
        }
    }
}

fn occurrence_at(opens: DateTime, length_minutes: u32, zone: &TimeZone) -> Option<Occurrence> {
    // A local time that a clock change skips opens at the first instant after the gap, as jiff resolves it.
    let opens = opens.to_zoned(zone.clone()).ok()?.timestamp();
    let closes = opens
        .checked_add(SignedDuration::from_mins(i64::from(length_minutes)))
        .ok()?;
    Some(Occurrence { opens, closes })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn thursday_night() -> Window {
        Window {
            schedule: Schedule::Weekly {
                weekday: 4,
                opens: Time::constant(23, 0, 0, 0),
                length_minutes: 180,
            },
            time_zone: "America/Los_Angeles".to_owned(),
            as_written: "Thu 23:00-02:00".to_owned(),
        }
    }

    #[test]
    fn a_weekly_window_is_open_past_midnight() {
        let instant: Timestamp = "2026-05-15T08:30:00Z".parse().unwrap();
        let occurrence = thursday_night().occurrence(instant).unwrap();
        assert!(occurrence.contains(instant));
        assert_eq!(occurrence.opens.to_string(), "2026-05-15T06:00:00Z");
        assert_eq!(occurrence.closes.to_string(), "2026-05-15T09:00:00Z");
    }

    #[test]
    fn outside_it_the_next_occurrence_is_named() {
        let instant: Timestamp = "2026-05-15T09:00:00Z".parse().unwrap();
        let occurrence = thursday_night().occurrence(instant).unwrap();
        assert!(!occurrence.contains(instant));
        assert_eq!(occurrence.opens.to_string(), "2026-05-22T06:00:00Z");
    }

    #[test]
    fn a_single_window_that_is_over_has_no_occurrence() {
        let window = Window {
            schedule: Schedule::Once {
                opens: "2026-05-14T23:00".parse().unwrap(),
                length_minutes: 180,
            },
            time_zone: "America/Los_Angeles".to_owned(),
            as_written: "2026-05-14T23:00 for 3h".to_owned(),
        };
        assert!(
            window
                .occurrence("2026-05-15T09:00:00Z".parse().unwrap())
                .is_none()
        );
    }
}
