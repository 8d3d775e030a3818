//! The keys of a declaration: their names, AWS's spelling of them, their types, and how each value is read.
//!
//! Goes in: a TOML value. Comes out: a typed field, or what is wrong with it.

use crate::desired::units;
use crate::desired::window::Schedule;
use crate::desired::{DatabaseInsights, Parameter, Place, SnapshotPolicy, Value};
use jiff::civil::{DateTime, Time};
use toml::de::DeValue;

/// A checked value.
#[derive(Clone, Debug)]
pub(super) enum Field {
    Text(String),
    Texts(Vec<String>),
    Boolean(bool),
    Insights(DatabaseInsights),
    Days(u32),
    Seconds(u32),
    Keep(SnapshotPolicy),
    Weekly {
        schedule: Schedule,
        as_written: String,
    },
    At(DateTime),
    Parameter(Parameter),
}

/// What is wrong with a value: the message, the words at the place, what would be valid.
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) help: String,
}

fn wrong<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong {
        message: message.into(),
        help: help.into(),
    })
}

/// How a value is read.
pub(super) type Reader = fn(&DeValue<'_>) -> Result<Field, Wrong>;

/// One key.
pub(super) struct Key {
    /// Its table; empty for the top of the file.
    pub(super) table: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// AWS's spelling, where AWS has the key.
    pub(super) aws: Option<&'static str>,
    /// How its value is read.
    pub(super) read: Reader,
    /// What it is for; the schema says it too.
    pub(super) description: &'static str,
    /// Its JSON Schema.
    pub(super) schema: &'static str,
}

macro_rules! key {
    ($table:literal, $name:literal, $aws:expr, $read:expr, $schema:literal, $description:literal) => {
        Key {
            table: $table,
            name: $name,
            aws: $aws,
            read: $read,
            schema: $schema,
            description: $description,
        }
    };
}

/// Every key but those of `[parameters]` and `[cluster.instances.ID]`.
pub(super) const KEYS: [Key; 22] = [
    key!(
        "",
        "extends",
        None,
        texts,
        r#"{"anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]}"#,
        "File, or files, that this one builds on, relative to it. Keys merge one by one; the nearer file wins."
    ),
    key!(
        "",
        "remove_parameters",
        None,
        texts,
        r#"{"type":"array","items":{"type":"string"}}"#,
        "Parameters of the extended files that this partition does not declare."
    ),
    key!(
        "partition",
        "name",
        None,
        text,
        r#"{"type":"string"}"#,
        "The partition's name, which is also the file's."
    ),
    key!(
        "aws",
        "account",
        None,
        account,
        r#"{"type":"string","pattern":"^[0-9]{12}$"}"#,
        "The account id: a guard that the caller identity must agree with."
    ),
    key!(
        "aws",
        "region",
        None,
        region,
        r#"{"type":"string","pattern":"^[a-z]{2}(-[a-z]+)+-[0-9]+$"}"#,
        "The region, such as us-east-1."
    ),
    key!(
        "aws",
        "profile",
        None,
        text,
        r#"{"type":"string"}"#,
        "The profile to use when neither AWS_PROFILE nor credentials in the environment are set."
    ),
    key!(
        "cluster",
        "identifier",
        Some("dbClusterIdentifier"),
        identifier,
        r#"{"type":"string","maxLength":63}"#,
        "The cluster's identifier; compared without case."
    ),
    key!(
        "cluster",
        "engine",
        None,
        engine,
        r#"{"const":"aurora-postgresql"}"#,
        "The engine: aurora-postgresql."
    ),
    key!(
        "cluster",
        "engine_version",
        Some("engineVersion"),
        engine_version,
        r#"{"type":"string","pattern":"^[0-9]+(\\.[0-9]+)?$"}"#,
        "A version (16.6), or a prefix that accepts all of its minor versions (16)."
    ),
    key!(
        "cluster",
        "instance_class",
        Some("dbInstanceClass"),
        class,
        r#"{"type":"string","pattern":"^db\\."}"#,
        "The class of every member that has none of its own."
    ),
    key!(
        "cluster",
        "apply_immediately",
        Some("applyImmediately"),
        boolean,
        r#"{"type":"boolean"}"#,
        "true: restarts happen in the run that sends the changes. false: they wait for the window."
    ),
    key!(
        "cluster",
        "parameter_group",
        Some("dbClusterParameterGroupName"),
        group,
        r#"{"type":"string","maxLength":255}"#,
        "The cluster parameter group by name. Without it the attached custom group is used, or one named after cluster and family."
    ),
    key!(
        "cluster",
        "database_insights",
        Some("databaseInsightsMode"),
        insights,
        r#"{"enum":["standard","advanced"]}"#,
        "The Database Insights mode. Not managed unless declared."
    ),
    key!(
        "cluster",
        "performance_insights_retention_days",
        Some("performanceInsightsRetentionPeriod"),
        retention,
        r#"{"type":"integer"}"#,
        "Days that Performance Insights keeps its data: 7, a multiple of 31 up to 713, or 731."
    ),
    key!(
        "window",
        "weekly",
        None,
        weekly,
        r#"{"type":"string"}"#,
        "Weekly opening in local time, such as Thu 23:00-02:00."
    ),
    key!(
        "window",
        "at",
        None,
        at,
        r#"{"type":"string"}"#,
        "Single opening in local time, such as 2026-05-14T23:00; needs length."
    ),
    key!(
        "window",
        "length",
        None,
        seconds,
        r#"{"type":"string"}"#,
        "How long the single opening lasts, such as 3h."
    ),
    key!(
        "window",
        "time_zone",
        None,
        time_zone,
        r#"{"type":"string"}"#,
        "IANA time zone of the window, such as America/Los_Angeles."
    ),
    key!(
        "budget",
        "writer_interruption",
        None,
        seconds,
        r#"{"type":"string"}"#,
        "The longest writer interruption that a plan may forecast, such as 60s."
    ),
    key!(
        "snapshot",
        "keep",
        None,
        keep,
        r#"{"type":"string"}"#,
        "until-verified (the default), a time such as 7d, or never (no snapshot)."
    ),
    key!(
        "cluster.instances",
        "instance_class",
        Some("dbInstanceClass"),
        class,
        r#"{"type":"string","pattern":"^db\\."}"#,
        "The class of this member."
    ),
    key!(
        "parameters",
        "",
        None,
        text,
        r#"{}"#,
        "The cluster parameter group's own values: all of them."
    ),
];

/// The key of a table under either spelling.
pub(super) fn key(table: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter()
        .find(|key| key.table == table && (key.name == name || key.aws == Some(name)))
}

/// Every name that a table's keys can have.
pub(super) fn names(table: &str) -> impl Iterator<Item = &'static str> {
    KEYS.iter()
        .filter(move |key| key.table == table)
        .map(|key| key.name)
        .filter(|name| !name.is_empty())
}

fn string<'a>(value: &'a DeValue<'_>) -> Result<&'a str, Wrong> {
    match value.as_str() {
        Some(text) => Ok(text),
        None => wrong(
            format!("expected text, found {}", article(value)),
            "write it in quotation marks",
        ),
    }
}

/// The type of a value with its article.
pub(super) fn article(value: &DeValue<'_>) -> String {
    match value.type_str() {
        kind @ ("integer" | "array") => format!("an {kind}"),
        kind => format!("a {kind}"),
    }
}

fn text(value: &DeValue<'_>) -> Result<Field, Wrong> {
    match string(value)? {
        "" => wrong(
            "expected text, found nothing between the quotation marks",
            "write a name, or leave the key out",
        ),
        text => Ok(Field::Text(text.to_owned())),
    }
}

fn texts(value: &DeValue<'_>) -> Result<Field, Wrong> {
    let help = "write a text, or a list of texts";
    if let Some(text) = value.as_str() {
        return Ok(Field::Texts(vec![text.to_owned()]));
    }
    let Some(array) = value.as_array() else {
        return wrong(format!("expected text, found {}", article(value)), help);
    };
    let mut texts = Vec::new();
    for element in array.iter() {
        match element.get_ref().as_str() {
            Some(text) => texts.push(text.to_owned()),
            None => {
                return wrong(
                    format!(
                        "expected a list of texts, found {} in it",
                        article(element.get_ref())
                    ),
                    help,
                );
            }
        }
    }
    Ok(Field::Texts(texts))
}

fn boolean(value: &DeValue<'_>) -> Result<Field, Wrong> {
    match value.as_bool() {
        Some(on) => Ok(Field::Boolean(on)),
        None => wrong(
            format!("expected true or false, found {}", article(value)),
            "write true or false, without quotation marks",
        ),
    }
}

fn account(value: &DeValue<'_>) -> Result<Field, Wrong> {
    let help =
        "an account id has twelve digits and stands in quotation marks, such as \"123456789012\"";
    match value.as_str() {
        Some(text) if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(Field::Text(text.to_owned()))
        }
        Some(text) => wrong(format!("`{text}` is no account id"), help),
        None => wrong(
            format!("expected an account id, found {}", article(value)),
            help,
        ),
    }
}

fn region(value: &DeValue<'_>) -> Result<Field, Wrong> {
    let text = string(value)?;
    let parts: Vec<&str> = text.split('-').collect();
    let letters =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let shaped = match parts.split_last() {
        Some((number, rest)) => {
            rest.len() >= 2
                && rest.iter().all(letters)
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        None => false,
    };
    if shaped {
        Ok(Field::Text(text.to_owned()))
    } else {
        wrong(
            format!("`{text}` is no region"),
            "a region looks like us-east-1",
        )
    }
}

/// RDS's rules for identifiers (RDS API Reference, CreateDBCluster): 1 to 63 letters, digits and hyphens, a letter
/// first, no hyphen last, no two hyphens in a row.
pub(super) fn identifier_rule(text: &str, length_max: usize) -> Result<(), Wrong> {
    let good = text.len() <= length_max
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.ends_with('-')
        && !text.contains("--");
    if good {
        Ok(())
    } else {
        wrong(
            format!("`{text}` is no RDS identifier"),
            format!(
                "up to {length_max} letters, digits and hyphens; a letter first, no hyphen last, no two in a row"
            ),
        )
    }
}

fn identifier(value: &DeValue<'_>) -> Result<Field, Wrong> {
    let text = string(value)?;
    identifier_rule(text, 63)?;
    Ok(Field::Text(text.to_owned()))
}

fn group(value: &DeValue<'_>) -> Result<Field, Wrong> {
    let text = string(value)?;
    if text.starts_with("default.") {
        return wrong(
            format!("`{text}` belongs to AWS and cannot carry parameters"),
            "leave the key out, and auroractl makes a group of the cluster's own",
        );
    }
    identifier_rule(text, 255)?;
    Ok(Field::Text(text.to_owned()))
}

fn engine(value: &DeValue<'_>) -> Result<Field, Wrong> {
    match string(value)? {
        text @ "aurora-postgresql" => Ok(Field::Text(text.to_owned())),
        other => wrong(
            format!("engine `{other}` is not supported"),
            "auroractl knows aurora-postgresql",
        ),
    }
}

fn engine_version(value: &DeValue<'_>) -> Result<Field, Wrong> {
    let help = "write a major version (\"16\") or a full one (\"16.6\"), in quotation marks";
    let Some(text) = value.as_str() else {
        return wrong(
            format!("expected a version, found {}", article(value)),
            help,
        );
    };
    let parts: Vec<&str> = text.split('.').collect();
    let numbers = parts.iter().all(|part| {
        !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit())
    });
    if numbers && parts.len() <= 2 {
        Ok(Field::Text(text.to_owned()))
    } else {
        wrong(format!("`{text}` is no version of Aurora PostgreSQL"), help)
    }
}

fn class(value: &DeValue<'_>) -> Result<Field, Wrong> {
    let text = string(value)?;
    let shaped = text.strip_prefix("db.").is_some_and(|rest| {
        !rest.is_empty()
            && rest.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.' || byte == b'-'
            })
    });
    if shaped {
        Ok(Field::Text(text.to_owned()))
    } else {
        wrong(
            format!("`{text}` is no instance class"),
            "an instance class looks like db.r7g.large",
        )
    }
}

fn insights(value: &DeValue<'_>) -> Result<Field, Wrong> {
    match string(value)? {
        "standard" => Ok(Field::Insights(DatabaseInsights::Standard)),
        "advanced" => Ok(Field::Insights(DatabaseInsights::Advanced)),
        other => wrong(
            format!("`{other}` is no Database Insights mode"),
            "write \"standard\" or \"advanced\"",
        ),
    }
}

fn retention(value: &DeValue<'_>) -> Result<Field, Wrong> {
    // RDS API Reference, ModifyDBCluster, PerformanceInsightsRetentionPeriod.
    let help = "7, a multiple of 31 from 31 to 713, or 731";
    let days = value
        .as_integer()
        .and_then(|integer| i64::from_str_radix(integer.as_str(), integer.radix()).ok());
    match days {
        Some(7 | 731) => {}
        Some(days) if (31..=713).contains(&days) && days % 31 == 0 => {}
        // Database Insights `advanced` is given 465 days, which is a multiple of 31 too.
        Some(days) => return wrong(format!("{days} is no retention that RDS accepts"), help),
        None => {
            return wrong(
                format!("expected a number of days, found {}", article(value)),
                help,
            );
        }
    }
    Ok(Field::Days(
        days.and_then(|days| u32::try_from(days).ok()).unwrap_or(7),
    ))
}

/// Seconds of `60s`, `3h`, `7d`.
fn duration(text: &str) -> Option<u32> {
    let end = text.find(|character: char| !character.is_ascii_digit())?;
    let (digits, unit) = text.split_at(end);
    let number: u32 = digits.parse().ok()?;
    let each = match unit.trim() {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    number.checked_mul(each).filter(|seconds| *seconds > 0)
}

fn seconds(value: &DeValue<'_>) -> Result<Field, Wrong> {
    let help = "write a whole number and its unit, in quotation marks: \"60s\", \"5min\", \"3h\" or \"7d\"";
    match value.as_str() {
        Some(text) => match duration(text) {
            Some(seconds) => Ok(Field::Seconds(seconds)),
            None => wrong(format!("`{text}` is no time"), help),
        },
        None => wrong(format!("expected a time, found {}", article(value)), help),
    }
}

fn keep(value: &DeValue<'_>) -> Result<Field, Wrong> {
    let help = "write \"until-verified\", \"never\", or a time of at least an hour such as \"7d\"";
    let text = string(value)?;
    let policy = match text {
        "until-verified" => SnapshotPolicy::UntilVerified,
        "never" => SnapshotPolicy::Never,
        _ => match duration(text) {
            Some(seconds) if seconds % 3_600 == 0 => SnapshotPolicy::Hours(seconds / 3_600),
            Some(_) => return wrong(format!("`{text}` is not a whole number of hours"), help),
            None => return wrong(format!("`{text}` says nothing about a snapshot"), help),
        },
    };
    Ok(Field::Keep(policy))
}

fn weekly(value: &DeValue<'_>) -> Result<Field, Wrong> {
    let help = "write a day and two times of it, such as \"Thu 23:00-02:00\"";
    let text = string(value)?;
    match parse_weekly(text) {
        Some(schedule) => Ok(Field::Weekly {
            schedule,
            as_written: text.to_owned(),
        }),
        None => wrong(format!("`{text}` is no weekly window"), help),
    }
}

fn parse_weekly(text: &str) -> Option<Schedule> {
    let (day, span) = text.split_once(' ')?;
    let weekday = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .iter()
        .position(|name| day.eq_ignore_ascii_case(name))?;
    let (opens, closes) = span.trim().split_once('-')?;
    let (opens, closes) = (clock_time(opens)?, clock_time(closes)?);
    let minutes = |time: Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
    let length = (minutes(closes) - minutes(opens)).rem_euclid(24 * 60);
    Some(Schedule::Weekly {
        weekday: i8::try_from(weekday + 1).ok()?,
        opens,
        // From 23:00 to 23:00 is a whole day.
        length_minutes: if length == 0 {
            24 * 60
        } else {
            length.unsigned_abs()
        },
    })
}

fn clock_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    (hour.len() == 2 && minute.len() == 2)
        .then(|| Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok())?
}

fn at(value: &DeValue<'_>) -> Result<Field, Wrong> {
    let help = "write a local date and time without offset, such as \"2026-05-14T23:00\"; time_zone says where";
    // TOML has local date-times of its own; both spellings mean the same.
    let text = match value {
        DeValue::Datetime(datetime) if datetime.offset.is_none() => datetime.to_string(),
        _ => match value.as_str() {
            Some(text) => text.to_owned(),
            None => {
                return wrong(
                    format!("expected a date and time, found {}", article(value)),
                    help,
                );
            }
        },
    };
    let with_offset = text.ends_with('Z') || text.parse::<jiff::Timestamp>().is_ok();
    match text.parse::<DateTime>() {
        Ok(opens) if !with_offset && text.contains(['T', ' ']) => Ok(Field::At(opens)),
        _ => wrong(format!("`{text}` is no local date and time"), help),
    }
}

fn time_zone(value: &DeValue<'_>) -> Result<Field, Wrong> {
    let text = string(value)?;
    if jiff::tz::TimeZone::get(text).is_ok() {
        return Ok(Field::Text(text.to_owned()));
    }
    let names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .collect();
    let help = match crate::hint::nearest(text, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "write an IANA name, such as \"America/Los_Angeles\" or \"UTC\"".to_owned(),
    };
    wrong(format!("unknown time zone `{text}`"), help)
}

/// A parameter's value.
pub(super) fn parameter(name: &str, value: &DeValue<'_>, place: Place) -> Result<Field, Wrong> {
    let (value, as_written) = match value {
        DeValue::Boolean(on) => (Value::Boolean(*on), on.to_string()),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) => (Value::Number(number.to_string()), number.to_string()),
            Err(_) => {
                return wrong(
                    format!("{} is too large a number", integer.as_str()),
                    "no parameter of PostgreSQL takes it",
                );
            }
        },
        DeValue::Float(float) => match float.as_str().parse::<f64>() {
            Ok(number) if number.is_finite() => {
                (Value::Number(number.to_string()), number.to_string())
            }
            _ => {
                return wrong(
                    format!("{} is no number that a parameter can hold", float.as_str()),
                    "write a decimal number",
                );
            }
        },
        DeValue::String(text) => match units::convert(name, text) {
            Ok(Some(number)) => (Value::Number(number), text.to_string()),
            Ok(None) => (Value::Text(text.to_string()), text.to_string()),
            Err(problem) => return wrong(problem.to_string(), problem.help()),
        },
        DeValue::Array(array) => list(array)?,
        other => {
            return wrong(
                format!("`{name}` cannot be {}", article(other)),
                "a parameter is true or false, a number, a text, or a list of texts",
            );
        }
    };
    Ok(Field::Parameter(Parameter {
        value,
        as_written,
        place,
    }))
}

fn list(array: &toml::de::DeArray<'_>) -> Result<(Value, String), Wrong> {
    let mut elements: Vec<String> = Vec::new();
    for element in array.iter() {
        let Some(text) = element.get_ref().as_str() else {
            return wrong(
                format!(
                    "expected a list of texts, found {} in it",
                    article(element.get_ref())
                ),
                "write each element in quotation marks",
            );
        };
        if elements.iter().any(|known| known == text) {
            return wrong(
                format!("`{text}` stands twice in this list"),
                "name it once",
            );
        }
        if text.contains(',') || text.trim().is_empty() {
            return wrong(
                format!("`{text}` is no single element"),
                "write one name for each element",
            );
        }
        elements.push(text.trim().to_owned());
    }
    let as_written = elements.join(",");
    Ok((Value::List(elements), as_written))
}
