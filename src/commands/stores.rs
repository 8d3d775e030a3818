//! Where the runs of a command are: what `--store` names, what the declaration names, or beside the declarations.
//!
//! Goes in: a place, and as whom a bucket is asked. Comes out: the store, opened.

use super::declarations;
use super::session::Session;
use crate::aws::bucket::{self, BucketSettings};
use crate::cli::Everywhere;
use crate::desired;
use crate::desired::store::{Location, NotAPlace};
use crate::error::Error;
use crate::hint;
use crate::journal::Store;
use crate::names::RunId;
use crate::report::Style;

/// The place that a text names.
///
/// # Errors
/// What is neither a folder nor a bucket.
pub fn location(typed: &str) -> Result<Location, Error> {
    typed.parse().map_err(|error: NotAPlace| {
        let NotAPlace { message, hint } = error;
        Error::failed(format!("--store: {message}")).hinted(hint)
    })
}

/// Opens a bucket as a store.
///
/// # Errors
/// What the connection needs and lacks.
pub fn in_bucket(declared: &desired::store::Store) -> Result<Store, Error> {
    let desired::store::Store {
        bucket,
        region,
        profile,
    } = declared;
    let settings = BucketSettings {
        bucket: bucket.name.clone(),
        region: region.clone(),
        profile: profile.clone(),
    };
    let connect = Box::pin(async move { bucket::open(&settings).await });
    Store::in_bucket(bucket.to_string(), bucket.prefix.clone(), connect)
        .map_err(|error| Error::failed(format!("cannot open {bucket}")).caused_by(error))?
        .map_err(Error::from)
}

/// Every place in which a run of these declarations may be: for a command that names a run, or none, and no partition.
///
/// # Errors
/// A folder that was named and does not exist, a bucket that cannot be opened.
pub fn everywhere(
    session: &Session,
    everywhere: &Everywhere,
    style: Style,
) -> Result<Vec<Store>, Error> {
    if let Some(folder) = session.missing_folder() {
        return Err(Error::failed(format!(
            "there is no folder {}, in which --store looks for runs",
            folder.display()
        ))
        .hinted("a store that is a folder is there once a run has begun in it"));
    }
    let mut stores = vec![session.own_store()?];
    if session.declarations_decide() {
        // A folder without declarations, or with broken ones, still has its own runs.
        let declared = declarations::load_what_can_be(everywhere, None, style)
            .map(|loaded| loaded.partitions)
            .unwrap_or_default();
        let mut known = Vec::new();
        for desired in declared {
            if let Some(place) = &desired.store
                && !known.contains(place)
            {
                known.push(place.clone());
                stores.push(session.store(&desired)?);
            }
        }
    }
    Ok(stores)
}

/// The place that holds a run.
///
/// # Errors
/// None of them does: the nearest name, or where it was looked for.
pub fn of_run<'a>(stores: &'a [Store], run: &RunId) -> Result<&'a Store, Error> {
    let mut runs = Vec::new();
    let mut place = None;
    for store in stores {
        let here = store.runs()?;
        if here.contains(run) {
            place = Some(store);
        }
        runs.extend(here);
    }
    place.ok_or_else(|| {
        let error = Error::failed(format!("there is no run `{run}` here"));
        match hint::nearest(run.as_str(), runs.iter().map(RunId::as_str)) {
            Some(nearest) => error.hinted(format!("did you mean `{nearest}`?")),
            None => error
                .hinted(format!("it was looked for in {}", named(stores)))
                .hinted(
                    "a run that is kept in a folder is found only on the machine that began it",
                ),
        }
    })
}

/// The places by name, for a message that says where something was looked for.
pub fn named(stores: &[Store]) -> String {
    let mut names: Vec<String> = Vec::new();
    for name in stores.iter().map(Store::name) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(" and in ")
}
