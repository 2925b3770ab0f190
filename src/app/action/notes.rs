//! What a run of the Action says on its way: to the log, to the summary of the job, and to the
//! steps after it.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

use secrecy::ExposeSecret;

use crate::render::{outputs, safe};
use crate::review::record::Verdict;

use super::Outcome;
use super::context::Context;

/// What there is to say so far.
pub(super) struct Notes {
    log: String,
    remarks: Vec<String>,
    summary: Option<PathBuf>,
    output: Option<PathBuf>,
    in_actions: bool,
}

impl Notes {
    pub(super) fn new(context: &Context) -> Self {
        let mut log = String::new();
        if let (true, Some(token)) = (context.in_actions, context.token()) {
            // The runner takes this line out of the log.
            log = format!("::add-mask::{}\n", token.expose_secret());
        }
        Self {
            log,
            remarks: Vec::new(),
            summary: context.summary.clone(),
            output: context.output.clone(),
            in_actions: context.in_actions,
        }
    }

    /// Says a sentence in the log.
    pub(super) fn say(&mut self, sentence: &str) {
        self.show(&safe::visible(sentence));
    }

    /// Says a sentence in the log and in everything that is written about the review.
    pub(super) fn remark(&mut self, sentence: String) {
        self.say(&sentence);
        self.remarks.push(sentence);
    }

    /// What was remarked so far.
    pub(super) fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Shows a text that is safe on a terminal; the runner obeys nothing in it.
    pub(super) fn show(&mut self, text: &str) {
        self.log.push_str(&match self.in_actions {
            true => outputs::shown(text, &unguessable()),
            false => format!("{}\n", text.trim_end_matches('\n')),
        });
    }

    /// Gives the runner commands.
    pub(super) fn command(&mut self, commands: &str) {
        self.log.push_str(commands);
    }

    /// Adds to the summary of the job. A summary that cannot be written stops nothing.
    pub(super) fn summarize(&mut self, markdown: &str) {
        let text = format!("{markdown}\n");
        if let Err(error) = append(self.summary.as_ref(), &text) {
            self.say(&format!(
                "The summary of the job cannot be written: {error}."
            ));
        }
    }

    /// Hands a value to the steps after this one.
    pub(super) fn output(&mut self, name: &str, value: &str) {
        let text = outputs::output(name, value, &unguessable());
        if let Err(error) = append(self.output.as_ref(), &text) {
            self.say(&format!("The output `{name}` cannot be written: {error}."));
        }
    }

    /// All that is to be told.
    pub(super) fn end(self, verdict: Option<Verdict>, failure: Option<anyhow::Error>) -> Outcome {
        Outcome {
            log: self.log,
            verdict,
            ship: None,
            failure,
        }
    }
}

fn append(file: Option<&PathBuf>, text: &str) -> io::Result<()> {
    let Some(file) = file else { return Ok(()) };
    let mut file = OpenOptions::new().append(true).create(true).open(file)?;
    file.write_all(text.as_bytes())
}

/// A word that a change cannot have foreseen.
fn unguessable() -> String {
    format!("afterclick-{:032x}", fastrand::u128(..))
}
