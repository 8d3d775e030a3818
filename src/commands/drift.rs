//! `drift`: compares declarations with live clusters, read only; one partition's failure hides no other.

use super::declarations::{self, Loaded};
use super::plan::Failure;
use super::session::Session;
use super::simulated::Keep;
use super::survey::{self, Surveyed};
use crate::cli::{Drift as Arguments, Everywhere};
use crate::desired::Desired;
use crate::error::{Error, Exit};
use crate::names::PartitionName;
use crate::observed::Observed;
use crate::plan::drift::{self, Drift};
use crate::plan::first_questions;
use crate::report::json::{self, Outcome};
use crate::report::{self, Output};

/// One partition with its drift and the facts it was read from.
type Compared = (Desired, Result<(Drift, Observed), Failure>);

/// Compares the named partitions, or all.
///
/// # Errors
/// Problems of declarations or of the simulated world; those of single partitions are told and counted.
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
    let compared: Vec<Compared> =
        survey::all(&session, partitions, &first_questions, &drift::questions)
            .await
            .into_iter()
            .map(|Surveyed { desired, facts }| {
                let compared = facts.map_err(Failure::Failed).and_then(|facts| {
                    survey::is_declared_cluster(&desired, &facts.observed)
                        .map_err(Failure::Refused)?;
                    Ok((drift::drift(&desired, &facts.observed), facts.observed))
                });
                (desired, compared)
            })
            .collect();
    let exit = compared
        .iter()
        .map(|(_, compared)| exit(compared))
        .chain(problems.iter().map(Error::exit))
        .fold(Exit::Done, Exit::worse);
    if arguments.json {
        output.data(&document(&compared, &broken)?);
    } else {
        show(&compared, output);
        if let Some(problems) = &problems {
            let coloured = output.message_style().is_coloured();
            output.message(&problems.render(coloured));
        }
    }
    session.close()?;
    Ok(exit)
}

fn exit(compared: &Result<(Drift, Observed), Failure>) -> Exit {
    match compared {
        Ok((drift, _)) if drift.is_drift() => Exit::Changes,
        Ok(_) => Exit::Done,
        Err(Failure::Refused(_)) => Exit::Refused,
        Err(Failure::Failed(error)) => error.exit(),
    }
}

fn document(compared: &[Compared], broken: &[(PartitionName, Error)]) -> Result<String, Error> {
    let outcomes: Vec<Outcome<'_>> = compared
        .iter()
        .map(|(desired, compared)| match compared {
            Ok((drift, _)) => Outcome::compared(drift),
            Err(Failure::Refused(refusal)) => Outcome::refused(&desired.partition, refusal),
            Err(Failure::Failed(error)) => Outcome::failed(&desired.partition, error),
        })
        .chain(
            broken
                .iter()
                .map(|(name, error)| Outcome::failed(name, error)),
        )
        .collect();
    json::document(json::Subject::Drift, &outcomes)
}

fn show(compared: &[Compared], output: &mut Output) {
    for (index, (desired, compared)) in compared.iter().enumerate() {
        match compared {
            Ok((drift, observed)) => {
                if index > 0 {
                    output.data("\n");
                }
                let style = output.data_style();
                output.data(&report::drift::render(
                    drift,
                    desired,
                    &observed.backend,
                    style,
                ));
            }
            Err(failure) => {
                let error = failure.clone().into_error(&desired.partition);
                let coloured = output.message_style().is_coloured();
                output.message(&format!(
                    "{}:\n{}",
                    desired.partition,
                    error.render(coloured)
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Refusal;
    use crate::report::sample;

    #[test]
    fn the_worst_of_several_partitions_decides_and_none_hides_another() {
        let drifting = Ok((sample::drift(), sample::observed()));
        let healthy = Ok((
            Drift {
                partition: PartitionName::new("dev"),
                findings: Vec::new(),
            },
            sample::observed(),
        ));
        let refused = Err(Failure::Refused(Refusal {
            reasons: Vec::new(),
        }));
        let failed = Err(Failure::Failed(Error::failed("no reply")));
        assert_eq!(exit(&healthy).worse(exit(&drifting)), Exit::Changes);
        assert_eq!(exit(&drifting).worse(exit(&refused)), Exit::Refused);
        assert_eq!(exit(&refused).worse(exit(&failed)), Exit::Error);
    }
}
