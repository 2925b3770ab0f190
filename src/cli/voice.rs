//! What a ship says on the way, on standard error: a line that moves on a terminal, and a line now
//! and then in a log. Standard output belongs to the deploy command.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::app::ship::{Ship, Told};
use crate::render::ship as words;
use crate::render::{gate, safe};
use crate::ship::gate::Outcome as Verdict;
use crate::ship::{Environment, Outcome, State, WaitsFor};

use super::Exit;
use super::output::style_of_stderr;

/// How often a wait is told again in a log, where nothing changed.
const REPEAT: Duration = Duration::from_secs(60);

/// The voice of one ship.
pub(super) struct Voice {
    environment: Environment,
    bar: Option<ProgressBar>,
    last: Option<(WaitsFor, Instant)>,
    is_dry: bool,
}

impl Voice {
    pub(super) fn new(environment: &Environment, is_dry: bool) -> Self {
        Self {
            environment: environment.clone(),
            bar: None,
            last: None,
            is_dry,
        }
    }

    /// Tells what happens.
    pub(super) fn hear(&mut self, told: &Told<'_>) {
        match told {
            Told::Waits {
                waiting,
                state,
                elapsed,
                expected,
            } => {
                let line = words::waiting(waiting, state, *elapsed, *expected);
                self.wait(&waiting.for_what, line);
            }
            Told::Written { event, state } => {
                if self.is_dry {
                    self.say(&words::effect(event));
                } else if let Some(line) = words::written(event, state) {
                    self.say(&line);
                }
            }
            Told::Gate(found) => {
                if matches!(found.outcome, Verdict::Held | Verdict::Freezes) {
                    let text = gate::text(found, &self.environment, style_of_stderr());
                    self.say(text.trim_end());
                } else {
                    self.say(&format!("The rebase gate: {}", gate::sentence(found)));
                }
            }
            Told::Probing if self.is_dry => self.say("probe"),
            Told::Probing => {}
            Told::Deploys(proof) => self.say(&format!(
                "{} {} to {}.",
                if self.is_dry { "deploy " } else { "Deploying" },
                words::short(proof.sha()),
                safe::visible(self.environment.name())
            )),
            Told::Ended(ended) if ended.is_success() => {}
            Told::Ended(ended) => self.say(&format!("The deploy command ended with {ended}.")),
        }
    }

    /// Tells how it ended, and gives the exit code.
    pub(super) fn end(mut self, ship: &Ship) -> Exit {
        let (line, commands) = words::ended(&ship.outcome, &ship.state);
        self.say(&line);
        for command in commands {
            self.say(&format!("  {command}"));
        }
        exit(&ship.outcome, &ship.state, ship.ended.is_some())
    }

    fn wait(&mut self, for_what: &WaitsFor, line: String) {
        if std::io::stderr().is_terminal() {
            let bar = self.bar.get_or_insert_with(|| {
                let bar = ProgressBar::new_spinner();
                if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
                    bar.set_style(style);
                }
                bar.enable_steady_tick(Duration::from_millis(120));
                bar
            });
            bar.set_message(line);
            return;
        }
        let is_told = self
            .last
            .as_ref()
            .is_some_and(|(last, at)| last == for_what && at.elapsed() < REPEAT);
        if !is_told {
            self.last = Some((for_what.clone(), Instant::now()));
            self.say(&line);
        }
    }

    fn say(&mut self, line: &str) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        // Where nobody listens there is nothing to tell.
        let _ = match self.is_dry {
            true => writeln!(anstream::stdout().lock(), "{line}"),
            false => writeln!(anstream::stderr().lock(), "{line}"),
        };
    }
}

/// The exit code of an end.
fn exit(outcome: &Outcome, state: &State, has_run: bool) -> Exit {
    match outcome {
        Outcome::Live(_) | Outcome::Superseded(_) => Exit::Done,
        Outcome::Failed(_) if has_run => Exit::Deploy,
        Outcome::Held { .. } if state.freeze.is_some() => Exit::Waiting,
        Outcome::Failed(_)
        | Outcome::Held { .. }
        | Outcome::Evicted(_)
        | Outcome::Cancelled(_)
        | Outcome::Unknown => Exit::Held,
        Outcome::Aside { .. }
        | Outcome::Uncertain { .. }
        | Outcome::Elsewhere { .. }
        | Outcome::NoTicket => Exit::Waiting,
    }
}
