use crate::review::Context;
use crate::review::infrastructure::commands::{Command, Commands};
use crate::review::infrastructure::script::acts;
use crate::review::record::finding::Finding;

check! {
    /// A script that deploys now destroys something, or does so without asking.
    ///
    /// ## What it does
    /// Reads the commands of scripts, workflows and recipes that were there before and change what
    /// is live. Speaks when one newly empties or deletes a database, a volume, a bucket or a whole
    /// namespace; tells the database that migrations have run which have not; pushes by force to the
    /// main branch; applies infrastructure that nobody has looked at (`terraform apply
    /// -auto-approve` where a plan was); deletes below a variable that may be empty; really does what
    /// was only tried out unless somebody asked for it; or deletes the newest copies in place of the
    /// oldest.
    ///
    /// ## Why it matters
    /// It runs on the next deployment, by itself, and what is gone then is gone.
    ///
    /// ## Example
    /// ```sh
    /// docker compose down --volumes   # was: docker compose down
    /// ```
    ///
    /// ## Instead
    /// Keep what destroys in a script of its own that somebody starts, and that asks.
    "production/destructive-command", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    let read = context.commands();
    for file in read {
        let stays = file.file.before.exists && file.file.after.exists;
        if !stays || file.file.path.ends_with(".json") {
            continue;
        }
        unseen(file, found);
        below_nothing(file, found);
        tried_out(file, found);
        newest(file, found);
        if !meant(&file.file.path) {
            destroys(file, read, found);
        }
    }
}

/// Scripts whose name says that they take things away, or that they are for a try.
fn meant(path: &str) -> bool {
    let name = path.to_ascii_lowercase();
    [
        "reset",
        "teardown",
        "tear-down",
        "cleanup",
        "clean-up",
        "destroy",
        "purge",
        "seed",
        "wipe",
        "uninstall",
        "nuke",
        "prune",
        "review-app",
        "ephemeral",
        "staging",
    ]
    .iter()
    .any(|it| name.contains(it))
}

/// What a command destroys, in words.
fn destruction(command: &Command) -> Option<&'static str> {
    let says = |word: &str| command.words.iter().any(|it| it == word);
    let data = "deletes what is in the database";
    Some(match command.program() {
        _ if command
            .assigned
            .iter()
            .any(|it| it == "DISABLE_DATABASE_ENVIRONMENT_CHECK=1") =>
        {
            "may delete the database of production, which Rails would have refused"
        }
        "echo" | "printf" | "log" | "grep" => return None,
        "dropdb" => "deletes the database",
        "mkfs" | "mkfs.ext4" | "mkfs.xfs" => "empties a disk",
        "terraform" | "tofu" | "pulumi" if says("destroy") => "takes the whole infrastructure down",
        "docker" | "docker-compose" | "podman"
            if says("down") && (command.option("-v") || command.option("--volumes"))
                || command.says(&["volume", "rm"])
                || command.says(&["volume", "prune"])
                || command.says(&["system", "prune"]) && command.option("--volumes") =>
        {
            "deletes the volumes, with everything that is stored in them"
        }
        "kubectl" | "oc"
            if says("delete")
                && [
                    "namespace",
                    "ns",
                    "pvc",
                    "pv",
                    "persistentvolumeclaim",
                    "crd",
                ]
                .iter()
                .any(|it| says(it)) =>
        {
            "deletes volumes or a whole namespace of the cluster"
        }
        "aws" if command.says(&["s3", "rm"]) && says("--recursive") => {
            "deletes what is in the bucket"
        }
        "aws" if command.says(&["s3", "rb"]) && says("--force") => {
            "deletes the bucket with what is in it"
        }
        "aws" if says("--skip-final-snapshot") => "deletes a database without a last snapshot",
        "redis-cli" if says("FLUSHALL") || says("FLUSHDB") || says("flushall") => "empties Redis",
        // `data/accept-data-loss` knows those of more tools.
        _ => {
            let fresh = ["migrate:reset", "migrate:refresh", "db:wipe"];
            let django = command.words.iter().any(|it| it.ends_with("manage.py"));
            if fresh.iter().any(|it| says(it)) || django && (says("flush") || says("reset_db")) {
                data
            } else if says("migrate") && (says("--fake") || says("--fake-initial")) {
                "tells the database that migrations have run which have not"
            } else if command.program() == "git" && says("push") && forces(command) {
                "overwrites the history of the main branch"
            } else {
                return None;
            }
        }
    })
}

/// Whether a push overwrites the branch that everybody builds on.
fn forces(command: &Command) -> bool {
    let main = |it: &str| {
        matches!(
            it,
            "main" | "master" | "production" | "HEAD:main" | "HEAD:master"
        )
    };
    let forced = ["--force", "-f", "--force-with-lease"]
        .iter()
        .any(|it| command.option(it));
    command
        .words
        .iter()
        .any(|it| main(it) && forced || it.strip_prefix('+').is_some_and(main))
}

/// Commands that newly destroy something, in what changes what is live.
fn destroys(file: &Commands<'_>, read: &[Commands<'_>], found: &mut Vec<Finding>) {
    if !file.before.iter().any(|it| acts(&it.text())) {
        return;
    }
    // A job that tests may leave nothing behind.
    let deploys = |place: &str| {
        let mut all = file.after.iter().filter(|it| it.place == place);
        all.any(|it| acts(&it.text()))
    };
    let mut told = Vec::new();
    for command in &file.after {
        let Some(words) = destruction(command) else {
            continue;
        };
        let count = |side: &[Command]| {
            side.iter()
                .filter(|it| destruction(it) == Some(words))
                .count()
        };
        let had: usize = read.iter().map(|it| count(&it.before)).sum();
        let has: usize = read.iter().map(|it| count(&it.after)).sum();
        let grown = count(&file.after) > count(&file.before) && has > had;
        let known = file.before.iter().any(|it| it.text() == command.text());
        if !grown || known || !deploys(&command.place) || told.contains(&words) {
            continue;
        }
        told.push(words);
        found.push(
            Finding::new(file.file, command.program(), command.text())
                .after(command.line, &command.text())
                .says(
                    format!("`{}` now {words}, whenever this runs. What customers have stored may be gone with it.", short(command)),
                    "Take it out of what runs by itself, or keep a copy first and let somebody start it.",
                ),
        );
    }
}

/// The program and the first words after it.
fn short(command: &Command) -> String {
    command
        .words
        .iter()
        .take(4)
        .cloned()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Infrastructure that is applied without anybody having looked at what it does.
fn unseen(file: &Commands<'_>, found: &mut Vec<Finding>) {
    let applies = |it: &&Command| {
        matches!(it.program(), "terraform" | "tofu" | "terragrunt") && it.says(&["apply"])
    };
    let blind = |it: &&Command| {
        // A plan that was kept is applied without a question, and has been looked at.
        let kept = it
            .words
            .last()
            .is_some_and(|last| !last.starts_with('-') && last != "apply");
        applies(it) && !kept && (it.option("-auto-approve") || it.option("--auto-approve"))
    };
    let before = file.before.iter().find(applies);
    let after = file.after.iter().find(blind);
    if let (Some(before), Some(after)) = (before, after)
        && !file.before.iter().any(|it| blind(&it))
    {
        found.push(
            Finding::new(file.file, "apply", "applied unseen")
                .before(before.line, &before.text())
                .after(after.line, &after.text())
                .says(
                    format!(
                        "`{}` made only the changes that somebody had seen, and `{}` makes whatever it works out at that moment. A database that it wants to replace is replaced, and nobody is asked.",
                        before.text(),
                        after.text()
                    ),
                    "Keep the plan (`plan -out`), have it looked at, and apply just that.",
                ),
        );
    }
}

/// `rm -rf "${DIR:?}/x"` that no longer stops where the variable is empty.
fn below_nothing(file: &Commands<'_>, found: &mut Vec<Finding>) {
    let removes = |it: &&Command| it.program() == "rm" && it.letter('r');
    let guarded = |text: &str| text.contains(":?");
    let plain = |text: &str| -> String {
        let text = text.replace(['{', '}', '"'], "");
        match text.split_once(":?") {
            Some((before, rest)) => {
                let end = rest.find(['/', ' ']).unwrap_or(rest.len());
                format!("{before}{}", rest.get(end..).unwrap_or_default())
            }
            None => text,
        }
    };
    for after in file.after.iter().filter(removes) {
        let text = after.text();
        let was = file
            .before
            .iter()
            .filter(removes)
            .find(|it| guarded(&it.text()) && plain(&it.text()) == plain(&text));
        // Asked for before, at its place.
        let asked = |name: &str| file.file.after.text.contains(&format!("${{{name}:?"));
        let Some(was) = was.filter(|_| !guarded(&text)) else {
            continue;
        };
        let name: String = text
            .split_once('$')
            .map_or("", |it| it.1)
            .trim_start_matches('{')
            .chars()
            .take_while(|it| it.is_alphanumeric() || *it == '_')
            .collect();
        if asked(&name) {
            continue;
        }
        found.push(
            Finding::new(file.file, "rm", format!("deletes below {name}"))
                .before(was.line, &was.text())
                .after(after.line, &text)
                .says(
                    format!("Where `{name}` is empty this stopped before it deleted anything, and now `{text}` goes to the top of the disk and deletes there."),
                    format!("Put `${{{name}:?}}` back."),
                ),
        );
    }
}

/// Whether a script only tries out what it does, unless somebody asks for more.
fn tries(command: &Command) -> Option<(&str, bool)> {
    let mut all = command.assigned.iter().chain(&command.words);
    all.find_map(|it| {
        let (name, value) = it.split_once('=')?;
        let plain = name.to_ascii_lowercase().replace(['_', '-'], "");
        if plain != "dryrun" {
            return None;
        }
        let default = value
            .rsplit(":-")
            .next()
            .unwrap_or(value)
            .trim_end_matches('}');
        match default.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Some((name, true)),
            "0" | "false" | "no" | "off" | "" => Some((name, false)),
            _ => None,
        }
    })
}

/// What was only tried out unless somebody asked for more, and is now done by itself.
fn tried_out(file: &Commands<'_>, found: &mut Vec<Finding>) {
    let first = |side: &'_ [Command]| -> Option<(String, bool, u32)> {
        side.iter()
            .find_map(|it| tries(it).map(|(name, on)| (name.to_owned(), on, it.line)))
    };
    if let (Some((name, true, was)), Some((_, false, is))) =
        (first(&file.before), first(&file.after))
    {
        found.push(
            Finding::new(file.file, &name, "no longer a dry run")
                .before(was, file.file.before.line(was))
                .after(is, file.file.after.line(is))
                .says(
                    format!("This script only showed what it would do unless somebody set `{name}`, and now does it. Whoever starts it to have a look changes what is live."),
                    "Let it show first, and do it when asked.",
                ),
        );
    }
}

/// Whether a command puts the newest first.
fn newest_first(command: &Command) -> bool {
    match command.program() {
        "sort" => command.letter('r') || command.option("--reverse"),
        "ls" => command.letter('t') && !command.letter('r'),
        "tac" => true,
        _ => command
            .words
            .iter()
            .any(|it| it.contains("reverse(") || it.starts_with("--sort-by=-")),
    }
}

/// Copies of which the newest were kept, and now are deleted.
fn newest(file: &Commands<'_>, found: &mut Vec<Finding>) {
    // Where it cuts off how many are kept.
    let cuts = |side: &[Command]| -> Vec<String> {
        let each = side.iter().filter_map(|it| {
            let beyond = match it.program() {
                "tail" => it
                    .words
                    .iter()
                    .any(|it| it.starts_with('+') || it.starts_with("-n+")),
                "head" => {
                    it.words.iter().any(|it| it.starts_with("-n-"))
                        || it.says(&["-n"]) && it.words.iter().skip(2).any(|it| it.starts_with('-'))
                }
                _ => {
                    it.text().to_ascii_lowercase().contains("keep")
                        && it.words.iter().any(|it| it == "-gt")
                }
            };
            beyond.then(|| it.program().to_owned())
        });
        each.collect()
    };
    let counts = |text: &str| text.to_ascii_lowercase().contains("> keep");
    let removes = |side: &[Command]| {
        side.iter().any(|it| {
            it.program() == "rm"
                || it.says(&["rm"])
                || it.says(&["delete"])
                || it.says(&["xargs"])
                || it.program() == "xargs"
        })
    };
    let (was, is) = (cuts(&file.before), cuts(&file.after));
    let same = was == is
        && (!was.is_empty() || counts(file.file.before.text) && counts(file.file.after.text));
    let Some(before) = file.before.iter().find(|it| newest_first(it)) else {
        return;
    };
    if !same
        || !removes(&file.before)
        || !removes(&file.after)
        || file.after.iter().any(newest_first)
    {
        return;
    }
    found.push(
        Finding::new(file.file, before.program(), "newest deleted")
            .before(before.line, &before.text())
            .near(before.line.min(file.file.after.text.lines().count() as u32))
            .says(
                format!("The newest came first (`{}`) and what came after them was deleted. They no longer come first, and still what comes last is deleted: the newest copies go, and the oldest stay.", before.text()),
                "Put the newest first again, or cut at the other end.",
            ),
    );
}
