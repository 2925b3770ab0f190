use crate::facts::setting::{Setting, ValueKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::literals::{literals, mentions};
use crate::review::deltas::settings::{self, Purpose, compare_in, local, on, unreadable};
use crate::review::record::finding::Finding;
use smol_str::SmolStr;

check! {
    /// A tool may now delete tables and columns to make the database fit the code.
    ///
    /// ## What it does
    /// Looks for the switches by which tools change a database on their own: `--accept-data-loss`,
    /// `migrate reset`, `synchronize: true`, `sync({ force: true })`, `ddl-auto: update`. Speaks when
    /// one appears outside development and tests.
    ///
    /// ## Why it matters
    /// Such a tool cannot tell a renamed column from a deleted one. It deletes, on the next start.
    ///
    /// ## Example
    /// ```json
    /// "deploy": "prisma db push --accept-data-loss"
    /// ```
    ///
    /// ## Instead
    /// Write migrations, read them, and run those.
    "data/accept-data-loss", Data, SPEAKS, run
}

const MENTIONS: &[&str] = &[
    "accept-data-loss",
    "force-reset",
    "migrate reset",
    "synchronize",
    "dropSchema",
    "force",
    "ddl-auto",
    "ddl_auto",
    "hbm2ddl",
    "schema:drop",
    "db:drop",
    "db:reset",
    "migrate:fresh",
    "schema:load",
    "alter",
];

/// Commands that delete to make things fit.
const COMMANDS: &[&str] = &[
    "--accept-data-loss",
    "db push --force-reset",
    "migrate reset",
    "schema:drop",
    "db:drop",
    "db:reset",
    "migrate:fresh",
    "db:schema:load",
    "doctrine:schema:update --force",
    "flyway clean",
];

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for file in context.files {
        if !file.after.exists || local(&file.path) || unreadable(file) || !mentions(file, MENTIONS)
        {
            continue;
        }
        let deltas = compare_in(file, &file.before.settings, &file.after.settings);
        let changed = deltas.changed.iter().map(|(was, is)| (Some(*was), *is));
        let added = deltas.added.iter().map(|is| (None, *is));
        for (was, is) in changed.chain(added) {
            if let Some(switch) = switch(is).filter(|it| was.and_then(switch).as_ref() != Some(it))
            {
                tell(file, is, was, &switch, found);
            }
        }
        let code = (literals(&file.before), literals(&file.after));
        let deltas = compare_in(file, code.0, code.1);
        let changed = deltas.changed.iter().map(|(was, is)| (Some(*was), *is));
        let added = deltas.added.iter().map(|is| (None, *is));
        for (was, is) in changed.chain(added) {
            if forced(is) && !was.is_some_and(forced) {
                let name = is.path.last().cloned().unwrap_or_default();
                tell(file, is, was, &format!("{name}: true"), found);
            }
        }
        scripts(file, found);
    }
}

/// The switch that a setting holds.
fn switch(setting: &Setting) -> Option<String> {
    let path = setting.dotted().to_ascii_lowercase();
    let development = ["dev", "test", "local", "reset", "seed", "e2e", "fresh"];
    let said = path
        .split(['.', ':', '-', '_', '/', ' '])
        .any(|word| development.contains(&word));
    if said {
        return None;
    }
    let key = setting.key();
    if key.contains("ddl-auto") || key.contains("hbm2ddl.auto") || key == "ddl_auto" {
        return matches!(setting.value.as_str(), "update" | "create" | "create-drop")
            .then(|| format!("{key}: {}", setting.value));
    }
    if forced(setting) {
        return Some(format!("{key}: true"));
    }
    COMMANDS
        .iter()
        .find(|command| setting.value.contains(*command))
        .map(|command| (*command).to_owned())
}

/// Whether a database library is told to make the tables fit.
fn forced(setting: &Setting) -> bool {
    if setting.kind != ValueKind::Bool || !on(&setting.value) {
        return false;
    }
    let above = setting.path.iter().rev().nth(1).map_or("", SmolStr::as_str);
    match setting.key() {
        "synchronize" | "dropSchema" => {
            setting.path.iter().any(|part| {
                let part = part.to_ascii_lowercase();
                [
                    "datasource",
                    "typeorm",
                    "forroot",
                    "connection",
                    "database",
                    "ormconfig",
                ]
                .iter()
                .any(|it| part.contains(it))
            }) || setting.path.len() == 1
        }
        "force" | "alter" => above == "sync",
        _ => false,
    }
}

fn tell(
    file: &FilePair<'_>,
    is: &Setting,
    was: Option<&Setting>,
    switch: &str,
    found: &mut Vec<Finding>,
) {
    // A pipeline that tests on a database of its own may do as it likes.
    let deploys = !matches!(
        settings::purpose(file),
        Some(Purpose::Workflow | Purpose::Action)
    );
    let symbol = match is.path.first() {
        Some(first) if !first.is_empty() => is.dotted(),
        _ => is.path[1..].join("."),
    };
    let mut finding = Finding::new(file, &symbol, switch)
        .speaks_if(deploys)
        .after(is.line, file.after.code(&is.span))
        .says(
            format!(
                "`{switch}` is new in {symbol}. The tool may now delete tables and columns, with what \
                 is in them, to make the database fit the code, without asking."
            ),
            "Use migrations that someone has read, and keep this for a developer's own database.",
        );
    if let Some(was) = was {
        finding = finding.before(was.line, file.before.code(&was.span));
    }
    found.push(finding);
}

/// Whether a script without an extension is what a container or a release starts with, by its name.
fn starts(file: &FilePair<'_>) -> bool {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let first = file.after.text.lines().next().unwrap_or_default();
    let said = words(name).iter().any(|it| {
        matches!(
            it.as_str(),
            "boot" | "deploy" | "docker" | "entrypoint" | "migrate" | "release" | "start"
        )
    });
    said && !name.contains('.') && first.starts_with("#!") && first.ends_with("sh")
}

/// Shell scripts that are run where the product runs.
fn scripts(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    if !file.path.ends_with(".sh") && !file.path.ends_with("Procfile") && !starts(file) {
        return;
    }
    for command in COMMANDS {
        let holds = |text: &str| {
            text.lines()
                .position(|line| line.contains(command) && !line.trim_start().starts_with('#'))
        };
        if holds(file.before.text).is_none()
            && let Some(at) = holds(file.after.text)
        {
            let line = u32::try_from(at + 1).unwrap_or(u32::MAX);
            found.push(
                Finding::new(file, command, *command).after(line, command).says(
                    format!("This script now runs `{command}`, which may delete tables and columns with what is in them."),
                    "Use migrations that someone has read, and keep this for a developer's own database.",
                ),
            );
        }
    }
}
