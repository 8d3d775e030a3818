//! Single values: quantities, formulas, versions, windows, and the spellings of stored values.
//!
//! The input is text; its lines are the values that are put together.

use auroractl::desired::decimal::Decimal;
use auroractl::desired::units::{self, Quantity};
use auroractl::desired::window::Schedule;
use auroractl::desired::{EngineVersion, Window};
use auroractl::names::{InstanceClass, ParameterName};
use auroractl::observed::{ApplyType, Parameter};
use auroractl::plan::{formula, maintenance, same_value, version};
use auroractl::sim::parameters;
use jiff::{SignedDuration, Timestamp};

/// What fuzzing begins with.
pub fn seeds() -> Vec<Vec<u8>> {
    [
        "500ms\nlog_min_duration_statement\n1.5s",
        "0.5GB\nshared_buffers\n65536",
        "-1\nlog_temp_files\n1e3",
        "LEAST({DBInstanceClassMemory/9531392},5000)\ndb.r7g.large",
        "GREATEST({log(DBInstanceClassMemory/805306368)*45},200)\ndb.t3.medium",
        "SUM({DBInstanceClassMemory/12038},-50003)\ndb.r6g.xlarge",
        "{DBInstanceVCPU*2}\ndb.r5.24xlarge",
        "IF({DBInstanceVCPU/4},${EndPointPort},0)\ndb.r7g.large",
        "sun:08:00-sun:08:30\nAmerica/Los_Angeles\n2026-05-15T06:05:00Z",
        "2026-03-29T02:30\nEurope/Berlin\n9999-12-30T22:00:00Z",
        "16.6\n16.10\n17.1",
        "pg_stat_statements, AUTO_EXPLAIN\npg_stat_statements,auto_explain",
        "all,none\nALL\nall",
    ]
    .map(Vec::from)
    .to_vec()
}

/// Reads every line as every kind of value.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.lines();
    let mut line = || lines.next().unwrap_or_default();
    let (first, second, third) = (line(), line(), line());
    quantities(first, second);
    formulas(first, second);
    windows(first, second, third);
    spellings(first, second, third);
    let _ = EngineVersion::new(first).accepts(second);
    let _ = version::is_minor_upgrade(first, second);
}

fn quantities(text: &str, parameter: &str) {
    if let Some(number) = Decimal::parse(text) {
        let shown = number.to_string();
        assert_eq!(
            Decimal::parse(&shown).map(|again| again.to_string()),
            Some(shown),
            "{text:?} changes when it is read again"
        );
    }
    for (name, unit) in units::parameters_with_units()
        .take(12)
        .map(|(name, unit)| -> (&str, _) { (name, unit) })
        .chain(units::unit_of(parameter).map(|unit| (parameter, unit)))
    {
        match units::convert(text, name) {
            Ok(stored) => {
                assert_eq!(
                    units::canonical(&stored, Some(unit)).as_ref(),
                    Some(&stored),
                    "{text:?} of {name}"
                );
                assert_eq!(
                    units::canonical(text, Some(unit)).as_ref(),
                    Some(&stored),
                    "{text:?} of {name}"
                );
            }
            Err(problem) => drop(problem.to_string()),
        }
    }
    if let Some(quantity) = Quantity::parse(text) {
        let _ = quantity.has_unit();
    }
}

/// Planner and simulator know the grammar each by itself: where both know a value, it is the same. What a class leaves to
/// the engine is published nowhere, and each has figures of its own; the logarithm rounds differently.
fn formulas(text: &str, class: &str) {
    let _ = formula::is_well_formed(text);
    for class in [class, "db.t3.medium", "db.r6g.large", "db.r5.24xlarge"] {
        let ours = formula::evaluate(text, &InstanceClass::new(class));
        let simulated = parameters::evaluate(text, class);
        if let (Some(ours), Some(simulated)) = (ours, simulated) {
            let shared = !text.contains("Memory") && !text.to_ascii_lowercase().contains("log");
            // Whole numbers beyond 53 bits are rounded by the planner; no parameter is that large.
            if shared && ours.unsigned_abs() < 1 << 53 {
                assert_eq!(ours, simulated, "{text} on {class}");
            }
        }
    }
}

fn windows(first: &str, second: &str, third: &str) {
    let instants = [
        third.parse().unwrap_or(Timestamp::UNIX_EPOCH),
        Timestamp::MIN,
        Timestamp::MAX,
        Timestamp::UNIX_EPOCH,
    ];
    for instant in instants {
        if let Some(opening) = maintenance::next_opening(first, instant) {
            assert!(opening >= instant, "{first} opens before {instant}");
            let week = SignedDuration::from_hours(7 * 24);
            assert!(
                opening.duration_since(instant) <= week,
                "{first} opens late after {instant}"
            );
        }
        let length_minutes = u32::try_from(second.len()).unwrap_or(u32::MAX);
        let mut schedules = vec![Schedule::Weekly {
            weekday: (first.len() % 9) as i8,
            opens: third.parse().unwrap_or_default(),
            length_minutes,
        }];
        if let Ok(opens) = first.parse() {
            schedules.push(Schedule::Once {
                opens,
                length_minutes: u32::MAX - length_minutes,
            });
        }
        for schedule in schedules {
            let window = Window {
                schedule,
                time_zone: second.to_owned(),
                as_written: first.to_owned(),
            };
            if let Some(occurrence) = window.occurrence(instant) {
                assert!(occurrence.opens <= occurrence.closes);
                assert!(occurrence.closes > instant, "{window:?} at {instant}");
                let _ = occurrence.seconds_left(instant);
            }
        }
    }
}

fn spellings(first: &str, second: &str, third: &str) {
    for data_type in ["string", "integer", "float", "boolean", "list", third] {
        let parameter = Parameter {
            name: ParameterName::new(second),
            value: Some(first.to_owned()),
            source: "user".to_owned(),
            apply_type: ApplyType::Dynamic,
            data_type: data_type.to_owned(),
            allowed_values: Some(third.to_owned()),
            is_modifiable: true,
        };
        assert!(same_value(first, first, &parameter));
        assert_eq!(
            same_value(first, second, &parameter),
            same_value(second, first, &parameter),
            "{first:?} and {second:?} as {data_type}"
        );
    }
}
