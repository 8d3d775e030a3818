//! `[cluster.replay]` and `[cluster.member.replay]`: recorded durations, each checked against what can be recorded there.

use std::collections::BTreeMap;

use toml::Spanned;

use super::build::{Problem, problem};
use crate::sim::replay::{OF_CLUSTERS, OF_MEMBERS, Takes};
use crate::sim::world::World;

/// Account, region and identifier of what was recorded.
type Of<'a> = (&'a str, &'a str, &'a str);

/// Adds what was recorded of a cluster.
pub(super) fn of_cluster(
    world: &mut World,
    cluster: Of<'_>,
    table: &BTreeMap<Spanned<String>, Takes>,
) -> Result<(), Problem> {
    add(world, cluster, table, ("cluster", OF_CLUSTERS))
}

/// Adds what was recorded of a member.
pub(super) fn of_member(
    world: &mut World,
    member: Of<'_>,
    table: &BTreeMap<Spanned<String>, Takes>,
) -> Result<(), Problem> {
    add(world, member, table, ("member", OF_MEMBERS))
}

fn add(
    world: &mut World,
    (account, region, identifier): Of<'_>,
    table: &BTreeMap<Spanned<String>, Takes>,
    (what, known): (&str, &[&str]),
) -> Result<(), Problem> {
    for (phase, takes) in table {
        if !known.contains(&phase.as_ref().as_str()) {
            let message = format!(
                "of a {what} there can be recorded {}, not {}",
                known.join(", "),
                phase.as_ref()
            );
            return Err(problem(phase.span(), message));
        }
        let Some(seconds) = takes.seconds() else {
            let message = format!(
                "{}: recorded seconds are finite and not negative",
                phase.as_ref()
            );
            return Err(problem(phase.span(), message));
        };
        let object = format!("{account}/{region}/{identifier}");
        world.rules.recordings.add(phase.as_ref(), &object, seconds);
    }
    Ok(())
}
