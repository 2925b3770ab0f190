use crate::review::Context;
use crate::review::compare::FilePair;
use crate::review::finding::Finding;
use crate::review::settings::{self, Purpose, example};
use crate::review::workflow::Workflow;

check! {
    /// A script prints passwords or other secrets into a log.
    ///
    /// ## What it does
    /// Looks at shell scripts and at the scripts of workflows. Speaks when one newly prints a file
    /// that holds settings or secrets, a variable that is named like one, or the whole environment.
    ///
    /// ## Why it matters
    /// Logs are read by more people, and kept longer, than secrets should be.
    ///
    /// ## Example
    /// ```sh
    /// cat "$SERVER_PROPERTIES_FILE"
    /// ```
    ///
    /// ## Instead
    /// Print the names of the settings, never their values.
    "production/secret-printed", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for file in context.files {
        if !file.after.exists || example(&file.path) {
            continue;
        }
        if file.path.ends_with(".sh") || file.path.ends_with(".bash") {
            if !file.before.exists {
                continue;
            }
            let before: Vec<&str> = file.before.text.lines().map(str::trim).collect();
            for (number, line) in (1u32..).zip(file.after.text.lines()) {
                let line = line.trim();
                if let Some(what) = prints(line)
                    && !before.contains(&line)
                {
                    found.push(tell(file, number, line, &what));
                }
            }
        } else if matches!(
            settings::purpose(file),
            Some(Purpose::Workflow | Purpose::Action)
        ) {
            workflow(file, found);
        }
    }
}

fn workflow(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let workflow = Workflow::read(&file.after.settings);
    for step in workflow.jobs.values().flat_map(|job| &job.steps) {
        let Some(run) = step.run else { continue };
        for line in run.value.lines().map(str::trim) {
            if let Some(what) = prints(line)
                && !file.before.text.contains(line)
                // What a forge knows as a secret it masks; a file it does not.
                && !what.starts_with('$')
            {
                found.push(tell(file, run.line, line, &what).speaks_if(file.before.exists));
            }
        }
    }
}

/// What a command line prints that it should not.
fn prints(line: &str) -> Option<String> {
    // Sent elsewhere, it does not reach the log.
    if line.starts_with('#') || line.contains('>') || line.contains('|') || line.contains("$(") {
        return None;
    }
    let line = line.trim_end_matches(';').trim();
    let mut words = line.split_whitespace();
    match words.next()? {
        "cat" => {
            let file = words.next()?.trim_matches(['"', '\'']);
            (words.next().is_none() && holds_secrets(file)).then(|| file.to_owned())
        }
        "echo" | "printf" => {
            let rest: Vec<&str> = words.collect();
            rest.iter()
                .filter_map(|word| variable(word))
                .find(|name| secret(name))
                .map(|name| format!("${name}"))
        }
        "printenv" | "env" if words.next().is_none() => Some("the whole environment".to_owned()),
        _ => None,
    }
}

fn holds_secrets(file: &str) -> bool {
    let name = file.to_ascii_lowercase();
    let last = name.rsplit('/').next().unwrap_or(&name);
    [
        "properties",
        "secret",
        "credential",
        "password",
        ".env",
        "private_key",
        "id_rsa",
        "kubeconfig",
        ".npmrc",
        ".netrc",
    ]
    .iter()
    .any(|word| last.contains(word))
}

/// The variable that a word holds.
fn variable(word: &str) -> Option<&str> {
    let (_, rest) = word.split_once('$')?;
    let rest = rest.trim_start_matches('{');
    let end = rest
        .find(|it: char| !it.is_ascii_alphanumeric() && it != '_')
        .unwrap_or(rest.len());
    // `${NAME:+yes}` and `${#NAME}` do not print the value.
    (end > 0 && !rest[end..].starts_with(":+")).then(|| &rest[..end])
}

fn secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    [
        "PASSWORD",
        "PASSWD",
        "SECRET",
        "TOKEN",
        "API_KEY",
        "PRIVATE_KEY",
        "CREDENTIAL",
    ]
    .iter()
    .any(|word| name.ends_with(word))
}

fn tell(file: &FilePair<'_>, number: u32, line: &str, what: &str) -> Finding {
    Finding::new(file, line, format!("prints {what}"))
        .after(number, line)
        .says(
            format!(
                "This script now prints {what} when it runs. Whatever passwords and keys are in it end \
                 up in the log, for everyone who can read it."
            ),
            "Take the line out, or print only the names. Change any secret that was already printed.",
        )
}
