//! A run as it happens: bars with elapsed and expected time on a terminal, timestamped lines elsewhere, JSON on request.
//!
//! Goes in: the events of a run, in order. Comes out: text on stderr (JSON lines on stdout). Elapsed times are AWS's:
//! a simulated run that goes 60 times as fast shows 60 times as much.

use super::Output;
use super::duration::words;
use super::interruption;
use super::json;
use super::style::Style;
use super::summary::action_count;
use crate::event::Event;
use crate::names::ActionId;
use crate::plan::action::Forecast;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// How often the bars move.
const REDRAW_INTERVAL: Duration = Duration::from_millis(100);
/// How wide a bar is, in columns.
const BAR_COLUMNS: usize = 14;

/// The way in which a run is followed.
pub enum Progress {
    /// Bars on a terminal.
    Bars(Bars),
    /// A line for each event on stderr.
    Lines(Lines),
    /// A JSON line for each event on stdout.
    Json,
}

impl Progress {
    /// Chooses: JSON if asked, bars where a person watches and time passes evenly, else lines.
    ///
    /// `speed` is seconds of AWS's clock per second on the wall; absent on the paused clock, where nothing can be watched.
    pub fn new(json: bool, watched: bool, speed: Option<f64>, style: Style) -> Self {
        match (json, watched, speed) {
            (true, _, _) => Self::Json,
            (false, true, Some(speed)) => Self::Bars(Bars::new(speed, style)),
            _ => Self::Lines(Lines::default()),
        }
    }

    /// Shows one event.
    pub fn tell(&mut self, event: &Event, output: &mut Output) {
        match self {
            Self::Bars(bars) => bars.tell(event),
            Self::Lines(lines) => {
                if let Some(line) = lines.tell(event, output.message_style()) {
                    output.message(&format!("{line}\n"));
                }
            }
            Self::Json => match json::event(event) {
                Ok(line) => output.data(&line),
                Err(error) => output.message(&error.render(false)),
            },
        }
    }

    /// Says something beside the events.
    pub fn say(&mut self, text: &str, output: &mut Output) {
        match self {
            Self::Bars(bars) => bars.keep_text(text),
            Self::Lines(_) | Self::Json => output.message(&format!("{text}\n")),
        }
    }

    /// Takes the bars away; to be called before anything else is written.
    pub fn end(&mut self) {
        if let Self::Bars(bars) = self {
            bars.end();
        }
    }
}

/// Lines, none of which says what the one before it said.
#[derive(Debug, Default)]
pub struct Lines {
    seen: BTreeMap<ActionId, String>,
}

impl Lines {
    fn tell(&mut self, event: &Event, style: Style) -> Option<String> {
        match event {
            Event::Waiting { action, seen, .. } => {
                self.seen.insert(action.clone(), seen.clone());
            }
            Event::ActionFinished {
                at,
                action,
                seconds,
                proof,
                ..
            } if self.seen.remove(action).as_ref() == Some(proof) => {
                return Some(stamped(*at, &done(action, *seconds, style), style));
            }
            _ => {}
        }
        line(event, style)
    }
}

/// One event as a line with its time; `None` for the end, which the summary tells.
pub fn line(event: &Event, style: Style) -> Option<String> {
    let (at, said) = match event {
        Event::RunStarted {
            at,
            run,
            partition,
            cluster,
            backend,
            journal,
            actions,
        } => (
            at,
            format!(
                "run {run} of `{partition}` begins: {} on cluster {cluster}, {backend}; journal in {journal}",
                action_count(actions.len())
            ),
        ),
        Event::RunResumed {
            at,
            run,
            partition,
            cluster,
            backend,
            journal,
            began: _,
            done,
            actions,
        } => (
            at,
            format!(
                "run {run} of `{partition}` goes on: {} on cluster {cluster}, {backend}, {} done before; journal in {journal}",
                action_count(actions.len()),
                done.len()
            ),
        ),
        Event::ActionStarted {
            at,
            action,
            forecast,
        } => (
            at,
            format!(
                "{}: begins{}",
                style.name(action.as_str()),
                expected(forecast)
            ),
        ),
        Event::Waiting { at, action, seen } => (at, format!("{action}: {seen}")),
        Event::GateReached {
            at,
            action,
            gate: _,
            message,
            approve,
        } => (
            at,
            format!(
                "{}: {}: {message}; {approve}",
                style.name(action.as_str()),
                style.changed("waits for a person")
            ),
        ),
        Event::ActionFinished {
            at,
            action,
            seconds,
            forecast: _,
            proof,
        } => (at, format!("{}: {proof}", done(action, *seconds, style))),
        Event::ActionFailed {
            at,
            action,
            because,
        } => (
            at,
            format!(
                "{}: {}: {because}",
                style.name(action.as_str()),
                style.removed("failed")
            ),
        ),
        Event::Remark { at, text } => (at, text.clone()),
        Event::Interruption {
            at,
            action,
            forecast_seconds,
            outage,
        } => (
            at,
            format!(
                "{}: {}",
                style.name(action.as_str()),
                interruption::seen(outage, *forecast_seconds)?
            ),
        ),
        Event::RunFinished { .. } => return None,
    };
    Some(stamped(*at, &said, style))
}

fn stamped(at: Timestamp, said: &str, style: Style) -> String {
    format!("{}  {said}", style.faint(&clock(at)))
}

fn done(action: &ActionId, seconds: u32, style: Style) -> String {
    format!(
        "{}: {} in {}",
        style.name(action.as_str()),
        style.added("done"),
        words(seconds)
    )
}

fn expected(forecast: &Forecast) -> String {
    if forecast.seconds == 0 {
        return String::new();
    }
    let mut text = format!(", about {} expected", words(forecast.seconds));
    if forecast.writer_interruption_seconds > 0 {
        let _ = write!(
            text,
            ", writes stop for about {}",
            words(forecast.writer_interruption_seconds)
        );
    }
    text
}

fn clock(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// Bars on a terminal: one for each action under way, one for the run.
pub struct Bars {
    screen: MultiProgress,
    speed: f64,
    style: Style,
    whole: Option<ProgressBar>,
    under_way: BTreeMap<ActionId, ProgressBar>,
}

impl Bars {
    fn new(speed: f64, style: Style) -> Self {
        Self {
            screen: MultiProgress::with_draw_target(ProgressDrawTarget::stderr()),
            speed,
            style,
            whole: None,
            under_way: BTreeMap::new(),
        }
    }

    fn tell(&mut self, event: &Event) {
        match event {
            Event::RunStarted { actions, .. } | Event::RunResumed { actions, .. } => {
                self.keep(event);
                let seconds = actions.iter().map(|planned| planned.forecast.seconds).sum();
                let bar = self.bar(seconds);
                bar.set_length(u64::try_from(actions.len()).unwrap_or(u64::MAX));
                bar.set_message("the whole run");
                self.whole = Some(bar);
            }
            Event::ActionStarted {
                action, forecast, ..
            } => {
                let bar = match &self.whole {
                    Some(whole) => self
                        .screen
                        .insert_before(whole, self.new_bar(forecast.seconds)),
                    None => self.bar(forecast.seconds),
                };
                bar.enable_steady_tick(REDRAW_INTERVAL);
                bar.set_message(self.style.name(action.as_str()));
                self.under_way.insert(action.clone(), bar);
            }
            Event::Waiting { action, seen, .. } => {
                if let Some(bar) = self.under_way.get(action) {
                    bar.set_message(format!("{}: {seen}", self.style.name(action.as_str())));
                }
            }
            Event::ActionFinished { action, .. } | Event::ActionFailed { action, .. } => {
                if let Some(bar) = self.under_way.remove(action) {
                    bar.finish_and_clear();
                    self.screen.remove(&bar);
                }
                self.keep(event);
                if let Some(whole) = &self.whole {
                    whole.inc(1);
                }
            }
            Event::Remark { .. } | Event::GateReached { .. } | Event::Interruption { .. } => {
                self.keep(event);
            }
            Event::RunFinished { .. } => self.end(),
        }
    }

    fn end(&mut self) {
        for (_, bar) in std::mem::take(&mut self.under_way) {
            bar.finish_and_clear();
        }
        if let Some(whole) = self.whole.take() {
            whole.finish_and_clear();
        }
    }

    /// Puts a line above the bars, where it stays.
    fn keep(&self, event: &Event) {
        if let Some(line) = line(event, self.style) {
            self.keep_text(&line);
        }
    }

    fn keep_text(&self, text: &str) {
        // A terminal that is gone ends the drawing, not the run.
        let _ = self.screen.println(text);
    }

    fn bar(&self, expected_seconds: u32) -> ProgressBar {
        let bar = self.screen.add(self.new_bar(expected_seconds));
        bar.enable_steady_tick(REDRAW_INTERVAL);
        bar
    }

    fn new_bar(&self, expected_seconds: u32) -> ProgressBar {
        let speed = self.speed;
        let style = ProgressStyle::with_template("  {bar_of_time} {times:>25}  {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner())
            .with_key(
                "bar_of_time",
                move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                    let elapsed = state.elapsed().as_secs_f64() * speed;
                    let _ = out.write_str(&bar_of_time(elapsed, expected_seconds));
                },
            )
            .with_key(
                "times",
                move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                    let elapsed = state.elapsed().as_secs_f64() * speed;
                    let _ = out.write_str(&times(elapsed, expected_seconds));
                },
            );
        ProgressBar::hidden().with_style(style)
    }
}

/// A bar that fills with time and stops short of full, because only evidence fills it.
fn bar_of_time(elapsed_seconds: f64, expected_seconds: u32) -> String {
    let share = if expected_seconds == 0 {
        0.0
    } else {
        (elapsed_seconds / f64::from(expected_seconds)).clamp(0.0, 0.99)
    };
    // Between 0 and BAR_COLUMNS by the clamp above.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    #[allow(clippy::cast_precision_loss)]
    let filled = (share * BAR_COLUMNS as f64) as usize;
    format!(
        "[{}{}]",
        "=".repeat(filled),
        " ".repeat(BAR_COLUMNS.saturating_sub(filled))
    )
}

fn times(elapsed_seconds: f64, expected_seconds: u32) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let elapsed = words(elapsed_seconds.max(0.0) as u32);
    if expected_seconds == 0 {
        elapsed
    } else {
        format!("{elapsed} of {}", words(expected_seconds))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::report::sample;

    #[test]
    fn without_a_terminal_each_event_is_a_line_with_aws_time() {
        let lines: Vec<String> = sample::events()
            .iter()
            .filter_map(|event| line(event, Style::new(false)))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        2026-05-15 06:05:00Z  run 20260515-060500-prod-4f1c of `prod` begins: 1 action on cluster orders, simulated AWS (built-in world); journal in .auroractl/runs/20260515-060500-prod-4f1c
        2026-05-15 06:05:01Z  reboot orders-1: begins, about 1 min 5 s expected
        2026-05-15 06:05:06Z  reboot orders-1: orders-1 rebooting
        2026-05-15 06:06:01Z  reboot orders-1: done in 1 min: orders-1 restarted and is in-sync
        2026-05-15 06:06:02Z  reboot orders-1: failed: orders-1 is storage-full
        2026-05-15 06:06:03Z  AWS answers slowly
        ");
    }

    #[test]
    fn a_proof_that_was_just_seen_is_not_said_again() {
        let reboot = ActionId::new("reboot orders-1");
        let at: Timestamp = "2026-05-15T06:06:01Z".parse().unwrap();
        let proof = "orders-1 restarted and is in-sync".to_owned();
        let mut lines = Lines::default();
        let said = [
            Event::Waiting {
                at,
                action: reboot.clone(),
                seen: proof.clone(),
            },
            Event::ActionFinished {
                at,
                action: reboot,
                seconds: 60,
                forecast: Forecast::default(),
                proof,
            },
        ]
        .iter()
        .filter_map(|event| lines.tell(event, Style::new(false)))
        .collect::<Vec<_>>()
        .join("\n");
        insta::assert_snapshot!(said, @"
        2026-05-15 06:06:01Z  reboot orders-1: orders-1 restarted and is in-sync
        2026-05-15 06:06:01Z  reboot orders-1: done in 1 min
        ");
    }

    #[test]
    fn a_bar_fills_with_time_and_never_claims_the_end() {
        assert_eq!(bar_of_time(0.0, 280), "[              ]");
        assert_eq!(bar_of_time(140.0, 280), "[=======       ]");
        assert_eq!(bar_of_time(900.0, 280), "[============= ]");
        assert_eq!(times(140.0, 280), "2 min 20 s of 4 min 40 s");
    }
}
