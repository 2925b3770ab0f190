//! Whether a weakness that comes back carries the incident that its fix was recorded as.
//!
//! `cargo run --release --example incidents -- --repos DIR --cases PAIRS.tsv`
//!
//! The list has a header and the columns repository, commit that brought the weakness, commit that
//! mended it. The fix is recorded as an incident over its files; then its reverse, and the commit
//! that first brought the weakness, are reviewed.
#![allow(clippy::print_stdout, missing_docs)]

use afterclick::app::policy::{known_checks, today};
use afterclick::app::source::{Source, load};
use afterclick::change::{Change, Class};
use afterclick::policy::Policy;
use afterclick::review::record::incidents::Incident;
use afterclick::review::{Terms, review};
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut repos = PathBuf::from(".");
    let mut cases = PathBuf::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or("a value is missing")?;
        match argument.as_str() {
            "--repos" => repos = value.into(),
            "--cases" => cases = value.into(),
            other => return Err(format!("unknown argument {other}").into()),
        }
    }
    for line in std::fs::read_to_string(cases)?.lines().skip(1) {
        let [repository, brought, mended] = line.split('\t').collect::<Vec<_>>()[..] else {
            continue;
        };
        let git = repos.join(repository.replace('/', "+")).join("repo");
        let back = change(&git, &format!("{mended}..{mended}^1"))?;
        let incident = incident(&back)?;
        let first = change(&git, &format!("{brought}^1..{brought}"))?;
        println!(
            "{repository} {} again: {} first: {}",
            &mended[..9],
            said(&back, &incident),
            said(&first, &incident)
        );
    }
    Ok(())
}

fn change(git: &Path, range: &str) -> Result<Change, Box<dyn std::error::Error>> {
    Ok(load(&Source::Range(range.to_owned()), git)?.change)
}

/// The fix as an incident: the code that it touched is where it happened.
fn incident(back: &Change) -> Result<Incident, Box<dyn std::error::Error>> {
    let paths: Vec<String> = back
        .files
        .iter()
        .filter(|file| file.class() == Class::Source)
        .map(|file| format!("  - {:?}", file.path.to_string()))
        .collect();
    let text = format!(
        "---\nid: INC-1\ndate: 2026-01-02\nsurfaces: [auth, money, data, production]\npaths:\n{}\nlesson: It was mended once.\n---\n",
        paths.join("\n")
    );
    Incident::parse(&text, &known_checks()).map_err(|mistakes| format!("{mistakes:?}").into())
}

fn said(change: &Change, incident: &Incident) -> &'static str {
    let terms = Terms {
        policy: &Policy::default(),
        incidents: std::slice::from_ref(incident),
        overridden: &[],
        today: today(),
    };
    let record = review(change, &terms);
    if record.spoken().any(|concern| !concern.incidents.is_empty()) {
        "speaks and carries it"
    } else if record.concerns.iter().any(|it| !it.incidents.is_empty()) {
        "is recorded with it"
    } else {
        "nothing"
    }
}
