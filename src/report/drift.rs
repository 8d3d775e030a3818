//! Drift for people: who holds what, sorted by who has to act.
//!
//! Goes in: the drift of one partition and where it was read. Comes out: text; silence is never mistaken for health.

use super::comparison;
use super::style::{Style, wrap};
use crate::desired::Desired;
use crate::observed::Backend;
use crate::plan::drift::{Class, Drift, Finding};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// All findings of one partition.
pub fn render(drift: &Drift, desired: &Desired, backend: &Backend, style: Style) -> String {
    let Drift {
        partition,
        findings,
    } = drift;
    let mut text = format!(
        "{}: cluster {}, account {}, {}, {backend}\n",
        style.heading(partition.as_str()),
        style.name(desired.cluster.identifier.as_str()),
        desired.aws.account,
        desired.aws.region,
    );
    let verdict = if drift.is_drift() {
        style.changed("drift")
    } else {
        style.added("as declared, and every member runs it")
    };
    let _ = writeln!(text, "  {verdict}");
    let mut classes: BTreeMap<Class, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        classes.entry(finding.class).or_default().push(finding);
    }
    for (class, findings) in classes {
        let _ = write!(text, "\n  {}\n", title(class));
        for finding in findings {
            text.push_str(&self::finding(finding, style));
        }
    }
    text
}

fn finding(finding: &Finding, style: Style) -> String {
    let Finding {
        class: _,
        subject,
        member,
        declared,
        live,
        reason,
    } = finding;
    let label = match member {
        Some(member) if !subject.contains(member.as_str()) => format!("{subject} on {member}"),
        _ => subject.clone(),
    };
    let values = match (live, declared) {
        // Stored as a default, and declared as the cluster's own.
        (Some(live), Some(declared)) if live == declared => format!(": {live}"),
        (Some(live), Some(declared)) if comparison::is_longer(live, declared) => {
            return format!(
                "    {} {label} (live -> declared)\n{}{}",
                style.changed("~"),
                comparison::lines(8, live, declared, style),
                because(reason),
            );
        }
        (Some(live), Some(declared)) => format!(": live {live}, declared {declared}"),
        (Some(live), None) => format!(": live {live}, not declared"),
        (None, Some(declared)) => format!(": declared {declared}, not there"),
        (None, None) => String::new(),
    };
    let sign = match (live, declared) {
        (Some(_), None) => style.removed("-"),
        (None, Some(_)) => style.added("+"),
        _ => style.changed("~"),
    };
    let line = wrap(&format!("    {sign} "), &format!("{label}{values}"));
    line + &because(reason)
}

fn because(reason: &str) -> String {
    if reason.is_empty() {
        String::new()
    } else {
        wrap("        ", reason)
    }
}

/// The heading of a class of difference.
pub fn title(class: Class) -> &'static str {
    match class {
        Class::NotAsDeclared => "not as declared",
        Class::StoredButNotLive => "stored but not live",
        Class::ChangedByAws => "changed by AWS; nothing to undo",
        Class::ExpiredSnapshot => "snapshots whose time is over; the next apply deletes them",
        Class::HeldSnapshot => "snapshots that runs hold; nothing deletes them by itself",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::PartitionName;
    use crate::report::sample;

    #[test]
    fn differences_are_sorted_by_who_has_to_act() {
        insta::assert_snapshot!(
            render(&sample::drift(), &sample::desired(), &sample::built_in(), Style::new(false)),
            @"
        prod: cluster orders, account 111111111111, us-east-1, simulated AWS (built-in world)
          drift

          not as declared
            ~ parameter log_statement: live none, declared ddl

          stored but not live
            ~ instance class on orders-2: live db.t3.medium, declared db.r7g.large
                queued; it becomes live with a flush

          changed by AWS; nothing to undo
            ~ engine version: live 16.8, declared 16
                an automatic minor upgrade
        "
        );
    }

    #[test]
    fn no_difference_is_said_in_words() {
        let drift = Drift {
            partition: PartitionName::new("prod"),
            findings: Vec::new(),
        };
        insta::assert_snapshot!(
            render(&drift, &sample::desired(), &sample::built_in(), Style::new(false)),
            @"
        prod: cluster orders, account 111111111111, us-east-1, simulated AWS (built-in world)
          as declared, and every member runs it
        "
        );
    }
}
