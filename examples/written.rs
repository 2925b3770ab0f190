//! Runs the engine over written changes and says how often it is right.
//!
//! `cargo run --release --example written -- FILE.jsonl [--show]`
//!
//! Each line is a change: its name, whether it is risky, what it is about, the file in which the
//! weakening sits, and the files on both sides. `--show` lists the changes that are judged wrongly;
//! never use it on a list that is only counted.
#![allow(clippy::print_stdout, missing_docs)]

use afterclick::app::review;
use afterclick::app::source::Source;
use afterclick::review::record::Tier;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

#[derive(Deserialize)]
struct Case {
    name: String,
    risky: bool,
    about: String,
    file: Option<String>,
    before: BTreeMap<String, String>,
    after: BTreeMap<String, String>,
}

/// How many of a kind there are, and how many of them speak: risky ones at the right file.
#[derive(Default)]
struct Tally {
    risky: [usize; 2],
    harmless: [usize; 2],
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let list = arguments
        .next()
        .ok_or("the list is missing, such as corpus/written.jsonl")?;
    let show = arguments.next().as_deref() == Some("--show");
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for line in fs::read_to_string(list)?.lines() {
        let case: Case = serde_json::from_str(line)?;
        let spoken = spoken(&case)?;
        let right = |path: &String| !case.risky || case.file.as_ref().is_none_or(|it| it == path);
        let speaks = spoken.iter().any(|(_, path)| right(path));
        let language = case.name.split('/').next().unwrap_or_default();
        for name in [language, "all"] {
            let tally = tallies.entry(name.to_owned()).or_default();
            let [all, spoke] = match case.risky {
                true => &mut tally.risky,
                false => &mut tally.harmless,
            };
            *all += 1;
            *spoke += usize::from(speaks);
        }
        if show && speaks != case.risky {
            let checks: Vec<&str> = spoken.iter().map(|it| it.0).collect();
            println!("{} {}: {}", case.name, checks.join(" "), case.about);
        }
    }
    println!("{:16} {:>12} {:>12}", "", "risky speak", "harmless");
    for (name, tally) in tallies {
        let of = |[all, spoke]: [usize; 2]| format!("{spoke} of {all}");
        println!(
            "{name:16} {:>12} {:>12}",
            of(tally.risky),
            of(tally.harmless)
        );
    }
    Ok(())
}

/// The checks that speak of a change, and the files that they name.
fn spoken(case: &Case) -> Result<Vec<(&'static str, String)>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (before, after) = (folder.path().join("before"), folder.path().join("after"));
    write(&before, &case.before)?;
    write(&after, &case.after)?;
    let source = Source::Folders { before, after };
    let record = review::run(&source, folder.path(), &|_, _| {})?.record;
    let speaks = record.concerns.iter().filter(|it| it.tier == Tier::Speaks);
    Ok(speaks.map(|it| (it.check, it.path.clone())).collect())
}

fn write(folder: &Path, files: &BTreeMap<String, String>) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    for (path, text) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}
