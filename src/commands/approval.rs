//! The question before anything is changed: asked on a terminal, never guessed elsewhere.
//!
//! Goes in: a plan, and whether it was approved beforehand. Comes out: yes, or why not.

use crate::error::Error;
use crate::names::ClusterId;
use crate::observed::Backend;
use crate::plan::Plan;
use crate::report::{Output, summary::action_count};
use std::io::{self, BufRead, IsTerminal as _};

/// Whether the plan may be done.
///
/// # Errors
/// A refusal when the answer is not `yes`, or when there is nobody to ask.
pub fn obtain(plan: &Plan, approved: bool, output: &mut Output) -> Result<(), Error> {
    if approved {
        return Ok(());
    }
    let stdin = io::stdin();
    if !stdin.is_terminal() || !output.messages_are_watched() {
        // A simulation harms nobody.
        if matches!(plan.target.backend, Backend::Simulated { .. }) {
            return Ok(());
        }
        let error = Error::refused(format!(
            "applying to cluster {} needs an answer, and there is no terminal to ask on",
            plan.target.cluster
        ))
        .hinted("approve beforehand with --auto-approve");
        if plan.undoes.is_some() {
            return Err(error);
        }
        return Err(error.hinted("or look first and apply what was looked at: auroractl plan NAME --out FILE.plan.json, then auroractl apply FILE.plan.json --auto-approve"));
    }
    output.message(&question(plan));
    answer(&mut stdin.lock())
}

/// Whether a new cluster may be made: its name was typed, beforehand or now.
///
/// # Errors
/// A refusal when another name was typed, or when there is nobody to ask.
pub fn confirm(plan: &Plan, given: Option<&str>, output: &mut Output) -> Result<(), Error> {
    let name = &plan.target.cluster;
    if let Some(given) = given {
        return is_its_name(name, given);
    }
    let stdin = io::stdin();
    if !stdin.is_terminal() || !output.messages_are_watched() {
        return Err(Error::refused(format!(
            "making cluster {name} needs its name to be typed, and there is no terminal to ask on"
        ))
        .hinted(format!("confirm it beforehand with --confirm {name}")));
    }
    output.message(&format!(
        "\nMake this new cluster in {}/{}? Type its name to say so: ",
        plan.target.account, plan.target.region
    ));
    let mut line = String::new();
    stdin
        .lock()
        .read_line(&mut line)
        .map_err(|error| Error::refused("no answer could be read").caused_by(error))?;
    is_its_name(name, line.trim())
}

fn is_its_name(name: &ClusterId, typed: &str) -> Result<(), Error> {
    if ClusterId::new(typed) == *name {
        return Ok(());
    }
    Err(Error::refused(format!(
        "`{typed}` is not the new cluster's name, which is `{name}`; nothing was changed"
    )))
}

fn question(plan: &Plan) -> String {
    let target = &plan.target;
    let simulated = match &target.backend {
        Backend::Simulated { .. } => " (simulated)",
        Backend::Aws { .. } => "",
    };
    format!(
        "\nApply {} to {} in {}/{}{simulated}? Only \"yes\" is accepted: ",
        match plan.actions.len() {
            1 => "this 1 action".to_owned(),
            number => format!("these {}", action_count(number)),
        },
        target.cluster,
        target.account,
        target.region,
    )
}

fn answer(input: &mut impl BufRead) -> Result<(), Error> {
    let mut line = String::new();
    input
        .read_line(&mut line)
        .map_err(|error| Error::refused("no answer could be read").caused_by(error))?;
    if line.trim() == "yes" {
        Ok(())
    } else {
        Err(Error::refused("declined; nothing was changed"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_question_names_the_number_of_actions_and_the_target() {
        assert_eq!(
            question(&sample::rollout()),
            "\nApply these 7 actions to orders in 111111111111/us-east-1 (simulated)? Only \"yes\" is accepted: "
        );
    }

    #[test]
    fn only_yes_is_accepted() {
        assert!(answer(&mut "yes\n".as_bytes()).is_ok());
        for said in ["y\n", "YES\n", "\n", "", "yes please\n"] {
            let refusal = answer(&mut said.as_bytes()).unwrap_err();
            assert_eq!(refusal.to_string(), "declined; nothing was changed");
            assert_eq!(refusal.exit().code(), 3);
        }
    }

    #[test]
    fn without_a_terminal_a_real_cluster_is_refused_and_a_simulated_one_is_not() {
        // Tests have no terminal on stderr that an `Output::plain` would watch.
        let mut output = Output::plain(Box::new(io::sink()), Box::new(io::sink()));
        assert!(obtain(&sample::rollout(), false, &mut output).is_ok());
        let mut real = sample::rollout();
        real.target.backend = Backend::Aws { endpoint: None };
        let refusal = obtain(&real, false, &mut output).unwrap_err();
        insta::assert_snapshot!(refusal.render(false), @"
        refused: applying to cluster orders needs an answer, and there is no terminal to ask on

        hint: approve beforehand with --auto-approve
        hint: or look first and apply what was looked at: auroractl plan NAME --out FILE.plan.json, then auroractl apply FILE.plan.json --auto-approve
        ");
        assert!(obtain(&real, true, &mut output).is_ok());
    }
}
