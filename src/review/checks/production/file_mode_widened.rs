use crate::facts::tree::{Expr, ExprKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::deltas::slots::{self, Slot};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A file or folder is written so that other users of the machine may read or change it.
    ///
    /// ## What it does
    /// Reads the modes with which files are written: octal numbers given to a name or an argument
    /// that says so, and to calls that create files. Speaks when a mode that kept others out lets
    /// them in.
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
