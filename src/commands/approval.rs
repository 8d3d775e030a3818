//! The question before anything is changed: asked on a terminal, never guessed elsewhere.
//!
//! Goes in: a plan, and whether it was approved beforehand. Comes out: yes, or why not.

use super::interruption::Interruption;
use crate::error::{Error, Exit};
use crate::names::ClusterId;
use crate::observed::Backend;
use crate::plan::Plan;
use crate::report::{Output, summary::action_count};
use std::io::{self, IsTerminal as _};
use tokio::sync::oneshot;

/// Whether the plan may be done.
///
/// # Errors
/// A refusal when the answer is not `yes`, or when there is nobody to ask; an interruption while the question waits.
pub async fn obtain(plan: &Plan, approved: bool, output: &mut Output) -> Result<(), Error> {
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
        if plan.undoes.is_some() || plan.is_drill {
            return Err(error);
        }
        return Err(error.hinted("or look first and apply what was looked at: auroractl plan NAME --out FILE.plan.json, then auroractl apply FILE.plan.json --auto-approve"));
    }
    output.message(&question(plan));
    is_yes(&watched_line(output).await?)
}

/// What is typed, unless the user interrupts first.
async fn watched_line(output: &mut Output) -> Result<String, Error> {
    let mut interruption = Interruption::watched();
    let line = typed(line_of_stdin(), interruption.next()).await;
    if line.as_ref().is_err_and(is_interruption) {
        // The question's line is still open.
        output.message("\n");
    }
    line
}

fn is_interruption(error: &Error) -> bool {
    error.exit() == Exit::Interrupted
}

/// Whether a new cluster may be made: its name was typed, beforehand or now.
///
/// # Errors
/// A refusal when another name was typed, or when there is nobody to ask.
pub async fn confirm(plan: &Plan, given: Option<&str>, output: &mut Output) -> Result<(), Error> {
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
    is_its_name(name, watched_line(output).await?.trim())
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

/// The next line of stdin, read by a thread of its own: nothing else can be waited for while the terminal is read, and
/// once a run was followed, Ctrl-C and SIGTERM no longer end the process by themselves. A thread that still reads ends with
/// the process.
async fn line_of_stdin() -> io::Result<String> {
    let (sender, line) = oneshot::channel();
    std::thread::Builder::new()
        .name("answer".to_owned())
        .spawn(move || {
            let mut line = String::new();
            let read = io::stdin().read_line(&mut line).map(|_| line);
            // Nobody waits for it after an interruption.
            let _ = sender.send(read);
        })?;
    line.await
        .unwrap_or_else(|gone| Err(io::Error::other(gone)))
}

async fn typed(
    line: impl Future<Output = io::Result<String>>,
    interruption: impl Future<Output = ()>,
) -> Result<String, Error> {
    let line = tokio::select! {
        biased;
        () = interruption => {
            return Err(Error::new(
                Exit::Interrupted,
                "interrupted while the question waited; nothing of this plan was begun",
            ));
        }
        line = line => line,
    };
    line.map_err(|error| Error::refused("no answer could be read").caused_by(error))
}

fn is_yes(line: &str) -> Result<(), Error> {
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

    /// What becomes of an answer that nobody interrupts.
    async fn answered(line: &str) -> Result<(), Error> {
        let line = line.to_owned();
        is_yes(&typed(async { Ok(line) }, std::future::pending()).await?)
    }

    #[tokio::test]
    async fn only_yes_is_accepted() {
        assert!(answered("yes\n").await.is_ok());
        for said in ["y\n", "YES\n", "\n", "", "yes please\n"] {
            let refusal = answered(said).await.unwrap_err();
            assert_eq!(refusal.to_string(), "declined; nothing was changed");
            assert_eq!(refusal.exit().code(), 3);
        }
    }

    #[tokio::test]
    async fn an_interruption_ends_a_question_that_nobody_answers() {
        let interrupted = typed(std::future::pending(), std::future::ready(()))
            .await
            .unwrap_err();
        assert_eq!(interrupted.exit(), Exit::Interrupted);
        assert_eq!(
            interrupted.to_string(),
            "interrupted while the question waited; nothing of this plan was begun"
        );
    }

    #[tokio::test]
    async fn without_a_terminal_a_real_cluster_is_refused_and_a_simulated_one_is_not() {
        // Tests have no terminal on stderr that an `Output::plain` would watch.
        let mut output = Output::plain(Box::new(io::sink()), Box::new(io::sink()));
        assert!(obtain(&sample::rollout(), false, &mut output).await.is_ok());
        let mut real = sample::rollout();
        real.target.backend = Backend::Aws { endpoint: None };
        let refusal = obtain(&real, false, &mut output).await.unwrap_err();
        insta::assert_snapshot!(refusal.render(false), @"
        refused: applying to cluster orders needs an answer, and there is no terminal to ask on

        hint: approve beforehand with --auto-approve
        hint: or look first and apply what was looked at: auroractl plan NAME --out FILE.plan.json, then auroractl apply FILE.plan.json --auto-approve
        ");
        assert!(obtain(&real, true, &mut output).await.is_ok());
    }
}
