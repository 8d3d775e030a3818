//! World files. In: TOML. Out: a world, or one error that names the file and line.
//!
//! [`file`] mirrors the format and documents each key, [`build`] turns it into a world.

mod build;
mod cluster;
mod contents;
mod file;
mod maintenance;
mod recorded;
mod stack;

use std::fmt;
use std::path::Path;

use super::world::World;

/// Why a world cannot be simulated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioError {
    message: String,
}

impl ScenarioError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for ScenarioError {}

/// Reads a world file.
pub(crate) fn read(name: &str, text: &str) -> Result<World, ScenarioError> {
    let file: file::File = toml::from_str(text).map_err(|error| {
        let place = place(name, text, error.span());
        ScenarioError::new(format!("{place}: {}", error.message()))
    })?;
    build::world(&file, folder(name)).map_err(|problem| {
        ScenarioError::new(format!(
            "{}: {}",
            place(name, text, problem.span),
            problem.message
        ))
    })
}

/// The folder of a world file: what it names is looked for there.
fn folder(name: &str) -> &Path {
    Path::new(name).parent().unwrap_or(Path::new(""))
}

/// The text of the files that a world file names, one after the other: with them its content changes too. What cannot be read
/// is left out here, and told when the world is made.
pub fn beside(name: &str, text: &str) -> String {
    let Ok(file) = toml::from_str::<file::File>(text) else {
        return String::new();
    };
    let named = file
        .stack
        .iter()
        .filter_map(|table| table.as_ref().template_file.as_ref());
    named
        .filter_map(|named| std::fs::read_to_string(folder(name).join(named.as_ref())).ok())
        .collect()
}

/// `NAME:LINE` of a position in the text.
fn place(name: &str, text: &str, span: Option<std::ops::Range<usize>>) -> String {
    let before = span.and_then(|span| text.get(..span.start));
    before.map_or_else(
        || name.to_owned(),
        |before| format!("{name}:{}", before.matches('\n').count() + 1),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::string_slice, clippy::indexing_slicing)]
    use super::*;

    fn refusal(text: &str) -> String {
        read("worlds/test.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_file_is_one_empty_account() {
        let world = read("empty.toml", "").unwrap();
        let account = world.accounts.first().unwrap();
        assert_eq!(
            (account.id.as_str(), account.region.as_str()),
            ("123456789012", "us-east-1")
        );
        assert!(world.places.values().all(|place| place.clusters.is_empty()));
    }

    #[test]
    fn a_mistake_is_told_with_file_and_line() {
        let cluster = "[[cluster]]\nidentifier = \"orders\"\nengine_version = \"16.6\"\n";
        let cases = [
            (
                "seed = 1\nsede = 2",
                "worlds/test.toml:2: unknown field `sede`",
            ),
            ("clock = \"yesterday\"", "worlds/test.toml:1: "),
            (
                "[[cluster]]\nidentifier = \"a--b\"\nengine_version = \"16.6\"",
                "worlds/test.toml:2: The parameter identifier is not a valid",
            ),
            (
                "[[cluster]]\nidentifier = \"a\"\nengine_version = \"9.9\"",
                "worlds/test.toml:3: unknown engine version 9.9",
            ),
            (
                &format!("{cluster}account = \"111111111111\""),
                "worlds/test.toml:4: no [[account]] has the id 111111111111",
            ),
            (
                &format!("{cluster}parameter_group = \"mine\""),
                "worlds/test.toml:4: there is no cluster parameter group mine",
            ),
            (
                &format!("{cluster}{cluster}"),
                "worlds/test.toml:5: there is a cluster orders already",
            ),
            (
                &format!("{cluster}[[cluster.member]]\nidentifier = \"a\"\nclass = \"db.huge\""),
                "worlds/test.toml:6: unknown class db.huge",
            ),
            (
                &format!(
                    "{cluster}[[cluster.member]]\nidentifier = \"a\"\nclass = \"db.t3.medium\"\nparameter_group_status = \"synced\""
                ),
                "worlds/test.toml:7: unknown variant `synced`",
            ),
            (
                "[[parameter_group]]\nname = \"g\"\nfamily = \"aurora-postgresql16\"\nparameters = { max_connections = 5 }",
                "worlds/test.toml:4: max_connections = 5 is outside of its allowed values",
            ),
            (
                "[[fault]]\nkind = \"throttling\"\naction = \"Frobnicate\"",
                "worlds/test.toml:1: unknown action \"Frobnicate\"",
            ),
            (
                "[[fault]]\nkind = \"slow-reply\"",
                "worlds/test.toml:1: kind = \"slow-reply\" needs seconds",
            ),
            (
                &format!("{cluster}[cluster.replay]\nreboot = 65"),
                "worlds/test.toml:5: of a cluster there can be recorded failover_accept, ",
            ),
            (
                &format!("{cluster}[cluster.replay]\nsnapshot = [241, -1]"),
                "worlds/test.toml:5: snapshot: recorded seconds are not negative and at most 3.2e10",
            ),
            (
                &format!(
                    "{cluster}[[cluster.member]]\nidentifier = \"a\"\nclass = \"db.t3.medium\"\nreplay = {{ reboot = \"65 s\" }}"
                ),
                "worlds/test.toml:7: expected seconds: a number, or a list of numbers",
            ),
            (
                "[policies]\nreboot_flushes = true",
                "worlds/test.toml:2: unknown field `reboot_flushes`",
            ),
        ];
        for (text, expected) in cases {
            let message = refusal(text);
            assert!(
                message.starts_with(expected),
                "{text}\n  gives    {message}\n  expected {expected}"
            );
        }
    }

    #[test]
    fn every_timing_and_policy_is_documented_with_its_default() {
        let page = include_str!("../../../docs/worlds.md");
        let timings = serde_json::to_value(crate::sim::timings::Timings::default()).unwrap();
        let policies = serde_json::to_value(crate::sim::policies::Policies::default()).unwrap();
        for (key, value) in timings
            .as_object()
            .unwrap()
            .iter()
            .chain(policies.as_object().unwrap())
        {
            let value = value
                .to_string()
                .replace(".0,", ",")
                .replace(".0]", "]")
                .replace(',', ", ");
            let row = format!("| `{key}` | {value} | ");
            assert!(page.contains(&row), "docs/worlds.md has no row {row}");
        }
    }

    #[test]
    fn the_documented_example_of_faults_is_a_world_file() {
        let page = include_str!("../../../docs/worlds.md");
        let begins = page.find("```toml\n[[fault]]").unwrap();
        let example = page[begins + "```toml\n".len()..]
            .split("```")
            .next()
            .unwrap();
        let world = read("example.toml", example).unwrap();
        let kinds: Vec<&str> = world
            .faults
            .list()
            .iter()
            .map(|fault| fault.declaration.kind.name())
            .collect();
        assert_eq!(kinds, ["member-status", "operator"]);
    }

    #[test]
    fn the_documented_example_of_a_recording_is_a_world_file_and_every_key_is_listed() {
        use super::super::replay::{OF_CLUSTERS, OF_MEMBERS};
        let page = include_str!("../../../docs/worlds.md");
        let (_, section) = page.split_once("## Recorded durations").unwrap();
        let (_, example) = section.split_once("```toml\n").unwrap();
        read("example.toml", example.split("```").next().unwrap()).unwrap();
        for (what, keys) in [("a cluster", OF_CLUSTERS), ("a member", OF_MEMBERS)] {
            let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            let row = format!("| {what} | {} |", keys.join(", "))
                .replace("`failover_settle`", "`failover_settle` (slow ones too)");
            assert!(section.contains(&row), "docs/worlds.md has no row {row}");
        }
    }

    #[test]
    fn a_chance_above_one_is_refused() {
        let message = refusal("[timings]\nfailover_settle_slow_chance = 5");
        assert_eq!(
            message,
            "worlds/test.toml: failover_settle_slow_chance is 5; it must be between 0 and 1"
        );
    }

    #[test]
    fn two_writers_are_refused_and_the_first_member_writes_when_none_is_named() {
        let member = |name: &str, more: &str| {
            format!(
                "[[cluster.member]]\nidentifier = \"{name}\"\nclass = \"db.t3.medium\"\n{more}\n"
            )
        };
        let cluster = "[[cluster]]\nidentifier = \"c\"\nengine_version = \"16.6\"\n";
        let both = format!(
            "{cluster}{}{}",
            member("a", "writer = true"),
            member("b", "writer = true")
        );
        assert!(refusal(&both).starts_with("worlds/test.toml:2: the cluster c has 2 writers"));
        let world = read(
            "w",
            &format!("{cluster}{}{}", member("a", ""), member("b", "")),
        )
        .unwrap();
        let place = world.places.values().next().unwrap();
        let writers: Vec<bool> = place
            .instances
            .values()
            .map(|instance| instance.writer)
            .collect();
        assert_eq!(writers, [true, false]);
    }

    #[test]
    fn the_built_in_world_stands_just_before_the_rollouts() {
        let world = read("built-in", super::super::built_in_world()).unwrap();
        assert_eq!(world.clock.to_string(), "2026-05-15T06:05:00Z");
        let clusters: Vec<String> = world
            .places
            .values()
            .flat_map(|place| {
                place.clusters.values().map(move |cluster| {
                    let members: Vec<String> = place
                        .members(cluster)
                        .map(|member| {
                            format!(
                                "{}{} {}",
                                member.identifier,
                                if member.writer { " (writer)" } else { "" },
                                member.class
                            )
                        })
                        .collect();
                    format!(
                        "{} {} {} {}: {}",
                        place.account,
                        cluster.identifier,
                        cluster.engine_version,
                        cluster.parameter_group,
                        members.join(", ")
                    )
                })
            })
            .collect();
        insta::assert_snapshot!(clusters.join("\n"), @"
        111111111111 alpha001-demo-auroracluster 16.6 default.aurora-postgresql16: alpha001-demo-auroraclusterwriter (writer) db.t3.medium, alpha001-demo-auroraclusterreader1 db.t3.medium
        111111111111 alpha001-prod-auroracluster 16.6 default.aurora-postgresql16: alpha001-prod-auroraclusterwriter (writer) db.t3.medium, alpha001-prod-auroraclusterreader1 db.t3.medium
        222222222222 alpha002-dev-auroracluster 16.6 default.aurora-postgresql16: alpha002-dev-auroraclusterwriter (writer) db.t3.medium, alpha002-dev-auroraclusterreader1 db.t3.medium
        222222222222 alpha002-stage-auroracluster 16.6 default.aurora-postgresql16: alpha002-stage-auroraclusterwriter (writer) db.t3.medium, alpha002-stage-auroraclusterreader1 db.t3.medium
        ");
    }
}
