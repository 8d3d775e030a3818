//! The end of a run for people: how it ended, what changed, how long each step took beside its forecast, what is proven.
//!
//! Goes in: the summary that `apply` returns. Comes out: text.

use super::duration::{count, words};
use super::plan::label;
use super::style::{Style, wrap};
use super::{comparison, interruption};
use crate::event::{Ending, Performed, Summary};
use crate::plan::change::Effect;
use std::fmt::Write as _;

/// The whole summary.
pub fn render(summary: &Summary, style: Style) -> String {
    let Summary {
        run,
        partition,
        cluster,
        ending,
        actions,
        changes,
        verified,
        not_proven,
        snapshot,
        seconds,
        next_command,
        undoes,
        restores,
        writer_interruption,
    } = summary;
    let mut text = format!(
        "{}: {}\n",
        style.heading(&format!("{partition}, cluster {cluster}")),
        verdict(ending, style)
    );
    text.push_str(&because(ending));
    let _ = writeln!(text, "  run {run}, {}", words(*seconds));

    if matches!(ending, Ending::Done) && !changes.is_empty() {
        let _ = write!(text, "\n{}\n\n", style.heading("Changed"));
        for change in changes {
            let effect = match change.effect {
                Effect::Live => "live without a restart",
                Effect::Restart => "live after a restart",
            };
            text.push_str(&comparison::line(
                2,
                &label(&change.subject),
                change.from.as_deref(),
                change.to.as_deref(),
                "its default",
                effect,
                style,
            ));
        }
    }
    if !actions.is_empty() {
        let _ = write!(text, "\n{}\n\n", style.heading("Steps"));
        let _ = writeln!(
            text,
            "  {}",
            style.faint(&format!("{:<12}{:<12}step", "took", "forecast"))
        );
        for performed in actions {
            text.push_str(&step(performed, style));
        }
    }
    if let Some(interruption) = writer_interruption {
        text.push_str(&interruption::section(interruption, style));
    }
    if !verified.is_empty() {
        let _ = write!(text, "\n{}\n\n", style.heading("Verified"));
        for fact in verified {
            text.push_str(&wrap("  ", &format!("{} (by {})", fact.fact, fact.witness)));
        }
    }
    if !not_proven.is_empty() {
        let _ = write!(text, "\n{}\n\n", style.heading("Not proven"));
        for fact in not_proven {
            text.push_str(&wrap("  ", fact));
        }
    }
    if let Some(kept) = snapshot {
        let until = match kept.expires {
            _ if kept.unfinished => {
                "asked for, and not seen available when the run ended; nothing deletes it by itself"
                    .to_owned()
            }
            Some(expires) => format!("kept until {expires}; the first apply after that deletes it"),
            None => "held; nothing deletes it by itself".to_owned(),
        };
        let _ = write!(text, "\nSnapshot {}: {until}\n", kept.snapshot);
    }
    if let Some(run) = undoes
        && matches!(ending, Ending::Done)
    {
        text.push('\n');
        let said = match restores {
            Some(old) => format!(
                "The snapshot of run {run} is restored. Point applications to the endpoints above; `{old}` is as it was, and still \
                 accepts writes."
            ),
            None => format!(
                "Run {run} is undone. The declaration still asks for what it did: `auroractl plan {partition}` shows it, and the \
                 next apply does it again unless the declaration is changed."
            ),
        };
        text.push_str(&wrap("", &said));
    }
    if let Some(command) = next_command {
        let _ = write!(text, "\nContinue with: {command}\n");
    }
    text
}

fn verdict(ending: &Ending, style: Style) -> String {
    match ending {
        Ending::Done => style.added("done"),
        Ending::Staged { opens: Some(opens) } => style.changed(&format!(
            "staged; what restarts a member waits for the window, which opens at {opens}"
        )),
        Ending::Staged { opens: None } => style.changed(
            "staged; what restarts a member waits for --activate, because the window does not open again",
        ),
        Ending::Paused { .. } => style.changed("paused at a safe point"),
        Ending::WorldMoved { .. } => {
            style.changed("stopped, because the cluster is no longer as it was planned for")
        }
        Ending::Failed { .. } => style.removed("failed"),
        Ending::Unknown { .. } => style.removed("stopped with an unknown outcome; look before going on"),
        Ending::Interrupted => style.changed("interrupted at a safe point"),
    }
}

fn because(ending: &Ending) -> String {
    let (because, hints): (&str, &[String]) = match ending {
        Ending::Done | Ending::Staged { .. } | Ending::Interrupted => return String::new(),
        Ending::Paused { because } | Ending::WorldMoved { because } => (because, &[]),
        Ending::Failed { because, hints } | Ending::Unknown { because, hints } => (because, hints),
    };
    let mut text = wrap("  because: ", because);
    for hint in hints {
        text.push_str(&wrap("  hint: ", hint));
    }
    text
}

fn step(performed: &Performed, style: Style) -> String {
    let Performed {
        action,
        done,
        not_needed,
        seconds,
        forecast,
    } = performed;
    let outcome = if *not_needed {
        " (not needed)".to_owned()
    } else if *done {
        String::new()
    } else {
        format!(" ({})", style.removed("not done"))
    };
    format!(
        "  {:<12}{:<12}{action}{outcome}\n",
        words(*seconds),
        words(forecast.seconds)
    )
}

/// How many actions a question is about: `1 action`, `12 actions`.
pub fn action_count(number: usize) -> String {
    count(u32::try_from(number).unwrap_or(u32::MAX), "action")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn rendered(ending: Ending) -> String {
        render(&sample::summary(ending), Style::new(false))
    }

    #[test]
    fn a_finished_run_tells_what_changed_how_long_it_took_and_what_is_proven() {
        insta::assert_snapshot!(rendered(Ending::Done), @"
        prod, cluster orders: done
          run 20260515-060500-prod-4f1c, 8 min 9 s

        Changed

          ~ max_connections: 401 -> 500 (live after a restart)

        Steps

          took        forecast    step
          7 min 31 s  7 min 22 s  flush orders-2
          38 s        1 min       failover orders-2

        Verified

          orders-2 is in-sync with group orders-aurora-postgresql16 (by RDS API)

        Not proven

          the running value of max_connections

        Snapshot auroractl-20260515-060500-prod-4f1c: kept until 2026-05-16T06:30:00Z; the first apply after that deletes it
        ");
    }

    #[test]
    fn an_unknown_outcome_says_where_to_look() {
        insta::assert_snapshot!(
            rendered(Ending::Unknown {
                because: "failover to orders-2: no reply within 30 s, and no sign of it after 60 s".to_owned(),
                hints: vec!["look at the events of cluster orders".to_owned()],
            }),
            @"
        prod, cluster orders: stopped with an unknown outcome; look before going on
          because: failover to orders-2: no reply within 30 s, and no sign of it after 60 s
          hint: look at the events of cluster orders
          run 20260515-060500-prod-4f1c, 8 min 9 s

        Steps

          took        forecast    step
          7 min 31 s  7 min 22 s  flush orders-2
          38 s        1 min       failover orders-2 (not done)

        Not proven

          the running value of max_connections

        Snapshot auroractl-20260515-060500-prod-4f1c: kept until 2026-05-16T06:30:00Z; the first apply after that deletes it
        "
        );
    }
}
