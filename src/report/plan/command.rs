//! What a declared command runs and how, in lines of a plan. Values of its environment that come from elsewhere are named,
//! never shown.

use crate::plan::action::{Command, Simulated, Variable};
use crate::report::duration::words;

/// The lines.
pub(super) fn details(runs: &Command) -> Vec<String> {
    let Command {
        command,
        environment,
        mask,
        // It is the forecast.
        expected_seconds: _,
        time_limit_seconds,
        retries,
        retry_after_seconds,
        repeat,
        keep_output_bytes,
        simulated,
    } = runs;
    let mut lines = vec![format!("runs {}", arguments(command))];
    if !environment.is_empty() {
        let variables: Vec<String> = environment
            .iter()
            .map(|(name, value)| match value {
                Variable::Text(text) => format!("{name}={}", word(text)),
                Variable::From {
                    variable,
                    masked: true,
                } => format!("{name} from {variable}, masked"),
                Variable::From {
                    variable,
                    masked: false,
                } => format!("{name} from {variable}"),
            })
            .collect();
        lines.push(format!("with {}", variables.join("; ")));
    }
    let mut manner = vec![format!("at most {}", words(*time_limit_seconds))];
    if *retries > 0 {
        manner.push(format!(
            "run again up to {retries} times, {} apart",
            words(*retry_after_seconds)
        ));
    }
    manner.push(if *repeat {
        "may be repeated".to_owned()
    } else {
        "not repeated without a person's word".to_owned()
    });
    manner.push(format!("the last {keep_output_bytes} bytes of output kept"));
    if !mask.is_empty() {
        manner.push(format!("values of {} masked", mask.join(", ")));
    }
    if *simulated == Simulated::Failure {
        manner.push("fails where it is not run".to_owned());
    }
    lines.push(manner.join("; "));
    lines
}

/// The words as a shell would take them.
fn arguments(command: &[String]) -> String {
    let words: Vec<String> = command.iter().map(|text| word(text)).collect();
    words.join(" ")
}

fn word(text: &str) -> String {
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "_-./:=@%+,".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        // A terminal would obey control characters.
        let shown: String = text
            .chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .collect();
        format!("'{}'", shown.replace('\'', "'\\''"))
    }
}
