//! `verify`: asks every witness whether the declaration is in force on every member; read only, for people and for CI.

use super::declarations::{self, Loaded};
use super::interruption::Interruption;
use super::plan::Failure;
use super::session::Session;
use super::simulated::Keep;
use super::survey::{self, Surveyed};
use super::witness;
use crate::cli::{Everywhere, Verify as Arguments};
use crate::desired::Desired;
use crate::desired::verify::Phase;
use crate::error::{Error, Exit};
use crate::names::PartitionName;
use crate::observed::Observed;
use crate::plan::first_questions;
use crate::plan::verify::{self, Verification};
use crate::report::json::{self, Outcome};
use crate::report::{self, Output};
use futures::future::join_all;

/// One partition with what its witnesses say and the facts that these were asked about.
type Verified = (Desired, Result<(Verification, Observed), Failure>);

/// Verifies the named partitions, or all.
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
    // A tunnel must not outlive a command that somebody ends.
    let mut interruption = Interruption::watched();
    let verified = tokio::select! {
        verified = all(&session, partitions) => verified,
        () = interruption.next() => {
            return Err(Error::new(Exit::Interrupted, "interrupted; nothing was changed"));
        }
    };
    let exit = verified
        .iter()
        .map(|(_, verified)| exit(verified))
        .chain(problems.iter().map(Error::exit))
        .fold(Exit::Done, Exit::worse);
    if arguments.json {
        output.data(&document(&verified, &broken)?);
    } else {
        show(&verified, output);
        if let Some(problems) = &problems {
            let coloured = output.message_style().is_coloured();
            output.message(&problems.render(coloured));
        }
    }
    session.close()?;
    Ok(exit)
}

async fn all(session: &Session, partitions: Vec<Desired>) -> Vec<Verified> {
    let surveyed = survey::all(session, partitions, &first_questions, &verify::questions).await;
    let asked = surveyed.into_iter().map(|surveyed| async move {
        let Surveyed { desired, facts } = surveyed;
        let verified = match facts {
            Err(error) => Err(Failure::Failed(error)),
            Ok(facts) => one(session, &desired, facts).await,
        };
        (desired, verified)
    });
    join_all(asked).await
}

async fn one(
    session: &Session,
    desired: &Desired,
    facts: survey::Facts,
) -> Result<(Verification, Observed), Failure> {
    let survey::Facts { observed, client } = facts;
    survey::is_declared_cluster(desired, &observed).map_err(Failure::Refused)?;
    let told = match witness::of(session, desired, &observed, &client) {
        None => None,
        Some(witness) => {
            let told = witness::ask(&witness, desired, &observed, Phase::After).await;
            witness.dial.close().await;
            Some(told)
        }
    };
    let verification = verify::verify(desired, &observed, told.as_ref());
    Ok((verification, observed))
}

fn exit(verified: &Result<(Verification, Observed), Failure>) -> Exit {
    match verified {
        Ok((verification, _)) if verification.is_proven() => Exit::Done,
        Ok(_) => Exit::Changes,
        Err(Failure::Refused(_)) => Exit::Refused,
        Err(Failure::Failed(error)) => error.exit(),
    }
}

fn document(verified: &[Verified], broken: &[(PartitionName, Error)]) -> Result<String, Error> {
    let outcomes: Vec<Outcome<'_>> = verified
        .iter()
        .map(|(desired, verified)| match verified {
            Ok((verification, _)) => Outcome::verified(verification),
            Err(Failure::Refused(refusal)) => Outcome::refused(&desired.partition, refusal),
            Err(Failure::Failed(error)) => Outcome::failed(&desired.partition, error),
        })
        .chain(
            broken
                .iter()
                .map(|(name, error)| Outcome::failed(name, error)),
        )
        .collect();
    json::document(json::Subject::Verify, &outcomes)
}

fn show(verified: &[Verified], output: &mut Output) {
    for (index, (desired, verified)) in verified.iter().enumerate() {
        match verified {
            Ok((verification, observed)) => {
                if index > 0 {
                    output.data("\n");
                }
                let style = output.data_style();
                output.data(&report::verify::render(
                    verification,
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
