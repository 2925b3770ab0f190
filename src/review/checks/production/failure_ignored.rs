use crate::change::Class;
use crate::facts::setting::Setting;
use crate::facts::tree::Tree;
use crate::facts::{Language, read};
use crate::review::Context;
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::settings::{self, Purpose, local};
use crate::review::infrastructure::commands::Commands;
use crate::review::infrastructure::script::{Outcome, Script, Step, acts, asks};
use crate::review::infrastructure::workflow::{Workflow, jobs};
use crate::review::record::finding::{Finding, name_of, snippet};

check! {
    /// A script that deploys, migrates or backs up goes on when a step of it fails.
    ///
    /// ## What it does
    /// Reads shell scripts, and the scripts of workflows. Speaks when a script that changes what is
    /// live no longer stops at a failure (`set -e` is gone), when a migration, a backup or a check
    /// that ended it may now fail (`|| true`), and when a check that decided whether it goes on is
    /// gone or only told in the log.
    ///
    /// ## Why it matters
    /// The next step runs on what the failed one left: new code on an old database, an unhealthy
    /// release that goes live, an empty file that takes the place of the last good backup.
    ///
    /// ## Example
    /// ```sh
    /// ./bin/migrate up || true   # was: ./bin/migrate up
    /// ```
    ///
    /// ## Instead
    /// Let the script stop, and say for single commands what may fail and why.
    "production/failure-ignored", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    let mut heard: Vec<(Finding, Option<String>)> = Vec::new();
    let mut gained: Vec<String> = Vec::new();
    for file in context.files.iter().filter(|it| it.class == Class::Source) {
        if local(&file.path) || settings::unreadable(file) {
            continue;
        }
        let is_shell = |it: Option<Language>| it == Some(Language::Shell);
        if is_shell(file.after.language) || is_shell(file.before.language) {
            let script = |tree: &Tree, text: &str| Script::read(tree, text, false);
            let before = script(&file.before.tree, file.before.text);
            let after = script(&file.after.tree, file.after.text);
            gained.extend(new(&before, &after));
            let both = is_shell(file.after.language) && is_shell(file.before.language);
            if both && file.before.exists && file.after.exists {
                compare(
                    file,
                    "",
                    &before,
                    &after,
                    [&|line| line, &|line| line],
                    &mut heard,
                );
            }
        } else if matches!(
            settings::purpose(file),
            Some(Purpose::Workflow | Purpose::Action)
        ) {
            workflow(file, &mut gained, &mut heard);
        }
    }
    for file in context.commands() {
        found.extend(piped_in_manifest(file));
    }
    let moved = |key: &String| gained.contains(key);
    let stays = |it: &&(Finding, Option<String>)| !it.1.as_ref().is_some_and(moved);
    found.extend(heard.iter().filter(stays).map(|it| it.0.clone()));
}

/// A container that was started by a shell which sees failures in pipes, and no longer is.
fn piped_in_manifest(file: &Commands<'_>) -> Option<Finding> {
    let says = |side: &SideFacts<'_>| side.exists && side.text.contains("pipefail");
    let manifest = matches!(
        settings::purpose(file.file),
        Some(Purpose::Manifest | Purpose::ChartValues | Purpose::Compose)
    );
    if !manifest || !says(&file.file.before) || says(&file.file.after) {
        return None;
    }
    let line = file
        .file
        .before
        .text
        .lines()
        .position(|it| it.contains("pipefail"))?;
    let line = u32::try_from(line + 1).unwrap_or(u32::MAX);
    let piped = file
        .after
        .iter()
        .find(|it| it.into.is_some() && acts(&it.text()))?;
    Some(
        Finding::new(file.file, piped.program(), "failures in pipes unseen")
            .before(line, file.file.before.line(line))
            .after(piped.line, &piped.text())
            .says(
                format!("This stopped when a command at the start of a pipe failed, and now sees only the last one of the pipe. Where `{}` fails, what is written is empty or cut, and counts as done.", piped.program()),
                "Run it with `bash -o pipefail`, or look at what was written before it takes the place of anything.",
            ),
    )
}

/// The steps that count now and did not before.
fn new(before: &Script, after: &Script) -> Vec<String> {
    let counted = |it: &&String| {
        before
            .steps
            .get(*it)
            .is_some_and(|step| before.counts(step))
    };
    let steps = after.steps.iter().filter(|it| after.counts(it.1));
    steps
        .map(|it| it.0)
        .filter(|it| !counted(it))
        .cloned()
        .collect()
}

/// The scripts in the steps of a workflow, which stop at a failure by themselves.
fn workflow(
    file: &FilePair<'_>,
    gained: &mut Vec<String>,
    heard: &mut Vec<(Finding, Option<String>)>,
) {
    let old = Workflow::read(&file.before.settings);
    let new_side = Workflow::read(&file.after.settings);
    let script = |text: &str| {
        let text = without_expressions(text);
        read(Language::Shell, &text).map(|tree| Script::read(&tree, &text, true))
    };
    // A step that is new may be where a check moved to.
    let steps = |side: &Workflow<'_>| -> Vec<Script> {
        let steps = side.jobs.values().flat_map(|it| &it.steps);
        steps.filter_map(|it| script(&it.run?.value)).collect()
    };
    let earlier = steps(&old);
    for later in steps(&new_side) {
        let counted = |key: &String| {
            let known = |it: &Script| it.steps.get(key).is_some_and(|step| it.counts(step));
            earlier.iter().any(known)
        };
        let counts = later.steps.iter().filter(|it| later.counts(it.1));
        gained.extend(counts.map(|it| it.0.clone()).filter(|it| !counted(it)));
    }
    for (was, is) in jobs(&file.before.settings, &file.after.settings, &old, &new_side) {
        for step in &new_side.jobs[is].steps {
            let earlier = old.jobs[was].steps.iter().find(|it| it.name == step.name);
            let (Some(before), Some(after)) = (earlier.and_then(|it| it.run), step.run) else {
                continue;
            };
            if before.value == after.value {
                continue;
            }
            let (Some(old), Some(new_script)) = (script(&before.value), script(&after.value))
            else {
                continue;
            };
            let at = |run: &Setting, inner: u32| {
                run.line + if run.value.contains('\n') { inner } else { 0 }
            };
            let lines: [&dyn Fn(u32) -> u32; 2] =
                [&|inner| at(before, inner), &|inner| at(after, inner)];
            compare(
                file,
                &format!("{is}.{}", step.name),
                &old,
                &new_script,
                lines,
                heard,
            );
        }
    }
}

/// What the forge puts in stands for a word.
fn without_expressions(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("${{") {
        out.push_str(before);
        out.push_str("expression");
        rest = inside.split_once("}}").map_or("", |it| it.1);
    }
    out.push_str(rest);
    out
}

fn compare(
    file: &FilePair<'_>,
    symbol: &str,
    before: &Script,
    after: &Script,
    [was_line, line]: [&dyn Fn(u32) -> u32; 2],
    heard: &mut Vec<(Finding, Option<String>)>,
) {
    let shown = |it: u32| (was_line(it), file.before.line(was_line(it)));
    let about = match symbol {
        "" => "This script".to_owned(),
        symbol => name_of(symbol),
    };
    // What is done is still done.
    let does = after.steps.iter().any(|it| it.1.command && acts(it.0));
    if before.stops.is_some() && after.stops.is_none() && !after.elsewhere && does {
        let was = before.stops.unwrap_or(1);
        let finding = Finding::new(file, symbol, "goes on after failures")
            .before(shown(was).0, shown(was).1)
            .near(line(1))
            .says(
                format!("{about} stopped as soon as a command failed, and now goes on. The steps after a failed one run all the same, on what it left behind."),
                "Put `set -e` back, and say for single commands what may fail.",
            );
        heard.push((finding, None));
    }
    let piped = after
        .piped
        .iter()
        .find(|it| acts(it) && before.piped.contains(it));
    if let (Some(was), None, Some(command)) = (before.pipes, after.pipes, piped)
        && !after.elsewhere
    {
        let finding = Finding::new(file, symbol, "failures in pipes unseen")
            .before(shown(was).0, shown(was).1)
            .near(line(1))
            .says(
                format!("{about} stopped when a command at the start of a pipe failed (`{command}`), and now sees only the last one of the pipe. What is written then may be empty or cut."),
                "Put `set -o pipefail` back.",
            );
        heard.push((finding, None));
    }
    // Something else may do its work.
    let replaced = !new(before, after).is_empty();
    for (key, was) in before.steps.iter().filter(|it| before.counts(it.1)) {
        let is = after.steps.get(key);
        let (fact, words, at) = match is {
            Some(is) if is.outcome == Outcome::GoesOn && (acts(key) || asks(key)) => (
                format!("{key} may fail"),
                format!(
                    "When `{}` failed, the rest did not run; now it goes on.",
                    readable(key)
                ),
                line(is.line),
            ),
            Some(is) if was.outcome == Outcome::Stops && !after.counts(is) && asks(key) => (
                format!("{key} decides nothing"),
                format!(
                    "`{}` decided whether the rest runs, and now nothing asks how it ended.",
                    readable(key)
                ),
                line(is.line),
            ),
            None if was.outcome == Outcome::Stops && decides(key, was) && does && !replaced => (
                format!("{key} no longer asked"),
                format!(
                    "`{}` decided whether the rest runs, and is gone.",
                    readable(key)
                ),
                line(was.line.min(file.after.text.lines().count() as u32)),
            ),
            _ => continue,
        };
        let finding = Finding::new(file, symbol, fact)
            .before(shown(was.line).0, shown(was.line).1)
            .near(at)
            .says(
                format!("{words} What comes after it goes live, or is kept, all the same."),
                "Let it stop the script, or say why it may fail and who looks at it.",
            );
        heard.push((finding, Some(key.clone())));
    }
}

/// Whether a check that is gone asked how things stand, and not how the script was called.
fn decides(text: &str, step: &Step) -> bool {
    if step.command {
        return asks(text);
    }
    // The size of a file, a comparison; the arguments of a script are numbers.
    let argument = text
        .split([' ', '(', ')'])
        .any(|it| matches!(it, "1" | "2" | "3" | "#" | "@"));
    text.starts_with("-s(") || asks(text) && !argument
}

/// What a step runs, as a reader would write it.
fn readable(key: &str) -> String {
    let plain: String = key
        .replace("${", "$")
        .chars()
        .filter(|it| !matches!(it, '`' | '"' | '}'))
        .collect();
    snippet(&plain)
}
