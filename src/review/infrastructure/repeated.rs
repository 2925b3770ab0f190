//! Requests of scripts that are sent again: whether the other side knows them as the same.

use crate::review::Context;
use crate::review::infrastructure::commands::{Command, Commands};
use crate::review::record::finding::Finding;

/// Keys that are gone from the requests of scripts, or are another one each time.
pub(crate) fn keys(context: &Context<'_>, out: &mut Vec<Finding>) {
    for file in context.commands() {
        if file.file.before.exists && file.file.after.exists {
            out.extend(fresh_key(file));
        }
    }
}

/// What a request says makes it the same: `Idempotency-Key: …`.
fn key(command: &Command) -> Option<&str> {
    command.words.iter().find_map(|it| {
        let (name, value) = it.split_once(':')?;
        let name = name.trim().to_ascii_lowercase();
        name.ends_with("idempotency-key").then_some(value.trim())
    })
}

/// Whether a value is another one each time, by itself or by the variable that it is.
fn differs(value: &str, side: &[Command], depth: usize) -> bool {
    let random = [
        "uuidgen",
        "RANDOM",
        "random/uuid",
        "openssl rand",
        "date +",
        "date -u",
        "mktemp",
        "/dev/urandom",
    ];
    if random.iter().any(|it| value.contains(it)) {
        return true;
    }
    let plain = value.replace(['{', '}'], "");
    let names = plain.split('$').skip(1).map(|it| {
        let end = it.find(|it: char| !it.is_alphanumeric() && it != '_');
        it.get(..end.unwrap_or(it.len()))
            .unwrap_or_default()
            .to_owned()
    });
    let names: Vec<String> = names.filter(|it| !it.is_empty()).collect();
    let sets = |it: &String| {
        it.split_once('=').is_some_and(|(name, value)| {
            names.iter().any(|it| it == name) && depth < 3 && differs(value, side, depth + 1)
        })
    };
    side.iter().any(|it| {
        it.assigned.iter().any(sets) || it.program() == "local" && it.words.iter().any(sets)
    })
}

fn fresh_key(file: &Commands<'_>) -> Option<Finding> {
    let (was, before) = file.before.iter().find_map(|it| Some((it, key(it)?)))?;
    if differs(before, &file.before, 0) {
        return None;
    }
    let (is, after) = file.after.iter().find_map(|it| Some((it, key(it)?)))?;
    if !differs(after, &file.after, 0) {
        return None;
    }
    Some(
        Finding::new(file.file, is.program(), format!("key {after}"))
            .before(was.line, &was.text())
            .after(is.line, &is.text())
            .says(
                format!("The request carried a key that was the same for every try (`{before}`), and now is another one each time (`{after}`). A request whose answer got lost is sent again as a new one, and is paid twice."),
                "Build the key from what is done, such as the number of the payment, and from nothing else.",
            ),
    )
}
