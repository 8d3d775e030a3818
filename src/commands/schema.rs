//! `schema`: the JSON Schema of a declaration, for editors.

use crate::config;
use crate::error::{Error, Exit};
use crate::report::Output;

/// Prints the schema.
///
/// # Errors
/// A schema that JSON cannot hold; ours can.
pub fn run(output: &mut Output) -> Result<Exit, Error> {
    let text = serde_json::to_string_pretty(&config::schema())
        .map_err(|error| Error::failed("cannot write the schema").caused_by(error))?;
    output.data(&format!("{text}\n"));
    Ok(Exit::Done)
}
