use std::path::Path;

use clap::{Args, Subcommand};

use crate::app::incident;
use crate::ledger::record::{Incident, ShipName};
use crate::policy::Date;
use crate::render::record;
use crate::review::record::Surface;
use crate::ship::Environment;

use super::format::Format;
use super::ledger::{Where, Which, surroundings};
use super::{Exit, output};

/// Record what went wrong, so that reviews remind of it
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Open(Box<Open>),
    Close(Close),
    List(List),
}

/// Record an incident
#[derive(Debug, Args)]
struct Open {
    /// What happened, in a line
    title: String,

    /// What was learned, in one sentence. Default: the title
    #[arg(long, value_name = "TEXT")]
    lesson: Option<String>,

    /// A name for it. Default: the day and four signs
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    /// The day, YYYY-MM-DD. Default: today
    #[arg(long, value_name = "DAY", value_parser = day)]
    date: Option<String>,

    /// What it hurt; narrows paths and symbols to concerns about it
    #[arg(long, value_name = "SURFACE", value_parser = surface)]
    surface: Vec<String>,

    /// A pattern of files where it happened
    #[arg(long, value_name = "PATTERN")]
    path: Vec<String>,

    /// A symbol where it happened, as a review names it
    #[arg(long, value_name = "SYMBOL")]
    symbol: Vec<String>,

    /// A check that would have seen it, such as auth/guard-removed
    #[arg(long, value_name = "CHECK")]
    check: Vec<String>,

    /// The ship that brought it, such as production#42
    #[arg(long, value_name = "ENVIRONMENT#TICKET", value_parser = ship)]
    ship: Option<ShipName>,

    #[command(flatten)]
    place: Where,
}

/// Record that an incident is over
#[derive(Debug, Args)]
struct Close {
    /// The incident
    id: String,

    /// What was learned, in one sentence. Default: what it says already
    #[arg(long, value_name = "TEXT")]
    lesson: Option<String>,

    #[command(flatten)]
    place: Where,
}

/// List the incidents of the ledger
#[derive(Debug, Args)]
struct List {
    /// How to write them
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    which: Which,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let text = match self.command {
            Command::Open(open) => open.run(dir)?,
            Command::Close(close) => {
                let place = close.place.place(dir)?;
                let lesson = close.lesson.as_deref();
                incident::close(dir, &place, &surroundings(), &close.id, lesson)?;
                record::closed(&close.id)
            }
            Command::List(list) => {
                let place = list.which.place(dir)?;
                let known = incident::list(dir, &place, list.which.ask())?;
                match list.format {
                    Format::Text => record::incidents(&known, output::style_of_stdout()),
                    Format::Json => record::incidents_json(&known)?,
                }
            }
        };
        output::print(&text)?;
        Ok(Exit::Done)
    }
}

impl Open {
    fn run(self, dir: &Path) -> anyhow::Result<String> {
        let place = self.place.place(dir)?;
        let asked = Incident {
            incident: self.id.unwrap_or_default(),
            title: self.title,
            date: self.date.unwrap_or_default(),
            surfaces: self.surface,
            paths: self.path,
            symbols: self.symbol,
            checks: self.check,
            ship: self.ship,
            lesson: self.lesson.unwrap_or_default(),
        };
        let recorded = incident::open(dir, &place, &surroundings(), asked)?;
        Ok(record::opened(&recorded))
    }
}

fn day(text: &str) -> Result<String, &'static str> {
    let day: Result<Date, ()> = text.parse();
    day.map(|day| day.to_string())
        .map_err(|()| "write a day as YYYY-MM-DD")
}

fn surface(text: &str) -> Result<String, String> {
    let names = Surface::ALL.map(Surface::name);
    match names.contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(format!("it can be {}", names.join(", "))),
    }
}

fn ship(text: &str) -> Result<ShipName, String> {
    let wrong = || "write it as in production#42".to_owned();
    let (environment, ticket) = text.rsplit_once('#').ok_or_else(wrong)?;
    let environment: Environment = environment.parse().map_err(|_| wrong())?;
    Ok(ShipName {
        environment: environment.to_string(),
        ticket: ticket.parse().map_err(|_| wrong())?,
    })
}
