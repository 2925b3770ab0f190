use crate::change::Class;
use crate::facts::Language;
use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind, Operator};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::{draws, is_tool};
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::settings::{self, Purpose, example};
use crate::review::frameworks::masked::uncovered;
use crate::review::infrastructure::commands::{Command, Commands};
use crate::review::infrastructure::workflow::Workflow;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// Passwords or other secrets are written into a log.
    ///
    /// ## What it does
    /// Looks at shell scripts and at the scripts of workflows, and speaks when one newly prints a
    /// file that holds settings or secrets, a variable that is named like one, or the whole
    /// environment, shows every command that it runs (`set -x`) while secrets are among them, or hands
    /// a password over where other programs can read it. In other code it speaks when a password, a key, a token or the number of a card
    /// is newly handed to a logger.
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
    uncovered(context, found);
    for delta in &context.deltas.scopes {
        logged(delta, found);
    }
    for file in context.commands() {
        shown(file, found);
    }
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

/// Scripts that newly show each command that they run, with the secrets in it, or hand a password to
/// a program where every process of the machine can read it.
fn shown(file: &Commands<'_>, found: &mut Vec<Finding>) {
    if !file.file.before.exists || !file.file.after.exists {
        return;
    }
    let holds = |it: &Command| {
        let mut all = it.words.iter().skip(1);
        it.program() != "echo" && all.any(|it| variable(it).is_some_and(secret))
    };
    let traces =
        |it: &&Command| it.program() == "set" && (it.letter('x') || it.says(&["-o", "xtrace"]));
    let script = file.file.after.language == Some(Language::Shell);
    let fresh = file.after.iter().find(traces).filter(|_| script);
    if let (Some(trace), false) = (fresh, file.before.iter().any(|it| traces(&it)))
        && let Some(secret) = file.after.iter().find(|it| holds(it))
        && !file.after.iter().any(|it| it.says(&["+x"]))
    {
        found.push(
            Finding::new(file.file, "set", "shows every command")
                .after(trace.line, &trace.text())
                .says(
                    format!("This script now writes every command into the log before it runs it, and `{}` is given a secret. Logs are read by more people, and kept longer, than secrets should be.", secret.program()),
                    "Take `set -x` out, or switch it off (`set +x`) around what has secrets.",
                ),
        );
    }
    let quiet = |it: &&Command| it.option("--password-stdin");
    let open = |it: &&Command| {
        it.says(&["login"])
            && !quiet(it)
            && (it.option("--password") || it.option("-p"))
            && holds(it)
    };
    if let (Some(was), Some(is)) = (file.before.iter().find(quiet), file.after.iter().find(open))
        && !file.before.iter().any(|it| open(&it))
    {
        found.push(
            Finding::new(file.file, is.program(), "password among the arguments")
                .before(was.line, &was.text())
                .after(is.line, &is.text())
                .says(
                    format!("`{}` was given the password on a way that nobody else sees, and now among its arguments. Whatever runs on that machine can read it there, and it may stand in logs.", is.program()),
                    "Hand it over with `--password-stdin` again.",
                ),
        );
    }
}

/// Values that a logger is newly given: `logger.info("paying", { cvc: card.cvc })`.
fn logged(delta: &ScopeDelta<'_>, found: &mut Vec<Finding>) {
    if delta.file.class != Class::Source || draws(delta.file) || is_tool(delta.file) {
        return;
    }
    let changed = delta.calls_changed.iter().map(|it| &it.1);
    let mut told = delta
        .calls_gained
        .iter()
        .chain(changed)
        .filter(|it| logs(it));
    let before = |name: &str| {
        let mut calls = delta.calls_before.iter().filter(|it| logs(it));
        calls.any(|it| given(it).iter().any(|(_, known)| known == name))
    };
    let first = told.find_map(|call| {
        let secrets = given(call);
        let secret = secrets.into_iter().find(|it| !before(&it.1))?;
        Some((call, secret.0, secret.1))
    });
    let Some((call, line, secret)) = first else {
        return;
    };
    found.push(
        Finding::new(delta.file, delta.symbol(), format!("logs {secret}"))
            .after(line, delta.file.after.code(&call.place.span))
            .says(
                format!(
                    "{} now writes `{secret}` into the log. Logs are read by more people, and kept longer, than secrets should be.",
                    name_of(delta.symbol())
                ),
                "Leave it out, or write only a few characters of it. Change any secret that was already written.",
            ),
    );
}

/// Whether a call writes a line into a log.
fn logs(call: &Call) -> bool {
    let level = matches!(
        call.name.trim_end_matches('!').to_lowercase().as_str(),
        "log"
            | "debug"
            | "info"
            | "warn"
            | "warning"
            | "error"
            | "trace"
            | "println"
            | "print"
            | "printf"
            | "debugf"
            | "infof"
            | "warnf"
            | "errorf"
            | "infow"
            | "debugw"
    );
    let logger = |it: &Expr| {
        let found = words(it.last_name());
        found.iter().any(|it| {
            matches!(
                it.as_str(),
                "log" | "logger" | "logging" | "console" | "slog"
            )
        })
    };
    level
        && match &call.callee.kind {
            ExprKind::Member(object, _) => logger(object),
            ExprKind::Name(_) => call.name.ends_with('!'),
            _ => false,
        }
}

/// The secrets among the arguments of a call: where, and what they are called.
fn given(call: &Call) -> Vec<(u32, String)> {
    let mut out = Vec::new();
    for argument in &call.arguments {
        value(&argument.value, &mut out);
    }
    out
}

/// Looks for values that stand for themselves: what is handed to a function may be masked there.
fn value(expr: &Expr, out: &mut Vec<(u32, String)>) {
    match &expr.kind {
        ExprKind::Name(name) | ExprKind::Member(_, name) if is_secret(name) => {
            out.push((expr.line, expr.to_string()));
        }
        ExprKind::Map(entries) => entries.iter().for_each(|it| value(&it.1, out)),
        ExprKind::List(parts) | ExprKind::Template(parts) => {
            parts.iter().for_each(|it| value(it, out));
        }
        ExprKind::Binary(Operator::Add, left, right) => {
            value(left, out);
            value(right, out);
        }
        _ => {}
    }
}

/// `password`, `card.cvc`, `accessToken`: not `password_length` and not `next_token`.
fn is_secret(name: &str) -> bool {
    let found = words(name);
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    // What is asked or counted is no secret, and a constant names one.
    let asks = matches!(
        found.first(),
        Some(&("is" | "has" | "no" | "missing" | "invalid" | "max" | "min"))
    );
    let constant = name.chars().all(|it| it.is_uppercase() || it == '_');
    let before = found.len().checked_sub(2).and_then(|it| found.get(it));
    let before = before.copied().unwrap_or_default();
    let named = match found.last().copied().unwrap_or_default() {
        "password" | "passwd" | "passphrase" | "cvc" | "cvv" | "ssn" | "secret" => true,
        "token" => matches!(
            before,
            "access" | "refresh" | "auth" | "bearer" | "reset" | "session"
        ),
        "key" => matches!(
            before,
            "api" | "private" | "secret" | "signing" | "encryption"
        ),
        "number" => before == "card",
        _ => false,
    };
    !asks && !constant && named
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
