//! Ships a real history once more, every commit of the first-parent line on top of the one before
//! it, and says how many the rebase gate would have held.
//!
//! ```console
//! cargo run --release --example gate_replay -- REPOSITORY… [--every N]
//! ```
//!
//! The content gate runs over all commits; what it points at, and every Nth commit besides (100
//! unless told), goes through the whole gate as `afterclick gate` runs it.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::HashMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use afterclick::app::gate::{self, Question};
use afterclick::change::RepoPath;
use afterclick::git::{Reads, Repository, Walk};
use afterclick::ship::gate::{Gate, History, Landed, Outcome, Verdict};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (mut repositories, mut every) = (Vec::new(), 100);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--every" => {
                every = arguments
                    .next()
                    .and_then(|it| it.parse().ok())
                    .unwrap_or(every)
            }
            _ => repositories.push(argument),
        }
    }
    if repositories.is_empty() {
        eprintln!("usage: gate_replay REPOSITORY… [--every N]");
        return ExitCode::from(2);
    }
    for repository in repositories {
        if let Err(error) = replay(Path::new(&repository), every) {
            eprintln!("{repository}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn replay(dir: &Path, every: usize) -> anyhow::Result<()> {
    let started = Instant::now();
    let commits = trunk(dir)?;
    let mut by_path: HashMap<&RepoPath, Vec<usize>> = HashMap::new();
    for (number, commit) in commits.iter().enumerate() {
        for entry in &commit.entries {
            by_path.entry(&entry.path).or_default().push(number);
        }
    }
    let (mut asked, mut wrong) = (0, 0);
    let mut held = Vec::new();
    for (number, pair) in commits.windows(2).enumerate() {
        let [candidate, live] = pair else { continue };
        let suspect = goes_back(number, candidate, &commits, &by_path);
        if !suspect && number % every != 0 {
            continue;
        }
        asked += 1;
        let gate = ask(dir, live, candidate)?;
        match (gate.outcome, suspect) {
            (Outcome::Held | Outcome::Freezes, true) => held.push(gate),
            (Outcome::Held | Outcome::Freezes, false) => {
                wrong += 1;
                held.push(gate);
            }
            _ => {}
        }
    }
    for gate in &held {
        show(gate);
    }
    let shipped = commits.len().saturating_sub(1);
    println!(
        "{}: {shipped} ships, {} held ({:.2} %); {asked} asked of the whole gate, {wrong} of them \
         held for something else than content; {:.0} s",
        dir.display(),
        held.len(),
        100.0 * held.len() as f64 / shipped.max(1) as f64,
        started.elapsed().as_secs_f64(),
    );
    Ok(())
}

/// The first-parent line, the newest first.
fn trunk(dir: &Path) -> anyhow::Result<Vec<Landed>> {
    let mut repository = Repository::new(dir, Reads::Objects);
    let head = repository.commit("HEAD")?.id;
    let mut commits = Vec::new();
    let walk = Walk {
        first_parent: true,
        entries: true,
        ..Walk::up_to(&head)
    };
    repository.walk(walk, &mut |logged| {
        commits.push(Landed {
            sha: logged.id,
            tree: logged.tree,
            parents: logged.parents,
            author: logged.author,
            message: logged.message,
            entries: logged.entries,
        });
        true
    })?;
    Ok(commits)
}

/// Whether the content gate has anything to say, before declared reverts on side branches are
/// looked for.
fn goes_back(
    number: usize,
    candidate: &Landed,
    commits: &[Landed],
    by_path: &HashMap<&RepoPath, Vec<usize>>,
) -> bool {
    let mut history = History::new(&candidate.entries);
    if !history.can_go_back() {
        return false;
    }
    let mut earlier: Vec<usize> = candidate
        .entries
        .iter()
        .filter_map(|entry| by_path.get(&entry.path))
        .flatten()
        .copied()
        .filter(|&it| it > number)
        .collect();
    earlier.sort_unstable();
    earlier.dedup();
    for it in earlier {
        history.see(&commits[it]);
    }
    !history
        .silent_reverts(std::slice::from_ref(candidate))
        .is_empty()
}

fn ask(dir: &Path, live: &Landed, candidate: &Landed) -> anyhow::Result<Gate> {
    let environment = "production".parse().map_err(anyhow::Error::new)?;
    let live = Some(live.sha.to_string());
    let question = Question::new(environment, live, candidate.sha.to_string());
    Ok(gate::run(dir, &question)?)
}

fn show(gate: &Gate) {
    println!("{} on {}", gate.sha, gate.live.as_deref().unwrap_or("-"));
    match &gate.verdict {
        Verdict::SilentRevert { files } => {
            for file in files.iter().take(5) {
                let undone = file.undoes.last().map(|it| it.subject.as_str());
                println!(
                    "  {:?} {} (back before {:?}, {} commits ago)",
                    file.how,
                    file.path,
                    undone.unwrap_or_default(),
                    file.undoes.len()
                );
            }
            println!("  {} files", files.len());
        }
        other => println!("  {other:?}"),
    }
}
