//! What the texts of steps and gates must look like.

use super::{Complaint, one_of};
use crate::config::span_of_time;
use crate::desired::steps::{ACTIONS, ACTIONS_ON_A_MEMBER, After, PHASES, Simulated};
use crate::desired::units::{Quantity, Unit};
use crate::hint::nearest;
use crate::names::InstanceId;

/// The most that is kept of a command's output, in bytes.
const KEPT_BYTES_MAX: i128 = 1024 * 1024;
/// How often a command may be run again at most.
const RETRIES_MAX: u32 = 100;

/// A name that can be part of a file's name.
pub(in crate::config) fn step_name(text: &str) -> Result<String, Complaint> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !text.is_empty()
        && text.len() <= 40
        && text.bytes().all(allowed)
        && !text.starts_with('-')
        && !text.ends_with('-')
    {
        return Ok(text.to_owned());
    }
    Err(
        Complaint::new(format!("`{text}` is no name of a step or gate")).hinted(
            "1 to 40 small letters, digits and `-`; the first and the last is a letter or a digit",
        ),
    )
}

/// A phase, a kind of action, or an action on one member.
pub(in crate::config) fn after(text: &str) -> Result<After, Complaint> {
    let (word, member) = match text.split_once(' ') {
        Some((word, member)) => (word, Some(member.trim())),
        None => (text, None),
    };
    match member {
        None if PHASES.contains(&word) => return Ok(After::Phase(word.to_owned())),
        None if ACTIONS.contains(&word) => {
            return Ok(After::Action {
                kind: word.to_owned(),
                instance: None,
            });
        }
        Some(member) if ACTIONS_ON_A_MEMBER.contains(&word) => {
            super::instance_identifier(member)?;
            return Ok(After::Action {
                kind: word.to_owned(),
                instance: Some(InstanceId::new(member)),
            });
        }
        Some(_) if PHASES.contains(&word) || ACTIONS.contains(&word) => {
            return Err(
                Complaint::new(format!("`{word}` is not done to one member"))
                    .hinted(format!("write \"{word}\"")),
            );
        }
        _ => {}
    }
    let complaint = Complaint::new(format!("no step can follow `{text}`"));
    let known = PHASES.iter().chain(&ACTIONS).copied();
    Err(match (nearest(word, known), member) {
        (Some(meant), Some(member)) if ACTIONS_ON_A_MEMBER.contains(&meant) => {
            complaint.hinted(format!("did you mean `{meant} {member}`?"))
        }
        (Some(meant), _) => complaint.hinted(format!("did you mean `{meant}`?")),
        (None, _) => complaint
            .hinted(format!("a phase: {}", PHASES.join(", ")))
            .hinted(format!("or an action: {}", ACTIONS.join(", "))),
    })
}

/// What a person is asked at a gate.
pub(in crate::config) fn message(text: &str) -> Result<String, Complaint> {
    if text.trim().is_empty() {
        return Err(Complaint::new("the message is empty").hinted(
            "say what is to be looked at before the run goes on: \"the dashboards are quiet\"",
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(Complaint::new(
            "the message holds a line break or another control character",
        ));
    }
    Ok(text.to_owned())
}

/// How long a command may take.
pub(in crate::config) fn time_limit(text: &str) -> Result<u32, Complaint> {
    match span_of_time::seconds(text)? {
        0 => Err(Complaint::new("a command that has no time can do nothing")
            .hinted("write a length such as \"10min\"")),
        seconds => Ok(seconds),
    }
}

/// How often a command is run again.
pub(in crate::config) fn retries(number: i128) -> Result<u32, Complaint> {
    u32::try_from(number)
        .ok()
        .filter(|retries| *retries <= RETRIES_MAX)
        .ok_or_else(|| {
            Complaint::new(format!(
                "a command cannot be run again {number} times: 0 to {RETRIES_MAX}"
            ))
        })
}

/// How much of a command's output is kept.
pub(in crate::config) fn kept_bytes(text: &str) -> Result<u32, Complaint> {
    let advice = "write a size up to \"1MB\", such as \"64kB\"; the end of the output is kept";
    Quantity::parse(text)
        .filter(|quantity| !quantity.suffix.is_empty())
        .and_then(|quantity| quantity.to(Unit::Bytes).ok())
        .filter(|bytes| (0..=KEPT_BYTES_MAX).contains(bytes))
        .and_then(|bytes| u32::try_from(bytes).ok())
        .ok_or_else(|| {
            Complaint::new(format!("`{text}` is no size that can be kept")).hinted(advice)
        })
}

/// What comes of a command that is not run.
pub(in crate::config) fn simulated(text: &str) -> Result<Simulated, Complaint> {
    match one_of(text, "an outcome of a command", &["success", "failure"])? {
        "failure" => Ok(Simulated::Failure),
        _ => Ok(Simulated::Success),
    }
}

/// A variable of the environment.
pub(in crate::config) fn variable(text: &str) -> Result<String, Complaint> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if !text.is_empty()
        && !text.starts_with(|letter: char| letter.is_ascii_digit())
        && text.chars().all(allowed)
    {
        return Ok(text.to_owned());
    }
    Err(
        Complaint::new(format!("`{text}` is no name of an environment variable"))
            .hinted("letters, digits and underscores; the first is no digit"),
    )
}

/// A variable that a step may set.
pub(in crate::config) fn own_variable(text: &str) -> Result<String, Complaint> {
    if text.starts_with("AURORACTL_") {
        return Err(
            Complaint::new(format!("`{text}` is not for declarations to set"))
                .hinted("what begins with AURORACTL_ tells the command about the run"),
        );
    }
    variable(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::complaints;
    use super::*;

    #[test]
    fn a_step_follows_a_phase_or_an_action_or_that_of_one_member() {
        for text in [
            "preflight",
            "clean-up",
            "failover",
            "restart",
            "reboot Orders-2",
        ] {
            assert_eq!(after(text).unwrap().to_string(), text.to_lowercase());
        }
        insta::assert_snapshot!(complaints(after, &["activated", "rebot orders-2", "failover orders-2", "lunch", "reboot a_b", ""]), @r#"
        no step can follow `activated` | did you mean `activate`?
        no step can follow `rebot orders-2` | did you mean `reboot orders-2`?
        `failover` is not done to one member | write "failover"
        no step can follow `lunch` | a phase: preflight, safeguard, stage, settle, activate, verify, clean-up | or an action: restart, failover, reboot, flush, change-class, queue-class-change, clear-queue, create-snapshot, create-parameter-group, adopt-parameter-group, modify-parameters, reset-parameters, attach-parameter-group, modify-insights, release-snapshot, delete-expired-snapshot
        `a_b` is no DB instance identifier: it may hold letters, digits and hyphens, not `_` | 
        no step can follow `` | a phase: preflight, safeguard, stage, settle, activate, verify, clean-up | or an action: restart, failover, reboot, flush, change-class, queue-class-change, clear-queue, create-snapshot, create-parameter-group, adopt-parameter-group, modify-parameters, reset-parameters, attach-parameter-group, modify-insights, release-snapshot, delete-expired-snapshot
        "#);
    }

    #[test]
    fn names_sizes_and_variables_are_checked() {
        assert_eq!(kept_bytes("64kB").unwrap(), 65536);
        assert_eq!(kept_bytes("0B").unwrap(), 0);
        insta::assert_snapshot!(complaints(kept_bytes, &["2MB", "64", "64KB", "-1kB", "1h"]), @r#"
        `2MB` is no size that can be kept | write a size up to "1MB", such as "64kB"; the end of the output is kept
        `64` is no size that can be kept | write a size up to "1MB", such as "64kB"; the end of the output is kept
        `64KB` is no size that can be kept | write a size up to "1MB", such as "64kB"; the end of the output is kept
        `-1kB` is no size that can be kept | write a size up to "1MB", such as "64kB"; the end of the output is kept
        `1h` is no size that can be kept | write a size up to "1MB", such as "64kB"; the end of the output is kept
        "#);
        insta::assert_snapshot!(complaints(step_name, &["", "App", "a_b", "-a", "../a"]), @"
        `` is no name of a step or gate | 1 to 40 small letters, digits and `-`; the first and the last is a letter or a digit
        `App` is no name of a step or gate | 1 to 40 small letters, digits and `-`; the first and the last is a letter or a digit
        `a_b` is no name of a step or gate | 1 to 40 small letters, digits and `-`; the first and the last is a letter or a digit
        `-a` is no name of a step or gate | 1 to 40 small letters, digits and `-`; the first and the last is a letter or a digit
        `../a` is no name of a step or gate | 1 to 40 small letters, digits and `-`; the first and the last is a letter or a digit
        ");
        insta::assert_snapshot!(complaints(own_variable, &["", "1A", "A-B", "AURORACTL_RUN", "A=B"]), @"
        `` is no name of an environment variable | letters, digits and underscores; the first is no digit
        `1A` is no name of an environment variable | letters, digits and underscores; the first is no digit
        `A-B` is no name of an environment variable | letters, digits and underscores; the first is no digit
        `AURORACTL_RUN` is not for declarations to set | what begins with AURORACTL_ tells the command about the run
        `A=B` is no name of an environment variable | letters, digits and underscores; the first is no digit
        ");
        insta::assert_snapshot!(complaints(message, &["", "a\u{1b}[2J"]), @r#"
        the message is empty | say what is to be looked at before the run goes on: "the dashboards are quiet"
        the message holds a line break or another control character |
        "#);
        insta::assert_snapshot!(complaints(simulated, &["fails", "timeout"]), @"
        `fails` is not an outcome of a command | did you mean `failure`?
        `timeout` is not an outcome of a command | write `success` or `failure`
        ");
        assert_eq!(retries(3).unwrap(), 3);
        assert!(retries(101).is_err());
        assert!(retries(-1).is_err());
        assert!(time_limit("0s").is_err());
    }
}
