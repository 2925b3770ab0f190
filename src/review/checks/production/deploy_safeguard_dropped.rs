use super::download_unchecked::called;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::infrastructure::commands::{Command, Commands};
use crate::review::infrastructure::script::acts;
use crate::review::record::finding::Finding;

check! {
    /// A deployment no longer waits, looks, asks or keeps a copy before it goes on.
    ///
    /// ## What it does
    /// Reads the commands of scripts, workflows and recipes that change what is live. Speaks when
    /// the last of a kind is gone: waiting until the new release runs (`kubectl rollout status`,
    /// `helm --atomic`), looking whether it is healthy, a copy of the database before migrations
    /// (or when it is made after them), the question whether somebody means it, and the lock that
    /// kept two from running at once. What moved to another file of the change, or is done in
    /// another way of the same kind, stays silent.
    ///
    /// ## Why it matters
    /// Nobody misses it until a release fails: then it counts as deployed, or there is nothing to go
    /// back to.
    ///
    /// ## Example
    /// ```sh
    /// pg_dump -Fc "$DATABASE_URL" > before.dump   # gone
    /// bin/migrate up
    /// ```
    ///
    /// ## Instead
    /// Replace a safeguard before removing it.
    "production/deploy-safeguard-dropped", Production, SPEAKS, run
}

/// What keeps a deployment safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Safeguard {
    /// It waits until the new release runs.
    Waits,
    /// It asks the new release whether all is well.
    Looks,
    /// It keeps a copy of the data.
    Copies,
    /// It asks whether somebody means it.
    Asks,
    /// Only one of it runs at a time.
    Locks,
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    let read = context.commands();
    for file in read {
        if file.file.before.exists && file.file.after.exists && !file.file.path.ends_with(".json") {
            dropped(context, file, read, found);
            late(file, found);
            deaf(file, found);
        }
    }
}

/// What a command keeps safe, if it does.
fn safeguard(command: &Command) -> Option<Safeguard> {
    let about = command.about();
    let any = |list: &[&str]| about.iter().any(|it| list.contains(&it.as_str()));
    match command.program() {
        "echo" | "printf" | "log" | "info" | "rm" | "export" | "chmod" | "mkdir" | "cd" => {
            return None;
        }
        "flock" | "lockf" | "shlock" | "setlock" | "lockfile" => return Some(Safeguard::Locks),
        "read" if confirms(command) => return Some(Safeguard::Asks),
        "pg_dump" | "pg_dumpall" | "mysqldump" | "mongodump" | "pg_basebackup" => {
            return Some(Safeguard::Copies);
        }
        "kubectl" | "oc" if command.says(&["rollout", "status"]) || command.says(&["wait"]) => {
            return Some(Safeguard::Waits);
        }
        "aws" if command.says(&["wait"]) && any(&["ecs", "deploy", "elb", "elbv2"]) => {
            return Some(Safeguard::Waits);
        }
        "argocd" if command.says(&["app", "wait"]) => return Some(Safeguard::Waits),
        "helm" if command.option("--wait") || command.option("--atomic") => {
            return Some(Safeguard::Waits);
        }
        "curl" | "wget" | "http" => {
            let asks = |it: &String| {
                let address = it.contains("://") || it.starts_with(['$', '/']);
                address
                    && HEALTH
                        .iter()
                        .any(|word| ends_in(&it.to_ascii_lowercase(), word))
            };
            let sends = [
                "-X",
                "--request",
                "-d",
                "--data",
                "-F",
                "--form",
                "-T",
                "--upload-file",
            ];
            if sends.iter().any(|it| command.option(it)) {
                return None;
            }
            return command.words.iter().any(asks).then_some(Safeguard::Looks);
        }
        _ => {}
    }
    let undone = any(&[
        "restore", "prune", "delete", "list", "ls", "describe", "clean", "cleanup", "remove",
        "download", "test", "tests", "install",
    ]);
    if undone {
        return None;
    }
    if any(&["backup", "backups", "snapshot", "snapshots", "dump"]) {
        return Some(Safeguard::Copies);
    }
    let looks = any(&["health", "healthy", "healthcheck", "smoke", "healthz"]);
    let confirms = any(&["confirm", "confirmation"]);
    match (looks, confirms) {
        (true, _) => Some(Safeguard::Looks),
        (_, true) => Some(Safeguard::Asks),
        _ => None,
    }
}

/// Whether an address has a part, and not only something that begins like it.
fn ends_in(address: &str, part: &str) -> bool {
    address
        .split(part)
        .skip(1)
        .any(|rest| !rest.starts_with(char::is_alphanumeric))
        || part == "health" && address.contains(part)
}

/// Parts of addresses at which a service says how it is.
const HEALTH: &[&str] = &[
    "health", "readyz", "/ready", "livez", "/ping", "/status", "/up",
];

/// Whether somebody is asked whether they mean it.
fn confirms(command: &Command) -> bool {
    let known = [
        "confirm", "sure", "continue", "proceed", "answer", "reply", "y/n", "yes",
    ];
    let text = command.text().to_ascii_lowercase();
    command.keyword != "while" && (text.contains('?') || known.iter().any(|it| text.contains(it)))
}

/// Whether a command changes what is stored.
fn migrates(command: &Command) -> bool {
    let plain = |it: &&String| !it.starts_with('-') && !it.contains(char::is_whitespace);
    let mut found = command.words.iter().filter(plain).flat_map(|it| words(it));
    command.program() != "echo"
        && found.any(|it| {
            matches!(
                it.as_str(),
                "migrate"
                    | "migrates"
                    | "migration"
                    | "migrations"
                    | "flyway"
                    | "liquibase"
                    | "alembic"
            )
        })
}

/// The last safeguard of a kind that is gone from what changes what is live.
fn dropped(
    context: &Context<'_>,
    file: &Commands<'_>,
    read: &[Commands<'_>],
    found: &mut Vec<Finding>,
) {
    let elsewhere = called(context, file);
    let sourced = file
        .after
        .iter()
        .any(|it| matches!(it.program(), "source" | "."));
    for kind in [
        Safeguard::Waits,
        Safeguard::Looks,
        Safeguard::Copies,
        Safeguard::Asks,
        Safeguard::Locks,
    ] {
        let is = |it: &&Command| safeguard(it) == Some(kind);
        let count = |side: &[Command]| side.iter().filter(is).count();
        let Some(was) = file.before.iter().find(is) else {
            continue;
        };
        // What a kind keeps safe is still done.
        let kept = |it: &Command| match kind {
            Safeguard::Copies => migrates(it),
            _ => acts(&it.text()) && safeguard(it).is_none_or(|it| it == Safeguard::Waits),
        };
        let still = file.before.iter().any(kept) && file.after.iter().any(kept);
        let moved = read.iter().any(|it| count(&it.after) > count(&it.before));
        // A script of its own for it, or another way of being sure.
        let other = match kind {
            Safeguard::Waits => file
                .after
                .iter()
                .any(|it| safeguard(it) == Some(Safeguard::Looks)),
            Safeguard::Asks => {
                let says = |text: &str| {
                    text.to_ascii_lowercase().matches("confirm").count()
                        + text.matches("--yes").count()
                };
                says(file.file.after.text) > says(file.file.before.text)
            }
            _ => false,
        };
        if count(&file.after) > 0 || !still || moved || other {
            continue;
        }
        let (words, advice) = tell(kind, &was.text());
        found.push(
            Finding::new(file.file, was.program(), format!("no longer {kind:?}"))
                .speaks_if(!elsewhere && !sourced)
                .before(was.line, &was.text())
                .near(was.line.min(file.file.after.text.lines().count() as u32))
                .says(words, advice),
        );
    }
}

fn tell(kind: Safeguard, was: &str) -> (String, &'static str) {
    let was: String = was.chars().filter(|it| *it != '`').take(80).collect();
    match kind {
        Safeguard::Waits => (
            format!(
                "This waited until the new release was running (`{was}`), and now goes on at once. A release that never starts counts as deployed, and nobody goes back."
            ),
            "Wait for the release again, and stop where it does not come up.",
        ),
        Safeguard::Looks => (
            format!(
                "This asked the new release whether all is well (`{was}`), and no longer does. A broken release stays live until customers say so."
            ),
            "Ask again after the deployment, and go back where it does not answer well.",
        ),
        Safeguard::Copies => (
            format!(
                "A copy of the data was made before the migrations (`{was}`), and no longer is. What a migration destroys cannot be brought back."
            ),
            "Make the copy again before anything is migrated.",
        ),
        Safeguard::Asks => (
            format!(
                "Somebody was asked whether they mean it (`{was}`), and no longer is. Started by mistake, it changes what is live."
            ),
            "Ask again, or take an option that has to be given on purpose.",
        ),
        Safeguard::Locks => (
            format!(
                "A lock kept this from running twice at once (`{was}`), and is gone. Two runs at a time work on the same things."
            ),
            "Put the lock back.",
        ),
    }
}

/// A question after the health of a release whose answer no longer counts: `curl` without `--fail`.
fn deaf(file: &Commands<'_>, found: &mut Vec<Finding>) {
    let looks = |it: &&Command| it.program() == "curl" && safeguard(it) == Some(Safeguard::Looks);
    let hears = |it: &Command| {
        it.letter('f') || it.option("--fail") || it.option("--fail-with-body")
            // Somebody reads the answer.
            || it.letter('w') || it.option("--write-out") || it.into.is_some()
    };
    let read = file.file.after.text.contains("$(curl") || file.file.after.text.contains("`curl");
    let mut before = file.before.iter().filter(looks);
    let was = before.clone().next().filter(|_| before.all(hears));
    let is = file.after.iter().filter(looks).find(|it| !hears(it));
    if let (Some(was), Some(is), false) = (was, is, read) {
        found.push(
            Finding::new(file.file, "curl", "answer does not count")
                .before(was.line, &was.text())
                .after(is.line, &is.text())
                .says(
                    "This failed where the release answered with an error, and now takes any answer for a good one. A broken release stays live until customers say so.",
                    "Put `--fail` back.",
                ),
        );
    }
}

/// A copy of the data that is now made after the migrations.
fn late(file: &Commands<'_>, found: &mut Vec<Finding>) {
    let at_top = |side: &'_ [Command], wanted: fn(&Command) -> bool| {
        side.iter()
            .position(|it| it.function.is_empty() && wanted(it))
    };
    let copies = |it: &Command| safeguard(it) == Some(Safeguard::Copies);
    let order = |side: &'_ [Command]| Some((at_top(side, copies)?, at_top(side, migrates)?));
    let (Some((copy, migration)), Some((copy_now, migration_now))) =
        (order(&file.before), order(&file.after))
    else {
        return;
    };
    if copy >= migration || copy_now <= migration_now {
        return;
    }
    if let (Some(was), Some(is)) = (file.before.get(copy), file.after.get(copy_now)) {
        found.push(
            Finding::new(file.file, is.program(), "copy after migrations")
                .before(was.line, &was.text())
                .after(is.line, &is.text())
                .says(
                    "The copy of the data was made before the migrations, and is now made after them. What a migration destroys is not in it, and there is nothing to go back to.",
                    "Make the copy before anything is migrated.",
                ),
        );
    }
}
