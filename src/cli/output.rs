use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};
use clap::{Args, ValueEnum};

use crate::render::text::Style;
use crate::render::{github, json, limits, markdown, sarif, text};
use crate::review::checks;
use crate::review::record::Review;

/// Columns of text that does not go to a terminal.
const COLUMNS: usize = 80;

/// How the result of a review is written, and where to.
#[derive(Debug, Clone, Args)]
pub(super) struct Output {
    /// How to write the result
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Show everything: what is folded, only recorded, or suppressed with a reason
    #[arg(long)]
    all: bool,

    /// Write the result to FILE, all at once, and not to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How a result is written.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// Words for a person
    #[default]
    Text,
    /// The whole record as JSON
    Json,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// Markdown, for a comment or the summary of a job
    Markdown,
    /// Workflow commands, which GitHub Actions turns into annotations
    Github,
}

impl Output {
    /// Writes the record. A FILE is seen from `dir`.
    pub(super) fn write(&self, review: &Review, dir: &Path) -> anyhow::Result<()> {
        let style = match self.output {
            Some(_) => style_of_a_file(),
            None => style_of_stdout(),
        };
        let checks: Vec<_> = checks::all().collect();
        let text = match self.format {
            Format::Text => text::render(review, style, self.all),
            Format::Json => json::render(review)?,
            Format::Sarif => sarif::render(review, &checks, self.all)?,
            Format::Markdown => markdown::render(review, limits::COMMENT, self.all),
            Format::Github => github::render(review),
        };
        match &self.output {
            Some(file) => replace(&dir.join(file), &text)?,
            None => print(&text)?,
        }
        Ok(())
    }
}

/// Prints to standard output. Where nobody listens any more there is nothing to tell.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    let printed = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match printed {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// What standard output takes, as `--color`, NO_COLOR and CLICOLOR have it.
pub(super) fn style_of_stdout() -> Style {
    let stdout = io::stdout();
    let size = terminal_size::terminal_size_of(&stdout);
    Style {
        color: AutoStream::choice(&stdout) != ColorChoice::Never,
        width: size.map_or(COLUMNS, |(width, _)| usize::from(width.0)),
    }
}

/// The same for standard error.
pub(super) fn style_of_stderr() -> Style {
    let stderr = io::stderr();
    let size = terminal_size::terminal_size_of(&stderr);
    Style {
        color: AutoStream::choice(&stderr) != ColorChoice::Never,
        width: size.map_or(COLUMNS, |(width, _)| usize::from(width.0)),
    }
}

fn style_of_a_file() -> Style {
    let color = matches!(
        ColorChoice::global(),
        ColorChoice::Always | ColorChoice::AlwaysAnsi
    );
    Style {
        color,
        width: COLUMNS,
    }
}

/// Replaces a file as a whole: a reader finds the old text or the new, never a part.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let target = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    if fs::metadata(&target).is_ok_and(|metadata| !metadata.is_file()) {
        // A pipe or a device is written to; a folder refuses.
        return File::options()
            .write(true)
            .open(&target)?
            .write_all(text.as_bytes());
    }
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let draft = target.with_file_name(format!(".{name}.{}.draft", std::process::id()));
    let written = write_new(&draft, text).and_then(|()| fs::rename(&draft, &target));
    if written.is_err() {
        // The failure itself is what there is to tell; a draft that was never made is gone too.
        let _ = fs::remove_file(&draft);
    }
    written
}

fn write_new(file: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
