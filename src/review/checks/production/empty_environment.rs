use crate::facts::fact::{Exit, Guard};
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::settings::{self, Purpose, local};
use crate::review::infrastructure::environment::{Otherwise, reads};
use crate::review::record::finding::Finding;

check! {
    /// A setting becomes empty where an environment variable is not set.
    ///
    /// ## What it does
    /// Speaks when a setting that had a value, or a default, now comes from an environment variable
    /// alone, and when a new number in a configuration file (a timeout, a limit, a size) comes from
    /// one without a default.
    ///
    /// ## Why it matters
    /// It works where the variable is set, on the machine of whoever wrote it, and fails elsewhere:
    /// an empty timeout is an error, or no timeout at all.
    ///
    /// ## Example
    /// ```yaml
    /// statement_timeout: <%= ENV["STATEMENT_TIMEOUT"] %>
    /// ```
    ///
    /// ## Instead
    /// Give a default that is right for everyone who does not set it.
    "production/empty-environment", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    let wanted = |it| {
        matches!(
            it,
            Purpose::Application | Purpose::Compose | Purpose::Manifest | Purpose::ChartValues
        )
    };
    for (file, purpose, deltas) in settings::changed(context, wanted) {
        if local(&file.path) {
            continue;
        }
        for (was, is) in &deltas.changed {
            if let Some(name) = bare(&is.value)
                && bare(&was.value).is_none()
                && !was.value.is_empty()
            {
                // A variable with its default, or a value that everyone had.
                let fallen = was.value.contains(name)
                    || !mentions_variable(&was.value) && purpose == Purpose::Application;
                found.push(
                    tell(
                        file,
                        is,
                        name,
                        "had a value where it is not set, and now has none",
                    )
                    .speaks_if(fallen && !secret(is))
                    .before(was.line, &format!("{}: {}", was.key(), was.value)),
                );
            }
        }
        for is in &deltas.added {
            if purpose == Purpose::Application
                && let Some(name) = bare(&is.value)
            {
                found.push(
                    tell(
                        file,
                        is,
                        name,
                        "is new and has no value where it is not set",
                    )
                    .speaks_if(amount(is) && !secret(is)),
                );
            }
        }
    }
    for file in context.files {
        if !file.before.exists || !file.after.exists || local(&file.path) {
            continue;
        }
        let (before, after) = (reads(&file.before), reads(&file.after));
        for read in after.iter().filter(|it| it.otherwise == Otherwise::Empty) {
            let old = before
                .iter()
                .filter(|it| it.name == read.name && it.symbol == read.symbol);
            let old: Vec<_> = old.collect();
            if old.is_empty() || old.iter().any(|it| it.otherwise != Otherwise::Default) {
                continue;
            }
            // Some other read of it still has the default.
            let kept = after
                .iter()
                .any(|it| it.name == read.name && it.otherwise == Otherwise::Default);
            found.push(
                Finding::new(file, &read.name, format!("{} lost its default", read.name))
                    .speaks_if(!kept && !insists(file, &read.name))
                    .before(old[0].line, &read.name)
                    .after(read.line, &read.name)
                    .says(
                        format!(
                            "{} had a default where it is not set, and now has none. Whoever does not \
                             set it gets nothing in its place.",
                            read.name
                        ),
                        "Put the default back, or set the variable everywhere first.",
                    ),
            );
        }
    }
}

/// Whether the file newly refuses to go on where what was read from the variable is not good.
fn insists(file: &FilePair<'_>, variable: &str) -> bool {
    let refusals = |side: &SideFacts<'_>| {
        let named: Vec<&str> = side
            .facts
            .assignments
            .iter()
            .filter(|it| it.value.to_string().contains(&format!("\"{variable}\"")))
            .map(|it| it.target.last_name())
            .filter(|it| !it.is_empty())
            .collect();
        let refuses = |it: &&Guard| {
            let mut found = false;
            it.condition
                .walk(&mut |part| found |= named.contains(&part.last_name()));
            found && it.exit != Exit::Leaves
        };
        let found: Vec<String> = side
            .facts
            .guards
            .iter()
            .filter(refuses)
            .map(|it| it.condition.to_string())
            .collect();
        found
    };
    let before = refusals(&file.before);
    refusals(&file.after).iter().any(|it| !before.contains(it))
}

/// The variable that a value is made of, where it is nothing else and has no default.
fn bare(value: &str) -> Option<&str> {
    let value = value.trim();
    let erb = value
        .strip_prefix("<%=")
        .and_then(|it| it.strip_suffix("%>"))
        .map(str::trim);
    if let Some(code) = erb {
        let inner = code
            .strip_prefix("ENV[")
            .and_then(|it| it.strip_suffix(']'))?;
        return Some(inner.trim_matches(['"', '\'']));
    }
    let inner = value
        .strip_prefix("${")
        .and_then(|it| it.strip_suffix('}'))?;
    crate::review::infrastructure::environment::named(inner).then_some(inner)
}

fn mentions_variable(value: &str) -> bool {
    value.contains("ENV") || value.contains("${") || value.contains("{{")
}

/// Where a default would be wrong: everyone has their own.
fn secret(setting: &Setting) -> bool {
    let key = setting.key().to_ascii_lowercase();
    [
        "password", "secret", "token", "key", "username", "user", "host", "url", "database", "dsn",
        "bucket", "email", "domain",
    ]
    .iter()
    .any(|word| key.contains(word))
}

/// Whether a setting is a number that something is measured by.
fn amount(setting: &Setting) -> bool {
    let key = setting.key().to_ascii_lowercase();
    [
        "timeout", "limit", "pool", "size", "max", "min", "interval", "retries", "ttl", "threads",
        "workers", "port",
    ]
    .iter()
    .any(|word| key.contains(word))
}

fn tell(file: &FilePair<'_>, is: &Setting, name: &str, words: &str) -> Finding {
    Finding::new(file, &is.dotted(), format!("{} from {name}", is.key()))
        .after(is.line, &format!("{}: {}", is.key(), is.value))
        .says(
            format!(
                "`{}` now comes from the environment variable {name} alone. It {words}, and what reads \
                 it may fail or go without.",
                is.key()
            ),
            format!("Give a default, or set {name} everywhere before this goes out."),
        )
}
