//! Puts failures into words on standard error: one sentence, a hint, an exit code.

use std::io::{self, Write};
use std::panic::PanicHookInfo;

use owo_colors::OwoColorize;

use crate::app::Failure;
use crate::app::source::Note;
use crate::render::safe;

use super::Exit;

/// Says why a command failed.
pub(super) fn failure(error: &anyhow::Error) -> Exit {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        let details = failure.details();
        let sentence = failure.to_string();
        say_all("error:".red().bold(), &sentence, &details, &failure.hint());
        return failure.kind().into();
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Exit::Done;
        }
        let sentence = format!("The system refused: {error}.");
        let hint = "Check the disk and where the output goes.";
        say("error:".red().bold(), &sentence, hint);
        return Exit::Outside;
    }
    say("error:".red().bold(), &format!("{error:#}."), REPORT);
    Exit::Bug
}

/// Says something that is no failure.
pub(super) fn note(note: &Note) {
    say("note:".cyan().bold(), &note.text, &note.hint);
}

/// Shows what clap has to say: help and versions on standard output, mistakes on standard error.
pub(super) fn usage(error: &clap::Error) -> Exit {
    // Where nobody listens there is nothing to tell.
    let _ = error.print();
    match error.use_stderr() {
        true => Exit::Usage,
        false => Exit::Done,
    }
}

/// Says that it is our fault; what is said about the code stays free of the reviewed change.
pub(super) fn bug(info: &PanicHookInfo<'_>) {
    let place = match info.location() {
        Some(place) => format!(" ({}, line {})", place.file(), place.line()),
        None => String::new(),
    };
    let sentence =
        format!("afterclick stopped because of a bug in it{place}; nothing was reviewed.");
    say("bug:".red().bold(), &sentence, REPORT);
}

const REPORT: &str = "Please report it with the command that you ran.";

fn say(label: impl std::fmt::Display, sentence: &str, hint: &str) {
    say_all(label, sentence, &[], hint);
}

fn say_all(label: impl std::fmt::Display, sentence: &str, details: &[String], hint: &str) {
    // Sentences carry names that came with the change: nothing in them may act on the terminal.
    let sentence = safe::visible(sentence);
    let details: String = details
        .iter()
        .map(|detail| format!("  {}\n", safe::visible(detail)))
        .collect();
    let hint = safe::visible(hint);
    // Where nobody listens there is nothing to tell.
    let _ = writeln!(
        anstream::stderr().lock(),
        "{label} {sentence}\n{details}{} {hint}",
        "hint:".yellow().bold(),
    );
}
