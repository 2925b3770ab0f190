//! What a push came to, by the remote's own words.

use std::path::Path;

use super::Error;
use super::command::Output;

/// What a push came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The remote has it.
    Confirmed,
    /// Somebody was faster; nothing happened.
    Lost,
    /// The remote will not have it, in its own words.
    Refused(String),
    /// The reply was lost, or the remote cannot be reached: whether it has it is not known.
    Unknown(String),
}

/// Reads what `git push --porcelain` says of one reference.
pub(super) fn read_push(output: &Output, head: &str) -> Pushed {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let suffix = format!(":{head}");
    let status = stdout.lines().find_map(|line| {
        let mut fields = line.split('\t');
        let (flag, reference) = (fields.next()?, fields.next()?);
        reference
            .ends_with(&suffix)
            .then(|| (flag.to_owned(), fields.next().unwrap_or_default()))
    });
    let said = || {
        let error = Error::from_stderr("push", Path::new(""), &output.stderr);
        match error {
            Error::Failed { detail, .. } | Error::Incomplete(detail) | Error::Damaged(detail) => {
                detail
            }
            other => other.to_string(),
        }
    };
    match status {
        // A reply that was broken off may still have said it of the reference.
        Some((flag, _)) if flag != "!" => Pushed::Confirmed,
        Some((_, summary)) if summary.starts_with("[rejected]") => Pushed::Lost,
        Some((_, summary)) if summary.starts_with("[remote rejected]") => {
            let contested = [
                "cannot lock ref",
                "failed to update ref",
                "reference already exists",
                "incorrect old value",
                "fetch first",
            ];
            match contested.iter().any(|words| summary.contains(words)) {
                true => Pushed::Lost,
                false => Pushed::Refused(refusal(summary, &output.stderr)),
            }
        }
        _ => Pushed::Unknown(said()),
    }
}

/// What the remote said against it: the reason in its answer, and the first line of its own.
fn refusal(summary: &str, stderr: &str) -> String {
    let reason = summary
        .trim_start_matches("[remote rejected]")
        .trim()
        .trim_matches(['(', ')']);
    let own = stderr
        .lines()
        .find_map(|line| line.strip_prefix("remote: "));
    match own.map(str::trim).filter(|it| !it.is_empty()) {
        Some(own) => format!("{reason}: {own}"),
        None => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "refs/heads/afterclick/ledger";

    fn pushed(code: i32, stdout: &str, stderr: &str) -> Pushed {
        let output = Output {
            code: Some(code),
            stdout: stdout.replace("HEAD", HEAD).into_bytes(),
            stderr: stderr.to_owned(),
        };
        read_push(&output, HEAD)
    }

    #[test]
    fn a_push_is_what_the_remote_says_of_the_branch() {
        let line = |flag: &str, summary: &str| format!("To x\n{flag}\tabc:HEAD\t{summary}\nDone\n");
        for (flag, summary) in [("*", "[new branch]"), (" ", "a..b"), ("=", "[up to date]")] {
            assert_eq!(pushed(0, &line(flag, summary), ""), Pushed::Confirmed);
        }
        for summary in [
            "[rejected] (stale info)",
            "[rejected] (fetch first)",
            "[remote rejected] (cannot lock ref 'refs/heads/x': is at a but expected b)",
            "[remote rejected] (failed to update ref)",
        ] {
            assert_eq!(
                pushed(1, &line("!", summary), ""),
                Pushed::Lost,
                "{summary}"
            );
        }
        let hook = line("!", "[remote rejected] (pre-receive hook declined)");
        let words = "pre-receive hook declined: not on Fridays";
        let refused = pushed(1, &hook, "remote: not on Fridays        \n");
        assert_eq!(refused, Pushed::Refused(words.to_owned()));
    }

    #[test]
    fn no_answer_is_neither_yes_nor_no() {
        let silent = "!\tabc:HEAD\t[remote failure] (remote failed to report status)\n";
        for (stdout, stderr) in [
            (silent, ""),
            (
                "",
                "fatal: unable to access 'https://x/': Could not resolve host: x\n",
            ),
            ("", "fatal: the remote end hung up unexpectedly\n"),
            ("", ""),
        ] {
            let pushed = pushed(128, stdout, stderr);
            assert!(matches!(pushed, Pushed::Unknown(_)), "{pushed:?}");
        }
    }
}
