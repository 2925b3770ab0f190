//! Runs the engine over a list of real commits and says how often it is right.
//!
//! `cargo run --release --example corpus -- --repos DIR --cases FILE.tsv [--left-out A,B] [--show]`
//!
//! `DIR` holds bare repositories as `owner+name/repo`. The list has a header and the columns
//! repository, commit, label, why; a list of two columns is one of unlabelled everyday commits.
//! Rows tagged `FIX;REV` are reviewed in reverse, where they must speak, and forward, where they
//! must not. Repositories that are left out are only counted, never shown.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

use afterclick::app::review;
use afterclick::app::source::Source;
use afterclick::review::record::Tier;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

struct Row {
    repository: String,
    commit: String,
    label: String,
    why: String,
}

struct Seen {
    check: &'static str,
    tier: Tier,
    surface: &'static str,
    path: String,
    symbol: String,
    text: String,
    words: String,
}

#[derive(Default, Clone)]
struct Tally {
    risky: usize,
    spoke: usize,
    file: usize,
    symbol: usize,
    located: usize,
    recorded: usize,
    forward: usize,
    forward_spoke: usize,
    plain: usize,
    plain_spoke: usize,
    hard: usize,
    hard_spoke: usize,
    ordinary: usize,
    ordinary_spoke: usize,
    millis: Vec<u128>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut repos = PathBuf::from(".");
    let mut cases = Vec::new();
    let mut left_out = Vec::new();
    let mut show = false;
    let mut only = String::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or("a value is missing");
        match argument.as_str() {
            "--repos" => repos = value()?.into(),
            "--cases" => cases.push(PathBuf::from(value()?)),
            "--left-out" => left_out = value()?.split(',').map(str::to_owned).collect(),
            "--only" => only = value()?,
            "--show" => show = true,
            other => return Err(format!("unknown argument {other}").into()),
        }
    }
    let mut tuned = Tally::default();
    let mut unseen = Tally::default();
    let mut by_repository: BTreeMap<String, Tally> = BTreeMap::new();
    let mut by_label: BTreeMap<String, Tally> = BTreeMap::new();
    let mut by_check: BTreeMap<&'static str, [usize; 3]> = BTreeMap::new();
    let mut by_quiet: BTreeMap<&'static str, [usize; 3]> = BTreeMap::new();
    for row in cases
        .iter()
        .map(|it| read(it))
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
    {
        let out = left_out.contains(&row.repository);
        if !only.is_empty()
            && (out || !format!("{} {}", row.repository, row.commit).contains(&only))
        {
            continue;
        }
        let git = repos.join(row.repository.replace('/', "+")).join("repo");
        let result = judge(&git, &row);
        let mut one = Tally::default();
        let mut lines = Vec::new();
        match result {
            Err(error) => {
                eprintln!("{} {}: {error}", row.repository, row.commit);
                continue;
            }
            Ok(runs) => {
                for (kind, seen, millis) in runs {
                    one.millis.push(millis);
                    let spoken: Vec<&Seen> =
                        seen.iter().filter(|it| it.tier == Tier::Speaks).collect();
                    let column = match kind {
                        Kind::Risky => 0,
                        Kind::Forward | Kind::Trap => 1,
                        Kind::Ordinary => 2,
                    };
                    if !out {
                        for check in spoken
                            .iter()
                            .map(|it| it.check)
                            .collect::<std::collections::BTreeSet<_>>()
                        {
                            by_check.entry(check).or_default()[column] += 1;
                        }
                    }
                    if !out && spoken.is_empty() {
                        let quiet: std::collections::BTreeSet<_> =
                            seen.iter().map(|it| it.check).collect();
                        for check in quiet {
                            by_quiet.entry(check).or_default()[column] += 1;
                        }
                    }
                    let mut note = String::new();
                    match kind {
                        Kind::Risky => {
                            one.risky += 1;
                            one.spoke += usize::from(!spoken.is_empty());
                            let recorded = seen.iter().any(|it| it.surface == row.label);
                            one.recorded += usize::from(recorded);
                            let (file, symbol) = place(&row.why);
                            let right_file: Vec<&&Seen> = spoken
                                .iter()
                                .filter(|it| file.is_empty() || it.path == file)
                                .collect();
                            one.file += usize::from(!right_file.is_empty());
                            let right_symbol = right_file.iter().any(|it| names(it, &symbol));
                            one.symbol += usize::from(right_symbol);
                            one.located += usize::from(!symbol.is_empty());
                            if right_file.is_empty() {
                                note = format!(
                                    "MISS {}",
                                    if recorded { "recorded" } else { "nothing" }
                                );
                            } else if !right_symbol {
                                note = format!("symbol {symbol}");
                            }
                        }
                        Kind::Forward => {
                            one.forward += 1;
                            one.forward_spoke += usize::from(!spoken.is_empty());
                            if !spoken.is_empty() {
                                note = "FALSE forward".to_owned();
                            }
                        }
                        Kind::Trap if row.why.contains("HARD") => {
                            one.hard += 1;
                            one.hard_spoke += usize::from(!spoken.is_empty());
                            if !spoken.is_empty() {
                                note = "FALSE hard".to_owned();
                            }
                        }
                        Kind::Trap => {
                            one.plain += 1;
                            one.plain_spoke += usize::from(!spoken.is_empty());
                            if !spoken.is_empty() {
                                note = "FALSE plain".to_owned();
                            }
                        }
                        Kind::Ordinary => {
                            one.ordinary += 1;
                            one.ordinary_spoke += usize::from(!spoken.is_empty());
                            if !spoken.is_empty() {
                                note = "ordinary".to_owned();
                            }
                        }
                    }
                    if !note.is_empty() || !only.is_empty() {
                        lines.push(format!(
                            "{} {} {} [{note}] {}",
                            row.repository,
                            &row.commit[..9.min(row.commit.len())],
                            row.label,
                            row.why
                        ));
                        for it in &seen {
                            if it.tier == Tier::Speaks || !only.is_empty() {
                                lines.push(format!(
                                    "    {:?} {} {}::{} | {} | {}",
                                    it.tier, it.check, it.path, it.symbol, it.words, it.text
                                ));
                            }
                        }
                    }
                }
            }
        }
        if out {
            unseen.add(&one);
        } else {
            tuned.add(&one);
            by_repository
                .entry(row.repository.clone())
                .or_default()
                .add(&one);
            by_label.entry(row.label.clone()).or_default().add(&one);
            if show {
                for line in lines {
                    println!("{line}");
                }
            }
        }
    }
    println!("\nby repository");
    for (name, tally) in &by_repository {
        println!("{name:36} {tally}");
    }
    println!("\nby label");
    for (name, tally) in &by_label {
        println!("{name:36} {tally}");
    }
    println!("\nby check                             risky  harmless  ordinary");
    for (check, [risky, harmless, ordinary]) in &by_check {
        println!("{check:36} {risky:5} {harmless:9} {ordinary:9}");
    }
    println!("\nonly recorded, nothing spoke         risky  harmless  ordinary");
    for (check, [risky, harmless, ordinary]) in &by_quiet {
        println!("{check:36} {risky:5} {harmless:9} {ordinary:9}");
    }
    println!("\n{:36} {tuned}", "tuned");
    println!("{:36} {unseen}", "left out");
    Ok(())
}

#[derive(Clone, Copy)]
enum Kind {
    Risky,
    Forward,
    Trap,
    Ordinary,
}

type Run = (Kind, Vec<Seen>, u128);

fn judge(git: &Path, row: &Row) -> Result<Vec<Run>, Box<dyn std::error::Error>> {
    let parent = format!("{}^1", row.commit);
    let mut runs = Vec::new();
    let mut run = |kind: Kind, base: &str, head: &str| -> Result<(), Box<dyn std::error::Error>> {
        let start = Instant::now();
        let record =
            review::run(&Source::Range(format!("{base}..{head}")), git, &|_, _| {})?.record;
        let millis = start.elapsed().as_millis();
        let seen = record
            .concerns
            .into_iter()
            .map(|it| Seen {
                check: it.check,
                tier: it.tier,
                surface: it.surface.name(),
                text: format!(
                    "{} => {}",
                    it.before.unwrap_or_default(),
                    it.after.unwrap_or_default()
                ),
                words: it.concern,
                path: it.path,
                symbol: it.symbol,
            })
            .collect();
        runs.push((kind, seen, millis));
        Ok(())
    };
    if row.label == "ordinary" {
        run(Kind::Ordinary, &parent, &row.commit)?;
    } else if row.label == "none" {
        run(Kind::Trap, &parent, &row.commit)?;
    } else if row.why.starts_with("FIX;REV") {
        run(Kind::Risky, &row.commit, &parent)?;
        run(Kind::Forward, &parent, &row.commit)?;
    } else {
        run(Kind::Risky, &parent, &row.commit)?;
    }
    Ok(runs)
}

/// The file and symbol at the end of a row's reason.
fn place(why: &str) -> (String, String) {
    why.rsplit_once(" - ")
        .and_then(|(_, place)| place.split_once("::"))
        .filter(|(file, _)| file.contains('.') && !file.contains(' ') || file.contains('/'))
        .map(|(file, symbol)| (file.to_owned(), symbol.to_owned()))
        .unwrap_or_default()
}

fn names(seen: &Seen, symbol: &str) -> bool {
    if symbol.is_empty() {
        return true;
    }
    let haystack = format!("{} {} {}", seen.symbol, seen.text, seen.words);
    let last = symbol.rsplit(['.', ':']).next().unwrap_or(symbol);
    haystack.contains(symbol)
        || haystack.contains(last)
        || symbol
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word.len() > 3 && haystack.contains(word))
}

fn read(path: &Path) -> Result<Vec<Row>, std::io::Error> {
    let text = std::fs::read_to_string(path)?;
    Ok(text
        .lines()
        .skip(1)
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let mut cells = line.split('\t').map(str::to_owned);
            Row {
                repository: cells.next().unwrap_or_default(),
                commit: cells.next().unwrap_or_default(),
                label: cells.next().unwrap_or_else(|| "ordinary".to_owned()),
                why: cells.next().unwrap_or_default(),
            }
        })
        .collect())
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.risky += other.risky;
        self.spoke += other.spoke;
        self.file += other.file;
        self.symbol += other.symbol;
        self.located += other.located;
        self.recorded += other.recorded;
        self.forward += other.forward;
        self.forward_spoke += other.forward_spoke;
        self.plain += other.plain;
        self.plain_spoke += other.plain_spoke;
        self.hard += other.hard;
        self.hard_spoke += other.hard_spoke;
        self.ordinary += other.ordinary;
        self.ordinary_spoke += other.ordinary_spoke;
        self.millis.extend(&other.millis);
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = |part: usize, of: usize| {
            if of == 0 {
                "-".to_owned()
            } else {
                format!("{part}/{of} {:.0}%", 100.0 * part as f64 / of as f64)
            }
        };
        let mut millis = self.millis.clone();
        millis.sort_unstable();
        let at = |share: f64| {
            let index = (millis.len() as f64 * share) as usize;
            millis
                .get(index.min(millis.len().saturating_sub(1)))
                .copied()
                .unwrap_or(0)
        };
        write!(
            out,
            "speaks {} file {} symbol {} recorded {} | fixes {} plain {} hard {} ordinary {} | ms {} p99 {}",
            share(self.spoke, self.risky),
            share(self.file, self.risky),
            share(self.symbol, self.risky),
            share(self.recorded, self.risky),
            share(self.forward_spoke, self.forward),
            share(self.plain_spoke, self.plain),
            share(self.hard_spoke, self.hard),
            share(self.ordinary_spoke, self.ordinary),
            at(0.5),
            at(0.99),
        )
    }
}
