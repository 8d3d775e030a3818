//! What a single text must look like: accounts, regions, identifiers, versions, classes, zones.
//!
//! Goes in: a text. Comes out: the value, or what is wrong with it and what to write instead.

mod steps;

use crate::desired::store::{Bucket, NotAPlace};
use crate::desired::{DatabaseInsights, EngineVersion};
use crate::hint::nearest;
use crate::names::{
    AccountId, ClusterId, InstanceClass, InstanceId, ParameterGroupName, ParameterName,
    PartitionName, ProfileName, Region,
};
pub(super) use steps::{
    after, kept_bytes, message, own_variable, retries, simulated, step_name, time_limit, variable,
};

/// What is wrong with a value, before its place is known.
#[derive(Debug)]
pub(super) struct Complaint {
    pub(super) message: String,
    pub(super) hints: Vec<String>,
}

impl Complaint {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hints: Vec::new(),
        }
    }

    pub(super) fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

pub(super) fn partition_name(text: &str) -> Result<PartitionName, Complaint> {
    let letters = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    let starts_well = text.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    if starts_well && text.len() <= 63 && text.chars().all(letters) {
        return Ok(PartitionName::new(text));
    }
    Err(Complaint::new(format!("`{text}` is no partition name"))
        .hinted("1 to 63 letters, digits, `-` and `_`; the first is a letter or a digit"))
}

pub(super) fn account(text: &str) -> Result<AccountId, Complaint> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if text.len() == 12 && digits == 12 {
        return Ok(AccountId::new(text));
    }
    let complaint = Complaint::new(format!("`{text}` is no AWS account id"));
    Err(if digits == text.len() {
        complaint.hinted(format!("an account id has 12 digits, this has {digits}"))
    } else if digits == 12 {
        complaint.hinted("write the 12 digits without anything between them")
    } else {
        complaint.hinted("an account id has 12 digits")
    })
}

pub(super) fn region(text: &str) -> Result<Region, Complaint> {
    let parts: Vec<&str> = text.split('-').collect();
    let well_formed = match parts.as_slice() {
        [continent, places @ .., number] => {
            let lowercase =
                |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
            continent.len() >= 2
                && lowercase(continent)
                && !places.is_empty()
                && places.iter().all(|place| lowercase(place))
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    };
    if well_formed {
        return Ok(Region::new(text));
    }
    let complaint = Complaint::new(format!("`{text}` does not look like an AWS region"));
    Err(match nearest(text, REGIONS.iter().copied()) {
        Some(region) => complaint.hinted(format!("did you mean `{region}`?")),
        None => complaint.hinted("a region looks like `us-east-1`"),
    })
}

/// Regions to suggest; any other of the same shape is accepted.
const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

pub(super) fn profile(text: &str) -> Result<ProfileName, Complaint> {
    if text.trim().is_empty() {
        return Err(Complaint::new("the profile's name is empty")
            .hinted("leave `profile` out to use the environment's credentials"));
    }
    if text.chars().any(char::is_control) {
        return Err(Complaint::new(
            "the profile's name holds a line break or another control character",
        ));
    }
    Ok(ProfileName::new(text))
}

pub(super) fn bucket(text: &str) -> Result<Bucket, Complaint> {
    text.parse().map_err(|error: NotAPlace| {
        let complaint = Complaint::new(error.message);
        if text.contains("://") || text.contains('@') {
            complaint.hinted(
                "runs of several machines are kept in a bucket of S3: \"s3://BUCKET/PREFIX\"",
            )
        } else {
            complaint
                .hinted("a folder is named on the command line: --store DIR, or AURORACTL_STORE")
        }
    })
}

pub(super) fn cluster_identifier(text: &str) -> Result<String, Complaint> {
    rds_identifier(text, "DB cluster identifier", 63).map(|()| text.to_owned())
}

pub(super) fn instance_identifier(text: &str) -> Result<InstanceId, Complaint> {
    rds_identifier(text, "DB instance identifier", 63).map(|()| InstanceId::new(text))
}

pub(super) fn parameter_group(text: &str) -> Result<ParameterGroupName, Complaint> {
    let name = ParameterGroupName::new(text);
    if name.is_default() {
        return Err(Complaint::new(format!(
            "`{text}` belongs to AWS and cannot hold values of its own"
        ))
        .hinted("name another group, or leave `parameter_group` out to have the name derived"));
    }
    rds_identifier(text, "DB cluster parameter group name", 255).map(|()| name)
}

/// The naming rules of CreateDBCluster, CreateDBInstance and CreateDBClusterParameterGroup (RDS API Reference).
fn rds_identifier(text: &str, what: &str, length_max: usize) -> Result<(), Complaint> {
    let broken = if text.is_empty() {
        "it is empty".to_owned()
    } else if !text.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        "its first character must be a letter".to_owned()
    } else if let Some(letter) = text
        .chars()
        .find(|letter| !letter.is_ascii_alphanumeric() && *letter != '-')
    {
        format!("it may hold letters, digits and hyphens, not `{letter}`")
    } else if text.ends_with('-') {
        "it must not end with a hyphen".to_owned()
    } else if text.contains("--") {
        "it must not hold two hyphens in a row".to_owned()
    } else if text.len() > length_max {
        format!(
            "it may have {length_max} characters, and has {}",
            text.len()
        )
    } else {
        return Ok(());
    };
    Err(Complaint::new(format!("`{text}` is no {what}: {broken}")))
}

/// The cluster's name of a text that was checked already.
pub(super) fn cluster_id(text: &str) -> ClusterId {
    ClusterId::new(text)
}

pub(super) fn engine(text: &str) -> Result<String, Complaint> {
    one_of(text, "an engine of this tool", &["aurora-postgresql"]).map(str::to_owned)
}

pub(super) fn engine_version(text: &str) -> Result<EngineVersion, Complaint> {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if text.split('.').all(number) {
        return Ok(EngineVersion::new(text));
    }
    Err(Complaint::new(format!("`{text}` is no engine version"))
        .hinted("write a full version such as \"16.6\", or a prefix such as \"16\""))
}

pub(super) fn instance_class(text: &str) -> Result<InstanceClass, Complaint> {
    if is_instance_class(text) {
        return Ok(InstanceClass::new(text));
    }
    let complaint = Complaint::new(format!("`{text}` is no DB instance class"));
    let lowered = text.to_ascii_lowercase();
    let meant = [format!("db.{lowered}"), lowered]
        .into_iter()
        .find(|guess| guess.matches('.').count() == 2 && is_instance_class(guess));
    Err(match meant {
        Some(meant) => complaint.hinted(format!("did you mean `{meant}`?")),
        None => complaint.hinted("a class looks like `db.r7g.large`"),
    })
}

fn is_instance_class(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let part = |part: &str| !part.is_empty() && part.bytes().all(allowed);
    text.strip_prefix("db.")
        .is_some_and(|rest| rest.split('.').all(part))
}

pub(super) fn database_insights(text: &str) -> Result<DatabaseInsights, Complaint> {
    match one_of(
        text,
        "a mode of Database Insights",
        &["standard", "advanced"],
    )? {
        "advanced" => Ok(DatabaseInsights::Advanced),
        _ => Ok(DatabaseInsights::Standard),
    }
}

/// The periods that ModifyDBCluster accepts for PerformanceInsightsRetentionPeriod (RDS API Reference).
pub(super) fn retention_days(days: i128) -> Result<u32, Complaint> {
    let whole_months = days % 31 == 0 && (31..=713).contains(&days);
    if (days == 7 || days == 731 || whole_months)
        && let Ok(days) = u32::try_from(days)
    {
        return Ok(days);
    }
    let months = (days / 31).clamp(1, 23);
    let candidates = [7, months * 31, (months + 1).min(23) * 31, 731];
    let near = candidates
        .into_iter()
        .min_by_key(|candidate| days.abs_diff(*candidate))
        .unwrap_or(7);
    Err(Complaint::new(format!(
        "Performance Insights cannot keep its data for {days} days"
    ))
    .hinted(format!(
        "7, a multiple of 31 up to 713, or 731; the nearest is {near}"
    )))
}

pub(super) fn time_zone(text: &str) -> Result<String, Complaint> {
    if jiff::tz::TimeZone::get(text).is_ok() {
        return Ok(text.to_owned());
    }
    let complaint = Complaint::new(format!("there is no time zone `{text}`"));
    let known: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .collect();
    Err(match nearest(text, known.iter().map(String::as_str)) {
        Some(zone) => complaint.hinted(format!("did you mean `{zone}`?")),
        None => complaint.hinted("write an IANA name such as `America/Los_Angeles`"),
    })
}

/// The characters of PostgreSQL parameter names, with the dot that separates an extension from its parameter.
pub(super) fn parameter_name(text: &str) -> Result<ParameterName, Complaint> {
    let starts_well =
        text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_.$".contains(letter);
    if starts_well && !text.ends_with('.') && text.chars().all(allowed) {
        return Ok(ParameterName::new(text));
    }
    Err(Complaint::new(format!("`{text}` is no parameter name")).hinted(
        "letters, digits and underscores, with a dot after an extension's name: `pg_stat_statements.track`",
    ))
}

/// A text that is there, in one line.
pub(super) fn text(text: &str, what: &str) -> Result<String, Complaint> {
    if text.chars().any(char::is_control) {
        return Err(Complaint::new(format!(
            "{what} holds no line break and no other control character"
        )));
    }
    text_of_lines(text, what)
}

/// A text that is there.
pub(super) fn text_of_lines(text: &str, what: &str) -> Result<String, Complaint> {
    if text.trim().is_empty() {
        return Err(Complaint::new(format!(
            "{what} is missing: the text is empty"
        )));
    }
    if text.contains('\0') {
        return Err(Complaint::new(format!("{what} holds no zero byte")));
    }
    Ok(text.to_owned())
}

/// The choice that the text names.
pub(super) fn one_of<'a>(
    text: &str,
    what: &str,
    choices: &[&'a str],
) -> Result<&'a str, Complaint> {
    if let Some(choice) = choices.iter().find(|choice| **choice == text) {
        return Ok(choice);
    }
    let complaint = Complaint::new(format!("`{text}` is not {what}"));
    Err(match nearest(text, choices.iter().copied()) {
        Some(choice) => complaint.hinted(format!("did you mean `{choice}`?")),
        None => complaint.hinted(format!("write {}", listed(choices))),
    })
}

/// `a`, `b` or `c`.
pub(super) fn listed(choices: &[&str]) -> String {
    let quoted: Vec<String> = choices.iter().map(|choice| format!("`{choice}`")).collect();
    match quoted.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Every complaint as one line: message, then hints.
    pub(in crate::config) fn complaints<T: std::fmt::Debug>(
        check: impl Fn(&str) -> Result<T, Complaint>,
        texts: &[&str],
    ) -> String {
        let lines = texts.iter().map(|text| {
            let Complaint { message, hints } = check(text).unwrap_err();
            format!("{message} | {}", hints.join(" | "))
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn an_account_has_twelve_digits() {
        assert_eq!(account("111111111111").unwrap().as_str(), "111111111111");
        insta::assert_snapshot!(complaints(account, &["11111111111", "1111-1111-1111", "prod", ""]), @"
        `11111111111` is no AWS account id | an account id has 12 digits, this has 11
        `1111-1111-1111` is no AWS account id | write the 12 digits without anything between them
        `prod` is no AWS account id | an account id has 12 digits
        `` is no AWS account id | an account id has 12 digits, this has 0
        ");
    }

    #[test]
    fn a_region_has_the_shape_of_a_region() {
        for text in [
            "us-east-1",
            "us-gov-west-1",
            "ap-southeast-12",
            "us-isob-east-1",
        ] {
            assert_eq!(region(text).unwrap().as_str(), text);
        }
        insta::assert_snapshot!(complaints(region, &["us-east1", "US-EAST-1", "us-east-1a", "moon", "-1"]), @"
        `us-east1` does not look like an AWS region | did you mean `us-east-1`?
        `US-EAST-1` does not look like an AWS region | did you mean `us-east-1`?
        `us-east-1a` does not look like an AWS region | did you mean `us-east-1`?
        `moon` does not look like an AWS region | a region looks like `us-east-1`
        `-1` does not look like an AWS region | a region looks like `us-east-1`
        ");
    }

    #[test]
    fn identifiers_follow_the_rules_of_rds() {
        assert_eq!(
            cluster_identifier("Orders-Prod-2").unwrap(),
            "Orders-Prod-2"
        );
        let long = "a".repeat(64);
        insta::assert_snapshot!(
            complaints(cluster_identifier, &["", "1a", "a_b", "ab-", "a--b", &long, "ä"]),
            @"
        `` is no DB cluster identifier: it is empty | 
        `1a` is no DB cluster identifier: its first character must be a letter | 
        `a_b` is no DB cluster identifier: it may hold letters, digits and hyphens, not `_` | 
        `ab-` is no DB cluster identifier: it must not end with a hyphen | 
        `a--b` is no DB cluster identifier: it must not hold two hyphens in a row | 
        `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is no DB cluster identifier: it may have 63 characters, and has 64 | 
        `ä` is no DB cluster identifier: its first character must be a letter |
        "
        );
        insta::assert_snapshot!(complaints(parameter_group, &["default.aurora-postgresql16", "a.b"]), @"
        `default.aurora-postgresql16` belongs to AWS and cannot hold values of its own | name another group, or leave `parameter_group` out to have the name derived
        `a.b` is no DB cluster parameter group name: it may hold letters, digits and hyphens, not `.` |
        ");
    }

    #[test]
    fn classes_and_versions_have_the_shapes_of_aws() {
        for text in ["db.r7g.large", "db.serverless", "db.x2iedn.32xlarge"] {
            assert_eq!(instance_class(text).unwrap().as_str(), text);
        }
        insta::assert_snapshot!(
            complaints(instance_class, &["r7g.large", "db.R7G.large", "large", "db.", "db.r7g..large"]),
            @"
        `r7g.large` is no DB instance class | did you mean `db.r7g.large`?
        `db.R7G.large` is no DB instance class | did you mean `db.r7g.large`?
        `large` is no DB instance class | a class looks like `db.r7g.large`
        `db.` is no DB instance class | a class looks like `db.r7g.large`
        `db.r7g..large` is no DB instance class | a class looks like `db.r7g.large`
        "
        );
        insta::assert_snapshot!(complaints(engine_version, &["16.", "latest", "16.x", ""]), @r#"
        `16.` is no engine version | write a full version such as "16.6", or a prefix such as "16"
        `latest` is no engine version | write a full version such as "16.6", or a prefix such as "16"
        `16.x` is no engine version | write a full version such as "16.6", or a prefix such as "16"
        `` is no engine version | write a full version such as "16.6", or a prefix such as "16"
        "#);
    }

    #[test]
    fn retention_is_7_a_multiple_of_31_or_731() {
        for days in [7, 31, 62, 465, 713, 731] {
            assert_eq!(i128::from(retention_days(days).unwrap()), days);
        }
        let near = |days: i128| retention_days(days).unwrap_err().hints.concat();
        insta::assert_snapshot!(
            [0, 8, 30, 464, 730, 744, -31].map(near).join("\n"),
            @"
        7, a multiple of 31 up to 713, or 731; the nearest is 7
        7, a multiple of 31 up to 713, or 731; the nearest is 7
        7, a multiple of 31 up to 713, or 731; the nearest is 31
        7, a multiple of 31 up to 713, or 731; the nearest is 465
        7, a multiple of 31 up to 713, or 731; the nearest is 731
        7, a multiple of 31 up to 713, or 731; the nearest is 731
        7, a multiple of 31 up to 713, or 731; the nearest is 7
        "
        );
    }

    #[test]
    fn a_time_zone_must_be_known() {
        assert_eq!(time_zone("Europe/Berlin").unwrap(), "Europe/Berlin");
        insta::assert_snapshot!(complaints(time_zone, &["America/Los_Angelos", "PST8PDX", ""]), @"
        there is no time zone `America/Los_Angelos` | did you mean `America/Los_Angeles`?
        there is no time zone `PST8PDX` | did you mean `PST8PDT`?
        there is no time zone `` | write an IANA name such as `America/Los_Angeles`
        ");
    }

    #[test]
    fn names_of_partitions_and_parameters_are_names() {
        insta::assert_snapshot!(complaints(partition_name, &["", "-a", "a/b", "../prod"]), @"
        `` is no partition name | 1 to 63 letters, digits, `-` and `_`; the first is a letter or a digit
        `-a` is no partition name | 1 to 63 letters, digits, `-` and `_`; the first is a letter or a digit
        `a/b` is no partition name | 1 to 63 letters, digits, `-` and `_`; the first is a letter or a digit
        `../prod` is no partition name | 1 to 63 letters, digits, `-` and `_`; the first is a letter or a digit
        ");
        insta::assert_snapshot!(complaints(parameter_name, &["", "max connections", "pg.", "1st"]), @"
        `` is no parameter name | letters, digits and underscores, with a dot after an extension's name: `pg_stat_statements.track`
        `max connections` is no parameter name | letters, digits and underscores, with a dot after an extension's name: `pg_stat_statements.track`
        `pg.` is no parameter name | letters, digits and underscores, with a dot after an extension's name: `pg_stat_statements.track`
        `1st` is no parameter name | letters, digits and underscores, with a dot after an extension's name: `pg_stat_statements.track`
        ");
    }
}
