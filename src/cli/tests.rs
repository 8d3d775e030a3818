//! What is understood, and what is refused in words.
#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace()).and_then(Cli::check)
}

fn problem(line: &str) -> String {
    parse(line).unwrap_err().render().to_string()
}

#[test]
fn the_types_are_consistent() {
    use clap::CommandFactory as _;
    Cli::command().debug_assert();
}

#[test]
fn a_world_needs_the_equals_sign_so_that_a_partition_is_never_taken_for_one() {
    let Command::Plan(plan) = parse("auroractl plan --simulate prod").unwrap().command else {
        panic!("not a plan");
    };
    assert_eq!(plan.reading.simulate, Some(None));
    assert_eq!(plan.selection.names, ["prod"]);
    let Command::Plan(plan) = parse("auroractl plan prod --simulate=world.toml")
        .unwrap()
        .command
    else {
        panic!("not a plan");
    };
    assert_eq!(plan.reading.simulate, Some(Some("world.toml".into())));
}

#[test]
fn a_word_is_quoted_where_a_shell_would_change_it() {
    assert_eq!(quoted("worlds/four.toml"), "worlds/four.toml");
    assert_eq!(quoted("my world.toml"), "'my world.toml'");
    assert_eq!(quoted("it's"), r"'it'\''s'");
}

#[test]
fn options_that_would_do_nothing_are_refused() {
    insta::assert_snapshot!(problem("auroractl plan prod --simulate-speed 10"), @"
    error: the following required arguments were not provided:
      --simulate[=<WORLD>]

    Usage: auroractl plan --simulate[=<WORLD>] --simulate-speed <N|max> <NAME|--all>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(problem("auroractl schema --environments here"), @"
    error: `--environments` does nothing here: no declaration is read

    Usage: auroractl [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(problem("auroractl apply prod.plan.json --adopt"), @"
    error: a plan file carries what was allowed when it was made: give these options to `plan --out`

    Usage: auroractl [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(problem("auroractl plan dev prod --out two.plan.json"), @"
    error: `--out` saves the plan of one partition: name exactly one

    Usage: auroractl [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn a_server_cannot_run_at_the_highest_speed() {
    insta::assert_snapshot!(problem("auroractl simulate --listen 127.0.0.1:0 --speed max"), @"
    error: invalid value 'max' for '--speed <N>': a server cannot run at `max`: its clients live in real time; give a number

    For more information, try '--help'.
    ");
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    insta::assert_snapshot!(problem("auroractl apply prod --poll-interval 0"), @"
    error: invalid value '0' for '--poll-interval <SECONDS>': expected a number above 0

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(problem("auroractl plan prod --simulate --simulate-speed -1"), @"
    error: unexpected argument '-1' found

      tip: to pass '-1' as a value, use '-- -1'

    Usage: auroractl plan [OPTIONS] <NAME|--all>

    For more information, try '--help'.
    ");
}

#[test]
fn partitions_are_named_or_all_are_meant() {
    insta::assert_snapshot!(problem("auroractl drift"), @"
    error: the following required arguments were not provided:
      <NAME|--all>

    Usage: auroractl drift <NAME|--all>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(problem("auroractl drift prod --all"), @"
    error: the argument '[NAME]...' cannot be used with '--all'

    Usage: auroractl drift <NAME|--all>

    For more information, try '--help'.
    ");
}

#[test]
fn an_empty_place_is_refused_and_not_taken_for_another() {
    for value in ["", "  "] {
        let line = ["auroractl", "plan", "prod", "--store", value];
        let problem = Cli::try_parse_from(line).unwrap_err().to_string();
        assert!(problem.contains("it is empty"), "{problem}");
    }
}
