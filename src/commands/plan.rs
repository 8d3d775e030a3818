//! `plan`: says what `apply` would do, and changes nothing.

use super::declarations::{self, Loaded};
use super::files;
use super::session::Session;
use super::simulated::Keep;
use super::survey::{self, Surveyed};
use super::witness;
use crate::cli::{Everywhere, Plan as Arguments};
use crate::desired::Desired;
use crate::error::{Error, Exit};
use crate::names::PartitionName;
use crate::plan::file::Saved;
use crate::plan::{self, Plan, Refusal};
use crate::report::json::{self, Outcome};
use crate::report::{self, Output};

/// Why there is no plan.
#[derive(Clone, Debug)]
pub enum Failure {
    /// A rule says no.
    Refused(Refusal),
    /// The facts could not be read.
    Failed(Error),
}

impl Failure {
    /// The same as an error.
    pub fn into_error(self, partition: &PartitionName) -> Error {
        match self {
            Self::Refused(refusal) => report::refusal::error(partition, &refusal),
            Self::Failed(error) => error,
        }
    }
}

/// Plans the named partitions, or all.
///
/// # Errors
/// Problems of declarations, of the simulated world or of the plan file; those of single partitions are told and counted.
pub async fn run(
    arguments: &Arguments,
    everywhere: &Everywhere,
    output: &mut Output,
) -> Result<Exit, Error> {
    let names = arguments.selection.names();
    let Loaded {
        partitions,
        broken,
        problems,
    } = declarations::load_what_can_be(everywhere, names.as_deref(), output.message_style())?;
    let session = Session::open(
        &arguments.reading,
        declarations::state_folder(everywhere)?,
        Keep::Nothing,
    )?;
    let options = arguments.allowed.options();
    let mut surveyed = survey::for_plans(&session, partitions, options).await;
    witness::tell(&session, &mut surveyed).await;
    let planned: Vec<(Desired, Result<Plan, Failure>)> = surveyed
        .into_iter()
        .map(|Surveyed { desired, facts }| {
            let plan = facts.map_err(Failure::Failed).and_then(|facts| {
                plan::plan(&desired, &facts.observed, options).map_err(Failure::Refused)
            });
            (desired, plan)
        })
        .collect();
    if let Some(file) = &arguments.out
        && let [(desired, Ok(plan))] = planned.as_slice()
    {
        save(plan, desired, file)?;
        output.message(&format!(
            "saved: auroractl apply {}{}\n",
            file.display(),
            arguments.reading.as_typed()
        ));
    }
    let exit = planned
        .iter()
        .map(|(_, plan)| exit(plan, arguments.detailed_exitcode))
        .chain(problems.iter().map(Error::exit))
        .fold(Exit::Done, Exit::worse);
    if arguments.json {
        output.data(&document(&planned, &broken)?);
    } else {
        show(planned, session.simulated().is_some(), output);
        if let Some(problems) = &problems {
            let coloured = output.message_style().is_coloured();
            output.message(&problems.render(coloured));
        }
    }
    session.close()?;
    Ok(exit)
}

/// Whether a plan has something to do besides tidying up: expired snapshots of ours are no change.
pub fn has_changes(plan: &Plan) -> bool {
    let tidies =
        |action: &plan::Action| matches!(action.kind, plan::Kind::DeleteExpiredSnapshot { .. });
    !plan.changes.is_empty() || !plan.deferred.is_empty() || !plan.actions.iter().all(tidies)
}

fn exit(plan: &Result<Plan, Failure>, detailed: bool) -> Exit {
    match plan {
        Ok(plan) if detailed && has_changes(plan) => Exit::Changes,
        Ok(_) => Exit::Done,
        Err(Failure::Refused(_)) => Exit::Refused,
        Err(Failure::Failed(error)) => error.exit(),
    }
}

fn save(plan: &Plan, desired: &Desired, file: &std::path::Path) -> Result<(), Error> {
    let failed = || Error::failed(format!("cannot save the plan in {}", file.display()));
    let text = Saved::new(plan.clone(), desired.clone())
        .to_json()
        .map_err(|error| failed().caused_by(error))?;
    files::replace(file, &text).map_err(|error| failed().caused_by(error))
}

fn document(
    planned: &[(Desired, Result<Plan, Failure>)],
    broken: &[(PartitionName, Error)],
) -> Result<String, Error> {
    let outcomes: Vec<Outcome<'_>> = planned
        .iter()
        .map(|(desired, plan)| match plan {
            Ok(plan) => Outcome::Planned {
                partition: &desired.partition,
                nothing_to_do: !has_changes(plan),
                plan,
            },
            Err(Failure::Refused(refusal)) => Outcome::refused(&desired.partition, refusal),
            Err(Failure::Failed(error)) => Outcome::failed(&desired.partition, error),
        })
        .chain(
            broken
                .iter()
                .map(|(name, error)| Outcome::failed(name, error)),
        )
        .collect();
    json::document(json::Subject::Plan, &outcomes)
}

fn show(planned: Vec<(Desired, Result<Plan, Failure>)>, simulated: bool, output: &mut Output) {
    let mut nothing_to_do = true;
    let several = planned.len() > 1;
    for (index, (desired, plan)) in planned.into_iter().enumerate() {
        match plan {
            Ok(plan) => {
                nothing_to_do &= !has_changes(&plan);
                if index > 0 {
                    output.data("\n");
                }
                output.data(&report::plan::render(&plan, output.data_style()));
            }
            Err(failure) => {
                nothing_to_do = false;
                let coloured = output.message_style().is_coloured();
                let error = failure.into_error(&desired.partition);
                if several {
                    output.message(&format!("{}:\n", desired.partition));
                }
                output.message(&error.render(coloured));
            }
        }
    }
    if simulated && nothing_to_do {
        output.message(super::simulated::FRESH_WORLD_HINT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn only_a_difference_counts_as_a_change() {
        assert!(has_changes(&sample::rollout()));
        assert!(has_changes(&sample::staged()));
        assert!(!has_changes(&sample::empty()));
    }

    #[test]
    fn the_detailed_exit_code_tells_changes_from_none() {
        assert_eq!(exit(&Ok(sample::rollout()), true), Exit::Changes);
        assert_eq!(exit(&Ok(sample::rollout()), false), Exit::Done);
        assert_eq!(exit(&Ok(sample::empty()), true), Exit::Done);
        let refusal = Refusal {
            reasons: Vec::new(),
        };
        assert_eq!(exit(&Err(Failure::Refused(refusal)), true), Exit::Refused);
    }
}
