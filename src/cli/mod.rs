//! The command line: one command a file.

#![allow(clippy::disallowed_methods)] // effects are carried out here

mod action;
mod approve;
mod board;
mod cancel;
mod checks;
mod consent;
mod demo;
mod doctor;
mod exit;
mod explain;
mod format;
mod freeze;
mod gate;
mod incident;
mod init;
mod ledger;
mod log;
mod output;
mod overrides;
mod policy;
mod progress;
mod queue;
mod rebaseline;
mod report;
mod review;
mod rollback;
mod ship;
mod steps;
mod unfreeze;
mod uninstall;
mod verify;
mod voice;

use std::ffi::OsString;
use std::panic::{self, UnwindSafe};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

pub use exit::Exit;

/// A second eye on risky changes, one deploy at a time, and the way back.
#[derive(Debug, Parser)]
#[command(name = "afterclick", version, after_help = exit::HELP)]
struct Arguments {
    /// Run as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true, default_value = ".")]
    #[arg(hide_default_value = true, display_order = 900)]
    dir: PathBuf,

    /// When to use colour
    #[arg(long, value_name = "WHEN", global = true, value_enum, default_value_t)]
    #[arg(display_order = 901)]
    color: Color,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Policy(policy::Arguments),
    Review(review::Arguments),
    Override(overrides::Arguments),
    Incident(incident::Arguments),
    Ship(ship::Arguments),
    Queue(queue::Arguments),
    Approve(approve::Arguments),
    Cancel(cancel::Arguments),
    Freeze(freeze::Arguments),
    Unfreeze(unfreeze::Arguments),
    Rebaseline(rebaseline::Arguments),
    Log(log::Arguments),
    Verify(verify::Arguments),
    Gate(gate::Arguments),
    Board(board::Arguments),
    Rollback(rollback::Arguments),
    Demo(demo::Arguments),
    Checks(checks::Arguments),
    Explain(explain::Arguments),
    Init(init::Arguments),
    Doctor(doctor::Arguments),
    Uninstall(uninstall::Arguments),
    #[command(hide = true)]
    Action(action::Arguments),
}

/// When to use colour.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The command line, for its documentation.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments = std::env::args_os().collect();
    panic::set_hook(Box::new(report::bug));
    guarded(move || run(arguments)).into()
}

/// A bug ends with its own exit code, never with that of a verdict.
fn guarded(run: impl FnOnce() -> Exit + UnwindSafe) -> Exit {
    panic::catch_unwind(run).unwrap_or(Exit::Bug)
}

fn run(arguments: Vec<OsString>) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return report::usage(&error),
    };
    match arguments.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    let outcome = match arguments.command {
        Command::Policy(command) => command.run(&arguments.dir),
        Command::Review(command) => command.run(&arguments.dir),
        Command::Override(command) => command.run(&arguments.dir),
        Command::Ship(command) => command.run(&arguments.dir),
        Command::Queue(command) => command.run(&arguments.dir),
        Command::Approve(command) => command.run(&arguments.dir),
        Command::Cancel(command) => command.run(&arguments.dir),
        Command::Freeze(command) => command.run(&arguments.dir),
        Command::Unfreeze(command) => command.run(&arguments.dir),
        Command::Rebaseline(command) => command.run(&arguments.dir),
        Command::Incident(command) => command.run(&arguments.dir),
        Command::Log(command) => command.run(&arguments.dir),
        Command::Verify(command) => command.run(&arguments.dir),
        Command::Gate(command) => command.run(&arguments.dir),
        Command::Board(command) => command.run(&arguments.dir),
        Command::Rollback(command) => command.run(&arguments.dir),
        Command::Demo(command) => command.run(),
        Command::Checks(command) => command.run(),
        Command::Explain(command) => command.run(),
        Command::Doctor(command) => command.run(&arguments.dir),
        Command::Init(command) => command.run(&arguments.dir),
        Command::Uninstall(command) => command.run(&arguments.dir),
        Command::Action(command) => command.run(&arguments.dir),
    };
    outcome.unwrap_or_else(|error| report::failure(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn a_panic_is_a_bug_and_no_verdict() {
        assert_eq!(guarded(|| panic!("on purpose")), Exit::Bug);
        assert_eq!(guarded(|| Exit::Done), Exit::Done);
    }
}
