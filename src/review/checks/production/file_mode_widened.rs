use crate::facts::tree::{Expr, ExprKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::deltas::settings::{self, Purpose};
use crate::review::deltas::slots::{self, Slot};
use crate::review::infrastructure::commands::{Command, Commands};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A file or folder is written so that other users of the machine may read or change it.
    ///
    /// ## What it does
    /// Reads the modes with which files are written: octal numbers given to a name or an argument
    /// that says so, and to calls that create files. Speaks when a mode that kept others out lets
    /// them in, and when a script, an image or a recipe newly lets everybody change something
    /// (`chmod 777`).
    ///
    /// ## Why it matters
    /// Whoever has any account on that machine, and whatever runs there, can read what is in it.
    ///
    /// ## Example
    /// ```go
    /// os.WriteFile(path, secrets, 0644) // was 0600
    /// ```
    ///
    /// ## Instead
    /// Keep 0600 for files and 0700 for folders that hold anything private.
    "production/file-mode-widened", Production, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for file in context.commands() {
        for_all(file, out);
    }
    for delta in &context.deltas.scopes {
        if draws(delta.file) {
            continue;
        }
        let moded = |slot: &Slot<'_>| about_modes(slot.name) && mode(slot.value).is_some();
        let changes = slots::changes(delta.before, delta.after, &delta.renames, &moded);
        let named = changes
            .changed
            .iter()
            .map(|(a, b)| (a.name, a.value, b.value));
        let passed = delta
            .calls_changed
            .iter()
            .filter(|(before, _)| writes(&before.name))
            .flat_map(|(before, after)| {
                let values = before.arguments.iter().zip(&after.arguments);
                values.map(|(a, b)| (before.name.as_str(), &a.value, &b.value))
            });
        for (name, was, is) in named.chain(passed) {
            let (Some(old), Some(new)) = (mode(was), mode(is)) else {
                continue;
            };
            let (shut, open) = (old & 0o077 == 0, new & 0o077 != 0);
            let changeable = new & 0o002 != 0 && old & 0o002 == 0;
            if !(shut && open || changeable) {
                continue;
            }
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("{name} {old:o} -> {new:o}"))
                    .before(was.line, delta.base_file.before.code(&was.span))
                    .after(is.line, delta.file.after.code(&is.span))
                    .says(
                        format!(
                            "What {} writes kept other users of the machine out (mode {old:04o}), and now lets them {} it (mode {new:04o}).",
                            name_of(delta.symbol()),
                            if changeable { "change" } else { "read" }
                        ),
                        "Keep 0600 for files and 0700 for folders that hold anything private.",
                    ),
            );
        }
    }
}

/// `chmod 777` where a script, an image or a recipe kept others from changing things.
fn for_all(file: &Commands<'_>, out: &mut Vec<Finding>) {
    let opens = |it: &&Command| {
        let all = |word: &String| {
            let digits = word.trim_start_matches('0');
            // A sticky folder, as `/tmp` is, is for everybody.
            let plain = digits.len() == 3 && digits.bytes().all(|it| (b'0'..=b'7').contains(&it));
            plain && matches!(digits.as_bytes().last(), Some(b'2' | b'3' | b'6' | b'7'))
                || matches!(
                    word.as_str(),
                    "o+w" | "a+w" | "o+rw" | "a+rw" | "a+rwx" | "o+rwx" | "ugo+rwx"
                )
        };
        it.program() == "chmod" && it.words.iter().skip(1).take(2).any(all)
    };
    let count = |side: &[Command]| side.iter().filter(opens).count();
    let stays = file.file.before.exists && file.file.after.exists;
    if !stays || count(&file.after) <= count(&file.before) {
        return;
    }
    let known: Vec<String> = file.before.iter().map(Command::text).collect();
    let fresh = file
        .after
        .iter()
        .filter(opens)
        .find(|it| !known.contains(&it.text()));
    let pipeline = matches!(
        settings::purpose(file.file),
        Some(Purpose::Workflow | Purpose::Action | Purpose::Automation)
    );
    if let Some(command) = fresh {
        out.push(
            Finding::new(file.file, "chmod", command.text())
                // The machine of a pipeline is thrown away.
                .speaks_if(!pipeline)
                .after(command.line, &command.text())
                .says(
                    format!("`{}` lets every user and every program of the machine change what is there. Whoever gets into any of them can put their own code in its place.", command.text()),
                    "Give it to the one user or group that needs it.",
                ),
        );
    }
}

/// A mode as it is written: `0600`, `0o600`.
fn mode(value: &Expr) -> Option<u32> {
    let ExprKind::Number(text) = &value.kind else {
        return None;
    };
    let digits = text.strip_prefix("0o").or_else(|| text.strip_prefix('0'))?;
    let plain =
        (3..=4).contains(&digits.len()) && digits.bytes().all(|it| (b'0'..=b'7').contains(&it));
    plain.then(|| u32::from_str_radix(digits, 8).ok()).flatten()
}

fn about_modes(name: &str) -> bool {
    words(name).iter().any(|it| {
        matches!(
            it.as_str(),
            "mode" | "perm" | "perms" | "permissions" | "umask"
        )
    }) && !words(name).iter().any(|it| it == "umask")
}

/// Names of calls that give a file its mode.
fn writes(name: &str) -> bool {
    words(name).iter().any(|it| {
        matches!(
            it.as_str(),
            "chmod" | "write" | "mkdir" | "makedirs" | "open" | "create" | "fchmod"
        )
    }) || matches!(name, "MkdirAll" | "WriteFile" | "OpenFile" | "lchmod")
}
