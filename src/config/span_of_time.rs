//! Times of a declaration: lengths (`3h`), weekly hours (`Thu 23:00-02:00`), single dates.
//!
//! Goes in: a text. Comes out: whole seconds, minutes or hours, or a part of a window.

use super::shape::Complaint;
use crate::desired::SnapshotPolicy;
use crate::desired::units::{Mismatch, Quantity, Unit};
use jiff::civil::{DateTime, Time};

/// A length in whole seconds.
pub(super) fn seconds(text: &str) -> Result<u32, Complaint> {
    length(text, Unit::Seconds, "seconds")
}

/// A length in whole minutes, at least one.
pub(super) fn minutes(text: &str) -> Result<u32, Complaint> {
    match length(text, Unit::Minutes, "minutes")? {
        0 => {
            Err(Complaint::new("the window is never open").hinted("write a length such as \"3h\""))
        }
        minutes => Ok(minutes),
    }
}

fn length(text: &str, unit: Unit, plural: &str) -> Result<u32, Complaint> {
    let no_length = || {
        Complaint::new(format!("`{text}` is no length of time"))
            .hinted("write a number and a unit, such as \"60s\"; units are us, ms, s, min, h, d")
    };
    let quantity = Quantity::parse(text)
        .filter(|quantity| !quantity.suffix.is_empty())
        .ok_or_else(no_length)?;
    match quantity.to(unit) {
        Ok(whole) => u32::try_from(whole).map_err(|_| {
            Complaint::new(format!(
                "`{text}` is not between 0 and {} {plural}",
                u32::MAX
            ))
        }),
        Err(Mismatch::NotWhole { nearest }) => Err(Complaint::new(format!(
            "`{text}` is not a whole number of {plural}"
        ))
        .hinted(format!("the nearest is \"{nearest}{unit}\""))),
        Err(Mismatch::UnknownSuffix | Mismatch::OtherKind | Mismatch::Beyond) => Err(no_length()),
    }
}

/// What happens to the safeguard snapshot.
pub(super) fn keep(text: &str) -> Result<SnapshotPolicy, Complaint> {
    match text {
        "until-verified" => return Ok(SnapshotPolicy::UntilVerified),
        "never" => return Ok(SnapshotPolicy::Never),
        _ => {}
    }
    let advice =
        "write \"until-verified\", \"never\", or a time of whole hours such as \"24h\" or \"7d\"";
    let no_policy =
        || Complaint::new(format!("`{text}` says nothing about a snapshot")).hinted(advice);
    let minutes = Quantity::parse(text)
        .filter(|quantity| !quantity.suffix.is_empty())
        .and_then(|quantity| quantity.to(Unit::Minutes).ok())
        .ok_or_else(no_policy)?;
    let hours = u32::try_from(minutes / 60).map_err(|_| no_policy())?;
    if minutes % 60 != 0 || hours == 0 {
        return Err(Complaint::new(format!("`{text}` is no time of whole hours")).hinted(advice));
    }
    Ok(SnapshotPolicy::Hours(hours))
}

/// The day and hours of a weekly window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weekly {
    /// 1 is Monday, 7 is Sunday.
    pub(super) weekday: i8,
    pub(super) opens: Time,
    pub(super) length_minutes: u32,
}

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Reads `Thu 23:00-02:00`; an end at or before the beginning is on the next day.
pub(super) fn weekly(text: &str) -> Result<Weekly, Complaint> {
    let complaint = |message: String| {
        Complaint::new(message).hinted("write a day and its hours, such as \"Thu 23:00-02:00\"")
    };
    let no_window = || complaint(format!("`{text}` is no weekly window"));
    let (day, hours) = text.trim().split_once(' ').ok_or_else(no_window)?;
    let (opens, closes) = hours.trim().split_once('-').ok_or_else(no_window)?;
    let weekday =
        weekday(day).ok_or_else(|| complaint(format!("`{day}` is no day of the week")))?;
    let clock = |hours: &str| {
        minute_of_day(hours).ok_or_else(|| complaint(format!("`{hours}` is no time of day")))
    };
    let opens_minute = clock(opens.trim()).and_then(|minute| match minute {
        MINUTES_OF_DAY => Err(complaint(
            "a window cannot open at 24:00; that is 00:00 of the next day".to_owned(),
        )),
        minute => Ok(minute),
    })?;
    let closes_minute = clock(closes.trim())?;
    if opens_minute == closes_minute {
        return Err(complaint(format!(
            "`{text}` opens and closes at the same time"
        )));
    }
    let length = (closes_minute - opens_minute).rem_euclid(MINUTES_OF_DAY);
    let length = if length == 0 { MINUTES_OF_DAY } else { length };
    let opens = i8::try_from(opens_minute / 60)
        .ok()
        .zip(i8::try_from(opens_minute % 60).ok())
        .and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok())
        .ok_or_else(no_window)?;
    Ok(Weekly {
        weekday,
        opens,
        length_minutes: u32::try_from(length).map_err(|_| no_window())?,
    })
}

const MINUTES_OF_DAY: i32 = 24 * 60;

fn weekday(text: &str) -> Option<i8> {
    let lowered = text.to_ascii_lowercase();
    let position = WEEKDAYS
        .iter()
        .position(|day| lowered.len() >= 3 && day.starts_with(&lowered))?;
    i8::try_from(position + 1).ok()
}

/// `23:00` in minutes; `24:00` is the end of the day.
fn minute_of_day(text: &str) -> Option<i32> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) || minute.len() != 2 || hour.len() > 2 {
        return None;
    }
    let hour: i32 = hour.parse().ok()?;
    let minute: i32 = minute.parse().ok()?;
    let total = hour * 60 + minute;
    (minute < 60 && total <= MINUTES_OF_DAY).then_some(total)
}

/// The local date and time at which a single window opens.
pub(super) fn opening(text: &str) -> Result<DateTime, Complaint> {
    let with_zone = text.parse::<jiff::Timestamp>().is_ok() || text.contains('[');
    if with_zone {
        return Err(
            Complaint::new(format!("`{text}` has a zone of its own")).hinted(
                "write the local time, such as \"2026-05-14T23:00\"; `time_zone` says of which zone",
            ),
        );
    }
    let advice = "write a local date and time, such as \"2026-05-14T23:00\"";
    let has_time = text.contains(':');
    text.trim()
        .parse::<DateTime>()
        .ok()
        .filter(|_| has_time)
        .ok_or_else(|| Complaint::new(format!("`{text}` is no date with a time")).hinted(advice))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::config::shape::tests::complaints;

    #[test]
    fn lengths_carry_a_unit_and_are_whole() {
        assert_eq!(seconds("60s").unwrap(), 60);
        assert_eq!(seconds("1.5 min").unwrap(), 90);
        assert_eq!(minutes("3h").unwrap(), 180);
        insta::assert_snapshot!(complaints(seconds, &["60", "", "1500ms", "-5s", "5GB", "5sec", "1e9d"]), @r#"
        `60` is no length of time | write a number and a unit, such as "60s"; units are us, ms, s, min, h, d
        `` is no length of time | write a number and a unit, such as "60s"; units are us, ms, s, min, h, d
        `1500ms` is not a whole number of seconds | the nearest is "2s"
        `-5s` is not between 0 and 4294967295 seconds | 
        `5GB` is no length of time | write a number and a unit, such as "60s"; units are us, ms, s, min, h, d
        `5sec` is no length of time | write a number and a unit, such as "60s"; units are us, ms, s, min, h, d
        `1e9d` is not between 0 and 4294967295 seconds |
        "#);
        insta::assert_snapshot!(complaints(minutes, &["0h", "90s"]), @r#"
        the window is never open | write a length such as "3h"
        `90s` is not a whole number of minutes | the nearest is "2min"
        "#);
    }

    #[test]
    fn a_snapshot_is_kept_until_verified_for_whole_hours_or_never_made() {
        assert_eq!(
            keep("until-verified").unwrap(),
            SnapshotPolicy::UntilVerified
        );
        assert_eq!(keep("never").unwrap(), SnapshotPolicy::Never);
        assert_eq!(keep("7d").unwrap(), SnapshotPolicy::Hours(168));
        insta::assert_snapshot!(complaints(keep, &["forever", "7", "90min", "0h", "-1d"]), @r#"
        `forever` says nothing about a snapshot | write "until-verified", "never", or a time of whole hours such as "24h" or "7d"
        `7` says nothing about a snapshot | write "until-verified", "never", or a time of whole hours such as "24h" or "7d"
        `90min` is no time of whole hours | write "until-verified", "never", or a time of whole hours such as "24h" or "7d"
        `0h` is no time of whole hours | write "until-verified", "never", or a time of whole hours such as "24h" or "7d"
        `-1d` says nothing about a snapshot | write "until-verified", "never", or a time of whole hours such as "24h" or "7d"
        "#);
    }

    #[test]
    fn a_weekly_window_may_end_on_the_next_day() {
        let read = |text| {
            let Weekly {
                weekday,
                opens,
                length_minutes,
            } = weekly(text).unwrap();
            format!("{weekday} {opens} {length_minutes}")
        };
        assert_eq!(read("Thu 23:00-02:00"), "4 23:00:00 180");
        assert_eq!(read("sunday 1:30-4:00"), "7 01:30:00 150");
        assert_eq!(read("Mon 20:00-24:00"), "1 20:00:00 240");
        assert_eq!(read("Mon 00:00-24:00"), "1 00:00:00 1440");
        insta::assert_snapshot!(
            complaints(
                weekly,
                &[
                    "Thu",
                    "Thu 23:00",
                    "Th 23:00-02:00",
                    "Thu 23-2",
                    "Thu 25:00-26:00",
                    "Thu 23:60-24:00",
                    "Thu 24:00-02:00",
                    "Thu 23:00-23:00",
                ],
            ),
            @r#"
        `Thu` is no weekly window | write a day and its hours, such as "Thu 23:00-02:00"
        `Thu 23:00` is no weekly window | write a day and its hours, such as "Thu 23:00-02:00"
        `Th` is no day of the week | write a day and its hours, such as "Thu 23:00-02:00"
        `23` is no time of day | write a day and its hours, such as "Thu 23:00-02:00"
        `25:00` is no time of day | write a day and its hours, such as "Thu 23:00-02:00"
        `23:60` is no time of day | write a day and its hours, such as "Thu 23:00-02:00"
        a window cannot open at 24:00; that is 00:00 of the next day | write a day and its hours, such as "Thu 23:00-02:00"
        `Thu 23:00-23:00` opens and closes at the same time | write a day and its hours, such as "Thu 23:00-02:00"
        "#
        );
    }

    #[test]
    fn a_single_window_opens_at_a_local_time() {
        assert_eq!(
            opening("2026-05-14T23:00").unwrap().to_string(),
            "2026-05-14T23:00:00"
        );
        assert_eq!(
            opening("2026-05-14 23:00:30").unwrap().to_string(),
            "2026-05-14T23:00:30"
        );
        insta::assert_snapshot!(
            complaints(opening, &["2026-05-14", "tomorrow", "2026-05-14T23:00Z", "2026-02-30T01:00"]),
            @r#"
        `2026-05-14` is no date with a time | write a local date and time, such as "2026-05-14T23:00"
        `tomorrow` is no date with a time | write a local date and time, such as "2026-05-14T23:00"
        `2026-05-14T23:00Z` has a zone of its own | write the local time, such as "2026-05-14T23:00"; `time_zone` says of which zone
        `2026-02-30T01:00` is no date with a time | write a local date and time, such as "2026-05-14T23:00"
        "#
        );
    }
}
