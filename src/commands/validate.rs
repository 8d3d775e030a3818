//! `validate`: declarations only, offline.

use super::declarations;
use crate::cli::{Everywhere, Validate, names};
use crate::desired::Desired;
use crate::error::{Error, Exit};
use crate::report::Output;
use crate::report::duration::count;
use std::fmt::Write as _;

/// Reads the named declarations, or all, and says what they declare.
///
/// # Errors
/// Every problem of every file.
pub fn run(
    arguments: &Validate,
    everywhere: &Everywhere,
    output: &mut Output,
) -> Result<Exit, Error> {
    let named = (!arguments.names.is_empty()).then(|| names(&arguments.names));
    let declared = declarations::load(everywhere, named.as_deref(), output.message_style())?;
    let mut text = String::new();
    for desired in &declared {
        text.push_str(&line(desired));
    }
    output.data(&text);
    Ok(Exit::Done)
}

fn line(desired: &Desired) -> String {
    let parameters = u32::try_from(desired.parameters.len()).unwrap_or(u32::MAX);
    let mut text = format!(
        "{} is valid: cluster {}, account {}, {}, {}",
        desired.file.display(),
        desired.cluster.identifier_as_written,
        desired.aws.account,
        desired.aws.region,
        count(parameters, "parameter"),
    );
    if desired.cluster.apply_immediately {
        text.push_str(", applied immediately");
    } else if let Some(window) = &desired.window {
        let _ = write!(
            text,
            ", restarts in the window {} ({})",
            window.as_written, window.time_zone
        );
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_valid_declaration_is_told_in_one_line() {
        assert_eq!(
            line(&sample::desired()),
            "environments/prod.toml is valid: cluster Orders, account 111111111111, us-east-1, no parameters\n"
        );
    }
}
