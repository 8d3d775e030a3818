//! AWS's own maintenance window: when the service itself may restart a member and flush its queue.
//!
//! Goes in: the window as RDS spells it, in UTC, and an instant. Comes out: the instant of its next opening.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The next opening after `after` of a window such as `sun:08:00-sun:08:30` (RDS API Reference,
/// PreferredMaintenanceWindow); the one that is open at `after` counts. `None` when the text is not of that form.
pub fn next_opening(window: &str, after: Timestamp) -> Option<Timestamp> {
    let (opens, closes) = window.split_once('-')?;
    let (opens_day, opens_at) = day_and_time(opens)?;
    let (closes_day, closes_at) = day_and_time(closes)?;
    let today = after.to_zoned(TimeZone::UTC).date();
    let mut date = today.checked_sub(8.days()).ok()?;
    for _ in 0..17 {
        if date.weekday() == opens_day {
            let opening = date.to_datetime(opens_at).to_zoned(TimeZone::UTC).ok()?;
            let days = i64::from(closes_day.to_monday_zero_offset())
                - i64::from(opens_day.to_monday_zero_offset());
            let closing_date = date.checked_add(days.rem_euclid(7).days()).ok()?;
            let closing = closing_date
                .to_datetime(closes_at)
                .to_zoned(TimeZone::UTC)
                .ok()?;
            if after < closing.timestamp() {
                return Some(opening.timestamp().max(after));
            }
        }
        date = date.tomorrow().ok()?;
    }
    None
}

fn day_and_time(text: &str) -> Option<(Weekday, Time)> {
    let (day, time) = text.trim().split_once(':')?;
    let day = match day.to_ascii_lowercase().as_str() {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    };
    let (hour, minute) = time.split_once(':')?;
    let time = Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?;
    Some((day, time))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_next_opening_is_found_across_the_week() {
        let friday: Timestamp = "2026-05-15T06:05:00Z".parse().unwrap();
        let opening = next_opening("sun:08:00-sun:08:30", friday).unwrap();
        assert_eq!(opening.to_string(), "2026-05-17T08:00:00Z");
        assert_eq!(
            next_opening("thu:23:45-fri:00:15", friday)
                .unwrap()
                .to_string(),
            "2026-05-21T23:45:00Z"
        );
    }

    #[test]
    fn a_window_that_is_open_counts_from_now() {
        let instant: Timestamp = "2026-05-17T08:10:00Z".parse().unwrap();
        assert_eq!(next_opening("sun:08:00-sun:08:30", instant), Some(instant));
    }

    #[test]
    fn what_is_no_window_has_no_opening() {
        let instant: Timestamp = "2026-05-17T08:10:00Z".parse().unwrap();
        assert_eq!(next_opening("whenever", instant), None);
    }
}
