//! The writer interruption that was measured, for people: how long writes stopped, beside the forecast and the budget, and
//! what a client met meanwhile.
//!
//! Goes in: what the prober saw. Comes out: a line while the run goes on, and a part of the summary.

use super::duration::words;
use super::style::{Style, wrap};
use crate::event::{MeasuredStep, WriterInterruption};
use crate::plan::outage::Outage;
use std::fmt::Write as _;

/// What was seen of one action in a line; nothing where nothing was expected and nothing happened.
pub fn seen(outage: &Outage, forecast_seconds: u32) -> Option<String> {
    if let Some(because) = &outage.not_measured {
        return Some(format!(
            "the writer interruption is not measured: {because}"
        ));
    }
    if outage.interruptions == 0 {
        return (forecast_seconds > 0).then(|| "writes did not stop".to_owned());
    }
    Some(format!(
        "no writes for {} ({} forecast): {}",
        length(outage),
        words(forecast_seconds),
        met(outage)
    ))
}

/// The part of the summary.
pub fn section(interruption: &WriterInterruption, style: Style) -> String {
    let WriterInterruption {
        forecast_seconds,
        measured_milliseconds,
        budget_seconds,
        over_budget,
        steps,
    } = interruption;
    // Restarts of readers that nobody noticed say nothing.
    let told: Vec<&MeasuredStep> = steps
        .iter()
        .filter(|step| {
            step.forecast_seconds > 0
                || step.outage.interruptions > 0
                || step.outage.not_measured.is_some()
        })
        .collect();
    if told.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n\n", style.heading("Writes stopped"));
    let _ = writeln!(
        text,
        "  {}",
        style.faint(&format!("{:<12}{:<12}during", "measured", "forecast"))
    );
    for step in told {
        let MeasuredStep {
            action,
            forecast_seconds,
            outage,
        } = step;
        let measured = match &outage.not_measured {
            Some(_) => "unknown".to_owned(),
            None => length(outage),
        };
        let _ = writeln!(
            text,
            "  {measured:<12}{:<12}{action}",
            words(*forecast_seconds)
        );
        let detail = match &outage.not_measured {
            Some(because) => format!("not measured: {because}"),
            None if outage.interruptions == 0 => continue,
            None => met(outage),
        };
        text.push_str(&wrap("      ", &detail));
    }
    let (measured, forecast) = (rounded(*measured_milliseconds), words(*forecast_seconds));
    let budget = match budget_seconds {
        None => String::new(),
        Some(budget) if *over_budget => format!(
            ", {}",
            style.removed(&format!(
                "longer than the {} that [budget] writer_interruption allows",
                words(*budget)
            ))
        ),
        Some(budget) => format!(", of {} that the budget allows", words(*budget)),
    };
    let _ = writeln!(text, "  in all {measured} of {forecast} forecast{budget}");
    text
}

/// How long, as exactly as the pause between two probes allows.
fn length(outage: &Outage) -> String {
    let more = if outage.goes_on { "at least " } else { "" };
    format!("{more}{}", rounded(outage.milliseconds))
}

fn rounded(milliseconds: u64) -> String {
    words(u32::try_from(milliseconds.saturating_add(500) / 1000).unwrap_or(u32::MAX))
}

/// What the client met.
fn met(outage: &Outage) -> String {
    let failures: Vec<String> = outage
        .failures
        .iter()
        .map(|(failure, count)| format!("{count} {}", failure.words()))
        .collect();
    let mut text = format!("{} of {} probes", failures.join(", "), outage.probes);
    if outage.interruptions > 1 {
        let _ = write!(text, "; {} times", outage.interruptions);
    }
    if let (Some(first), Some(last)) = (outage.first_failure, outage.last_failure) {
        let _ = write!(
            text,
            "; from {} to {}",
            first.strftime("%H:%M:%SZ"),
            last.strftime("%H:%M:%SZ")
        );
    }
    if let (Some(after), Some(member)) = (outage.new_writer_milliseconds, &outage.writer_after) {
        let _ = write!(
            text,
            "; the cluster endpoint led to {member} after {}",
            rounded(after)
        );
    }
    if outage.goes_on {
        text.push_str("; the end was not seen");
    }
    if outage.began_late {
        text.push_str("; what came before this process took over is not in it");
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::names::{ActionId, InstanceId};
    use crate::plan::outage::Failure;
    use std::collections::BTreeMap;

    fn failover() -> MeasuredStep {
        MeasuredStep {
            action: ActionId::new("fail over to orders-2"),
            forecast_seconds: 35,
            outage: Outage {
                interval_milliseconds: 1000,
                probes: 41,
                interruptions: 1,
                milliseconds: 9004,
                longest_milliseconds: 9004,
                first_failure: Some("2026-05-15T06:20:11Z".parse().unwrap()),
                last_failure: Some("2026-05-15T06:20:19Z".parse().unwrap()),
                failures: BTreeMap::from([(Failure::Dropped, 1), (Failure::Refused, 8)]),
                writer_after: Some(InstanceId::new("orders-2")),
                new_writer_milliseconds: Some(9004),
                ..Outage::default()
            },
        }
    }

    #[test]
    fn what_was_measured_stands_beside_the_forecast_and_the_budget() {
        let quiet = MeasuredStep {
            action: ActionId::new("reboot orders-2"),
            forecast_seconds: 0,
            outage: Outage::default(),
        };
        let kept = WriterInterruption::of(vec![quiet, failover()], Some(60));
        insta::assert_snapshot!(section(&kept, Style::new(false)), @"

        Writes stopped

          measured    forecast    during
          9 s         35 s        fail over to orders-2
              8 refused, 1 dropped of 41 probes; from 06:20:11Z to 06:20:19Z; the cluster endpoint led to
              orders-2 after 9 s
          in all 9 s of 35 s forecast, of 1 min that the budget allows
        ");
        let exceeded = WriterInterruption::of(vec![failover()], Some(9));
        assert!(exceeded.is_over_budget());
        assert!(section(&exceeded, Style::new(false)).contains("longer than the 9 s"));
    }

    #[test]
    fn an_interruption_that_cannot_be_measured_says_why() {
        let outage = Outage::not_measured("SQL on the cluster endpoint: no answer".to_owned());
        insta::assert_snapshot!(
            seen(&outage, 35).unwrap(),
            @"the writer interruption is not measured: SQL on the cluster endpoint: no answer"
        );
        assert_eq!(seen(&Outage::default(), 0), None);
    }
}
