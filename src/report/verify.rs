//! A verification for people: member by member, fact by fact, which witness says what, and what it would take to prove the rest.
//!
//! Goes in: the verification of one partition and where it was read. Comes out: text, the verdict first.

use super::style::{Style, columns, wrap};
use crate::desired::Desired;
use crate::observed::Backend;
use crate::plan::verify::{Check, Verdict, Verification};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The width of the longest verdict.
const VERDICT_WIDTH: usize = "not readable".len();
/// The width of the longest witness.
const WITNESS_WIDTH: usize = "RDS API".len();

/// What the witnesses say of one partition.
pub fn render(
    verification: &Verification,
    desired: &Desired,
    backend: &Backend,
    style: Style,
) -> String {
    let Verification {
        partition,
        cluster,
        at,
        user,
        checks,
        members,
        disagreements,
    } = verification;
    let mut text = format!(
        "{}: cluster {}, account {}, {}, {backend}\n",
        style.heading(partition.as_str()),
        style.name(cluster.as_str()),
        desired.aws.account,
        desired.aws.region,
    );
    let _ = writeln!(text, "  {}", conclusion(verification, style));
    let heard = match user {
        Some(user) => format!("witnesses: RDS API, SQL as {user}; read {at}"),
        None => format!("witnesses: RDS API; read {at}"),
    };
    let _ = writeln!(text, "  {}", style.faint(&heard));
    for disagreement in disagreements {
        let label = style.removed("witnesses disagree");
        text.push_str(&wrap(&format!("  {label}  "), disagreement));
    }
    text.push_str("\n  the cluster\n");
    text.push_str(&lines(checks, style));
    for member in members {
        let _ = write!(
            text,
            "\n  {}, {}, {}\n",
            style.name(member.identifier.as_str()),
            member.role,
            member.class
        );
        text.push_str(&lines(&member.checks, style));
    }
    let open = what_it_takes(verification);
    if !open.is_empty() {
        text.push_str("\n  what it takes\n");
        for (takes, subjects) in open {
            text.push_str(&wrap("    ", &takes));
            text.push_str(&style.faint(&wrap("        for ", &subjects.join(", "))));
        }
    }
    text
}

fn conclusion(verification: &Verification, style: Style) -> String {
    let counted = |verdict, words: &str| {
        let count = verification.count(verdict);
        (count > 0).then(|| format!("{count} {words}"))
    };
    let wrong: Vec<String> = [
        counted(Verdict::NotLive, "not as declared"),
        counted(Verdict::NotReadable, "not readable"),
        counted(Verdict::NotProven, "not proven"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if verification.is_proven() {
        return style.added("proven: every witness says that all is as declared, on every member");
    }
    let mut words = wrong.join(", ");
    if !verification.disagreements.is_empty() {
        if !words.is_empty() {
            words.push_str("; ");
        }
        words.push_str("witnesses disagree");
    }
    style.removed(&words)
}

fn lines(checks: &[Check], style: Style) -> String {
    let width = checks
        .iter()
        .map(|check| columns(&check.subject))
        .max()
        .unwrap_or(0);
    checks
        .iter()
        .map(|check| line(check, width, style))
        .collect()
}

fn line(check: &Check, width: usize, style: Style) -> String {
    let Check {
        subject,
        verdict,
        witness,
        wanted,
        found,
        because,
        takes: _,
    } = check;
    let word = match verdict {
        Verdict::Live => style.added(&format!("{:<VERDICT_WIDTH$}", "live")),
        Verdict::NotLive => style.removed(&format!("{:<VERDICT_WIDTH$}", "not live")),
        Verdict::NotReadable => style.changed(&format!("{:<VERDICT_WIDTH$}", "not readable")),
        Verdict::NotProven => style.changed(&format!("{:<VERDICT_WIDTH$}", "not proven")),
    };
    let facts = match (verdict, found, wanted) {
        (Verdict::Live, Some(found), _) => found.clone(),
        (Verdict::Live, None, Some(wanted)) => wanted.clone(),
        (_, Some(found), Some(wanted)) => format!("is {found}, wanted {wanted}"),
        (_, Some(found), None) => format!("is {found}"),
        (_, None, Some(wanted)) => format!("wanted {wanted}"),
        (_, None, None) => String::new(),
    };
    let padding = " ".repeat(width.saturating_sub(columns(subject)));
    let witness = witness.to_string();
    let mut text = wrap(
        &format!("    {word}  {witness:<WITNESS_WIDTH$}  {subject}{padding}  "),
        &facts,
    );
    if facts.is_empty() {
        text = format!("{}\n", text.trim_end());
    }
    if let Some(because) = because {
        text.push_str(&wrap(
            &" ".repeat(VERDICT_WIDTH + WITNESS_WIDTH + 10),
            because,
        ));
    }
    text
}

/// What would prove the rest, each once, with what it is for.
fn what_it_takes(verification: &Verification) -> BTreeMap<String, Vec<String>> {
    let mut open: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (member, check) in verification.all() {
        let Some(takes) = &check.takes else {
            continue;
        };
        let subject = match member {
            Some(member) => format!("{} on {member}", check.subject),
            None => check.subject.clone(),
        };
        open.entry(takes.clone()).or_default().push(subject);
    }
    open
}
